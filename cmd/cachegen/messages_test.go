package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/load"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/program"
)

// unshown are the messages that no case shows, with the reason. They stand here as the source has
// them.
var unshown = map[string]string{
	"it is a symbolic link to %s, which would be lost; remove it, or change that file": "needs a symbolic link; testdata/script/unwritable.txtar has one",

	"write %s: %w":           "needs a directory that cannot be written to; testdata/script/unwritable.txtar has one",
	"replace %s: %w":         "needs a rename that fails after a write that did not",
	"export data of %s: %w":  "needs a build cache that loses a file while it is read",
	"go list: %s":            "needs a go command that does not list; testdata/script/nothing.txtar has one",
	"go env: %w":             "needs a go command that prints no JSON",
	"go env: %w\n%s":         "needs a go command that fails at go env",
	"overlay of GOFLAGS: %w": "needs a file that the go command reads and cachegen cannot",

	"instantiation cycle in %s":         "needs an editor that hands on a type without the errors of its package",
	"the type of %s cannot be resolved": "the type checker says more wherever it cannot resolve a type",
	"unknown format %q; formats are %s": "the command refuses the format before package explain sees it",
}

// TestMessages holds an example of every message to users against testdata/messages.txt, so that
// they can be read together. The examples are those of the cases for findings, of the pictures in
// annotations/testdata/rules, and of some command lines. A message in the source of which there is
// no example fails the test.
func TestMessages(t *testing.T) {
	formats := messageFormats(t)
	examples := make(map[*messageFormat]string)
	for m := range shownMessages(t) {
		f := m.format(formats)
		if f == nil {
			t.Errorf("the message %q is not in the source; does a new kind of call report it?", m.text)
			continue
		}
		old, ok := examples[f]
		if !ok || cmp.Or(cmp.Compare(len(m.text), len(old)), cmp.Compare(m.text, old)) < 0 {
			examples[f] = m.text
		}
	}
	var lines []string
	for _, f := range formats {
		reason := unshown[f.text]
		delete(unshown, f.text)
		switch example, shown := examples[f]; {
		case shown && reason != "":
			t.Errorf("%s: a case shows %q, so it needs no reason", f.pos, f.text)
		case shown:
			lines = append(lines, f.id+": "+firstLine(example))
		case reason == "":
			t.Errorf("%s: no case shows %q", f.pos, f.text)
		}
	}
	for text := range unshown {
		t.Errorf("the source has no message %q", text)
	}
	slices.Sort(lines)
	compareMessages(t, strings.Join(slices.Compact(lines), "\n")+"\n")
}

func compareMessages(t *testing.T, got string) {
	t.Helper()
	file := filepath.Join(testdata, "messages.txt")
	want, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if string(want) == got {
		return
	}
	if !*update {
		t.Fatalf("%s should be (see -update)\n%s", file, got)
	}
	if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Errorf("%s: rewritten; look at the difference", file)
}

// messageFormat is a message in the source.
type messageFormat struct {
	pos  token.Position
	id   string // the rule, or what reports it
	text string // as for fmt.Sprintf
	re   *regexp.Regexp
	own  int // letters that are not the user's
}

// reporters are the functions that report a message, by the argument that is its format.
var reporters = map[string]int{
	"New": 1, "NewWarning": 1, // of package rule, after the ID
	"addf": 1, "fixf": 2, "newError": 2, "fail": 1, // of package annotations
	"Fprintf": 1, "Fprintln": 1, // to s.stderr
	"Errorf": 0,
}

// messageFormats finds the messages in the source of what reports any.
func messageFormats(t *testing.T) []*messageFormat {
	t.Helper()
	var list []*messageFormat
	for _, dir := range []string{"../../annotations", ".", "internal/load", "internal/check", "internal/program", "internal/explain"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			id := filepath.Base(dir)
			switch id {
			case "annotations":
				id = "syntax"
			case ".":
				id = "cachegen"
			}
			ast.Inspect(f, func(n ast.Node) bool {
				for _, m := range formatsOf(n, id) {
					known := slices.ContainsFunc(list, func(f *messageFormat) bool { return f.id == m.id && f.text == m.text })
					if m.compile(); m.own > 0 && !known {
						m.pos = fset.Position(n.Pos())
						list = append(list, m)
					}
				}
				return true
			})
		}
	}
	return list
}

// formatsOf returns the messages that a node of the source reports.
func formatsOf(n ast.Node, id string) []*messageFormat {
	switch n := n.(type) {
	case *ast.CallExpr:
		return formatOfCall(n, id)
	case *ast.KeyValueExpr: // of a model.Fault
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Message" {
			return []*messageFormat{{id: id, text: textOf(n.Value)}}
		}
	case *ast.AssignStmt: // of what becomes the Message of a model.Fault
		if to, ok := n.Lhs[0].(*ast.Ident); ok && to.Name == "message" && id == "load" {
			return []*messageFormat{{id: id, text: textOf(n.Rhs[0])}}
		}
	case *ast.FuncDecl: // what check says of a file
		if n.Name.Name == "status" && n.Recv != nil && id == "cachegen" {
			return returned(n, "output")
		}
	}
	return nil
}

func formatOfCall(call *ast.CallExpr, id string) []*messageFormat {
	name, receiver := "", ""
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		name = fun.Name
	case *ast.SelectorExpr:
		name = fun.Sel.Name
		if x, ok := fun.X.(*ast.Ident); ok {
			receiver = x.Name
		}
	}
	i, ok := reporters[name]
	if !ok || i >= len(call.Args) {
		return nil
	}
	switch name {
	case "New", "NewWarning":
		if receiver != "rule" {
			return nil
		}
		id = textOf(call.Args[0])
		if textOf(call.Args[1]) == "%s" {
			return nil // it passes on the words of another message
		}
	case "Fprintf", "Fprintln":
		to, ok := call.Args[0].(*ast.SelectorExpr)
		if !ok || to.Sel.Name != "stderr" {
			return nil
		}
	}
	return []*messageFormat{{id: id, text: textOf(call.Args[i])}}
}

// returned lists the strings that a function returns.
func returned(f *ast.FuncDecl, id string) []*messageFormat {
	var list []*messageFormat
	ast.Inspect(f, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok {
			list = append(list, &messageFormat{id: id, text: textOf(r.Results[0])})
		}
		return true
	})
	return list
}

// textOf is a string in the source, with a verb for each part that is not constant.
func textOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil {
			return text
		}
	case *ast.BinaryExpr:
		return textOf(e.X) + textOf(e.Y)
	}
	return "%s"
}

var verb = regexp.MustCompile(`%(\[\d+\])?[a-z]`)

// compile makes the pattern of the messages of a format.
func (m *messageFormat) compile() {
	text := strings.TrimPrefix(m.text, "cachegen: ")
	var pattern strings.Builder
	pattern.WriteString(`(?s)^`)
	at := 0
	for _, v := range append(verb.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		literal := strings.ReplaceAll(text[at:v[0]], "%%", "%")
		pattern.WriteString(regexp.QuoteMeta(literal))
		m.own += len(strings.TrimSpace(literal))
		switch text[v[0]:v[1]] {
		case "":
		case "%q":
			pattern.WriteString(`"(?:[^"\\]|\\.)*"`)
			m.own += len(`""`)
		default:
			pattern.WriteString(`.*`)
		}
		at = v[1]
	}
	m.re = regexp.MustCompile(pattern.String() + `\s*$`)
	if strings.Trim(verb.ReplaceAllString(text, ""), " :\n") == "" {
		m.own = 0 // it passes on the words of another message
	}
}

// message is one that was reported.
type message struct {
	rule string // which rule it is about; "" if it does not say
	text string
}

// format is that of the rule, or else the one that has most of the message.
func (m message) format(formats []*messageFormat) *messageFormat {
	var best *messageFormat
	for _, f := range formats {
		if f.id == m.rule {
			return f
		}
		if m.rule == "" && f.re.MatchString(m.text) && (best == nil || f.own > best.own) {
			best = f
		}
	}
	return best
}

// shownMessages runs all cases.
func shownMessages(t *testing.T) map[message]bool {
	t.Helper()
	all := make(map[message]bool)
	for folder, together := range map[string]func([]*check.Part){
		"diag":    func([]*check.Part) {},
		"program": func(list []*check.Part) { program.Check(list, program.Whole) },
	} {
		g := unpack(t, folder, func(name string) bool { return name != "want" })
		packages, err := load.Load(t.Context(), load.Config{Dir: g.root}, []string{"./..."})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range g.cases {
			list := c.findings(packages, together)
			for _, f := range list.Sorted() {
				switch f.Rule {
				case "load": // the words of the go command
				case "syntax", "near-miss": // those of package annotations
					all[message{text: f.Message}] = true
				default:
					all[message{f.Rule, f.Message}] = true
				}
			}
		}
	}
	for _, text := range slices.Concat(pictured(t), said(t)) {
		all[message{text: text}] = true
	}
	return all
}

// pictured returns the messages about the directives in the pictures of package annotations.
func pictured(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../annotations/testdata/rules/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pictures: %v", err)
	}
	var list []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for picture := range strings.SplitSeq(string(text), "\n\n") {
			var lines []string
			for line := range strings.SplitSeq(picture, "\n") {
				if strings.HasPrefix(line, "//") {
					lines = append(lines, line)
				}
			}
			_, errs := annotations.Parse(lines)
			for _, e := range errs {
				list = append(list, e.Message)
			}
		}
	}
	return list
}

// said returns what the command says to wrong command lines, and about files out of date.
func said(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	if err := writeModule(dir, moduleRoot(t)); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	const source = "package p\n\nimport \"context\"\n\ntype %s interface {\n\t//cache:ttl=1m prefix=page ttlonly\n\tGet(ctx context.Context, id string) (string, error)\n}\n"
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	write("a.go", fmt.Sprintf(source, "A"))
	write("b_cachegen.go", "// Code generated by cachegen. DO NOT EDIT.\n\npackage p\n")
	write("a_cachegen.go", "// Code generated by cachegen. DO NOT EDIT.\n\npackage p\n")
	var list []string
	for _, args := range [][]string{
		{"chekc"}, {"gener"}, {"contacts"}, {"version", "all"}, {"check", ".", "-json"}, {"-json", "check"}, {"help", "chekc"},
		{"check", "-quiet"}, {"explain", "-format", "gif"}, {"explain", "-pattern", "{"}, {"./empty/..."}, {"a.go"}, {"check"},
	} {
		list = append(list, saidTo(dir, args)...)
	}
	if err := os.Remove(filepath.Join(dir, "a_cachegen.go")); err != nil {
		t.Fatal(err)
	}
	list = append(list, saidTo(dir, []string{"check"})...)
	t.Setenv("GOFLAGS", "-overlay="+filepath.Join(dir, "overlay.json"))
	list = append(list, saidTo(dir, []string{"check"})...)
	write("overlay.json", "{")
	return append(list, saidTo(dir, []string{"check"})...)
}

// saidTo runs the command and returns its messages: lines of a finding, or else all that it
// printed.
func saidTo(dir string, args []string) []string {
	var stderr bytes.Buffer
	run(context.Background(), env{dir: dir, stdout: new(bytes.Buffer), stderr: &stderr}, args)
	var list []string
	for text := range strings.SplitAfterSeq(stderr.String(), "\n") {
		text = strings.ReplaceAll(text, dir, "/book")
		switch file, finding, ok := strings.Cut(text, ".go: "); {
		case text == "":
		case ok && !strings.Contains(file, " "):
			list = append(list, strings.TrimSpace(finding))
		case strings.HasPrefix(text, "cachegen: ") || len(list) == 0:
			list = append(list, strings.TrimPrefix(text, "cachegen: "))
		default:
			list[len(list)-1] += text
		}
	}
	return list
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}
