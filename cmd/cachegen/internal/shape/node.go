package shape

import "go/types"

// Kind is what a type is made as.
type Kind uint8

// The kinds. Time is time.Time, or a struct declared as it; Other is what no value is of.
const (
	Other Kind = iota
	Basic
	Time
	Bytes // a slice of bytes
	Raw   // an array of bytes
	Pointer
	Slice
	Array
	Map
	Struct
	Interface
	Func
	Chan
	Param
)

// Node is a type as a View sees it.
type Node struct {
	Type  types.Type // as it was met first
	Kind  Kind
	Named *types.Named    // nil: it is a literal, a basic type or a parameter
	Basic types.BasicKind // of a Basic
	Len   int64           // of an Array or Raw

	view      *View
	id        int
	first     *Node // of the same type
	next      *Node // of the same hash
	hidden    types.Object
	key, elem *Node
	fields    []Field
	message   fact
	lock      *lock
}

// Field is a field of a Struct, embedded and blank ones included, or of a Time.
type Field struct {
	*types.Var
	Tag     string
	InReach bool // its name can be used
	view    *View
}

// Node is the type of the field.
func (f Field) Node() *Node { return f.view.Node(f.Type()) }

func newNode(v *View, t types.Type, hidden types.Object) *Node {
	n := &Node{Type: t, view: v, hidden: hidden}
	n.Named, _ = types.Unalias(t).(*types.Named)
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		n.Kind = Param
		return n
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		n.Kind, n.Basic = Basic, u.Kind()
	case *types.Pointer:
		n.Kind = Pointer
	case *types.Slice:
		n.Kind = Slice
		if isByte(u.Elem()) {
			n.Kind = Bytes
		}
	case *types.Array:
		n.Kind, n.Len = Array, u.Len()
		if isByte(u.Elem()) {
			n.Kind = Raw
		}
	case *types.Map:
		n.Kind = Map
	case *types.Struct:
		n.Kind = Struct
		if isTime(t) {
			n.Kind = Time
		}
	case *types.Interface:
		n.Kind = Interface
	case *types.Signature:
		n.Kind = Func
	case *types.Chan:
		n.Kind = Chan
	}
	return n
}

// Hidden returns the first part of the type that cannot be named, nil if the whole can.
func (n *Node) Hidden() types.Object { return n.hidden }

// First is one node for all that stand for the same type.
func (n *Node) First() *Node { return n.first }

// Elem is what a pointer points to, or what the elements of a slice, an array or a map are.
func (n *Node) Elem() *Node {
	if n.elem == nil {
		n.elem = n.view.Node(n.Type.Underlying().(interface{ Elem() types.Type }).Elem())
	}
	return n.elem
}

// Key is what the keys of a map are.
func (n *Node) Key() *Node {
	if n.key == nil {
		n.key = n.view.Node(n.Type.Underlying().(*types.Map).Key())
	}
	return n.key
}

// Fields are those of a struct, in order.
func (n *Node) Fields() []Field {
	s := n.Type.Underlying().(*types.Struct)
	if n.fields == nil && s.NumFields() > 0 {
		n.fields = make([]Field, s.NumFields())
		for i := range n.fields {
			n.fields[i] = Field{s.Field(i), s.Tag(i), n.view.reaches(s.Field(i)), n.view}
		}
	}
	return n.fields
}

func (v *View) reaches(f *types.Var) bool {
	return f.Exported() || !v.Reflects() && f.Pkg() != nil && f.Pkg().Path() == v.from.Path()
}

// Is reports whether it is the type of that package and name.
func (n *Node) Is(pkg, name string) bool { return IsNamed(n.Type, pkg, name) }

// Method returns the method of that name that the type declares itself, with a receiver of it or a
// pointer to it; nil if there is none. One promoted from an embedded field knows nothing of the
// other fields.
func (n *Node) Method(name string) *types.Func {
	if n.Named == nil || n.Named.NumMethods() == 0 || n.Kind == Interface {
		return nil
	}
	obj, index, _ := types.LookupFieldOrMethod(n.Named, true, nil, name)
	if f, ok := obj.(*types.Func); ok && len(index) == 1 {
		return f
	}
	return nil
}

// Message reports whether pointers to the type are protobuf messages.
func (n *Node) Message() bool {
	if n.message == unknown {
		f := n.Method("ProtoReflect")
		n.message = answer(f != nil && f.Signature().Params().Len() == 0 && f.Signature().Results().Len() == 1)
	}
	return n.message == yes
}

// lock is what go vet calls a lock in a value of a type.
type lock struct {
	path string
	node *Node // nil: there is none
}

// Lock finds what go vet calls a lock in a value of the type: something with the methods Lock and
// Unlock of a pointer receiver. It is nil if there is none; the path leads to it, and is empty if
// the type itself is a lock.
func (n *Node) Lock() (path string, in *Node) {
	if n.lock == nil {
		n.lock = n.findLock()
	}
	return n.lock.path, n.lock.node
}

func (n *Node) findLock() *lock {
	if n.Named != nil && n.Kind != Interface && pointerMethod(n.Named, "Lock") && pointerMethod(n.Named, "Unlock") {
		return &lock{node: n}
	}
	switch n.Kind {
	case Array:
		if path, in := n.Elem().Lock(); in != nil {
			return &lock{"[]" + path, in}
		}
	case Struct:
		for _, f := range n.Fields() {
			if path, in := f.Node().Lock(); in != nil {
				return &lock{"." + f.Name() + path, in}
			}
		}
	}
	return &lock{}
}
