// Package keytype decides which types have a stable key, and how each is encoded: one walk over types, by which check refuses and emit prints.
//
// An encoding must be injective: two values that can make a method answer differently never share a key. Hence the order of the rules. A type
// with a basic kind is encoded by its value even if it has a MarshalText, because that may redact or merge. MarshalText counts only where the
// type itself declares it: one promoted from an embedded field knows nothing of the other fields. And a struct whose fields cannot all be read
// is refused, rather than keyed by those that can.
package keytype

import (
	"fmt"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/visible"
)

// Encoding says how the values of one type become key segments. Sealed: Scalar, Bytes, Text, Param, *Pointer, *Slice, *Array, *Map,
// *Struct.
// Recursive types make cyclic encodings.
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
	// Pointer marks nil.
	Pointer struct {
		Elem Encoding
		Ref  bool // a pointer that is not nil is marked too, because the pointee could itself begin with the mark of nil
	}
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
	// Param is runtime.KeyOf(k, x): how the values of a type parameter, or of what is made of them, are encoded is known when it has its argument.
	// A parameter by itself is one segment, whatever its argument is; the runtime refuses others.
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
func (*Pointer) encoding() {}
func (*Slice) encoding()   {}
func (*Array) encoding()   {}
func (*Map) encoding()     {}
func (*Struct) encoding()  {}
func (Param) encoding()    {}

// Refusal says which part of a type has no stable key, and why.
type Refusal struct {
	Path   string     // from the value: "" itself, .Owner.cache, [] for an element, [key] for a map's key
	Type   types.Type // what stands there
	Reason string     // "a func has no stable key"
}

// Of returns how values of t are encoded in code of package from, or the first part of t that cannot be.
func Of(t types.Type, from *types.Package) (Encoding, *Refusal) {
	w := walker{from: from, parametric: shape.Parametric(t)}
	e := w.walk(t, "")
	if w.refusal != nil {
		return nil, w.refusal
	}
	if _, bare := e.(Param); w.parametric && !bare {
		return Param{Type: t}, nil
	}
	return e, nil
}

// MayOpenWithNil reports whether the segments of a struct or an array can be mistaken, where they begin, for the mark of nil that stands in a
// template for a value behind a nil pointer. Ref goes before such a value wherever it is a placeholder, so that reads and invalidations agree.
func MayOpenWithNil(e Encoding) bool {
	switch e.(type) {
	case *Struct, *Array:
		nilable, empty := opening(e)
		return nilable || empty
	}
	return false
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

type walker struct {
	from    *types.Package
	seen    typeutil.Map // types.Type -> Encoding, filled in before its parts are walked
	refusal *Refusal

	parametric bool // the runtime encodes it, by reflection
}

func (w *walker) refuse(path string, t types.Type, format string, args ...any) Encoding {
	if w.refusal == nil {
		w.refusal = &Refusal{Path: path, Type: t, Reason: fmt.Sprintf(format, args...)}
	}
	return nil
}

func (w *walker) walk(t types.Type, path string) Encoding {
	if w.refusal != nil {
		return nil
	}
	t = types.Unalias(t)
	if e, ok := w.seen.At(t).(Encoding); ok {
		return e
	}
	if _, ok := t.(*types.TypeParam); ok {
		return Param{Type: t, Bare: true}
	}
	if isTime(t) {
		return Scalar{Method: "Time"}
	}
	if b, ok := t.Underlying().(*types.Basic); ok {
		return w.basic(t, b, path)
	}
	if declares, address := marshalsText(t); declares {
		return Text{Address: address}
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		if pointsToItself(t) {
			return w.refuse(path, t, "it only points to itself")
		}
		p := new(Pointer)
		w.seen.Set(t, p)
		p.Elem = w.walk(u.Elem(), path)
		switch p.Elem.(type) {
		case Scalar, Text:
		case Bytes:
			p.Ref = !p.Elem.(Bytes).Array
		default:
			p.Ref = true
		}
		return p
	case *types.Slice:
		if isByte(u.Elem()) {
			return Bytes{}
		}
		s := &Slice{Type: w.name(t, path)}
		w.seen.Set(t, s)
		s.Elem = w.walk(u.Elem(), path+"[]")
		return s
	case *types.Array:
		if isByte(u.Elem()) {
			return Bytes{Array: true}
		}
		a := &Array{Type: w.name(t, path)}
		w.seen.Set(t, a)
		a.Elem = w.walk(u.Elem(), path+"[]")
		return a
	case *types.Map:
		m := &Map{Type: w.name(t, path)}
		w.name(u.Key(), path+"[key]")
		w.name(u.Elem(), path+"[]")
		w.seen.Set(t, m)
		m.Key = w.walk(u.Key(), path+"[key]")
		m.Elem = w.walk(u.Elem(), path+"[]")
		return m
	case *types.Struct:
		return w.structure(t, u, path)
	case *types.Interface:
		return w.refuse(path, t, "an interface can hold anything, so it has no stable key")
	case *types.Signature:
		return w.refuse(path, t, "a func has no stable key")
	case *types.Chan:
		return w.refuse(path, t, "a chan has no stable key")
	}
	return w.refuse(path, t, "it has no stable key")
}

func (w *walker) structure(t types.Type, u *types.Struct, path string) Encoding {
	for f := range u.Fields() {
		if f.Name() != "_" && !f.Exported() && w.parametric {
			return w.refuse(path, t, "its field %s is unexported, and it is encoded at run time, as it depends on type arguments", f.Name())
		}
		if f.Name() != "_" && !f.Exported() && f.Pkg().Path() != w.from.Path() {
			return w.refuse(path, t, "its field %s is unexported in package %s, and it has no MarshalText of its own", f.Name(), f.Pkg().Path())
		}
	}
	s := &Struct{Type: w.name(t, path)}
	w.seen.Set(t, s)
	for f := range u.Fields() {
		if f.Name() != "_" {
			s.Fields = append(s.Fields, Field{f.Name(), w.walk(f.Type(), path+"."+f.Name())})
		}
	}
	return s
}

// name refuses a type that generated code could not write down where it needs to.
func (w *walker) name(t types.Type, path string) types.Type {
	if o := visible.From(w.from, t); o != nil {
		w.refuse(path, t, "package %s cannot name %s", w.from.Path(), o.Name())
	}
	return t
}

// basics has the append method of runtime.Key for each kind, and what it takes.
var basics = map[types.BasicKind]struct {
	method string
	takes  types.BasicKind
}{
	types.String: {"String", types.String},
	types.Bool:   {"Bool", types.Bool},

	types.Int:   {"Int", types.Int64},
	types.Int8:  {"Int", types.Int64},
	types.Int16: {"Int", types.Int64},
	types.Int32: {"Int", types.Int64},
	types.Int64: {"Int", types.Int64},

	types.Uint:    {"Uint", types.Uint64},
	types.Uint8:   {"Uint", types.Uint64},
	types.Uint16:  {"Uint", types.Uint64},
	types.Uint32:  {"Uint", types.Uint64},
	types.Uint64:  {"Uint", types.Uint64},
	types.Uintptr: {"Uint", types.Uint64},

	types.Float32:    {"Float32", types.Float32},
	types.Float64:    {"Float", types.Float64},
	types.Complex64:  {"Complex", types.Complex128},
	types.Complex128: {"Complex", types.Complex128},
}

func (w *walker) basic(t types.Type, b *types.Basic, path string) Encoding {
	m, ok := basics[b.Kind()]
	if !ok {
		return w.refuse(path, t, "%s has no stable key", types.Typ[b.Kind()])
	}
	s := Scalar{Method: m.method}
	if takes := types.Typ[m.takes]; !types.Identical(t, takes) {
		s.Convert = takes
	}
	return s
}

func isTime(t types.Type) bool {
	n, ok := t.(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "time" && n.Obj().Name() == "Time"
}

// pointsToItself finds type P *P, whose encoding would never end.
func pointsToItself(t types.Type) bool {
	for range 32 {
		p, ok := t.Underlying().(*types.Pointer)
		if !ok {
			return false
		}
		t = p.Elem()
	}
	return true
}

// isByte is strict: a []Level with type Level byte cannot be converted to []byte.
func isByte(t types.Type) bool {
	b, ok := types.Unalias(t).(*types.Basic)
	return ok && b.Kind() == types.Uint8
}

// marshalsText reports whether t itself declares MarshalText() ([]byte, error), and whether with a pointer receiver.
func marshalsText(t types.Type) (declares, address bool) {
	if _, ok := t.(*types.Named); !ok {
		return false, false
	}
	if _, ok := t.Underlying().(*types.Interface); ok {
		return false, false
	}
	o, index, _ := types.LookupFieldOrMethod(t, true, nil, "MarshalText")
	f, ok := o.(*types.Func)
	if !ok || len(index) != 1 {
		return false, false
	}
	sig := f.Signature()
	if sig.Params().Len() != 0 || sig.Results().Len() != 2 {
		return false, false
	}
	data, ok := sig.Results().At(0).Type().Underlying().(*types.Slice)
	if !ok || !isByte(data.Elem()) || !types.Identical(sig.Results().At(1).Type(), types.Universe.Lookup("error").Type()) {
		return false, false
	}
	_, address = sig.Recv().Type().(*types.Pointer)
	return true, address
}
