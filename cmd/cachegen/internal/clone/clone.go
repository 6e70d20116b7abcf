// Package clone decides how the values of a type are copied, so deeply that neither copy can be
// used to change the other: a plan, by which check explains and emit prints.
//
// A copy is equal to the original, nil kept apart from empty. What two parts of a value share, its
// copy has twice; a value that contains itself has no copy, as it has no encoding. A type that
// cannot be copied is refused, rather than copied in part.
package clone

import (
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// Plan says how the values of one type are copied. Sealed: Same, Any, Method, Setter, Proto,
// *Pointer, *Slice, *Array, *Map, *Struct. Recursive types make cyclic plans.
type Plan interface{ plan() }

type (
	// Same is assignment: there is nothing that two copies could share.
	Same struct{}
	// Any is runtime.Own(x), of an interface that holds plain data.
	Any struct{}
	// Method is the type's own: x.Clone().
	Method struct {
		Type    types.Type
		Name    string
		Pointer bool // it returns a pointer to the copy
	}
	// Setter is new(big.Int).Set(&x).
	Setter struct {
		Type types.Type
		Name string
	}
	// Proto is proto.Clone(x).(*T), of a pointer type.
	Proto struct{ Type types.Type }
	// Pointer is nil, or a pointer to a copy.
	Pointer struct {
		Type types.Type
		Elem Plan
	}
	// Slice is nil, or a slice of copies.
	Slice struct {
		Type types.Type
		Elem Plan
	}
	// Array is its elements.
	Array struct {
		Type types.Type
		Elem Plan
	}
	// Map is nil, or a map to copies. Its keys are what assignment copies.
	Map struct {
		Type types.Type
		Elem Plan
	}
	// Struct is an assignment, after which some fields are copied.
	Struct struct {
		Type   types.Type
		Fields []Field // those for which assignment is not enough
	}
	// Field is one field of a Struct, embedded ones included.
	Field struct {
		Name string
		Plan Plan
	}
)

func (Same) plan()     {}
func (Any) plan()      {}
func (Method) plan()   {}
func (Setter) plan()   {}
func (Proto) plan()    {}
func (*Pointer) plan() {}
func (*Slice) plan()   {}
func (*Array) plan()   {}
func (*Map) plan()     {}
func (*Struct) plan()  {}

// Refusal says which part of a type cannot be copied, and why: "is a func".
type Refusal = shape.Refusal

// Of returns how values of t are copied by code that has the view, or the first part of t that
// cannot be.
func Of(t types.Type, v *shape.View) (Plan, *Refusal) {
	return shape.Kept(v, func(v *shape.View) *walker { return newWalker(v, false) }).Whole(v.Node(t))
}

// OfKey is Of for values that a key has been made of: what interfaces without methods hold in them
// is plain data. Where Of has a plan too, it is the same.
func OfKey(t types.Type, v *shape.View) (Plan, *Refusal) {
	w := shape.Kept(v, func(v *shape.View) *keyWalker { return &keyWalker{newWalker(v, true)} })
	return w.Whole(v.Node(t))
}

// Aliases reports whether a value of type t and its assigned copy can share something that changes.
func Aliases(t types.Type) bool {
	if immutable(t) {
		return false
	}
	if p, ok := types.Unalias(t).(*types.TypeParam); ok {
		return !basicOnly(p.Constraint())
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Kind() == types.UnsafePointer
	case *types.Array:
		return u.Len() > 0 && Aliases(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if f.Name() != "_" && Aliases(f.Type()) {
				return true
			}
		}
		return false
	}
	return true
}

// basicOnly reports whether a constraint allows numbers and strings alone, as cmp.Ordered does.
func basicOnly(constraint types.Type) bool {
	switch c := constraint.Underlying().(type) {
	case *types.Basic:
		return c.Kind() != types.UnsafePointer
	case *types.Interface:
		for e := range c.EmbeddedTypes() {
			if basicOnly(e) {
				return true
			}
		}
	case *types.Union:
		for term := range c.Terms() {
			if !basicOnly(term.Type()) {
				return false
			}
		}
		return true
	}
	return false
}

// immutable reports whether t refers to what nobody can change: the zone of a time, the user of a
// URL, the interned parts of a netip.Addr. This goes for time.Time and for every other struct that
// has such fields.
func immutable(t types.Type) bool {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		return shape.IsNamed(p.Elem(), "time", "Location") || shape.IsNamed(p.Elem(), "net/url", "Userinfo")
	}
	return shape.IsNamed(t, "unique", "Handle")
}
