package program_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/gentest"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/load"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/program"
)

// BenchmarkExamine checks packages one by one.
func BenchmarkExamine(b *testing.B) {
	packages := benchmarkProgram(b, 100, "e%[2]d")
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range packages {
			check.Examine(p)
		}
	}
	perInterface(b, packages)
}

// BenchmarkProgram checks packages together. What one interface takes grows with the program no
// faster than memory gets slower, whether all packages use the same prefixes, so that each pattern
// reaches reads of all of them, or each its own.
func BenchmarkProgram(b *testing.B) {
	for name, prefix := range map[string]string{"shared": "e%[2]d", "own": "p%[1]d:e%[2]d", "flat": "p%[1]de%[2]d"} {
		for _, n := range []int{10, 100, 1000} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				packages := benchmarkProgram(b, n, prefix)
				b.ReportAllocs()
				for b.Loop() {
					b.StopTimer()
					parts := make([]*check.Part, len(packages))
					for i, p := range packages {
						parts[i] = check.Examine(p)
					}
					b.StartTimer()
					program.Check(parts, program.Whole)
				}
				perInterface(b, packages)
			})
		}
	}
}

// interfaces are those of each package of a benchmark.
const interfaces = 10

func perInterface(b *testing.B, packages []*model.Package) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(packages)*interfaces), "ns/interface")
}

// benchmarkProgram makes packages of annotated interfaces. The prefix is a format for the numbers
// of the package and of the interface.
func benchmarkProgram(b *testing.B, n int, prefix string) []*model.Package {
	b.Helper()
	checked := gentest.Program{}
	checked.Check(b, "context", "package context\ntype Context interface{ Err() error }")
	fset := token.NewFileSet()
	packages := make([]*model.Package, n)
	for i := range packages {
		name := fmt.Sprintf("p%d", i)
		var src strings.Builder
		fmt.Fprintf(&src, "package %s\nimport \"context\"\ntype Filter struct { Stage string; Tags []string }\n", name)
		for j := range interfaces {
			fmt.Fprintf(&src, strings.ReplaceAll(`
type Entity%[2]d struct {
	ID, Name string
	Tags []string
	Owner *Entity%[2]d
}

//cache:ttl=10m prefix=PREFIX
type Repository%[2]d interface {
	//cache:notfound=30s
	Get(ctx context.Context, id string) (*Entity%[2]d, error)
	//cache:prefix=PREFIX:list
	List(ctx context.Context, f Filter, page int) ([]*Entity%[2]d, error)
	//cache:prefix=PREFIX:name key={name} tags=PREFIX:{result.ID}
	ByName(ctx context.Context, name string) (*Entity%[2]d, error)
	//cache:invalidate=PREFIX:{e.ID},PREFIX:list:*
	Update(ctx context.Context, e *Entity%[2]d) error
	//cache:invalidate=PREFIX:*
	Delete(ctx context.Context, id string) error
	Count(ctx context.Context) (int, error)
}
`, "PREFIX", prefix), i, j)
		}
		f := gentest.Parse(b, fset, name+".go", src.String())
		p := checked.CheckFile(b, fset, "example.com/"+name, f)
		packages[i] = load.Checked(load.Unit{
			Fset: fset, Files: []*ast.File{f}, Types: p,
			ReadFile: func(string) ([]byte, error) { return []byte(src.String()), nil },
		})
	}
	return packages
}
