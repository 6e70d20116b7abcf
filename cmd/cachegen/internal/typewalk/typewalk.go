// Package typewalk walks the parts of Go types.
package typewalk

import (
	"go/types"
	"iter"
)

// AnyPart reports whether look finds what it looks for in a type or in any of its parts. Look is
// asked about the type first, and says whether its parts are to be looked at as well. A named type
// has its type arguments for parts; whoever is interested in what it is declared as calls AnyPart
// for that.
func AnyPart(t types.Type, look func(types.Type) (found, further bool)) bool {
	found, further := look(t)
	if found || !further {
		return found
	}
	for part := range Parts(t) {
		if AnyPart(part, look) {
			return true
		}
	}
	return false
}

// Parts yields what a type is written with: what it points to or holds, its fields, parameters,
// results, methods, type arguments, and terms.
func Parts(t types.Type) iter.Seq[types.Type] {
	return func(yield func(types.Type) bool) {
		switch t := t.(type) {
		case *types.Alias:
			t.TypeArgs().Types()(yield)
		case *types.Named:
			t.TypeArgs().Types()(yield)
		case *types.Map:
			_ = yield(t.Key()) && yield(t.Elem())
		case interface{ Elem() types.Type }: // pointer, slice, array, chan
			yield(t.Elem())
		case *types.Struct:
			variables(t.Fields())(yield)
		case *types.Tuple:
			variables(t.Variables())(yield)
		case *types.Signature:
			_ = yield(t.Params()) && yield(t.Results())
		case *types.Interface:
			for m := range t.ExplicitMethods() {
				if !yield(m.Type()) {
					return
				}
			}
			t.EmbeddedTypes()(yield)
		case *types.Union:
			for term := range t.Terms() {
				if !yield(term.Type()) {
					return
				}
			}
		}
	}
}

// variables yields the types of fields, parameters or results.
func variables(list iter.Seq[*types.Var]) iter.Seq[types.Type] {
	return func(yield func(types.Type) bool) {
		for v := range list {
			if !yield(v.Type()) {
				return
			}
		}
	}
}
