package codec

import (
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// pairs are the methods by which a type may carry what its fields do not show, in the order in
// which they are tried. Gob stands before text because text is made for people: that of a big.Float
// forgets the precision.
var pairs = []struct {
	encode, decode string
	appends, rest  bool // the first takes what to append to, the second returns what it leaves
	generated      bool // not by reflection
}{
	{encode: "AppendBinary", decode: "UnmarshalBinary", appends: true},
	{encode: "MarshalBinary", decode: "UnmarshalBinary"},
	{encode: "MarshalMsg", decode: "UnmarshalMsg", appends: true, rest: true},
	{encode: "Marshal", decode: "Unmarshal", generated: true}, // gogo/protobuf
	{encode: "GobEncode", decode: "GobDecode"},
	{encode: "AppendText", decode: "UnmarshalText", appends: true},
	{encode: "MarshalText", decode: "UnmarshalText"},
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

// own returns the first pair of methods that a type declares.
func (w *walker) own(n *shape.Node) (Plan, bool) {
	for _, p := range pairs {
		if w.view.Reflects() && (p.appends || p.rest || p.generated) {
			continue
		}
		var in, left []types.Type
		if p.appends {
			in = []types.Type{byteSlice}
		}
		if p.rest {
			left = []types.Type{byteSlice}
		}
		if !declares(n, p.encode, in, []types.Type{byteSlice, errorType}) || !declares(n, p.decode, []types.Type{byteSlice}, append(left, errorType)) {
			continue
		}
		if w.view.Reflects() && embeds(n, p.encode, p.decode) {
			continue
		}
		return Own{n.Type, p.encode, p.decode, zero(n)}, true
	}
	return nil, false
}

var (
	byteSlice = types.NewSlice(types.Typ[types.Byte])
	errorType = types.Universe.Lookup("error").Type()
)

// declares reports whether a type itself has a method of that name and signature.
func declares(n *shape.Node, name string, params, results []types.Type) bool {
	f := n.Method(name)
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

// embeds reports whether an embedded field has one of the methods, too: by reflection the two look
// the same.
func embeds(n *shape.Node, names ...string) bool {
	s, ok := n.Type.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for f := range s.Fields() {
		for _, name := range names {
			if o, _, _ := types.LookupFieldOrMethod(f.Type(), true, nil, name); f.Embedded() && o != nil {
				return true
			}
		}
	}
	return false
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
