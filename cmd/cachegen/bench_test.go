package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkGenerate generates for 100 packages of 10 annotated interfaces, once from nothing, and once with nothing to change. It runs the command
// beside a program that loads and type-checks the same packages as any tool does, in turn, and reports the ratio of what they take, which DESIGN
// bounds at 1.3. That program has the go command compile what was generated. With -trimpath that does not depend on the directory, so the next run
// of the benchmark finds it in the build cache.
func BenchmarkGenerate(b *testing.B) {
	b.Setenv("GOFLAGS", "-trimpath")
	dir := hundredPackages(b)
	b.Run("new", func(b *testing.B) { compareToLoading(b, dir, func() { takeOutputs(b, dir) }) })
	b.Run("unchanged", func(b *testing.B) { compareToLoading(b, dir, func() {}) })
}

// hundredPackages writes a module of 100 packages of 10 annotated interfaces, and returns its directory.
func hundredPackages(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		b.Fatal(err)
	}
	if err := writeModule(dir, root); err != nil {
		b.Fatal(err)
	}
	for i := range 100 {
		writeRepositories(b, filepath.Join(dir, fmt.Sprintf("p%d", i)), fmt.Sprintf("p%d", i))
	}
	return dir
}

// loader is a tool that does nothing but load and type-check.
const loader = `package main

import "golang.org/x/tools/go/packages"

func main() {
	list, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax}, "./...")
	if err != nil || len(list) != 100 || packages.PrintErrors(list) > 0 {
		panic("not loaded")
	}
}
`

// compareToLoading compares what the command and the loader take at best: by the clock (x-load), and of all processors (x-load-cpu), which says more
// on a machine that others use too. Before each round, prepare brings the module to the state that both find.
func compareToLoading(b *testing.B, dir string, prepare func()) {
	bin := b.TempDir()
	source := filepath.Join(bin, "loader.go")
	if err := os.WriteFile(source, []byte(loader), 0o666); err != nil {
		b.Fatal(err)
	}
	for name, what := range map[string]string{"cachegen": ".", "loader": source} {
		if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, name), what).CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
	type cost struct{ wall, cpu time.Duration }
	process := func(name string, args ...string) cost {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir = dir
		start := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s: %v\n%s", name, err, out)
		}
		return cost{time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	}
	process("cachegen", "./...")
	prepare()
	process("loader") // the build cache has what both ask for
	var ours, theirs cost
	least := func(best *cost, c cost) {
		if best.wall == 0 {
			*best = c
		}
		*best = cost{min(best.wall, c.wall), min(best.cpu, c.cpu)}
	}
	for b.Loop() {
		for range 5 {
			prepare()
			least(&theirs, process("loader"))
			least(&ours, process("cachegen", "./..."))
		}
	}
	b.ReportMetric(float64(ours.wall)/float64(theirs.wall), "x-load")
	b.ReportMetric(float64(ours.cpu)/float64(theirs.cpu), "x-load-cpu")
	b.ReportMetric(theirs.cpu.Seconds()*1000, "load-cpu-ms")
}

// takeOutputs moves what has been generated out of the way. To delete it would make the next run slower: ext4 looks at each inode that was freed in
// the last minutes before it takes one for a new file.
func takeOutputs(b *testing.B, dir string) {
	b.Helper()
	outputs, err := filepath.Glob(filepath.Join(dir, "*", "*_cachegen.go"))
	if err != nil {
		b.Fatal(err)
	}
	away, err := os.MkdirTemp(dir, ".away")
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range outputs {
		if err := os.Rename(path, filepath.Join(away, filepath.Base(path))); err != nil {
			b.Fatal(err)
		}
	}
}

func writeRepositories(b *testing.B, dir, name string) {
	b.Helper()
	var src strings.Builder
	fmt.Fprintf(&src, "package %s\n\nimport (\n\t\"context\"\n\t\"time\"\n)\n\ntype Filter struct {\n\tStage string\n\tTags []string\n\tSince time.Time\n}\n", name)
	for i := range 10 {
		fmt.Fprintf(&src, `
type Entity%[1]d struct {
	ID, Name string
	Created time.Time
	Tags []string
	Owner *Entity%[1]d
}

//cache:ttl=10m prefix=e%[1]d
type Repository%[1]d interface {
	//cache:notfound=30s
	Get(ctx context.Context, id string) (*Entity%[1]d, error)
	//cache:prefix=e%[1]d:list
	List(ctx context.Context, f Filter, page int) ([]*Entity%[1]d, error)
	//cache:prefix=e%[1]d:name key={name}
	ByName(ctx context.Context, name string) (*Entity%[1]d, error)
	//cache:invalidate=e%[1]d:{e.ID},e%[1]d:list:*,e%[1]d:name:*
	Update(ctx context.Context, e *Entity%[1]d) error
	//cache:invalidate=e%[1]d:*
	Delete(ctx context.Context, id string) error
	Count(ctx context.Context) (int, error)
}
`, i)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".go"), []byte(src.String()), 0o666); err != nil {
		b.Fatal(err)
	}
}
