// Package emit prints the model as Go source: one wrapper per repository type, a few lines per method. It cannot fail on user input, because
// check has refused everything that has no code.
package emit

import (
	"bytes"
	"fmt"
	"go/format"
	"go/types"
	"slices"
	"strings"
	"sync"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

const runtimePath = "github.com/cachegen/cachegen/runtime"

// File returns the formatted source of one output file. An error is a mistake of the generator, never of its user.
func File(f *model.File) (source []byte, err error) {
	p := newPrinter(f)
	for i := range f.Wrappers {
		p.wrapper(&f.Wrappers[i])
	}
	if source, err = p.source(); err != nil {
		return nil, fmt.Errorf("printing %s: %w", f.Path, err)
	}
	return source, nil
}

// printer prints one file.
type printer struct {
	model   *model.File
	imports imports
	needs   map[*model.Method]*needs
	types   map[types.Type]string // expressions
	loose   bool                  // there are columns that gofmt has to align
	out     *bytes.Buffer         // the declarations
}

// buffers have room for the declarations of a file.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func newPrinter(f *model.File) *printer {
	p := &printer{model: f, needs: make(map[*model.Method]*needs), types: make(map[types.Type]string), out: buffers.Get().(*bytes.Buffer)}
	p.imports = p.newImports()
	return p
}

// source is the file: a header, which says what the declarations import, and those.
func (p *printer) source() ([]byte, error) {
	head := append([]byte(nil), model.Header+"\n"...)
	if p.model.Constraint != "" {
		head = append(append(append(head, "//go:build "...), p.model.Constraint...), '\n')
	}
	head = append(append(append(head, "\npackage "...), p.model.Package.Name()...), '\n')
	head = p.imports.append(head)
	source := slices.Concat(head, p.out.Bytes())
	p.out.Reset()
	buffers.Put(p.out)
	p.out = nil
	if p.loose {
		return format.Source(source)
	}
	return source, nil
}

// print appends to the file.
func (p *printer) print(text ...string) {
	for _, s := range text {
		p.out.WriteString(s)
	}
}

// declare appends a declaration, with its comment.
func (p *printer) declare(comment string, declaration ...string) {
	p.comment(comment)
	p.print(declaration...)
	p.print("\n")
}

// function appends a function, with its comment: func is followed by what head says.
func (p *printer) function(comment string, body []string, head ...string) {
	p.comment(comment)
	p.print("func ")
	p.print(head...)
	p.print(" {\n")
	for _, s := range body {
		indent(p.out, s)
		p.print("\n")
	}
	p.print("}\n")
}

// comment appends an empty line and the comment of what follows.
func (p *printer) comment(text string) {
	p.print("\n")
	for line := range strings.Lines(text) {
		p.print("// ", strings.TrimSuffix(line, "\n"), "\n")
	}
}
