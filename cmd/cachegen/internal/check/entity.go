package check

import (
	"go/types"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/stdlib"
)

// EntityOf is the struct type that a value is, points to, is a collection of, or is a page of: the
// type argument of Page[Contact]. It is nil if there is none. What is written as one text, such as
// a time or an ID, is no entity, and nothing of the standard library is one.
func EntityOf(t types.Type) *types.TypeName {
	for range 8 { // type Node[T any] struct { Next *Node[Node[T]] } has no end
		owner, _ := StructIn(t)
		switch {
		case owner == nil || isValue(owner):
			return nil
		case owner.TypeArgs().Len() == 0:
			return owner.Obj()
		}
		var next types.Type
		for arg := range owner.TypeArgs().Types() {
			if n, _ := StructIn(arg); n != nil && next == nil {
				next = arg
			}
		}
		if next == nil {
			return owner.Obj()
		}
		t = next
	}
	return nil
}

// isValue reports whether a struct is a value such as a time, a number or an ID, and no entity.
func isValue(n *types.Named) bool {
	o := n.Obj()
	if o.Pkg() == nil || stdlib.Contains(o.Pkg().Path()) || strings.HasSuffix(o.Name(), "ID") || strings.HasSuffix(o.Name(), "Id") {
		return true
	}
	method, _, _ := types.LookupFieldOrMethod(types.NewPointer(n), true, o.Pkg(), "MarshalText")
	_, ok := method.(*types.Func)
	return ok
}

// names reports whether a method is about an entity: its name has that of the entity, or it takes
// or returns one.
func names(f *types.Func, entity *types.TypeName) bool {
	if entity == nil {
		return false
	}
	if strings.Contains(strings.ToLower(f.Name()), strings.ToLower(entity.Name())) {
		return true
	}
	for _, list := range []*types.Tuple{f.Signature().Params(), f.Signature().Results()} {
		for v := range list.Variables() {
			if EntityOf(v.Type()) == entity {
				return true
			}
		}
	}
	return false
}
