package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkCompile measures what generated code costs every build: a package of 44 interfaces with
// 182 reads of results made of 46 structs is compiled with the generated code and without. It
// reports the generated lines, the seconds of processor time in the go command for either, and
// their difference for each read.
func BenchmarkCompile(b *testing.B) {
	b.Setenv("GOFLAGS", "-trimpath")
	root, err := filepath.Abs("../..")
	if err != nil {
		b.Fatal(err)
	}
	dir, bin := b.TempDir(), filepath.Join(b.TempDir(), "cachegen")
	if err := writeModule(dir, root); err != nil {
		b.Fatal(err)
	}
	build(b, bin, ".")
	source, reads := manyResults()
	for _, name := range []string{"plain", "cached"} {
		path := filepath.Join(dir, name, "results.go")
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("package "+name+"\n"+source), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	measure(b, dir, bin, "./cached")
	code, err := os.ReadFile(filepath.Join(dir, "cached", "results_cachegen.go"))
	if err != nil {
		b.Fatal(err)
	}
	var plain, cached cost
	for b.Loop() {
		for range 3 {
			for name, best := range map[string]*cost{"plain": &plain, "cached": &cached} {
				appendTo(b, filepath.Join(dir, name, "results.go")) // else the build cache has it
				best.improve(measure(b, dir, "go", "build", "./"+name))
			}
		}
	}
	b.ReportMetric(float64(strings.Count(string(code), "\n")), "lines")
	b.ReportMetric(plain.cpu.Seconds(), "plain-cpu-s")
	b.ReportMetric(cached.cpu.Seconds(), "cpu-s")
	b.ReportMetric((cached.cpu-plain.cpu).Seconds()*1000/float64(reads), "ms/read")
}

// manyResults is the source of the package, whatever its name, and the number of its reads.
func manyResults() (source string, reads int) {
	const structs, interfaces = 46, 44
	random := rand.New(rand.NewPCG(7, 7))
	optional := []string{
		"Email string", "Phone *string", "Labels []string", "Score float64", "Count int", "Meta map[string]string",
		"Active bool", "Updated time.Time", "Deleted *time.Time", "Note string", "Kind Kind", "Amount int64", "Data []byte",
	}
	var s strings.Builder
	s.WriteString("import (\n\t\"context\"\n\t\"time\"\n)\n\ntype Kind string\n\ntype Filter struct {\n\tKind Kind\n\tSince time.Time\n\tTags []string\n}\n")
	for i := range structs {
		fmt.Fprintf(&s, "\ntype E%d struct {\n\tID, Name string\n\tCreated time.Time\n", i)
		for _, f := range random.Perm(len(optional))[:7] {
			fmt.Fprintf(&s, "\t%s\n", optional[f])
		}
		other := (i + 1 + random.IntN(5)) % structs
		switch random.IntN(6) {
		case 0:
			fmt.Fprintf(&s, "\tOwner *E%d\n", other)
		case 1:
			fmt.Fprintf(&s, "\tItems []*E%d\n", other)
		case 2:
			fmt.Fprintf(&s, "\tParts []E%d\n", other)
		}
		s.WriteString("}\n")
	}
	for i := range interfaces {
		methods := []string{
			"//cache:notfound=30s\n\tGet(ctx context.Context, id string) (*E%[1]d, error)",
			"//cache:prefix=e%[1]d:list\n\tList(ctx context.Context, f Filter, page int) ([]*E%[1]d, error)",
			"//cache:prefix=e%[1]d:name\n\tByName(ctx context.Context, name string) (*E%[1]d, error)",
			[]string{
				"//cache:prefix=e%[1]d:more\n\tCount(ctx context.Context, kind string) (int, error)",
				"//cache:prefix=e%[1]d:more\n\tPage(ctx context.Context, n int) ([]E%[1]d, int, error)",
				"//cache:prefix=e%[1]d:more\n\tByKind(ctx context.Context, kind string) (map[string]*E%[1]d, error)",
				"//cache:prefix=e%[1]d:more\n\tValue(ctx context.Context, id string) (E%[1]d, error)",
			}[i%4],
		}
		if i < 6 {
			methods = append(methods, "//cache:batch={ids}\n\tGetMany(ctx context.Context, ids []string) (map[string]*E%[1]d, error)")
		}
		reads += len(methods)
		methods = append(methods,
			"//cache:invalidate=e%[1]d:{e.ID},e%[1]d:list:*,e%[1]d:name:*,e%[1]d:more:*\n\tUpdate(ctx context.Context, e *E%[1]d) error",
			"//cache:invalidate=e%[1]d:*\n\tDelete(ctx context.Context, id string) error")
		fmt.Fprintf(&s, "\n//cache:ttl=10m prefix=e%[1]d\ntype R%[1]d interface {\n", i)
		for _, m := range methods {
			fmt.Fprintf(&s, "\t"+m+"\n", i)
		}
		s.WriteString("}\n")
	}
	return s.String(), reads
}
