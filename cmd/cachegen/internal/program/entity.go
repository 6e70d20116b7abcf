package program

import (
	"go/types"
	"slices"
)

// entityIn is the entity that a method returns: its first.
func entityIn(sig *types.Signature) *types.TypeName {
	for v := range sig.Results().Variables() {
		if entity := entityOf(v.Type()); entity != nil {
			return entity
		}
	}
	return nil
}

// entityOf is the struct type that a value is, points to, or is a collection of; nil if it is no such thing.
func entityOf(t types.Type) *types.TypeName {
	var seen []types.Type
	for {
		t = types.Unalias(t)
		if n, ok := t.(*types.Named); ok {
			if _, ok := n.Underlying().(*types.Struct); ok {
				return n.Obj()
			}
			if slices.Contains(seen, t) {
				return nil // type Tree []Tree
			}
			seen = append(seen, t)
		}
		switch u := t.Underlying().(type) {
		case *types.Pointer:
			t = u.Elem()
		case *types.Slice:
			t = u.Elem()
		case *types.Array:
			t = u.Elem()
		case *types.Map:
			t = u.Elem()
		default:
			return nil
		}
	}
}
