// Package gentest type-checks snippets of Go for the tests of the generator.
package gentest

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"sync"
	"testing"
)

// Std imports the standard library from its source. It reads each package once for all tests of a
// binary.
var Std = sync.OnceValue(func() types.Importer { return importer.ForCompiler(token.NewFileSet(), "source", nil) })

// Program is packages that have been checked, by path. They may import each other and the standard
// library.
type Program map[string]*types.Package

// Import returns a package of the program or of the standard library.
func (p Program) Import(path string) (*types.Package, error) {
	if pkg, ok := p[path]; ok {
		return pkg, nil
	}
	return Std().Import(path)
}

// Check adds the package that a source file makes up.
func (p Program) Check(t testing.TB, path, src string) *types.Package {
	t.Helper()
	fset := token.NewFileSet()
	return p.CheckFile(t, fset, path, Parse(t, fset, "p.go", src))
}

// CheckFile adds the package that a parsed file makes up.
func (p Program) CheckFile(t testing.TB, fset *token.FileSet, path string, f *ast.File) *types.Package {
	t.Helper()
	pkg, err := (&types.Config{Importer: p}).Check(path, fset, []*ast.File{f}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p[path] = pkg
	return pkg
}

// Check type-checks a package that imports nothing but the standard library.
func Check(t testing.TB, path, src string) *types.Package {
	t.Helper()
	return Program{}.Check(t, path, src)
}

// Parse parses a file, comments included.
func Parse(t testing.TB, fset *token.FileSet, name, src string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(fset, name, src, parser.ParseComments)
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	return f
}

// TypeOf is the type of a package-level object.
func TypeOf(pkg *types.Package, name string) types.Type { return pkg.Scope().Lookup(name).Type() }
