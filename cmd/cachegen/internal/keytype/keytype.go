// Package keytype decides which types have a stable key, and how each is encoded, by which check
// refuses and emit prints.
//
// An encoding must be injective: two values that can make a method answer differently never share a
// key. Hence the order of the rules. A type with a basic kind is encoded by its value even if it
// has a MarshalText, because that may redact or merge. MarshalText counts only where the type
// itself declares it: one promoted from an embedded field knows nothing of the other fields. And a
// struct whose fields cannot all be read is refused, rather than keyed by those that can.
package keytype

import (
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// Encoding says how the values of one type become key segments. Sealed: Scalar, Bytes, Text, Any,
// Param, *Pointer, *Slice, *Array, *Map, *Struct. Recursive types make cyclic encodings.
type Encoding interface{ encoding() }

type (
	// Scalar is one append method of runtime.Key: k.Int(int64(x)).
	Scalar struct {
		Method  string
		Convert types.Type // what the method takes; nil if the value already is of that type
	}
	// Bytes is k.Bytes(x), for an array of bytes k.Bytes(x[:]).
	Bytes struct{ Array bool }
	// Text is k.Text(x), or k.Text(&x) where MarshalText has a pointer receiver.
	Text struct{ Address bool }
	// Any is k.Any(x), of an interface without methods: the mark of nil, or the number of its
	// dynamic type and its value.
	Any struct{}
	// Pointer marks nil, and with Ref what is not nil.
	Pointer struct{ Elem Encoding }
	// Slice is nil, or its length and elements.
	Slice struct {
		Type types.Type
		Elem Encoding
	}
	// Array is its elements.
	Array struct {
		Type types.Type
		Elem Encoding
	}
	// Map is nil, or its length and its pairs, sorted by their encoding.
	Map struct {
		Type      types.Type
		Key, Elem Encoding
	}
	// Struct is its fields, in order.
	Struct struct {
		Type   types.Type
		Fields []Field
	}
	// Param is runtime.KeyOf(k, x): the encoding of a type parameter, or of a type made of some, is
	// known once it has its argument. A bare parameter is one segment, whatever its argument is;
	// the runtime refuses arguments that are not.
	Param struct {
		Type types.Type
		Bare bool
	}
	// Field is one field of a Struct, embedded ones included.
	Field struct {
		Name     string
		Encoding Encoding
	}
)

func (Scalar) encoding()   {}
func (Bytes) encoding()    {}
func (Text) encoding()     {}
func (Any) encoding()      {}
func (*Pointer) encoding() {}
func (*Slice) encoding()   {}
func (*Array) encoding()   {}
func (*Map) encoding()     {}
func (*Struct) encoding()  {}
func (Param) encoding()    {}

// Refusal says which part of a type has no stable key, and why: "a func has no stable key".
type Refusal = shape.Refusal

// Of returns how values of t are encoded in code that has the view, or the first part of t that
// cannot be. What depends on type parameters is encoded at run time, as reflection sees it; in the
// view of that, Of says how.
func Of(t types.Type, v *shape.View) (Encoding, *Refusal) {
	if v.Reflects() || !shape.Parametric(t) {
		return shape.Kept(v, newWalker).Whole(v.Node(t))
	}
	e, refusal := Of(t, v.Reflection())
	if _, bare := e.(Param); bare || refusal != nil {
		return e, refusal
	}
	return Param{Type: t}, nil
}

// Ref reports whether a pointer that is not nil is marked too, because the pointee could itself
// begin with the mark of nil. Where it cannot, as with most structs, a value and a pointer to it
// are encoded alike.
func (p *Pointer) Ref() bool {
	nilable, empty := opening(p.Elem)
	return nilable || empty
}

// MayOpenWithNil reports whether the first segment of a struct or an array can be mistaken for the
// mark of nil, which stands in a template for a value that a nil pointer hides. Wherever such a
// value is a placeholder, Ref goes before it, so that reads and invalidations agree.
func MayOpenWithNil(e Encoding) bool {
	switch e.(type) {
	case *Struct, *Array:
		nilable, empty := opening(e)
		return nilable || empty
	}
	return false
}

// MayBeNil reports whether a value is encoded as the mark of nil if it is nil.
func MayBeNil(e Encoding) bool {
	switch e := e.(type) {
	case *Pointer, *Slice, *Map, Any, Param:
		return true
	case Bytes:
		return !e.Array
	}
	return false
}

// Marks counts the marks of "not nil" before a placeholder's value, if none of its pointers is nil.
// Values with different numbers of marks never meet.
func Marks(e Encoding) int {
	marks := 0
	if MayOpenWithNil(e) {
		marks++
	}
	for range 32 { // more is a list: type Path struct{ Rest *Path }
		switch at := e.(type) {
		case *Pointer:
			if at.Ref() {
				marks++
			}
			e = at.Elem
			continue
		case *Struct:
			if len(at.Fields) == 1 {
				e = at.Fields[0].Encoding
				continue
			}
		}
		break
	}
	return marks
}

// opening looks at the first segment of an encoding, if it has any.
func opening(e Encoding) (nilable, empty bool) {
	switch e := e.(type) {
	case Scalar, Text:
		return false, false
	case Bytes:
		return !e.Array, false
	case *Struct:
		for _, f := range e.Fields {
			if nilable, empty := opening(f.Encoding); !empty {
				return nilable, false
			}
		}
		return false, true
	case *Array:
		if e.Type.Underlying().(*types.Array).Len() == 0 {
			return false, true
		}
		return opening(e.Elem)
	}
	return true, false
}
