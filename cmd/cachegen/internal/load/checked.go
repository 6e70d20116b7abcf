package load

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"

	"golang.org/x/tools/go/packages"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// Unit is a package that an editor or go vet has parsed, with comments, and type-checked.
type Unit struct {
	Fset     *token.FileSet
	Files    []*ast.File
	Types    *types.Package
	Ignored  []string // files that the build leaves out
	Errors   []types.Error
	ReadFile func(path string) ([]byte, error)
}

// Checked makes of a unit what Load makes of a package. It does not read the directory.
func Checked(u Unit) *model.Package {
	root := &packages.Package{PkgPath: u.Types.Path(), Types: u.Types, Imports: make(map[string]*packages.Package)}
	for _, dep := range u.Types.Imports() {
		root.Imports[dep.Path()] = &packages.Package{Types: dep}
	}
	l := &loader{fset: u.Fset, exports: newExports(u.Fset)}
	p := &model.Package{Path: root.PkgPath, Types: root.Types, Skipped: u.Ignored, Declared: make(map[string]token.Position)}
	methods := concreteMethods(u.Files)
	for _, f := range u.Files {
		path := u.Fset.Position(f.Package).Filename
		p.Dir = filepath.Dir(path)
		src, err := u.ReadFile(u.Fset.File(f.FileStart).Name())
		_, output := model.SourcePath(path)
		switch {
		case err == nil && model.IsOutput(path, src):
			p.Outputs = append(p.Outputs, path)
		default:
			if output {
				p.Foreign = append(p.Foreign, path)
			}
			l.declared(p, f)
			if source, ok := l.source(root, f, methods); ok {
				p.Sources = append(p.Sources, source)
			}
		}
	}
	l.embedded(p)
	for _, e := range u.Errors {
		p.Faults = append(p.Faults, model.Fault{Pos: u.Fset.Position(e.Pos), Message: firstLine(e.Msg)})
	}
	return p
}
