package shape

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/visible"
)

// View is what code of one package sees of types, or what reflection sees: exported fields,
// whatever their names. It keeps all that has been found out, and so belongs to one goroutine at a
// time.
type View struct {
	from       *types.Package
	reflection *View
	chosen     []*types.TypeName // what travels by its JSON
	others     map[string]*View  // that choose something, by what

	byHash map[uint32]*Node // the last node of each hash, which leads to those before
	nodes  int
	kept   []any
	proto  fact
}

// NewView returns the view of package from. It knows nothing yet.
func NewView(from *types.Package) *View {
	return &View{from: from, byHash: make(map[uint32]*Node)}
}

// Reflection returns the view of a program that only has values.
func (v *View) Reflection() *View {
	if v.from == nil {
		return v
	}
	if v.reflection == nil {
		v.reflection = NewView(nil)
	}
	return v.reflection
}

// Choosing returns the view that differs from this one in which types, of any arguments, travel by
// their JSON. There is one for each set of types. Reflection chooses none.
func (v *View) Choosing(list []*types.TypeName) *View {
	if len(list) == 0 {
		return v
	}
	list = slices.Clone(list)
	name := func(o *types.TypeName) string { return o.Pkg().Path() + "." + o.Name() }
	slices.SortFunc(list, func(a, b *types.TypeName) int { return strings.Compare(name(a), name(b)) })
	list = slices.Compact(list)
	var key strings.Builder
	for _, o := range list {
		key.WriteString(name(o) + ",")
	}
	if v.others == nil {
		v.others = make(map[string]*View)
	}
	other := v.others[key.String()]
	if other == nil {
		other = NewView(v.from)
		other.chosen, other.reflection = list, v.Reflection()
		v.others[key.String()] = other
	}
	return other
}

// Chosen reports whether a type was chosen to travel by its JSON.
func (n *Node) Chosen() bool {
	return n.Named != nil && slices.Contains(n.view.chosen, n.Named.Origin().Obj())
}

// Reflects reports whether it is the view of reflection.
func (v *View) Reflects() bool { return v.from == nil }

// From returns the package whose view it is, nil for reflection.
func (v *View) From() *types.Package { return v.from }

// Kept returns what a printer keeps for a view, which is made the first time.
func Kept[T any](v *View, make func(*View) *T) *T {
	for _, k := range v.kept {
		if k, ok := k.(*T); ok {
			return k
		}
	}
	k := make(v)
	v.kept = append(v.kept, k)
	return k
}

// Node returns what there is to know of a type. There is one for each type, but two of one that
// cannot be named and has an alias that can: an alias hides what it stands for, where it is used.
func (v *View) Node(t types.Type) *Node {
	hash := typeutil.Hasher{}.Hash(t)
	for n := v.byHash[hash]; n != nil; n = n.next {
		if n.Type == t {
			return n
		}
	}
	var hidden types.Object
	if v.from != nil {
		hidden = visible.From(v.from, t)
	}
	var first *Node
	for n := v.byHash[hash]; n != nil; n = n.next {
		if types.Identical(n.Type, t) {
			if first = n.first; (n.hidden == nil) == (hidden == nil) {
				return n
			}
		}
	}
	n := newNode(v, t, hidden)
	n.id, n.next = v.nodes, v.byHash[hash]
	if n.first = first; first == nil {
		n.first = n
	}
	v.byHash[hash] = n
	v.nodes++
	return n
}

// ImportsProto reports whether the package, or one below it as far as is known, imports the one for
// protobuf messages: then its module can.
func (v *View) ImportsProto() bool {
	if v.proto == unknown {
		v.proto = answer(imports(v.from, ProtoPath, make(map[*types.Package]bool)))
	}
	return v.proto == yes
}

// fact is the answer to a question that takes a while, kept for the next time.
type fact uint8

const (
	unknown fact = iota
	yes
	no
)

func answer(is bool) fact {
	if is {
		return yes
	}
	return no
}
