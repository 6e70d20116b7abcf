package check

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/clone"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
)

// TestParts: what is remembered of a type is true of all types that it stands for.
func TestParts(t *testing.T) {
	const src = `package p
type (
	Plain  struct{ A int; b string }
	Deep   struct{ Next *Deep; List []Deep; Map map[string][]byte }
	Chan   struct{ C chan int }
	Any    struct{ V any }
	Func   func()
	Lock   struct{ held bool }
	Locked struct{ Lock Lock }
	Own    struct{ Lock Lock; S []int } // which pointers can be copied of, and not values
	Alias  = *Plain
)
func (*Own) Clone() *Own { return nil }
func (*Lock) Lock() {}
func (*Lock) Unlock() {}
var (
	_ Plain; _ Deep; _ Chan; _ Any; _ Func; _ Lock; _ Locked; _ Own
	_ struct{ A []int }
	_ map[string]Plain
	_ [3]*Plain
	_ byte
	_ string
	_ Alias
	_ interface{ M() }
)
`
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{Types: make(map[ast.Expr]types.TypeAndValue)}
	pkg, err := new(types.Config).Check("example.com/p", fset, []*ast.File{f}, info)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, decl := range f.Decls {
		decl, ok := decl.(*ast.GenDecl)
		if !ok || decl.Tok != token.VAR {
			continue
		}
		for _, spec := range decl.Specs {
			base := info.Types[spec.(*ast.ValueSpec).Type].Type
			list := []types.Type{base}
			for range 3 {
				for _, u := range list {
					list = append(list, types.NewPointer(u), types.NewSlice(u))
				}
			}
			type verdict struct{ travels, copied, plain bool }
			known := make(map[typeID]verdict)
			for _, u := range list {
				plan, refusal := clone.Of(u, pkg)
				_, lost := codec.Of(u, pkg)
				v := verdict{lost == nil, refusal == nil, plan == (clone.Same{})}
				id := idOf(u).parts()
				if first, ok := known[id]; ok && first != v {
					t.Errorf("%s is %+v, another type that stands for the same is %+v", u, v, first)
				}
				known[id] = v
				tried++
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d types", tried)
	}
}
