package codec

import (
	"fmt"
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// walker makes the plans for one view. In the view of reflection it decides as the codec by
// reflection does.
type walker struct {
	*shape.Planner[Plan]
	view    *shape.View
	unnamed []*Struct // those that have been begun, at least
}

func newWalker(v *shape.View) *walker {
	w := &walker{view: v}
	w.Planner = shape.NewPlanner(w.plan, w.own) // methods may carry what parts cannot
	return w
}

// plan returns how a type travels by what Go holds.
func (w *walker) plan(n *shape.Node) (Plan, *Refusal) {
	if n.Chosen() && HasJSON(n) {
		return Own{n.Type, jsonPair.encode, jsonPair.decode, zero(n)}, w.name(n)
	}
	switch n.Kind {
	case shape.Param:
		if w.view.Reflects() {
			return Param{}, nil
		}
		return nil, w.refuse(n, "is a type parameter", "instantiate it")
	case shape.Time:
		if n.Is("time", "Time") {
			return Time{}, nil
		}
		if _, ok := w.own(n); !ok {
			return Time{Named: n.Type}, w.name(n)
		}
		return w.structure(n)
	case shape.Basic:
		return w.basic(n)
	case shape.Bytes:
		return Bytes{}, nil
	case shape.Raw:
		return Raw{n.Len}, nil
	case shape.Pointer:
		return w.pointer(n)
	case shape.Slice:
		s := &Slice{Type: n.Type}
		w.Begin(n, s)
		return s, w.named(n, w.part(&s.Elem, n.Elem(), "[]"))
	case shape.Array:
		a := &Array{Type: n.Type, Len: n.Len}
		w.Begin(n, a)
		return a, w.part(&a.Elem, n.Elem(), "[]")
	case shape.Map:
		return w.mapping(n)
	case shape.Struct:
		return w.structure(n)
	case shape.Interface:
		if n.Type.Underlying().(*types.Interface).Empty() {
			return Dynamic{}, nil
		}
		return nil, w.refuse(n, "is an interface, and its bytes would not say which type to make again", "use a concrete type, or any for plain data")
	case shape.Func:
		return nil, w.notData(n, "is a func, not data")
	case shape.Chan:
		return nil, w.notData(n, "is a chan, not data")
	}
	return nil, w.notData(n, "is not data")
}

// part plans a part of what is being planned.
func (w *walker) part(plan *Plan, n *shape.Node, step ...string) (refusal *Refusal) {
	*plan, refusal = w.Part(n, step...)
	return refusal
}

// named is the refusal of a part of n, or else that of n itself if generated code, which makes
// values of it, cannot name it.
func (w *walker) named(n *shape.Node, ofPart *Refusal) *Refusal {
	if ofPart != nil {
		return ofPart
	}
	return w.name(n)
}

func (w *walker) name(n *shape.Node) *Refusal {
	if n.Hidden() == nil {
		return nil
	}
	return w.refuse(n, "cannot be named in package "+w.view.From().Path(), "declare a type for it")
}

func (w *walker) basic(n *shape.Node) (Plan, *Refusal) {
	if n.Basic == types.UnsafePointer {
		return nil, w.notData(n, "is not data")
	}
	if n.Named == nil {
		return Basic{Kind: n.Basic}, nil
	}
	return Basic{Kind: n.Basic, Named: n.Type}, w.name(n)
}

func (w *walker) pointer(n *shape.Node) (Plan, *Refusal) {
	if n.Elem().Message() && !w.view.Reflects() {
		if !w.view.ImportsProto() {
			return nil, w.refuse(n, "is a protobuf message, and nothing here imports "+shape.ProtoPath, "import it")
		}
		return Proto{n.Type}, w.name(n)
	}
	p := &Pointer{Type: n.Type}
	w.Begin(n, p)
	return p, w.named(n, w.part(&p.Elem, n.Elem()))
}

func (w *walker) mapping(n *shape.Node) (Plan, *Refusal) {
	m := &Map{Type: n.Type}
	w.Begin(n, m)
	refusal := w.part(&m.Key, n.Key(), "[key]")
	if refusal == nil {
		refusal = w.key(n.Key(), "[key]")
	}
	if refusal == nil {
		refusal = w.part(&m.Elem, n.Elem(), "[]")
	}
	return m, w.named(n, refusal)
}

// key refuses map keys of which two that look the same can differ, or that may not be comparable.
// It asks for the parts of a struct one by one, because the plan of the struct may not be complete
// yet.
func (w *walker) key(n *shape.Node, steps ...string) *Refusal {
	plan, refusal := w.Part(n, steps...)
	if refusal != nil {
		return refusal
	}
	switch plan.(type) {
	case *Pointer, Proto:
		return w.refuse(n, "is a map key by address, which no copy has", "use what it points to", steps...)
	case Dynamic:
		return w.refuse(n, "is a map key that can be anything", "use a concrete type", steps...)
	case *Array:
		return w.key(n.Elem(), append(steps, "[]")...)
	case *Struct:
		for _, f := range n.Fields() {
			if f.Name() == "_" {
				continue
			}
			if refusal := w.key(f.Node(), append(steps, ".", f.Name())...); refusal != nil {
				return refusal
			}
		}
	}
	return nil
}

func (w *walker) structure(n *shape.Node) (Plan, *Refusal) {
	if n.Message() {
		if w.view.Reflects() {
			return nil, w.refuse(n, "is a protobuf message, which has state of its own", "return it in a type of its own")
		}
		return nil, w.refuse(n, "is a protobuf message, which has state of its own", "use a pointer")
	}
	if _, lock := n.Lock(); lock == n && !w.view.Reflects() {
		return nil, w.notData(n, "is a lock, which no copy has")
	}
	if n.Changing() {
		return nil, w.refuse(n, "is a struct of the standard library, whose fields another release of Go may change",
			w.orMethods("copy what you need of it into a type of your own"))
	}
	s := &Struct{Type: n.Type}
	if n.Hidden() != nil {
		w.unnamed = append(w.unnamed, s)
	}
	w.Begin(n, s)
	for _, f := range n.Fields() {
		if f.Name() == "_" {
			continue
		}
		if !f.InReach {
			fields, ok := w.promoted(n, f)
			if !ok {
				return nil, w.unexported(f)
			}
			s.Fields = append(s.Fields, fields...)
			continue
		}
		p, refusal := w.Part(f.Node(), ".", f.Name())
		if refusal != nil {
			return nil, refusal
		}
		s.Fields = append(s.Fields, Field{f.Var, f.Tag, p})
	}
	return s, nil
}

// promoted returns the fields of an embedded struct whose own name is out of reach, if those are
// not.
func (w *walker) promoted(n *shape.Node, f shape.Field) ([]Field, bool) {
	if _, ok := f.Type().Underlying().(*types.Struct); !ok || !f.Embedded() {
		return nil, false
	}
	p, _ := w.Part(f.Node(), ".", f.Name())
	s, ok := p.(*Struct)
	if !ok {
		return nil, false
	}
	for _, inner := range s.Fields {
		if w.view.Reflects() {
			continue
		}
		if o, _, _ := types.LookupFieldOrMethod(n.Type, true, w.view.From(), inner.Var.Name()); o != inner.Var {
			return nil, false
		}
	}
	return s.Fields, true
}

func (w *walker) unexported(f shape.Field) *Refusal {
	reason, remedy := "is not exported, and would be lost", "export it"
	if !w.view.Reflects() {
		reason, remedy = "is not exported by package "+f.Pkg().Path(), w.orMethods("copy what you need of it into a type of your own")
	}
	return w.refuse(f.Node(), reason, remedy, ".", f.Name())
}

func (w *walker) refuse(n *shape.Node, reason, remedy string, steps ...string) *Refusal {
	r := w.Refuse(n.Type, reason, steps...)
	r.Remedy = remedy
	return r
}

// notData refuses what has no bytes.
func (w *walker) notData(n *shape.Node, reason string) *Refusal {
	r := w.refuse(n, reason, "return data instead")
	if r.Path != "" {
		r.Remedy = w.orMethods("return a type without it")
	}
	return r
}

// orMethods proposes methods for the type of this package that is being walked.
func (w *walker) orMethods(remedy string) string {
	for _, n := range slices.Backward(w.Within()) {
		if n.Named != nil && n.Named.Obj().Pkg() == w.view.From() && !w.view.Reflects() {
			return fmt.Sprintf("%s, or give %s the methods MarshalBinary and UnmarshalBinary", remedy, n.Named.Obj().Name())
		}
	}
	return remedy
}

// helper refuses a struct that contains itself and has no name here: there could be no function for
// it.
func (w *walker) helper(p Plan) *Refusal {
	for _, s := range w.unnamed {
		if (Plan(s) == p || contains(p, s)) && contains(s, s) {
			return w.name(w.view.Node(s.Type))
		}
	}
	return nil
}
