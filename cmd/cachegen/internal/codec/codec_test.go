package codec_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// TestGenerated: what depends on a type parameter is left to the codec by reflection, an instance is not.
func TestGenerated(t *testing.T) {
	const source = `package p
type Box[T any] struct { V T; Next *Box[T] }
type Plain struct { Boxes []Box[int] }
func f[T any, K comparable](a T, b *Box[T], c []map[K]int, d struct{ X [2]T }, e Box[int], g Plain, h map[string]*Box[Box[T]]) {}
`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := (&types.Config{}).Check("example.com/p", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	params := pkg.Scope().Lookup("f").Type().(*types.Signature).Params()
	for i, want := range []bool{false, false, false, false, true, true, false} {
		p := params.At(i).Type()
		if got := !shape.Parametric(p); got != want {
			t.Errorf("code for %v: %t", p, got)
		}
		if _, refusal := codec.Of(p, pkg); (refusal == nil) != want {
			t.Errorf("Of(%v) refuses %+v", p, refusal)
		}
		if refusal := codec.Reflected(p); refusal != nil {
			t.Errorf("Reflected(%v) = %+v", p, refusal)
		}
	}
}
