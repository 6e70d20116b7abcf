package clone

import (
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// walker makes the plans for one view.
type walker struct {
	*shape.Planner[Plan]
	view  *shape.View
	plain bool // interfaces without methods hold plain data
}

// keyWalker is the walker of OfKey.
type keyWalker struct{ *walker }

func newWalker(v *shape.View, plain bool) *walker {
	w := &walker{view: v, plain: plain}
	w.Planner = shape.NewPlanner(w.plan, w.own) // a method may copy what parts cannot
	return w
}

func (w *walker) plan(n *shape.Node) (Plan, *Refusal) {
	if w.plain && n.Method("MarshalText") != nil { // its text is in the key, whatever it holds
		plan, refusal := Of(n.Type, w.view)
		if refusal != nil {
			return nil, w.Refuse(refusal.Type, refusal.Reason, refusal.Path)
		}
		return plan, nil
	}
	if n.Kind == shape.Pointer && !immutable(n.Type) {
		return w.pointer(n)
	}
	if path, lock := n.Lock(); lock != nil {
		return nil, w.Refuse(lock.Type, "must not be copied", path)
	}
	if !Aliases(n.Type) {
		return Same{}, nil
	}
	if n.Kind == shape.Param {
		return nil, w.Refuse(n.Type, "is a type parameter")
	}
	if n.Message() {
		return nil, w.Refuse(n.Type, "is a protobuf message, which is not copied by value")
	}
	if name := setter(n); name != "" {
		return Setter{Type: n.Type, Name: name}, w.name(n)
	}
	switch n.Kind {
	case shape.Slice, shape.Bytes:
		s := &Slice{Type: n.Type}
		w.Begin(n, s)
		return s, w.elements(n, &s.Elem)
	case shape.Array:
		a := &Array{Type: n.Type}
		w.Begin(n, a)
		return a, w.part(&a.Elem, n, n.Elem(), "[]")
	case shape.Map:
		if Aliases(n.Key().Type) {
			return nil, w.Refuse(n.Key().Type, "is a map key by address, or can be", "[key]")
		}
		m := &Map{Type: n.Type}
		w.Begin(n, m)
		return m, w.elements(n, &m.Elem)
	case shape.Struct:
		return w.structure(n)
	case shape.Interface:
		if w.plain && n.Type.Underlying().(*types.Interface).Empty() {
			return Any{}, nil
		}
		return nil, w.Refuse(n.Type, "is an interface, which can hold anything")
	case shape.Func:
		return nil, w.Refuse(n.Type, "is a func")
	case shape.Chan:
		return nil, w.Refuse(n.Type, "is a chan")
	}
	return nil, w.Refuse(n.Type, "is not data")
}

// part plans a part of n, which generated code has to name.
func (w *walker) part(plan *Plan, n, part *shape.Node, step ...string) (refusal *Refusal) {
	if refusal = w.name(n); refusal == nil {
		*plan, refusal = w.Part(part, step...)
	}
	return refusal
}

// elements plans the elements of a slice or a map. Its type must have a name here only if
// slices.Clone or maps.Clone is not enough.
func (w *walker) elements(n *shape.Node, plan *Plan) (refusal *Refusal) {
	*plan, refusal = w.Part(n.Elem(), "[]")
	if refusal == nil && *plan != (Same{}) {
		refusal = w.name(n)
	}
	return refusal
}

// pointer comes before the question whether the type it points to can be copied by assignment. A
// message, or a type with a lock and a Clone of its own, can be copied by pointer only.
func (w *walker) pointer(n *shape.Node) (Plan, *Refusal) {
	elem := n.Elem()
	if elem.Message() {
		if !w.view.ImportsProto() {
			return nil, w.Refuse(n.Type, "is a protobuf message, and nothing here imports "+shape.ProtoPath)
		}
		return Proto{Type: n.Type}, w.name(n)
	}
	p := &Pointer{Type: n.Type}
	w.Begin(n, p)
	if refusal := w.name(n); refusal != nil {
		return nil, refusal
	}
	plan, refusal := w.Part(elem)
	p.Elem = plan
	if name, pointer := ownMethod(elem); refusal != nil && pointer && locked(elem) {
		p.Elem = Method{Type: elem.Type, Name: name, Pointer: pointer}
		return p, nil
	}
	return p, refusal
}

func (w *walker) structure(n *shape.Node) (Plan, *Refusal) {
	if refusal := w.name(n); refusal != nil {
		return nil, refusal
	}
	s := &Struct{Type: n.Type}
	w.Begin(n, s)
	for _, f := range n.Fields() {
		if f.Name() == "_" || !Aliases(f.Type()) {
			continue
		}
		if !f.InReach {
			return nil, w.Refuse(f.Type(), "is not exported by package "+f.Pkg().Path(), ".", f.Name())
		}
		p, refusal := w.Part(f.Node(), ".", f.Name())
		if refusal != nil {
			return nil, refusal
		}
		s.Fields = append(s.Fields, Field{f.Name(), p})
	}
	if n.Changing() { // another release may add a field that two copies would share
		return nil, w.Refuse(n.Type, "is a struct of the standard library, whose fields another release of Go may change")
	}
	return s, nil
}

// name refuses a type that generated code could not write down where it needs to.
func (w *walker) name(n *shape.Node) *Refusal {
	if n.Hidden() == nil {
		return nil
	}
	return w.Refuse(n.Type, "cannot be named in package "+w.view.From().Path())
}

// own is the method by which a type copies itself. It is used only where the type cannot be copied
// part by part, because a Clone may be meant for something else, such as a new record without an
// id.
func (w *walker) own(n *shape.Node) (Plan, bool) {
	name, pointer := ownMethod(n)
	if name == "" || !opaque(n) || locked(n) || n.Message() || w.name(n) != nil {
		return nil, false
	}
	return Method{Type: n.Type, Name: name, Pointer: pointer}, true
}

// opaque reports whether a struct has a field that cannot be copied, at all or from here, or may
// come to have one.
func opaque(n *shape.Node) bool {
	return n.Changing() || n.Kind == shape.Struct && slices.ContainsFunc(n.Fields(), func(f shape.Field) bool {
		return f.Name() != "_" && (!f.InReach && Aliases(f.Type()) || noData(f.Type()))
	})
}

// noData reports whether a type is, or leads to, a func, a channel or an interface.
func noData(t types.Type) bool {
	for range 32 { // type Tree []Tree holds nothing in the end
		elem, ok := shape.Element(t)
		if !ok {
			break
		}
		t = elem
	}
	switch t.Underlying().(type) {
	case *types.Signature, *types.Chan:
		return true
	case *types.Interface:
		_, param := types.Unalias(t).(*types.TypeParam)
		return !param
	}
	return false
}

// ownMethods are the names by which types offer copies of themselves.
var ownMethods = []string{"Clone", "DeepCopy"}

// ownMethod returns the method by which a type copies itself: Clone() T or Clone() *T, declared by
// T itself.
func ownMethod(n *shape.Node) (name string, pointer bool) {
	for _, name := range ownMethods {
		f := n.Method(name)
		if f == nil || f.Signature().Params().Len() != 0 || f.Signature().Results().Len() != 1 {
			continue
		}
		switch result := f.Signature().Results().At(0).Type(); {
		case types.Identical(result, n.Type):
			return name, false
		case types.Identical(result, types.NewPointer(n.Type)):
			return name, true
		}
	}
	return "", false
}

// setter returns the method by which a new number of package math/big becomes equal to another.
func setter(n *shape.Node) string {
	switch {
	case n.Is("math/big", "Int"), n.Is("math/big", "Rat"):
		return "Set"
	case n.Is("math/big", "Float"):
		return "Copy" // Set keeps the rounding mode of the receiver
	}
	return ""
}

func locked(n *shape.Node) bool {
	_, lock := n.Lock()
	return lock != nil
}
