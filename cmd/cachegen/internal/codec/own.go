package codec

import (
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// A pair is two methods by which a type may carry what its fields do not show.
type pair struct {
	encode, decode string
	appends, rest  bool // the first takes what to append to, the second returns what it leaves
}

// pairs are tried in this order, by generated code and by reflection. Gob comes before text because
// text is made for people: that of a big.Float forgets the precision.
var pairs = []pair{
	{encode: "AppendBinary", decode: "UnmarshalBinary", appends: true},
	{encode: "MarshalBinary", decode: "UnmarshalBinary"},
	{encode: "MarshalMsg", decode: "UnmarshalMsg", appends: true, rest: true},
	// Gogo/protobuf, and a resource.Quantity of Kubernetes.
	{encode: "Marshal", decode: "Unmarshal"},
	{encode: "GobEncode", decode: "GobDecode"},
	{encode: "AppendText", decode: "UnmarshalText", appends: true},
	{encode: "MarshalText", decode: "UnmarshalText"},
}

// jsonPair is for types that the user has chosen. What it writes may be made for a page, without
// what that does not show.
var jsonPair = pair{encode: "MarshalJSON", decode: "UnmarshalJSON"}

// HasJSON reports whether a type declares a MarshalJSON and an UnmarshalJSON, the second of a
// pointer, with the signatures of encoding/json.
func HasJSON(n *shape.Node) bool {
	return jsonPair.encodes(n.Method(jsonPair.encode)) && jsonPair.decodes(n.Method(jsonPair.decode)) &&
		!onValue(n.Method(jsonPair.decode))
}

// onValue reports whether a method has a receiver that is no pointer. What it reads is lost.
func onValue(f *types.Func) bool {
	_, pointer := shape.Deref(f.Signature().Recv().Type())
	return !pointer
}

// Chosen returns the types of which values travel by their JSON in a plan, in its order.
func Chosen(p Plan) (list []*types.TypeName) {
	seen := make(map[Plan]bool)
	var walk func(Plan)
	walk = func(p Plan) {
		if own, ok := p.(Own); ok {
			if o := types.Unalias(own.Type).(*types.Named).Origin().Obj(); own.Encode == jsonPair.encode && !slices.Contains(list, o) {
				list = append(list, o)
			}
			return
		}
		parts := Parts(p)
		if len(parts) == 0 || seen[p] {
			return
		}
		seen[p] = true
		for _, part := range parts {
			walk(part)
		}
	}
	walk(p)
	return list
}

// Appends reports whether a method of Own takes what to append to, and Leaves whether one returns
// what it leaves of its argument.
func Appends(encode string) bool {
	for _, p := range pairs {
		if p.encode == encode {
			return p.appends
		}
	}
	return false
}

// Leaves reports whether the method that reads returns what it leaves of its argument.
func Leaves(decode string) bool { return decode == "UnmarshalMsg" }

// own returns the first pair of methods that a type declares. Reflection has to stop where an
// embedded field has one of the methods, too: it cannot tell which of the two a value has.
func (w *walker) own(n *shape.Node) (Plan, bool) {
	for _, p := range pairs {
		switch {
		case w.view.Reflects() && p.lent(n):
			return nil, false
		case p.encodes(n.Method(p.encode)) && p.decodes(n.Method(p.decode)):
			return Own{n.Type, p.encode, p.decode, zero(n)}, true
		}
	}
	return nil, false
}

// encodes reports whether f, if there is one, has the signature of the pair's first method.
func (p pair) encodes(f *types.Func) bool {
	var in []types.Type
	if p.appends {
		in = []types.Type{byteSlice}
	}
	return hasSignature(f, in, []types.Type{byteSlice, errorType})
}

// decodes reports whether f, if there is one, has the signature of the pair's second method.
func (p pair) decodes(f *types.Func) bool {
	out := []types.Type{errorType}
	if p.rest {
		out = []types.Type{byteSlice, errorType}
	}
	return hasSignature(f, []types.Type{byteSlice}, out)
}

// lent reports whether a struct has both methods, and an embedded field one of them.
func (p pair) lent(n *shape.Node) bool {
	s, ok := n.Type.Underlying().(*types.Struct)
	if !ok || n.Named == nil || !p.encodes(method(n.Type, p.encode)) || !p.decodes(method(n.Type, p.decode)) {
		return false
	}
	for f := range s.Fields() {
		if f.Embedded() && (p.encodes(method(f.Type(), p.encode)) || p.decodes(method(f.Type(), p.decode))) {
			return true
		}
	}
	return false
}

// method returns the method of that name of a type or a pointer to it, promoted ones included.
func method(t types.Type, name string) *types.Func {
	o, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	f, _ := o.(*types.Func)
	return f
}

var (
	byteSlice = types.NewSlice(types.Typ[types.Byte])
	errorType = types.Universe.Lookup("error").Type()
)

func hasSignature(f *types.Func, params, results []types.Type) bool {
	return f != nil && identical(f.Signature().Params(), params) && identical(f.Signature().Results(), results)
}

func identical(t *types.Tuple, list []types.Type) bool {
	if t.Len() != len(list) {
		return false
	}
	for i, x := range list {
		if !types.Identical(t.At(i).Type(), x) {
			return false
		}
	}
	return true
}

func zero(n *shape.Node) Zero {
	switch n.Kind {
	case shape.Slice, shape.Bytes, shape.Map, shape.Chan, shape.Func, shape.Pointer:
		return Nil
	case shape.Struct, shape.Time, shape.Array, shape.Raw:
		if exact(n.Type) && n.Hidden() == nil {
			return Compared
		}
	}
	return Unknown
}

// exact reports whether two equal values of t are the same: no float, of which -0 equals 0, and no
// interface, of which comparing may panic.
func exact(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&(types.IsFloat|types.IsComplex) == 0
	case *types.Pointer, *types.Chan:
		return true
	case *types.Array:
		return exact(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if f.Name() == "_" || !exact(f.Type()) {
				return false
			}
		}
		return true
	}
	return false
}
