package typewalk

import "go/types"

// deepest is how many instances of one generic type may lie within each other. Programs have a few;
// those of an instantiation cycle have no end.
const deepest = 64

// Endless looks for instantiation cycles: generic types whose instances refer to ever larger
// instances, which compilers reject and no walk comes to the end of.
//
//	type P[T any] struct{ Next *P[[]T] }
//
// It remembers where it has looked. The zero value is ready to use.
type Endless struct {
	seen   map[types.Type]bool
	within map[*types.Named]int // by generic type: its instances around the current type
	found  *types.Named
}

// In returns the generic type of a cycle below t, following what named types are declared as, but
// not their methods. It returns nil if there is none.
func (e *Endless) In(t types.Type) *types.Named {
	if e.seen == nil {
		e.seen, e.within = make(map[types.Type]bool), make(map[*types.Named]int)
	}
	if e.found == nil {
		AnyPart(t, e.look)
	}
	found := e.found
	if found != nil { // what has been left on the way has not been looked at
		*e = Endless{}
	}
	return found
}

func (e *Endless) look(t types.Type) (found, further bool) {
	if e.seen[t] {
		return false, false
	}
	e.seen[t] = true
	switch t := t.(type) {
	case *types.Alias:
		return AnyPart(types.Unalias(t), e.look), true
	case *types.Named:
		generic := t.Origin()
		if e.within[generic] == deepest {
			e.found = generic
			return true, false
		}
		e.within[generic]++
		found = AnyPart(t.Underlying(), e.look)
		e.within[generic]--
		return found, true
	}
	return false, true
}
