// Package emit prints the model as Go source: one wrapper per repository type, a few lines per
// method. It cannot fail on user input, because check has refused everything that has no code.
package emit

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// Package returns the formatted sources of the output files of one package, in the order of its
// files. Each stands for itself but for helpers, which the first that needs them has for all. A
// file whose current source, if any, differs in nothing but its layout stays as it is. An error is
// a mistake of the generator, never of its user.
func Package(files []*model.File, current func(path string) []byte) ([][]byte, error) {
	sources := make([][]byte, len(files))
	names := newPackageNames(files)
	shared := &helperSet{names: names}
	for _, i := range printOrder(files) {
		p := newPrinter(files[i], names, shared)
		p.wrappers()
		source, err := p.render(current(files[i].Path))
		if err != nil {
			return nil, fmt.Errorf("printing %s: %w", files[i].Path, err)
		}
		sources[i] = source
	}
	return sources, nil
}

// printOrder is the order of paths, but for files that are not always built. Those come last, and
// may use what the others have.
func printOrder(files []*model.File) []int {
	order := make([]int, len(files))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := files[i], files[j]
		return cmp.Or(strings.Compare(a.Constraint, b.Constraint), strings.Compare(a.Path, b.Path))
	})
	return order
}

// printer prints one file.
type printer struct {
	model   *model.File
	file    *jen.File
	imports imports
	needs   map[*model.Method]*needs
	shared  *helperSet // of the package
}

func newPrinter(f *model.File, names *packageNames, shared *helperSet) *printer {
	file := jen.NewFilePathName(f.Package.Path(), f.Package.Name())
	file.HeaderComment(model.Header)
	if f.Constraint != "" {
		file.HeaderComment("//go:build " + outputConstraint(f.Constraint))
	}
	p := &printer{model: f, file: file, needs: make(map[*model.Method]*needs), shared: shared}
	p.imports = p.newImports(names)
	return p
}

// wrappers prints the wrappers of the file, and the helpers that they need.
func (p *printer) wrappers() {
	var homes []*home
	for i := range p.model.Wrappers {
		homes = append(homes, p.wrapper(&p.model.Wrappers[i]))
	}
	p.printHelpers(homes)
}

// render returns the file, as gofmt has it, or what it is now, if that has the same tokens: to
// format a file takes twice as long as all else that is done for it.
func (p *printer) render(current []byte) ([]byte, error) {
	var source bytes.Buffer
	if len(current) > 0 {
		p.file.NoFormat = true
		err := p.file.Render(&source)
		p.file.NoFormat = false
		if err == nil && sameTokens(groupImports(source.Bytes()), current) {
			return current, nil
		}
		source.Reset()
	}
	if err := p.file.Render(&source); err != nil {
		return nil, err
	}
	return groupImports(source.Bytes()), nil
}

// declare appends a declaration, with an empty line and its comment before it.
func (p *printer) declare(comment string, declaration jen.Code) {
	p.comment(comment)
	p.file.Add(declaration)
}

// comment appends an empty line, and a comment.
func (p *printer) comment(text string) {
	p.file.Line()
	for line := range strings.Lines(text) {
		p.file.Comment(strings.TrimSuffix(line, "\n"))
	}
}
