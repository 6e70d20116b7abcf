// Package emit prints the model as Go source: one wrapper per repository type, a few lines per
// method. It cannot fail on user input, because check has refused everything that has no code.
package emit

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// File returns the formatted source of one output file. An error is a mistake of the generator,
// never of its user.
func File(f *model.File) ([]byte, error) {
	p := newPrinter(f)
	for i := range f.Wrappers {
		p.wrapper(&f.Wrappers[i])
	}
	source, err := p.render()
	if err != nil {
		return nil, fmt.Errorf("printing %s: %w", f.Path, err)
	}
	return source, nil
}

// printer prints one file.
type printer struct {
	model   *model.File
	file    *jen.File
	imports imports
	needs   map[*model.Method]*needs
}

func newPrinter(f *model.File) *printer {
	file := jen.NewFilePathName(f.Package.Path(), f.Package.Name())
	file.HeaderComment(model.Header)
	if f.Constraint != "" {
		file.HeaderComment("//go:build " + f.Constraint)
	}
	p := &printer{model: f, file: file, needs: make(map[*model.Method]*needs)}
	p.imports = p.newImports()
	return p
}

// render returns the file, as gofmt has it.
func (p *printer) render() ([]byte, error) {
	var source bytes.Buffer
	if err := p.file.Render(&source); err != nil {
		return nil, err
	}
	return groupImports(source.Bytes()), nil
}

// declare appends a declaration, with an empty line and its comment before it.
func (p *printer) declare(comment string, declaration jen.Code) {
	p.file.Line()
	for line := range strings.Lines(comment) {
		p.file.Comment(strings.TrimSuffix(line, "\n"))
	}
	p.file.Add(declaration)
}
