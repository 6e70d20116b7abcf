// Package emit prints the model as Go source: one wrapper per repository type, a few lines per method. It cannot fail on user input, because
// check has refused everything that has no code.
package emit

import (
	"fmt"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/jen"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

const runtimePath = "github.com/cachegen/cachegen/runtime"

// File returns the formatted source of one output file. An error is a mistake of the generator, never of its user.
func File(f *model.File) (source []byte, err error) {
	p := newPrinter(f)
	for i := range f.Wrappers {
		p.wrapper(&f.Wrappers[i])
	}
	if source, err = p.file.Source(); err != nil {
		return nil, fmt.Errorf("printing %s: %w", f.Path, err)
	}
	return source, nil
}

// printer prints one file.
type printer struct {
	model   *model.File
	file    *jen.File
	imports imports
}

func newPrinter(f *model.File) *printer {
	file := jen.NewFilePathName(f.Package.Path(), f.Package.Name())
	file.HeaderComment(model.Header)
	if f.Constraint != "" {
		file.HeaderComment("//go:build " + f.Constraint)
	}
	return &printer{model: f, file: file, imports: newImports(f)}
}
