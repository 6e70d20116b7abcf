// Package codec decides how the values of a type are written as bytes and read back, so that what
// comes out equals what went in: a plan, by which check refuses, emit prints, and fingerprint tells
// versions apart.
//
// A value travels field by field where generated code can reach all of them: tags mean nothing,
// unexported fields of the package's own types are fields like others. That goes before methods,
// because it loses nothing: the MarshalBinary of a type is often written for something else, for
// go-redis, say, as json.Marshal. A type with fields out of reach travels by a pair of methods that
// it declares itself; one promoted from an embedded field would forget all the others. So does a
// struct of the standard library, unless it keeps its fields: package stdlib says which do. What
// can do neither is refused, with the path to it and what to do.
package codec

import (
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// Plan says how the values of one type travel. Sealed: Basic, Time, Bytes, Raw, Dynamic, Own,
// Proto, *Pointer, *Slice, *Array, *Map, *Struct, and Param where the type is not known. Recursive
// types make cyclic plans.
type Plan interface{ plan() }

type (
	// Basic is a bool, a number or a string.
	Basic struct {
		Kind  types.BasicKind
		Named types.Type // what to convert to when reading; nil if it is the basic type itself
	}
	// Time is time.Time, or declared as it.
	Time struct{ Named types.Type } // nil: time.Time itself
	// Bytes is a slice of bytes.
	Bytes struct{}
	// Raw is an array of bytes.
	Raw struct{ Len int64 }
	// Dynamic is an interface without methods, which holds plain data or is an error at run time.
	Dynamic struct{}
	// Own is a pair of methods of the type.
	Own struct {
		Type           types.Type
		Encode, Decode string // MarshalBinary, UnmarshalBinary
		Zero           Zero
	}
	// Proto is a pointer to a protobuf message.
	Proto struct{ Type types.Type }
	// Param is a type parameter. Only the codec by reflection sees its argument.
	Param struct{}
	// Pointer is nil, or what it points to.
	Pointer struct {
		Type types.Type
		Elem Plan
	}
	// Slice is nil, or its length and elements.
	Slice struct {
		Type types.Type
		Elem Plan
	}
	// Array is its elements.
	Array struct {
		Type types.Type
		Len  int64
		Elem Plan
	}
	// Map is nil, or its length and its pairs, in any order.
	Map struct {
		Type      types.Type
		Key, Elem Plan
	}
	// Struct is its fields, in order.
	Struct struct {
		Type   types.Type
		Fields []Field
	}
	// Field is one field of a Struct, embedded ones included; or one promoted from an embedded
	// struct that has no name here.
	Field struct {
		Var  *types.Var
		Tag  string // which changes nothing but the version
		Plan Plan
	}
)

// Zero says how to tell the zero value of a type with methods of its own. It travels without a
// call, because many cannot express it.
type Zero uint8

// The ways to tell.
const (
	Unknown  Zero = iota // there is none: it travels as all values do
	Nil                  // x == nil
	Compared             // x == T{}
)

func (Basic) plan()    {}
func (Time) plan()     {}
func (Bytes) plan()    {}
func (Raw) plan()      {}
func (Dynamic) plan()  {}
func (Own) plan()      {}
func (Proto) plan()    {}
func (Param) plan()    {}
func (*Pointer) plan() {}
func (*Slice) plan()   {}
func (*Array) plan()   {}
func (*Map) plan()     {}
func (*Struct) plan()  {}

// Refusal says which part of a type cannot travel, why, and what to do about it.
type Refusal = shape.Refusal

// Of returns how values of t travel in code that has the view, or the first part of t that cannot.
// The view of reflection stands for package reflectcodec of the runtime, which decides the same
// when it sees a type; a test holds the two against each other.
func Of(t types.Type, v *shape.View) (Plan, *Refusal) {
	w := shape.Kept(v, newWalker)
	p, refusal := w.Whole(v.Node(t))
	if refusal != nil {
		return nil, refusal
	}
	if refusal = w.helper(p); refusal != nil {
		return nil, refusal
	}
	return p, nil
}

// Least returns the bytes of the shortest value of a plan. It is 0 only for what has no content at
// all.
func Least(p Plan) int64 {
	switch p := p.(type) {
	case Basic:
		switch p.Kind {
		case types.Float32:
			return 4
		case types.Float64, types.Complex64:
			return 8
		case types.Complex128:
			return 16
		}
	case Time:
		return 13
	case Raw:
		return p.Len
	case *Array:
		return p.Len * Least(p.Elem)
	case *Struct:
		var n int64
		for _, f := range p.Fields {
			n += Least(f.Plan)
		}
		return n
	}
	return 1
}

// Parts returns the plans that a plan consists of.
func Parts(p Plan) []Plan {
	switch p := p.(type) {
	case *Pointer:
		return []Plan{p.Elem}
	case *Slice:
		return []Plan{p.Elem}
	case *Array:
		return []Plan{p.Elem}
	case *Map:
		return []Plan{p.Key, p.Elem}
	case *Struct:
		var list []Plan
		for _, f := range p.Fields {
			list = append(list, f.Plan)
		}
		return list
	}
	return nil
}

// Recursive reports whether a plan is a part of itself.
func Recursive(p Plan) bool { return contains(p, p) }

// contains reports whether a plan has another as a part, however deep.
func contains(p, part Plan) bool {
	seen := make(map[Plan]bool)
	var within func(q Plan) bool
	within = func(q Plan) bool {
		for _, x := range Parts(q) {
			if x == part {
				return true
			}
			if !seen[x] {
				seen[x] = true
				if within(x) {
					return true
				}
			}
		}
		return false
	}
	return within(p)
}
