package emit

import (
	"go/format"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestCompiles generates for the packages of testdata, in a module like a user's, and builds and
// vets them with the real runtime.
func TestCompiles(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no testdata", err)
	}
	dir := userModule(t)
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		generate(t, dir, archive)
	}
	run(t, dir, "go", "vet", "./...")
	if _, err := exec.LookPath("staticcheck"); err == nil {
		run(t, dir, "staticcheck", "./...")
	}
}

// generate writes the archive's files and what is generated for them. An archive has its packages
// in the order of imports, reversed.
func generate(t *testing.T, dir string, archive *txtar.Archive) {
	t.Helper()
	p := program{}
	for i := len(archive.Files) - 1; i >= 0; i-- {
		file := archive.Files[i]
		f := p.plan(t, path.Join("example.com", path.Dir(file.Name)), string(file.Data))
		write(t, filepath.Join(dir, file.Name), file.Data)
		if len(f.Wrappers) == 0 {
			continue
		}
		out, err := emitFile(f)
		if err != nil {
			t.Fatal(err)
		}
		again, err := emitFile(f)
		if err != nil || string(out) != string(again) {
			t.Fatalf("%s: printing twice gives different bytes: %v", file.Name, err)
		}
		if formatted, err := format.Source(out); err != nil || string(out) != string(formatted) {
			t.Fatalf("%s: gofmt makes (%v)\n%s\nof\n%s", file.Name, err, formatted, out)
		}
		target := filepath.Join(dir, strings.TrimSuffix(file.Name, ".go")+"_cachegen.go")
		write(t, target, out)
		if d := os.Getenv("CACHEGEN_KEEP"); d != "" {
			write(t, filepath.Join(d, file.Name), file.Data)
			write(t, filepath.Join(d, strings.TrimSuffix(file.Name, ".go")+"_cachegen.go"), out)
		}
	}
}

// userModule is an empty module that requires this one, with the versions that this one has chosen.
func userModule(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)^module .*$`).ReplaceAllString(string(mod), "module example.com")
	text = regexp.MustCompile(`(?ms)^tool .*?$|^tool \(.*?^\)$`).ReplaceAllString(text, "")
	text += "\nrequire github.com/cachegen/cachegen v0.0.0\n\nreplace github.com/cachegen/cachegen => " + root + "\n"
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), []byte(text))
	write(t, filepath.Join(dir, "go.sum"), sum)
	return dir
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, dir string, command ...string) {
	t.Helper()
	c := exec.Command(command[0], command[1:]...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", strings.Join(command, " "), err, out)
	}
}
