// Package emit prints the model as Go source: one wrapper per repository type, a few lines per method. It cannot fail on user input, because
// check has refused everything that has no code.
package emit

import (
	"bytes"
	"fmt"
	"go/format"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

const runtimePath = "github.com/cachegen/cachegen/runtime"

// File returns the formatted source of one output file. An error is a mistake of the generator, never of its user.
func File(f *model.File) (source []byte, err error) {
	p := newPrinter(f)
	for i := range f.Wrappers {
		p.wrapper(&f.Wrappers[i])
	}
	var buf bytes.Buffer
	if err := p.file.Render(&buf); err != nil {
		return nil, fmt.Errorf("printing %s: %w", f.Path, err)
	}
	source, err = format.Source(groupImports(buf.Bytes()))
	if err != nil {
		return nil, fmt.Errorf("formatting %s: %w", f.Path, err)
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
	file.NoFormat = true // File does that, once
	file.HeaderComment(model.Header)
	if f.Constraint != "" {
		file.HeaderComment("//go:build " + f.Constraint)
	}
	return &printer{model: f, file: file, imports: newImports(f)}
}

// groupImports puts the standard library first, as people do. jennifer sorts all paths together, one to a line.
func groupImports(source []byte) []byte {
	const open, shut = "\nimport (\n", "\n)\n"
	before, rest, found := strings.Cut(string(source), open)
	if !found {
		return source
	}
	list, after, _ := strings.Cut(rest, shut)
	var std, others []string
	for line := range strings.SplitSeq(list, "\n") {
		path := line[strings.IndexByte(line, '"')+1:]
		if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
			others = append(others, line)
		} else {
			std = append(std, line)
		}
	}
	if len(std) > 0 && len(others) > 0 {
		std = append(std, "")
	}
	return []byte(before + open + strings.Join(append(std, others...), "\n") + shut + after)
}
