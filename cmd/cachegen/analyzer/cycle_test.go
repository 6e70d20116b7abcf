package analyzer

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/analysis"
)

// TestCycleEnds: an editor may send a type that the compiler rejects, as an instantiation cycle, in
// the middle of an edit. The analyzer comes to an end, and leaves it to the driver to report what
// does not compile, whether it has the errors of the type checker or not.
func TestCycleEnds(t *testing.T) {
	const src = `package p

type Page[T any] struct {
	Value T
	Next  *Page[[]T]
}

type Repository interface {
	//cache:ttl=600 prefix=page
	Get(id string) (*Page[int], error)

	//cache:ttl=600 prefix=other ttlonly tenant=global
	Other(page Page[string]) (string, error)
}
`
	path := filepath.Join(t.TempDir(), "p.go")
	if err := os.WriteFile(path, []byte(src), 0o666); err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var typeErrors []types.Error
	conf := types.Config{Error: func(err error) {
		if e, ok := errors.AsType[types.Error](err); ok {
			typeErrors = append(typeErrors, e)
		}
	}}
	pkg, _ := conf.Check("example.com/p", fset, []*ast.File{f}, nil)
	if len(typeErrors) == 0 {
		t.Fatal("the type checker accepts the cycle")
	}
	for _, reported := range [][]types.Error{typeErrors, nil} {
		_, err := Analyzer.Run(&analysis.Pass{
			Analyzer: Analyzer, Fset: fset, Files: []*ast.File{f}, Pkg: pkg,
			TypeErrors: reported, ReadFile: os.ReadFile,
			Report: func(d analysis.Diagnostic) { t.Errorf("reported: %s", d.Message) },
		})
		if err != nil {
			t.Error(err)
		}
	}
}
