package main

import (
	"bytes"
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

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/load"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// block is a fenced block of a README.
type block struct {
	lead string // the last paragraph before it
	lang string // go, console or ""
	text string
	line int // of its first line of text
}

// blocks returns the fenced blocks of a Markdown text.
func blocks(text string) []block {
	var list []block
	var lead []string
	var open *block
	ended := false // the paragraph in lead
	for i, line := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case open != nil && isFence:
			list = append(list, *open)
			open, lead = nil, nil
		case open != nil:
			open.text += line + "\n"
		case isFence:
			open = &block{lead: strings.Join(lead, " "), lang: fence, line: i + 2}
		case line == "":
			ended = true
		default:
			if ended {
				lead, ended = nil, false
			}
			lead = append(lead, line)
		}
	}
	return list
}

// named is the last file that the paragraph before a block names: this is `contacts/contacts.go`.
var named = regexp.MustCompile("`([\\w/]+\\.go)`[^`]*$")

func (b block) file() string {
	if m := named.FindStringSubmatch(b.lead); m != nil && b.lang == "go" {
		return m[1]
	}
	return ""
}

func readRoot(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(moduleRoot(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestReadmeOptions holds the table of options in the README against the parser's, and what it says
// of them against the generator.
func TestReadmeOptions(t *testing.T) {
	text := readRoot(t, "README.md")
	const begin, end = "<!-- options -->\n", "<!-- end of options -->"
	head, rest, ok := strings.Cut(text, begin)
	table, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("README.md has no table between %q and %q", begin, end)
	}
	later := notYetSupported(t)
	var want strings.Builder
	want.WriteString("| option | on | means | today |\n|---|---|---|---|\n")
	for _, spec := range annotations.Options() {
		state := "works"
		switch {
		case slices.Contains(later, spec.Name):
			state = "not supported yet"
		case spec.Required:
			state = "works; required"
		}
		fmt.Fprintf(&want, "| `%s` | %s | %s | %s |\n", strings.Join(spec.Examples, "`<br>`"), spec.On, spec.Summary, state)
	}
	if table == want.String() {
		return
	}
	if *update {
		if err := os.WriteFile(filepath.Join(moduleRoot(t), "README.md"), []byte(head+begin+want.String()+end+tail), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Errorf("the table of options in README.md should be (see -update)\n%s", want.String())
}

// notYetSupported asks the generator, by a method for each option.
func notYetSupported(t *testing.T) []annotations.Name {
	t.Helper()
	dir := t.TempDir()
	if err := writeModule(dir, moduleRoot(t)); err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	source.WriteString("package p\n\nimport \"context\"\n\ntype R interface {\n")
	specs := annotations.Options()
	line := strings.Count(source.String(), "\n")
	for i, spec := range specs {
		fmt.Fprintf(&source, "\t//cache:%s\n\tM%d(ctx context.Context) (string, error)\n", spec.Examples[0], i)
	}
	source.WriteString("}\n")
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(source.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	packages, err := load.Load(t.Context(), load.Config{Dir: dir}, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	var list diag.List
	for _, p := range packages {
		check.Package(p, list.Report)
	}
	var names []annotations.Name
	for _, f := range list.Sorted() {
		if f.Rule == "not-yet" {
			names = append(names, specs[(f.Pos.Line-line-1)/2].Name)
		}
	}
	return names
}

// TestReadmeCode does what a reader of the README does: writes its files into a module, generates,
// and runs its commands. Its other blocks of Go are compiled as the body of a function.
func TestReadmeCode(t *testing.T) {
	if testing.Short() {
		t.Skip("compiling and running takes a while")
	}
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	// The tool and the mocks come from modules of the workspace, in place of go get.
	root := moduleRoot(t)
	write("go.mod", "module example.com/book\n\ngo 1.26.0\n\ntool github.com/cachegen/cachegen/cmd/cachegen\n")
	write("go.work", fmt.Sprintf("go 1.26.0\n\nuse (\n\t.\n\t%s\n\t%s\n)\n", root, filepath.Join(root, "examples")))

	all := blocks(readRoot(t, "README.md"))
	var excerpts []block
	for i, b := range all {
		if b.lang != "go" {
			continue
		}
		_, generated := model.SourcePath(b.file())
		switch {
		case generated:
			excerpts = append(excerpts, b)
		case b.file() != "":
			write(b.file(), b.text)
		default:
			write(fmt.Sprintf("fragments/f%d.go", i), fragment(t, b))
		}
	}
	write("fragments/yours.go", yours)

	for _, b := range all {
		if b.lang != "console" {
			continue
		}
		for _, c := range invocations(b.text) {
			if !runs(c.line) {
				continue
			}
			words := strings.Fields(c.line)
			cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GOFLAGS=")
			out, err := cmd.CombinedOutput()
			if _, failed := err.(*exec.ExitError); err != nil && !failed {
				t.Fatal(err)
			}
			if got := steady(downloading.ReplaceAllString(string(out), "")); got != steady(c.output) {
				t.Errorf("README.md:%d: %s prints (%v)\n%s\nnot\n%s", b.line, c.line, err, out, c.output)
			}
		}
	}
	for _, b := range excerpts {
		data, err := os.ReadFile(filepath.Join(dir, b.file()))
		if err != nil || !bytes.Contains(data, []byte(b.text)) {
			t.Errorf("README.md:%d: this is not part of %s (%v), which is\n%s", b.line, b.file(), err, data)
		}
	}
	for _, args := range [][]string{{"vet", "./..."}, {"test", "./..."}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
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

// runs leaves out the commands that the workspace stands in for.
func runs(line string) bool {
	return !strings.HasPrefix(line, "go get ") && line != "go mod tidy"
}

// yours declares what fragments take for granted.
const yours = `package fragments

import (
	"context"
	"database/sql"

	"example.com/book/contacts"
)

type user struct{ Org string }

func userOf(context.Context) user { return user{} }

func repositoryOn(*sql.Tx) contacts.ContactRepository { return new(contacts.Memory) }
`

// fragment makes a file of statements.
func fragment(t *testing.T, b block) string {
	t.Helper()
	const head = `package fragments

import (
	"context"
	"database/sql"
	"fmt"

	"example.com/book/contacts"
	"github.com/cachegen/cachegen/runtime"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

var (
	_ context.Context
	_ *sql.DB
	_ contacts.Contact
	_ = fmt.Sprint
	_ = redis.NewClient
	_ = logging.Disable
)

func _(ctx context.Context, cache *runtime.Cache, db *sql.DB) {
`
	body := head + b.text
	f, err := parser.ParseFile(token.NewFileSet(), "README.md", body+"}\n", 0)
	if err != nil {
		t.Fatalf("README.md:%d: %v", b.line, err)
	}
	for _, s := range f.Decls[len(f.Decls)-1].(*ast.FuncDecl).Body.List {
		if a, ok := s.(*ast.AssignStmt); ok && a.Tok == token.DEFINE {
			for _, name := range a.Lhs {
				body += "\t_ = " + name.(*ast.Ident).Name + "\n"
			}
		}
	}
	// What is declared anew may shadow the parameter.
	return strings.Replace(body, "func _(ctx context.Context, cache *runtime.Cache, db *sql.DB) {\n", "func _(ctx context.Context, cache *runtime.Cache, db *sql.DB) {\n\t{\n", 1) + "\t}\n}\n"
}

var (
	took        = regexp.MustCompile(`(?m)^(  (?:load |local|redis|write)) +[0-9.]+(ns|µs|ms|s) `)
	fingerprint = regexp.MustCompile(`:v[0-9a-f]{8}\b`)
)

// steady leaves out what differs from run to run, or from one version of a type to the next.
func steady(out string) string {
	return fingerprint.ReplaceAllString(took.ReplaceAllString(out, "$1  TIME "), ":v00000000")
}

// TestReadmeSample: what the README shows of the example is a part of what it prints.
func TestReadmeSample(t *testing.T) {
	walk := readRoot(t, "examples/crm/testdata/embedded.golden")
	for _, b := range blocks(readRoot(t, "README.md")) {
		if strings.HasPrefix(b.text, "acme reads") {
			if !strings.Contains(walk, steady(b.text)) {
				t.Errorf("README.md:%d: the example does not print\n%s", b.line, steady(b.text))
			}
			return
		}
	}
	t.Error("README.md shows nothing of the example")
}

// TestReadmeVersions: the versions in keys of the example are those of its generated code.
func TestReadmeVersions(t *testing.T) {
	generated := readRoot(t, "examples/crm/crm/contacts_cachegen.go")
	for _, name := range []string{"README.md", "examples/README.md"} {
		for n, line := range strings.Split(readRoot(t, name), "\n") {
			if v := fingerprint.FindString(line); v != "" && strings.Contains(line, "crm:acme:contact:") && !strings.Contains(generated, `"`+v[2:]+`"`) {
				t.Errorf("%s:%d: no read of the example has the version %s", name, n+1, v[1:])
			}
		}
	}
}

// TestReadmeLinks: files and headings that the documents at the top link to are there.
func TestReadmeLinks(t *testing.T) {
	heading := regexp.MustCompile(`(?m)^#+ (.+)$`)
	link := regexp.MustCompile(`\]\(([^)]+)\)`)
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md"} {
		text := readRoot(t, name)
		var anchors []string
		for _, m := range heading.FindAllStringSubmatch(text, -1) {
			anchors = append(anchors, "#"+strings.ReplaceAll(strings.ToLower(m[1]), " ", "-"))
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			switch target := m[1]; {
			case strings.HasPrefix(target, "https://"):
			case strings.HasPrefix(target, "#"):
				if !slices.Contains(anchors, target) {
					t.Errorf("%s links to %s; its headings are %v", name, target, anchors)
				}
			default:
				if _, err := os.Stat(filepath.Join(moduleRoot(t), target)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		fenced := false
		for i, line := range strings.Split(text, "\n") {
			if strings.HasPrefix(line, "```") {
				fenced = !fenced
			}
			if n := len([]rune(line)); n > 160 && !fenced && !strings.HasPrefix(line, "|") {
				t.Errorf("%s:%d: the line is %d columns wide", name, i+1, n)
			}
		}
	}
}

// TestContributingMap: the map of the code has a line for each package.
func TestContributingMap(t *testing.T) {
	text := readRoot(t, "CONTRIBUTING.md")
	cmd := exec.CommandContext(t.Context(), "go", "list", "./...")
	cmd.Dir = moduleRoot(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(string(out)) {
		if name := strings.TrimPrefix(path, module+"/"); !strings.Contains(text, "| `"+name+"` |") {
			t.Errorf("CONTRIBUTING.md has no line for %s", name)
		}
	}
}
