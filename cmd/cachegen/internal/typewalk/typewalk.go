// Package typewalk walks the parts of Go types.
package typewalk

import "go/types"

// AnyPart reports whether look finds what it looks for in a type or in any of its parts. Look is
// asked about the type first, and says whether its parts are to be looked at as well.
//
// The parts of a type are what it is written with: what it points to or holds, its fields,
// parameters, results, methods and terms. A named type has its type arguments for parts. Whoever is
// interested in what it is declared as calls AnyPart for that.
func AnyPart(t types.Type, look func(types.Type) (found, further bool)) bool {
	found, further := look(t)
	if found || !further {
		return found
	}
	switch t := t.(type) {
	case *types.Alias:
		return anyOf(t.TypeArgs(), look)
	case *types.Named:
		return anyOf(t.TypeArgs(), look)
	case *types.Map:
		return AnyPart(t.Key(), look) || AnyPart(t.Elem(), look)
	case interface{ Elem() types.Type }: // pointer, slice, array, chan
		return AnyPart(t.Elem(), look)
	case *types.Signature:
		return AnyPart(t.Params(), look) || AnyPart(t.Results(), look)
	case *types.Struct:
		for f := range t.Fields() {
			if AnyPart(f.Type(), look) {
				return true
			}
		}
	case *types.Tuple:
		for v := range t.Variables() {
			if AnyPart(v.Type(), look) {
				return true
			}
		}
	case *types.Interface:
		return anyOfInterface(t, look)
	case *types.Union:
		for term := range t.Terms() {
			if AnyPart(term.Type(), look) {
				return true
			}
		}
	}
	return false
}

func anyOf(list *types.TypeList, look func(types.Type) (found, further bool)) bool {
	for t := range list.Types() {
		if AnyPart(t, look) {
			return true
		}
	}
	return false
}

func anyOfInterface(t *types.Interface, look func(types.Type) (found, further bool)) bool {
	for m := range t.ExplicitMethods() {
		if AnyPart(m.Type(), look) {
			return true
		}
	}
	for e := range t.EmbeddedTypes() {
		if AnyPart(e, look) {
			return true
		}
	}
	return false
}
