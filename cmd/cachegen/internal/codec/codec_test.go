package codec_test

import (
	"go/types"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/gentest"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// TestGenerated: what depends on a type parameter is left to the codec by reflection, an instance
// is not.
func TestGenerated(t *testing.T) {
	pkg := gentest.Check(t, "example.com/p", `package p
type Box[T any] struct { V T; Next *Box[T] }
type Plain struct { Boxes []Box[int] }
func f[T any, K comparable](a T, b *Box[T], c []map[K]int, d struct{ X [2]T }, e Box[int], g Plain, h map[string]*Box[Box[T]]) {}
`)
	view := shape.NewView(pkg)
	params := gentest.TypeOf(pkg, "f").(*types.Signature).Params()
	for i, want := range []bool{false, false, false, false, true, true, false} {
		p := params.At(i).Type()
		if got := !shape.Parametric(p); got != want {
			t.Errorf("code for %v: %t", p, got)
		}
		if _, refusal := codec.Of(p, view); (refusal == nil) != want {
			t.Errorf("Of(%v) refuses %+v", p, refusal)
		}
		if _, refusal := codec.Of(p, view.Reflection()); refusal != nil {
			t.Errorf("by reflection, Of(%v) refuses %+v", p, refusal)
		}
	}
}

// TestKeyOfItself: a struct that is the key of a map in it holds a pointer, by which two keys that
// look the same differ. Its plan is not complete yet when the map is met.
func TestKeyOfItself(t *testing.T) {
	for _, name := range []string{"K", "L"} {
		pkg := gentest.Check(t, "example.com/p", "package p; type K struct { P *map[K]int }; type L struct { A [1]struct { M *map[L]int; S string } }")
		_, refusal := codec.Of(gentest.TypeOf(pkg, name), shape.NewView(pkg))
		if refusal == nil || refusal.Reason != "is a map key by address, which no copy has" {
			t.Errorf("%s: %+v", name, refusal)
		}
	}
}

// TestNoNameForHelper: what contains itself is written by a function, which needs its name.
func TestNoNameForHelper(t *testing.T) {
	pkg := gentest.Check(t, "example.com/p", `package p
type n struct { Kids List }
type List []n
type Tree struct { Root n }
type leaf struct { N int }
type Pair struct { A, B leaf }
`)
	other := types.NewPackage("example.com/q", "q")
	view := shape.NewView(other)
	for _, name := range []string{"Tree", "List", "Tree"} {
		if _, refusal := codec.Of(gentest.TypeOf(pkg, name), view); refusal == nil || refusal.Reason != "cannot be named in package example.com/q" {
			t.Errorf("%s: %+v", name, refusal)
		}
	}
	if _, refusal := codec.Of(gentest.TypeOf(pkg, "Pair"), view); refusal != nil {
		t.Errorf("Pair: %+v", refusal)
	}
	if _, refusal := codec.Of(gentest.TypeOf(pkg, "Tree"), shape.NewView(pkg)); refusal != nil {
		t.Errorf("Tree at home: %+v", refusal)
	}
}
