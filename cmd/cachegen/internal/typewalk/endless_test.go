package typewalk_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/typewalk"
)

func TestEndless(t *testing.T) {
	const src = `package p

type Pointer[T any] struct { V T; N *Pointer[[]T] }
type A[T any] struct { B map[string]B[T] }
type B[K any] []A[func() K]
type Branches[T any] struct { X, Y *Branches[[]T]; Z *Branches[*T] }
type Method[T any] interface { M() Method[[]T] }
type Param[T any] interface { M(func(chan Param[[]T])) }

type List[T any] struct { V T; N *List[T] }
type Swap[K comparable, V any] struct { M map[K]V; S *Swap[K, V] }
type Plain struct { N *Plain; L List[Plain]; E List[List[List[int]]] }
type Tree[T any] interface { Sub() []Tree[T] }

var (
	cycle1 Pointer[int]
	cycle2 []A[int]
	cycle3 struct { F func(B[string]) }
	cycle4 Branches[int]
	cycle5 Method[bool]
	cycle6 Param[bool]
	cycle7 List[Pointer[int]]

	none1 Plain
	none2 List[List[Swap[string, List[int]]]]
	none3 Tree[Tree[int]]
	none4 error
)
`
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	conf := types.Config{Error: func(error) {}}
	pkg, _ := conf.Check("example.com/p", fset, []*ast.File{f}, nil)
	for _, name := range pkg.Scope().Names() {
		v, ok := pkg.Scope().Lookup(name).(*types.Var)
		if !ok {
			continue
		}
		var e typewalk.Endless
		for range 2 {
			if found := e.In(v.Type()); (found != nil) != (name[0] == 'c') {
				t.Errorf("%s: the cycle of %v is %v", name, v.Type(), found)
			}
		}
	}
}
