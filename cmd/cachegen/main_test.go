package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/tools/txtar"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/load"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/program"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var update = flag.Bool("update", false, "rewrite the golden files, and fail if that changed any")

const testdata = "../../testdata"

// TestMain lets the test binary be the tool, for scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"cachegen": main})
}

// TestScripts runs the command-line cases.
func TestScripts(t *testing.T) {
	root := moduleRoot(t)
	cache := goEnv(t, "GOCACHE", "GOMODCACHE")
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join(testdata, "script"),
		UpdateScripts:       *update,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GOCACHE", cache[0])
			env.Setenv("GOMODCACHE", cache[1])
			env.Setenv("GOPROXY", "off")
			env.Setenv("GOFLAGS", "")
			env.Setenv("GOTOOLCHAIN", "local")
			env.Setenv("ROOT", root)
			env.Setenv("CACHEGEN", filepath.Join(strings.Split(env.Getenv("PATH"), string(filepath.ListSeparator))[0], "cachegen"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"workspace": workspace, "exits": exits, "age": age, "aged": aged},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %s", name)
		},
	})
}

// exits runs a command that must end with the status given: exits 2 cachegen ./nowhere.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits status command [args]")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit status %d, want %s", code, args[0])
	}
}

var longAgo = time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)

// age makes files old, so that aged can tell whether one has been touched since.
func age(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		ts.Check(os.Chtimes(ts.MkAbs(name), longAgo, longAgo))
	}
}

func aged(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if info.ModTime().Equal(longAgo) == neg {
			ts.Fatalf("%s was last changed at %v", name, info.ModTime())
		}
	}
}

// workspace makes the current directory of a script a module example.com/p that sees this one.
func workspace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: workspace")
	}
	ts.Check(writeModule(ts.MkAbs("."), ts.Getenv("ROOT")))
}

func writeModule(dir, root string) error {
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/p\n\ngo 1.26.0\n"), 0o666); err != nil {
		return err
	}
	work := fmt.Sprintf("go 1.26.0\n\nuse (\n\t.\n\t%s\n)\n", root)
	return os.WriteFile(filepath.Join(dir, "go.work"), []byte(work), 0o666)
}

// goldens is a folder of txtar files, unpacked into one module: a package, or a tree of them, for
// each.
type goldens struct {
	root  string // of the module
	cases []*golden
}

type golden struct {
	name    string // duplicate-read
	file    string
	dir     string
	archive *txtar.Archive
}

// unpack writes the input of all cases of a folder, so that one load reads them all.
func unpack(t *testing.T, folder string, input func(name string) bool) *goldens {
	t.Helper()
	g := &goldens{root: t.TempDir()}
	if real, err := filepath.EvalSymlinks(g.root); err == nil {
		g.root = real
	}
	if err := writeModule(g.root, moduleRoot(t)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(testdata, folder, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		c := &golden{name, file, filepath.Join(g.root, strings.ReplaceAll(name, "-", "_")), archive}
		for _, f := range archive.Files {
			if input(f.Name) {
				c.write(t, f.Name, f.Data)
			}
		}
		g.cases = append(g.cases, c)
	}
	if len(g.cases) == 0 {
		t.Fatalf("no cases in %s", folder)
	}
	return g
}

func (c *golden) write(t *testing.T, name string, data []byte) {
	t.Helper()
	path := filepath.Join(c.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// has reports whether a package belongs to the case.
func (c *golden) has(dir string) bool {
	return dir == c.dir || strings.HasPrefix(dir, c.dir+string(filepath.Separator))
}

// findings checks the packages of the case, and then all of them together.
func (c *golden) findings(packages []*model.Package, together func([]*check.Part)) diag.List {
	var parts []*check.Part
	for _, p := range packages {
		if c.has(p.Dir) {
			parts = append(parts, check.Examine(p))
		}
	}
	together(parts)
	var list diag.List
	for _, part := range parts {
		list.Add(part.Findings)
	}
	return list
}

// compare holds the files that a case should have produced against those it did. With -update it
// rewrites them, and fails if they differed.
func (c *golden) compare(t *testing.T, isGolden func(name string) bool, got map[string][]byte) {
	t.Helper()
	want := make(map[string][]byte)
	var kept []txtar.File
	for _, f := range c.archive.Files {
		if isGolden(f.Name) {
			want[f.Name] = f.Data
		} else {
			kept = append(kept, f)
		}
	}
	if maps.EqualFunc(want, got, bytes.Equal) {
		return
	}
	if !*update {
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if _, ok := got[name]; !ok {
				t.Errorf("%s: no %s, want\n%s", c.file, name, want[name])
			}
		}
		for _, name := range slices.Sorted(maps.Keys(got)) {
			if !bytes.Equal(got[name], want[name]) {
				t.Errorf("%s: %s is\n%s\nwant\n%s", c.file, name, got[name], want[name])
			}
		}
		return
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		kept = append(kept, txtar.File{Name: name, Data: got[name]})
	}
	if err := os.WriteFile(c.file, txtar.Format(&txtar.Archive{Comment: c.archive.Comment, Files: kept}), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Errorf("%s: rewritten; look at the difference", c.file)
}

// TestDiagnostics holds what is reported about each case in testdata/diag, package by package, and
// about each in testdata/program, all packages together, against its file "want", columns included.
// The name of the case is a rule, or a rule and what is special about it: overlap, overlap-literal.
// Every rule has one.
func TestDiagnostics(t *testing.T) {
	shown := make(map[string]bool)
	diagnose(t, "diag", shown, func(list []*check.Part) {})
	diagnose(t, "program", shown, func(list []*check.Part) { program.Check(list, program.Whole) })
	for _, r := range rule.All() {
		if !shown[r.ID] {
			t.Errorf("no case in testdata/diag or testdata/program shows the rule %s", r.ID)
		}
	}
}

func diagnose(t *testing.T, folder string, shown map[string]bool, together func([]*check.Part)) {
	isWant := func(name string) bool { return name == "want" }
	g := unpack(t, folder, func(name string) bool { return !isWant(name) })
	packages, err := load.Load(t.Context(), load.Config{Dir: g.root}, []string{"./..."})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range g.cases {
		t.Run(c.name, func(t *testing.T) {
			list := c.findings(packages, together)
			var text bytes.Buffer
			if err := list.Text(&text, c.dir); err != nil {
				t.Fatal(err)
			}
			own := list.Empty() && strings.HasPrefix(c.name, "quiet-")
			for _, f := range list.Sorted() {
				shown[f.Rule] = true
				own = own || c.name == f.Rule || strings.HasPrefix(c.name, f.Rule+"-")
				checkSpan(t, f)
			}
			if !own {
				t.Errorf("%s does not show the rule it is named after, but this:\n%s", c.file, text.Bytes())
			}
			c.compare(t, isWant, map[string][]byte{"want": text.Bytes()})
		})
	}
}

// checkSpan checks that a finding with an end points into one line of its file.
func checkSpan(t *testing.T, f diag.Finding) {
	t.Helper()
	if f.End == 0 {
		return
	}
	src, err := os.ReadFile(f.Pos.Filename)
	if err != nil {
		t.Error(err)
		return
	}
	lines := strings.Split(string(src), "\n")
	if f.Pos.Line > len(lines) || f.Pos.Column > f.End || f.End > len(lines[f.Pos.Line-1])+1 {
		t.Errorf("%s: %q ends in column %d, which is not on the line", f.Pos, f.Message, f.End)
	}
}

// TestGenerated holds what is generated for each case in testdata/gen against the files
// *_cachegen.go in it. Then the go command vets and tests all of them: a case may hold tests of
// what its code does.
func TestGenerated(t *testing.T) {
	isOutput := func(name string) bool { _, ok := model.SourcePath(name); return ok }
	g := unpack(t, "gen", func(name string) bool { return !isOutput(name) })
	packages, err := load.Load(t.Context(), load.Config{Dir: g.root}, []string{"./..."})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range g.cases {
		t.Run(c.name, func(t *testing.T) {
			got := make(map[string][]byte)
			var list diag.List
			for _, p := range packages {
				if !c.has(p.Dir) {
					continue
				}
				outputs, err := render(check.Package(p, list.Report))
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range outputs {
					if formatted, err := format.Source(o.data); err != nil || !bytes.Equal(o.data, formatted) {
						t.Errorf("gofmt would change %s: %v", o.path, err)
					}
					name := filepath.ToSlash(strings.TrimPrefix(o.path, c.dir+string(filepath.Separator)))
					got[name] = o.data
					c.write(t, name, o.data)
				}
			}
			if !list.Empty() {
				var text bytes.Buffer
				list.Text(&text, c.dir)
				t.Fatalf("%s: findings\n%s", c.file, text.Bytes())
			}
			c.compare(t, isOutput, got)
		})
	}
	if testing.Short() {
		t.Skip("compiling and running takes a while")
	}
	for _, args := range [][]string{{"vet", "./..."}, {"test", "./..."}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = g.root
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// TestUnknownCommandIsNoPackage: a mistyped command is not looked for as a package.
func TestUnknownCommandIsNoPackage(t *testing.T) {
	for _, word := range []string{"chekc", "generate", "explian", "vte"} {
		var stderr bytes.Buffer
		if code := run(context.Background(), env{dir: t.TempDir(), stderr: &stderr}, []string{word}); code != exitBroken || !strings.Contains(stderr.String(), word) {
			t.Errorf("cachegen %s: exit %d, %q", word, code, stderr.String())
		}
	}
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func goEnv(t *testing.T, names ...string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}
