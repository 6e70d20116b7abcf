package shape

import (
	"go/types"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/visible"
)

// View is what code of one package sees of types, or what reflection sees: exported fields, whatever their names. It keeps all that has been found
// out, and so belongs to one goroutine at a time.
type View struct {
	from       *types.Package
	reflection *View

	byType map[types.Type]*Node // as they were met
	nodes  typeutil.Map         // types.Type -> *spellings
	kept   map[any]any
	proto  fact
}

// spellings are the nodes of one type. It is another matter if it can be named: an alias hides a type that cannot, where it is used.
type spellings struct{ first, named, hidden *Node }

// NewView returns the view of package from. It knows nothing yet.
func NewView(from *types.Package) *View {
	return &View{from: from, byType: make(map[types.Type]*Node), kept: make(map[any]any)}
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

// Reflects reports whether it is the view of reflection.
func (v *View) Reflects() bool { return v.from == nil }

// From returns the package whose view it is, nil for reflection.
func (v *View) From() *types.Package { return v.from }

// Kept returns what a printer keeps for a view, which is made the first time.
func Kept[T any](v *View, make func(*View) *T) *T {
	key := (*T)(nil)
	k, ok := v.kept[key].(*T)
	if !ok {
		k = make(v)
		v.kept[key] = k
	}
	return k
}

// Node returns what there is to know of a type.
func (v *View) Node(t types.Type) *Node {
	if n, ok := v.byType[t]; ok {
		return n
	}
	all, ok := v.nodes.At(t).(*spellings)
	if !ok {
		all = new(spellings)
		v.nodes.Set(t, all)
	}
	var hidden types.Object
	if v.from != nil {
		hidden = visible.From(v.from, t)
	}
	at := &all.named
	if hidden != nil {
		at = &all.hidden
	}
	if *at == nil {
		*at = newNode(v, t, hidden)
		if all.first == nil {
			all.first = *at
		}
		(*at).first = all.first
	}
	v.byType[t] = *at
	return *at
}

// ImportsProto reports whether the package, or one below it as far as is known, imports the one for protobuf messages: then its module can.
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
