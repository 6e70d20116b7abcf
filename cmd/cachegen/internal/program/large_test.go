package program_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
	"testing"
	"time"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/gentest"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/load"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/program"
)

// largeWays are what the writes of a large interface say.
var largeWays = map[string]string{
	"own":        "//cache:invalidate=row%[1]d:{r.ID}",
	"everything": "//cache:invalidate=row%[1]d:{r.ID},row*",
	"wrong":      "//cache:invalidate=rwo%[1]d:{r.ID}",
	"new":        "//cache:invalidate=row%[1]d:name:{r.Name}",
	"none":       "",
}

// largePackage has an interface of n reads of one entity, and n writes.
func largePackage(t testing.TB, n int, way string) *model.Package {
	t.Helper()
	var src strings.Builder
	src.WriteString("package p\nimport \"context\"\ntype Row struct { ID, Name string }\n//cache:ttl=10m\ntype Repository interface {\n")
	for i := range n {
		fmt.Fprintf(&src, "\t//cache:prefix=row%d\n\tGet%[1]d(ctx context.Context, id string) (*Row, error)\n", i)
	}
	for i := range n {
		directive := way
		if strings.Contains(way, "%") {
			directive = fmt.Sprintf(strings.ReplaceAll(way, "row*", "row0:*"), i)
		}
		fmt.Fprintf(&src, "\t%s\n\tUpdateRow%d(ctx context.Context, r *Row) error\n", directive, i)
	}
	src.WriteString("}\n")
	checked := gentest.Program{}
	checked.Check(t, "context", "package context\ntype Context interface{ Err() error }")
	fset := token.NewFileSet()
	f := gentest.Parse(t, fset, "p.go", src.String())
	p := checked.CheckFile(t, fset, "example.com/p", f)
	return load.Checked(load.Unit{
		Fset: fset, Files: []*ast.File{f}, Types: p,
		ReadFile: func(string) ([]byte, error) { return []byte(src.String()), nil },
	})
}

// TestLargeInterface: an interface of 500 reads and 500 writes that all change what all of the
// reads return, and each reach one of them, gets warnings that people can read, in time.
func TestLargeInterface(t *testing.T) {
	for name, way := range largeWays {
		t.Run(name, func(t *testing.T) {
			p := largePackage(t, 500, way)
			began := time.Now()
			parts := []*check.Part{check.Examine(p)}
			program.Check(parts, program.Whole)
			took := time.Since(began)
			list := parts[0].Findings.Sorted()
			if len(list) > 40 || len(list) == 0 {
				t.Errorf("%d lines", len(list))
			}
			size := 0
			for _, f := range list {
				size += len(f.Message)
			}
			if size > 40_000 {
				t.Errorf("%d lines of %d bytes", len(list), size)
			}
			if took > 10*time.Second { // a second, on a machine with nothing else to do
				t.Errorf("took %v", took)
			}
			t.Logf("%d lines of %d bytes in %v", len(list), size, took)
		})
	}
}

// BenchmarkLargeInterface checks an interface of 500 reads and 500 writes.
func BenchmarkLargeInterface(b *testing.B) {
	for name, way := range largeWays {
		b.Run(name, func(b *testing.B) {
			p := largePackage(b, 500, way)
			b.ReportAllocs()
			for b.Loop() {
				program.Check([]*check.Part{check.Examine(p)}, program.Whole)
			}
		})
	}
}
