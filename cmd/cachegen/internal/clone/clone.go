// Package clone decides how the values of a type are copied, so deeply that neither copy can be used to change the other: one walk over types, by
// which check explains and emit prints.
//
// A copy is equal to the original, nil kept apart from empty. What two parts of a value share, its copy has twice; a value that contains itself
// has no copy, as it has no encoding. A type that cannot be copied is refused, rather than copied in part.
package clone

import (
	"fmt"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/visible"
)

// Plan says how the values of one type are copied. Sealed: Same, Method, Setter, Proto, *Pointer, *Slice, *Array, *Map, *Struct.
// Recursive types make cyclic plans.
type Plan interface{ plan() }

type (
	// Same is assignment: there is nothing that two copies could share.
	Same struct{}
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
func (Method) plan()   {}
func (Setter) plan()   {}
func (Proto) plan()    {}
func (*Pointer) plan() {}
func (*Slice) plan()   {}
func (*Array) plan()   {}
func (*Map) plan()     {}
func (*Struct) plan()  {}

// Refusal says which part of a type cannot be copied, and why.
type Refusal struct {
	Path   string     // from the value: "" itself, .Owner.cache, [] for an element, [key] for a map's key
	Type   types.Type // what stands there
	Reason string     // "is a func"
}

// Of returns how values of t are copied by code of package from, or the first part of t that cannot be.
func Of(t types.Type, from *types.Package) (Plan, *Refusal) {
	w := walker{from: from}
	p := w.walk(t, "")
	if w.refusal != nil {
		return nil, w.refusal
	}
	return p, nil
}

// Aliases reports whether a value of type t and its assigned copy can share something that changes.
func Aliases(t types.Type) bool {
	if immutable(t) {
		return false
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

// immutable reports whether t refers to what nobody can change: the zone of a time, the interned parts of a netip.Addr. This goes for
// time.Time and for every other struct that has such fields.
func immutable(t types.Type) bool {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		return shape.IsNamed(p.Elem(), "time", "Location")
	}
	return shape.IsNamed(t, "unique", "Handle")
}

type walker struct {
	from    *types.Package
	seen    typeutil.Map // types.Type -> Plan, filled in before its parts are walked
	refusal *Refusal
}

func (w *walker) refuse(path string, t types.Type, format string, args ...any) Plan {
	if w.refusal == nil {
		w.refusal = &Refusal{Path: path, Type: t, Reason: fmt.Sprintf(format, args...)}
	}
	return nil
}

func (w *walker) walk(t types.Type, path string) Plan {
	if w.refusal != nil {
		return nil
	}
	if p, ok := w.seen.At(t).(Plan); ok {
		return p
	}
	if p, ok := t.Underlying().(*types.Pointer); ok && !immutable(t) {
		return w.pointer(t, p, path)
	}
	if at, lock := shape.LockIn(t); lock != nil {
		return w.refuse(path+at, lock, "must not be copied")
	}
	if !Aliases(t) {
		return Same{}
	}
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return w.refuse(path, t, "is a type parameter")
	}
	if shape.IsMessage(t) {
		return w.refuse(path, t, "is a protobuf message, which is not copied by value")
	}
	if name := setter(t); name != "" {
		return Setter{Type: w.name(t, path), Name: name}
	}
	if name, pointer := ownMethod(t); name != "" {
		return Method{Type: w.name(t, path), Name: name, Pointer: pointer}
	}
	switch u := t.Underlying().(type) {
	case *types.Slice:
		s := &Slice{Type: t}
		w.seen.Set(t, s)
		if s.Elem = w.walk(u.Elem(), path+"[]"); s.Elem != (Same{}) {
			w.name(t, path)
		}
		return s
	case *types.Array:
		a := &Array{Type: w.name(t, path)}
		w.seen.Set(t, a)
		a.Elem = w.walk(u.Elem(), path+"[]")
		return a
	case *types.Map:
		if Aliases(u.Key()) {
			return w.refuse(path+"[key]", u.Key(), "is a map key by address, or can be")
		}
		m := &Map{Type: t}
		w.seen.Set(t, m)
		if m.Elem = w.walk(u.Elem(), path+"[]"); m.Elem != (Same{}) {
			w.name(t, path)
		}
		return m
	case *types.Struct:
		return w.structure(t, u, path)
	case *types.Interface:
		return w.refuse(path, t, "is an interface, which can hold anything")
	case *types.Signature:
		return w.refuse(path, t, "is a func")
	case *types.Chan:
		return w.refuse(path, t, "is a chan")
	}
	return w.refuse(path, t, "is not data")
}

// pointer is walked before it is asked whether the type it points to can be copied by assignment: a message, or a type with a lock and a Clone
// of its own, can be had by pointer only.
func (w *walker) pointer(t types.Type, u *types.Pointer, path string) Plan {
	elem := u.Elem()
	if shape.IsMessage(elem) {
		if !shape.CanImport(w.from, shape.ProtoPath) {
			return w.refuse(path, t, "is a protobuf message, and nothing here imports %s", shape.ProtoPath)
		}
		return Proto{Type: w.name(t, path)}
	}
	p := &Pointer{Type: w.name(t, path)}
	w.seen.Set(t, p)
	if name, pointer := ownMethod(elem); name != "" && (pointer || !locked(elem)) && Aliases(elem) {
		p.Elem = Method{Type: elem, Name: name, Pointer: pointer}
		return p
	}
	p.Elem = w.walk(elem, path)
	return p
}

func (w *walker) structure(t types.Type, u *types.Struct, path string) Plan {
	s := &Struct{Type: w.name(t, path)}
	w.seen.Set(t, s)
	for f := range u.Fields() {
		if f.Name() == "_" || !Aliases(f.Type()) {
			continue
		}
		if !f.Exported() && f.Pkg().Path() != w.from.Path() {
			return w.refuse(path+"."+f.Name(), f.Type(), "is not exported by package %s", f.Pkg().Path())
		}
		s.Fields = append(s.Fields, Field{f.Name(), w.walk(f.Type(), path+"."+f.Name())})
	}
	return s
}

// name refuses a type that generated code could not write down where it needs to.
func (w *walker) name(t types.Type, path string) types.Type {
	if o := visible.From(w.from, t); o != nil {
		w.refuse(path, t, "cannot be named in package %s", w.from.Path())
	}
	return t
}

// ownMethods are the names by which types offer copies of themselves.
var ownMethods = []string{"Clone", "DeepCopy"}

// ownMethod returns the method by which t copies itself: Clone() T or Clone() *T, declared by t itself.
func ownMethod(t types.Type) (name string, pointer bool) {
	for _, name := range ownMethods {
		f := shape.Method(t, name)
		if f == nil || f.Signature().Params().Len() != 0 || f.Signature().Results().Len() != 1 {
			continue
		}
		switch result := f.Signature().Results().At(0).Type(); {
		case types.Identical(result, t):
			return name, false
		case types.Identical(result, types.NewPointer(t)):
			return name, true
		}
	}
	return "", false
}

// setter returns the method by which a new number of package math/big becomes equal to another.
func setter(t types.Type) string {
	switch {
	case shape.IsNamed(t, "math/big", "Int"), shape.IsNamed(t, "math/big", "Rat"):
		return "Set"
	case shape.IsNamed(t, "math/big", "Float"):
		return "Copy" // Set keeps the rounding mode of the receiver
	}
	return ""
}

func locked(t types.Type) bool {
	_, lock := shape.LockIn(t)
	return lock != nil
}
