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

// What a run may take, as a ratio to loading and type-checking the same packages.
const (
	barNew       = 5
	barUnchanged = 0.5
)

// BenchmarkGenerate runs the command on 100 packages of 10 annotated interfaces: with no output
// yet, with nothing to change, and after an edit of one package. It compares each with a program
// that only loads and type-checks the same packages, as most tools do. That program has the go
// command compile them. With -trimpath, what is compiled does not depend on the directory, so the
// next run of the benchmark finds it in the build cache.
func BenchmarkGenerate(b *testing.B) {
	b.Setenv("GOFLAGS", "-trimpath")
	dir := annotatedModule(b, 100)
	b.Run("new", func(b *testing.B) {
		compareToLoading(b, dir, barNew, func() { takeOutputs(b, dir) })
	})
	b.Run("unchanged", func(b *testing.B) { compareToLoading(b, dir, barUnchanged, func() {}) })
	b.Run("edited", func(b *testing.B) {
		compareToLoading(b, dir, barUnchanged, func() { appendTo(b, filepath.Join(dir, "p0", "p0.go")) })
	})
}

// annotatedModule writes a module with packages of 10 annotated interfaces, and returns its
// directory.
func annotatedModule(b *testing.B, packages int) string {
	b.Helper()
	dir := b.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		b.Fatal(err)
	}
	if err := writeModule(dir, root); err != nil {
		b.Fatal(err)
	}
	for i := range packages {
		name := fmt.Sprintf("p%d", i)
		writeRepositories(b, filepath.Join(dir, name), name)
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

// compareToLoading reports the ratio of what the command and the loader take at best, by the clock
// (x-load) and of processor time (x-load-cpu), which says more on a busy machine. They run in turn;
// prepare brings the module to the state that both find. The first ratio must not exceed the bar.
func compareToLoading(b *testing.B, dir string, bar float64, prepare func()) {
	bin := b.TempDir()
	source := filepath.Join(bin, "loader.go")
	if err := os.WriteFile(source, []byte(loader), 0o666); err != nil {
		b.Fatal(err)
	}
	ourProgram, theirProgram := filepath.Join(bin, "cachegen"), filepath.Join(bin, "loader")
	build(b, ourProgram, ".")
	build(b, theirProgram, source)
	measure(b, dir, ourProgram, "./...")
	prepare()
	measure(b, dir, theirProgram) // the build cache has what both ask for
	var ours, theirs cost
	for b.Loop() {
		for range 5 {
			prepare()
			theirs.improve(measure(b, dir, theirProgram))
			prepare()
			ours.improve(measure(b, dir, ourProgram, "./..."))
		}
	}
	ratio := ours.wall.Seconds() / theirs.wall.Seconds()
	b.ReportMetric(ratio, "x-load")
	b.ReportMetric(ours.cpu.Seconds()/theirs.cpu.Seconds(), "x-load-cpu")
	b.ReportMetric(ours.wall.Seconds()*1000, "ms")
	b.ReportMetric(theirs.wall.Seconds()*1000, "load-ms")
	if ratio > bar {
		b.Errorf("a run takes %.2f times what loading takes, which is more than %g", ratio, bar)
	}
}

// cost is what a process takes, by the clock and of processor time, that of its children included.
type cost struct{ wall, cpu time.Duration }

// improve keeps the least of what was measured.
func (c *cost) improve(other cost) {
	if c.wall == 0 {
		*c = other
	}
	*c = cost{min(c.wall, other.wall), min(c.cpu, other.cpu)}
}

// measure runs a program that has nothing to say: a thousand warnings would be measured too.
func measure(b *testing.B, dir, program string, args ...string) cost {
	b.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		b.Fatalf("%s: %v\n%s", program, err, out)
	}
	return cost{time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}

func build(b *testing.B, program, source string) {
	b.Helper()
	if out, err := exec.Command("go", "build", "-o", program, source).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
}

// appendTo adds a type to a source file.
func appendTo(b *testing.B, path string) {
	b.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	src = fmt.Appendf(src, "\ntype Edit%d int\n", len(src))
	if err := os.WriteFile(path, src, 0o666); err != nil {
		b.Fatal(err)
	}
}

// takeOutputs moves what has been generated out of the way. Deleting it would make the next run
// slower: ext4 looks at each inode that was freed in the last minutes before it takes one for a new
// file.
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
	fmt.Fprintf(&src, `package %s

import (
	"context"
	"time"
)

type Filter struct {
	Stage string
	Tags []string
	Since time.Time
}
`, name)
	for i := range 10 {
		fmt.Fprintf(&src, `
type Entity%[1]d struct {
	ID, Name string
	Created time.Time
	Tags []string
	Owner *Entity%[1]d
}

//cache:ttl=10m prefix=entity%[1]d
type Repository%[1]d interface {
	//cache:notfound=30s
	Get(ctx context.Context, id string) (*Entity%[1]d, error)
	//cache:prefix=entity%[1]d:list
	List(ctx context.Context, f Filter, page int) ([]*Entity%[1]d, error)
	//cache:prefix=entity%[1]d:name key={name}
	ByName(ctx context.Context, name string) (*Entity%[1]d, error)
	//cache:invalidate=entity%[1]d:{e.ID},entity%[1]d:list:*,entity%[1]d:name:*
	Update(ctx context.Context, e *Entity%[1]d) error
	//cache:invalidate=entity%[1]d:*
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
