package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocsCode does what a reader of the README and of docs/ does. It writes the files of all pages
// into one module, generates, runs the commands and compares what they print. Blocks of Go that are
// no files are compiled as the body of a function, but those marked "before", which need other
// modules. Generated code that a page quotes is the code that was generated.
func TestDocsCode(t *testing.T) {
	if testing.Short() {
		t.Skip("compiling and running takes a while")
	}
	book := newBook(t)
	pages := readPages(t)
	for _, p := range pages {
		for _, b := range p.blocks {
			book.add(t, b)
		}
	}
	book.write(t, "fragments/yours.go", yours)
	for _, p := range pages {
		for _, b := range p.blocks {
			if b.lang == "console" {
				book.runConsole(t, b)
			}
		}
		if p.name == "README.md" { // its commands have generated the package of the quick start
			book.generate(t)
		}
	}
	for _, b := range book.excerpts {
		compareExcerpt(t, b, filepath.Join(book.dir, filepath.FromSlash(b.file())))
	}
	for _, args := range [][]string{{"vet", "./..."}, {"test", "./..."}} {
		if out, err := book.command(t, "go", args...); err != nil {
			t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	for _, p := range pages {
		p.write(t)
	}
}

// TestDocsExcerpts: what a page quotes of a file in the repository is in it.
func TestDocsExcerpts(t *testing.T) {
	for _, p := range append(readPages(t), readPage(t, "examples/README.md")) {
		for _, b := range p.blocks {
			if name := b.source(); name != "" {
				compareExcerpt(t, b, filepath.Join(moduleRoot(t), filepath.FromSlash(name)))
			}
		}
		p.write(t)
	}
}

// book is the module of a reader.
type book struct {
	dir      string
	files    map[string]block
	packages []string // of files with directives on other pages than the README
	excerpts []block  // of generated files
}

func newBook(t *testing.T) *book {
	b := &book{dir: t.TempDir(), files: make(map[string]block)}
	// The tool and the mocks come from modules of the workspace, in place of go get.
	root := moduleRoot(t)
	b.write(t, "go.mod",
		"module example.com/book\n\ngo 1.26.0\n\ntool github.com/cachegen/cachegen/cmd/cachegen\n")
	b.write(t, "go.work",
		fmt.Sprintf("go 1.26.0\n\nuse (\n\t.\n\t%s\n\t%s\n)\n", root, filepath.Join(root, "examples")))
	return b
}

func (k *book) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(k.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// add puts a block of Go into the module.
func (k *book) add(t *testing.T, b block) {
	t.Helper()
	name := b.file()
	switch {
	case b.lang != "go" || b.source() != "":
	case b.note == "before":
		parseFragment(t, b)
	case strings.HasSuffix(name, "_cachegen.go"):
		k.excerpts = append(k.excerpts, b)
	case name != "":
		if other, taken := k.files[name]; taken {
			t.Errorf("%s:%d: %s:%d is %s, too", b.page.name, b.line, other.page.name, other.line, name)
		}
		k.files[name] = b
		k.write(t, name, b.text)
		dir := "./" + filepath.ToSlash(filepath.Dir(name))
		if strings.Contains(b.text, "//cache:") && b.page.name != "README.md" &&
			dir != "./wrong" && !slices.Contains(k.packages, dir) {
			k.packages = append(k.packages, dir)
		}
	default:
		page := strings.NewReplacer("/", "_", ".", "_").Replace(b.page.name)
		k.write(t, fmt.Sprintf("fragments/%s_%d.go", page, b.line), fragment(t, b))
	}
}

// generate generates for the files of the pages. Nothing in them deserves as much as a warning.
func (k *book) generate(t *testing.T) {
	t.Helper()
	args := append([]string{"tool", "cachegen", "-strict"}, k.packages...)
	if out, err := k.command(t, "go", args...); err != nil || len(out) > 0 {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func (k *book) command(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = k.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=")
	out, err := cmd.CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		t.Fatal(err)
	}
	return downloading.ReplaceAllString(string(out), ""), err
}

// runConsole runs the commands of a block and compares what they print with what it shows.
func (k *book) runConsole(t *testing.T, b block) {
	t.Helper()
	var now strings.Builder
	differs := false
	for _, c := range invocations(b.text) {
		out := c.output
		if isRun(c.line) {
			words := strings.Fields(strings.ReplaceAll(c.line, "'", ""))
			got, err := k.command(t, words[0], words[1:]...)
			if steady(got) != steady(c.output) {
				t.Errorf("%s:%d: %s prints (%v)\n%s\nnot\n%s", b.page.name, b.line, c.line, err, got, c.output)
				out, differs = got, true
			}
		}
		now.WriteString("$ " + c.line + "\n" + out)
	}
	if differs {
		b.page.replace(b, now.String())
	}
}

// downloading is what the go command says where a module is not in its cache yet.
var downloading = regexp.MustCompile(`(?m)^go: downloading .*\n`)

// invocation is a line after a $ and what it prints.
type invocation struct{ line, output string }

func invocations(text string) []invocation {
	var list []invocation
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "$ "); ok {
			list = append(list, invocation{line: strings.TrimSuffix(rest, "\n")})
		} else if len(list) > 0 {
			list[len(list)-1].output += line
		}
	}
	return list
}

// isRun leaves out the commands that the workspace stands in for.
func isRun(line string) bool {
	return !strings.HasPrefix(line, "go get ") && !strings.HasPrefix(line, "go mod ")
}

var (
	took        = regexp.MustCompile(`(?m)^(  (?:load |local|redis|write)) +[0-9.]+(ns|µs|ms|s) `)
	fingerprint = regexp.MustCompile(`:v[0-9a-f]{8}\b`)
)

// steady leaves out what differs from run to run, or from one version of a type to the next.
func steady(out string) string {
	return fingerprint.ReplaceAllString(took.ReplaceAllString(out, "$1  TIME "), ":v00000000")
}

// compareExcerpt holds a block against the file that it is a part of. With -update, the block gets
// the declarations of the file that have the names of those in the block; a block that is no Go
// gets the whole file.
func compareExcerpt(t *testing.T, b block, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("%s:%d: %v", b.page.name, b.line, err)
		return
	}
	current := string(data)
	if b.text != "" && strings.Contains(current, b.text) {
		return
	}
	t.Errorf("%s:%d: this is no part of %s", b.page.name, b.line, filepath.Base(file))
	if b.lang != "go" {
		b.page.replace(b, current)
		return
	}
	declared := declarations(t, file, current)
	var parts []string
	for _, d := range declarations(t, b.page.name, "package p\n\n"+b.text) {
		i := slices.IndexFunc(declared, func(e declaration) bool { return e.name == d.name })
		if i < 0 {
			t.Errorf("%s:%d: %s declares no %s", b.page.name, b.line, filepath.Base(file), d.name)
			return
		}
		parts = append(parts, declared[i].text)
	}
	b.page.replace(b, strings.Join(parts, "\n"))
}

// declaration is a declaration with its comment.
type declaration struct{ name, text string }

func declarations(t *testing.T, name, source string) []declaration {
	t.Helper()
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, name, source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	offset := func(p token.Pos) int { return files.Position(p).Offset }
	var list []declaration
	for _, d := range f.Decls {
		start, end := offset(d.Pos()), offset(d.End())
		name, doc := "", (*ast.CommentGroup)(nil)
		switch d := d.(type) {
		case *ast.FuncDecl:
			name, doc = d.Name.Name, d.Doc
			if d.Recv != nil {
				recv := d.Recv.List[0].Type
				name = source[offset(recv.Pos()):offset(recv.End())] + "." + name
			}
		case *ast.GenDecl:
			doc = d.Doc
			switch s := d.Specs[0].(type) {
			case *ast.TypeSpec:
				name = s.Name.Name
			case *ast.ValueSpec:
				name = s.Names[0].Name
			default:
				continue
			}
		}
		if doc != nil {
			start = offset(doc.Pos())
		}
		list = append(list, declaration{name, source[start:end] + "\n"})
	}
	return list
}

// yours declares what fragments take for granted.
const yours = `package fragments

import (
	"context"
	"database/sql"
	"net/http"

	"example.com/book/contacts"
)

type user struct{ Org string }

func userOf(context.Context) user { return user{} }

func orgOf(*http.Request) string { return "" }

func repositoryOn(*sql.Tx) contacts.ContactRepository { return contacts.Memory{} }
`

// imports are what fragments may use.
var imports = map[string]string{
	"contacts": "example.com/book/contacts",
	"context":  "context",
	"errors":   "errors",
	"expvar":   "expvar",
	"fmt":      "fmt",
	"http":     "net/http",
	"logging":  "github.com/redis/go-redis/v9/logging",
	"redis":    "github.com/redis/go-redis/v9",
	"runtime":  module + "/runtime",
	"slog":     "log/slog",
	"sql":      "database/sql",
	"time":     "time",
}

// fragment makes a file of statements.
func fragment(t *testing.T, b block) string {
	t.Helper()
	const params = "ctx context.Context, cache *runtime.Cache, db *sql.DB, mux *http.ServeMux, " +
		"repo contacts.ContactRepository"
	var head strings.Builder
	head.WriteString("package fragments\n\nimport (\n")
	names := []string{"contacts", "context", "http", "runtime", "sql"}
	for name := range imports {
		used := regexp.MustCompile(`\b` + name + `\.`).MatchString(b.text)
		if used && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&head, "\t%q\n", imports[name])
	}
	var uses strings.Builder
	for _, s := range parseFragment(t, b) {
		if a, ok := s.(*ast.AssignStmt); ok && a.Tok == token.DEFINE {
			for _, name := range a.Lhs {
				uses.WriteString("_ = " + name.(*ast.Ident).Name + "\n")
			}
		}
	}
	// The inner block lets a fragment declare what has the name of a parameter.
	return head.String() + ")\n\nfunc _(" + params + ") {\n{\n" + b.text + uses.String() + "}\n}\n"
}

// parseFragment reads a block as the body of a function.
func parseFragment(t *testing.T, b block) []ast.Stmt {
	t.Helper()
	source := "package fragments\n\nfunc _() {\n" + b.text + "}\n"
	f, err := parser.ParseFile(token.NewFileSet(), b.page.name, source, 0)
	if err != nil {
		t.Fatalf("%s:%d: %v", b.page.name, b.line, err)
	}
	return f.Decls[0].(*ast.FuncDecl).Body.List
}
