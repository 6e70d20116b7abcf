package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/go/packages"
)

// BenchmarkGenerate generates for 100 packages of 10 annotated interfaces. Besides the time it reports the ratio to what the go command and the
// type checker take for the same packages, read as any tool reads them (x-load), which DESIGN bounds at 1.3; once from nothing, and once with
// nothing to change. Any other tool has the go command compile what was generated, which takes minutes. With -trimpath that does not depend on the
// directory, so the next run of the benchmark finds it in the build cache.
func BenchmarkGenerate(b *testing.B) {
	b.Setenv("GOFLAGS", "-trimpath")
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
	plain := func() time.Duration {
		start := time.Now()
		list, err := packages.Load(&packages.Config{Dir: dir, Mode: packages.LoadSyntax}, "./...")
		if err != nil || len(list) != 100 {
			b.Fatalf("%d packages, %v", len(list), err)
		}
		return time.Since(start)
	}
	tool := func() time.Duration {
		start := time.Now()
		if code := run(b.Context(), surroundings{dir: dir, stdout: io.Discard, stderr: os.Stderr}, []string{"./..."}); code != exitDone {
			b.Fatalf("exit status %d", code)
		}
		return time.Since(start)
	}
	b.Run("new", func(b *testing.B) {
		var ours, theirs time.Duration
		for range b.N {
			removeOutputs(b, dir)
			plain() // so that the build cache is as warm for one as for the other
			theirs += plain()
			ours += tool()
		}
		b.ReportMetric(float64(ours)/float64(theirs), "x-load")
	})
	b.Run("process/new", func(b *testing.B) { benchmarkProcesses(b, dir, func() { removeOutputs(b, dir) }) })
	b.Run("process/unchanged", func(b *testing.B) { benchmarkProcesses(b, dir, func() {}) })
	b.Run("unchanged", func(b *testing.B) {
		tool()
		tool()
		var ours, theirs time.Duration
		for range b.N {
			theirs += plain()
			ours += tool()
		}
		b.ReportMetric(float64(ours)/float64(theirs), "x-load")
	})
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

// benchmarkProcesses runs the command beside a program that only loads, in turn, and compares what each took at best: of the clock, and of all
// processors, which says more on a machine that others use too. Before each round, prepare brings the module to the state that both find.
func benchmarkProcesses(b *testing.B, dir string, prepare func()) {
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

func removeOutputs(b *testing.B, dir string) {
	b.Helper()
	outputs, err := filepath.Glob(filepath.Join(dir, "*", "*_cachegen.go"))
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range outputs {
		if err := os.Remove(path); err != nil {
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
