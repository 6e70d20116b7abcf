package typewalk_test

import (
	"go/types"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/gentest"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/typewalk"
)

const source = `package p

type Mark struct{}
type Box[T any] struct{ V T }
type List[T any] = []T
type Holds struct{ M Mark }

var (
	Pointer   *Mark
	Slice     []Mark
	Array     [2]Mark
	Chan      chan Mark
	Key       map[Mark]int
	Elem      map[int]Mark
	Field     struct{ A int; M Mark }
	Param     func(int, Mark)
	Result    func() (int, Mark)
	Method    interface{ M(Mark) }
	Embedded  interface{ error; interface{ M() Mark } }
	Argument  Box[Mark]
	OfAlias   List[Mark]
	Deep      map[string][]func(*struct{ C chan Box[Mark] })

	Declared Holds
	Nothing  map[string][]func(*struct{ C chan Box[int] }) error
)
`

// TestAnyPart: what is looked for is found wherever a type can hold it, but for what a named type
// is declared as.
func TestAnyPart(t *testing.T) {
	pkg := gentest.Check(t, "example.com/p", source)
	mark := gentest.TypeOf(pkg, "Mark")
	isMark := func(t types.Type) (found, further bool) { return t == mark, true }
	for _, name := range pkg.Scope().Names() {
		if _, ok := pkg.Scope().Lookup(name).(*types.Var); !ok {
			continue
		}
		want := name != "Declared" && name != "Nothing"
		if got := typewalk.AnyPart(gentest.TypeOf(pkg, name), isMark); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// TestFurther: the parts of a type are left alone if look says so.
func TestFurther(t *testing.T) {
	pkg := gentest.Check(t, "example.com/p", source)
	visited := 0
	typewalk.AnyPart(gentest.TypeOf(pkg, "Deep"), func(t types.Type) (found, further bool) {
		visited++
		_, isSlice := t.(*types.Slice)
		return false, !isSlice
	})
	if visited != 3 { // the map, its key, and the slice
		t.Errorf("%d types were visited, want 3", visited)
	}
}
