package keytype

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// walker makes the encodings for one view. In the view of reflection they are those of the runtime.
type walker struct {
	*shape.Planner[Encoding]
	view *shape.View
}

func newWalker(v *shape.View) *walker {
	w := &walker{view: v}
	w.Planner = shape.NewPlanner(w.encoding, nil)
	return w
}

func (w *walker) encoding(n *shape.Node) (Encoding, *Refusal) {
	if n.Is("time", "Time") {
		return Scalar{Method: "Time"}, nil
	}
	if n.Kind == shape.Basic {
		return w.basic(n)
	}
	if declares, address := marshalsText(n); declares {
		return Text{Address: address}, nil
	}
	switch n.Kind {
	case shape.Param:
		return Param{Type: n.Type, Bare: true}, nil
	case shape.Bytes:
		return Bytes{}, nil
	case shape.Raw:
		return Bytes{Array: true}, nil
	case shape.Pointer:
		return w.pointer(n)
	case shape.Slice:
		s := &Slice{Type: n.Type}
		w.Begin(n, s)
		return s, w.parts(w.name(n), part{&s.Elem, n.Elem(), "[]"})
	case shape.Array:
		a := &Array{Type: n.Type}
		w.Begin(n, a)
		return a, w.parts(w.name(n), part{&a.Elem, n.Elem(), "[]"})
	case shape.Map:
		m := &Map{Type: n.Type}
		w.Begin(n, m)
		unnamed := cmp.Or(w.name(n), w.name(n.Key(), "[key]"), w.name(n.Elem(), "[]"))
		return m, w.parts(unnamed, part{&m.Key, n.Key(), "[key]"}, part{&m.Elem, n.Elem(), "[]"})
	case shape.Struct, shape.Time:
		return w.structure(n)
	case shape.Interface:
		if n.Type.Underlying().(*types.Interface).Empty() {
			return Any{}, nil
		}
		return nil, w.Refuse(n.Type, "an interface can hold anything, so it has no stable key")
	case shape.Func:
		return nil, w.Refuse(n.Type, "a func has no stable key")
	case shape.Chan:
		return nil, w.Refuse(n.Type, "a chan has no stable key")
	}
	return nil, w.Refuse(n.Type, "it has no stable key")
}

// part is a part of an encoding that is yet to be made.
type part struct {
	encoding *Encoding
	node     *shape.Node
	step     string
}

// parts makes the parts of an encoding, unless its type cannot be named.
func (w *walker) parts(unnamed *Refusal, list ...part) *Refusal {
	if unnamed != nil {
		return unnamed
	}
	for _, x := range list {
		e, refusal := w.Part(x.node, x.step)
		if refusal != nil {
			return refusal
		}
		*x.encoding = e
	}
	return nil
}

// name refuses a type that generated code could not write down where it needs to.
func (w *walker) name(n *shape.Node, steps ...string) *Refusal {
	if o := n.Hidden(); o != nil {
		return w.Refuse(n.Type, fmt.Sprintf("package %s cannot name %s", w.view.From().Path(), o.Name()), steps...)
	}
	return nil
}

func (w *walker) pointer(n *shape.Node) (Encoding, *Refusal) {
	if pointsToItself(n) {
		return nil, w.Refuse(n.Type, "it only points to itself")
	}
	p := &Pointer{}
	w.Begin(n, p)
	return p, w.parts(nil, part{&p.Elem, n.Elem(), ""})
}

// pointsToItself finds type P *P, whose encoding would never end.
func pointsToItself(n *shape.Node) bool {
	seen := make(map[*shape.Node]bool)
	for ; n.Kind == shape.Pointer; n = n.Elem() {
		if seen[n] {
			return true
		}
		seen[n] = true
	}
	return false
}

func (w *walker) structure(n *shape.Node) (Encoding, *Refusal) {
	for _, f := range n.Fields() {
		switch {
		case f.Name() == "_" || f.InReach:
		case w.view.Reflects():
			return nil, w.Refuse(n.Type, fmt.Sprintf("its field %s is unexported, and it is encoded at run time, as it depends on type arguments", f.Name()))
		default:
			return nil, w.Refuse(n.Type, fmt.Sprintf("its field %s is unexported in package %s, and it has no MarshalText of its own", f.Name(), f.Pkg().Path()))
		}
	}
	if n.Changing() {
		return nil, w.Refuse(n.Type, "it is a struct of the standard library, whose fields another release of Go may change, and it has no MarshalText")
	}
	if refusal := w.name(n); refusal != nil {
		return nil, refusal
	}
	s := &Struct{Type: n.Type}
	w.Begin(n, s)
	for _, f := range n.Fields() {
		if f.Name() == "_" {
			continue
		}
		e, refusal := w.Part(f.Node(), ".", f.Name())
		if refusal != nil {
			return nil, refusal
		}
		s.Fields = append(s.Fields, Field{f.Name(), e})
	}
	return s, nil
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

func (w *walker) basic(n *shape.Node) (Encoding, *Refusal) {
	m, ok := basics[n.Basic]
	if !ok {
		return nil, w.Refuse(n.Type, fmt.Sprintf("%s has no stable key", types.Typ[n.Basic]))
	}
	s := Scalar{Method: m.method}
	if takes := types.Typ[m.takes]; !types.Identical(n.Type, takes) {
		s.Convert = takes
	}
	return s, nil
}

// marshalsText reports whether a type itself declares MarshalText() ([]byte, error), and whether
// with a pointer receiver.
func marshalsText(n *shape.Node) (declares, address bool) {
	f := n.Method("MarshalText")
	if f == nil || !types.Identical(f.Signature(), marshalText) {
		return false, false
	}
	_, address = f.Signature().Recv().Type().(*types.Pointer)
	return true, address
}

// marshalText is func() ([]byte, error).
var marshalText = types.NewSignatureType(nil, nil, nil, nil, types.NewTuple(
	types.NewParam(token.NoPos, nil, "", types.NewSlice(types.Typ[types.Byte])),
	types.NewParam(token.NoPos, nil, "", types.Universe.Lookup("error").Type()),
), false)
