package jen

import (
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// File is a file of Go: declarations, and the imports that they need.
type File struct {
	path, name string // of the package
	headers    []string
	hints      map[string]imported // by path
	imports    map[string]imported // what is used
	names      map[string]bool     // of imports
	decls      []Code
}

type imported struct {
	name  string
	alias bool // the import says the name
}

// NewFilePathName returns an empty file of the package that has the import path and the name.
func NewFilePathName(path, name string) *File {
	return &File{path: path, name: name, hints: map[string]imported{}, imports: map[string]imported{}, names: map[string]bool{}}
}

// NewFile returns an empty file of a package that nothing is qualified with.
func NewFile(name string) *File { return NewFilePathName("", name) }

// HeaderComment adds a line to what is above the package clause.
func (f *File) HeaderComment(text string) { f.headers = append(f.headers, commentText(text)) }

// ImportName says what the package with an import path is called, so that its import need not.
func (f *File) ImportName(path, name string) { f.hints[path] = imported{name, false} }

// ImportAlias says what this file calls the package with an import path.
func (f *File) ImportAlias(path, name string) { f.hints[path] = imported{name, true} }

// Add adds a declaration, or several, or a comment.
func (f *File) Add(code ...Code) *Statement {
	s := newStatement().Add(code...)
	f.decls = append(f.decls, s)
	return s
}

// Line adds an empty line.
func (f *File) Line() *Statement { return f.Add().Line() }

// Comment adds a comment: that of the declaration that follows, unless an empty line does.
func (f *File) Comment(text string) *Statement { return f.Add().Comment(text) }

// Commentf adds a comment.
func (f *File) Commentf(format string, args ...any) *Statement {
	return f.Add().Commentf(format, args...)
}

// Func begins a function.
func (f *File) Func() *Statement { return f.Add().Func() }

// Type begins the declaration of a type.
func (f *File) Type() *Statement { return f.Add().Type() }

// Var begins the declaration of a variable.
func (f *File) Var() *Statement { return f.Add().Var() }

// Const begins the declaration of a constant.
func (f *File) Const() *Statement { return f.Add().Const() }

// qualifier is what the file calls a package; using it imports it. It is empty for the file's own.
func (f *File) qualifier(p string) string {
	if p == f.path {
		return ""
	}
	if i, ok := f.imports[p]; ok {
		return i.name
	}
	i, ok := f.hints[p]
	if !ok {
		i = imported{name: guess(p)}
		i.alias = i.name != path.Base(p)
	}
	name := i.name
	for n := 1; IsReservedWord(name) || f.names[name]; n++ {
		name = i.name + strconv.Itoa(n)
	}
	i.alias = i.alias || name != i.name
	i.name = name
	f.imports[p], f.names[name] = i, true
	return name
}

// guess makes a name of the end of an import path.
func guess(p string) string {
	name := strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return unicode.ToLower(r)
		}
		return -1
	}, path.Base(p))
	if name = strings.TrimLeft(name, "0123456789"); name == "" {
		return "pkg"
	}
	return name
}

// Render writes the source.
func (f *File) Render(w io.Writer) error {
	source, err := f.Source()
	if err != nil {
		return err
	}
	_, err = w.Write(source)
	return err
}

// mistake is a panic of the printer: tokens that are no Go together.
type mistake string

// Source returns the source, laid out as gofmt does. An error says what is no Go; it is not looked for, but come across.
func (f *File) Source() (source []byte, err error) {
	defer func() {
		if m, ok := recover().(mistake); ok {
			err = errors.New(string(m))
		}
	}()
	p := newPrinter(f)
	p.file(f.decls)

	var head []byte // last, because printing the rest says what is imported
	for _, h := range f.headers {
		head = append(append(head, h...), '\n')
	}
	if len(f.headers) > 0 {
		head = append(head, '\n')
	}
	head = fmt.Appendf(head, "package %s\n", f.name)
	head = f.appendImports(head)
	if len(p.out) > 0 {
		head = append(head, '\n')
	}
	source = p.align(head)
	printers.Put(p)
	return source, nil
}

// appendImports prints the standard library first, as people do.
func (f *File) appendImports(to []byte) []byte {
	var groups [2][]string
	for p := range f.imports {
		g := 0
		if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ".") {
			g = 1
		}
		groups[g] = append(groups[g], p)
	}
	spec := func(p string) {
		if i := f.imports[p]; i.alias {
			to = append(append(to, i.name...), ' ')
		}
		to = append(strconv.AppendQuote(to, p), '\n')
	}
	switch len(f.imports) {
	case 0:
		return to
	case 1:
		to = append(to, "\nimport "...)
		spec(append(groups[0], groups[1]...)[0])
		return to
	}
	to = append(to, "\nimport (\n"...)
	for i, g := range groups {
		if i > 0 && len(g) > 0 && len(groups[0]) > 0 {
			to = append(to, '\n')
		}
		slices.Sort(g)
		for _, p := range g {
			to = append(to, '\t')
			spec(p)
		}
	}
	return append(to, ")\n"...)
}

// GoString is the statement as source, for tests.
func (s *Statement) GoString() string {
	p := newPrinter(NewFile(""))
	p.file([]Code{s})
	return strings.TrimSuffix(string(p.align(nil)), "\n")
}
