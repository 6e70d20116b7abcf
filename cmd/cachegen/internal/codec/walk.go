package codec

import (
	"fmt"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/visible"
)

// walker makes the plan of a type. Without a package it decides as the codec by reflection does.
//
// A type that contains itself is taken to travel by its parts until the contrary is found; then what rests on that is forgotten, as the type may
// have methods.
type walker struct {
	from  *types.Package
	seen  typeutil.Map // types.Type -> Plan, filled in before its parts are walked
	order []types.Type // the keys of seen, in the order of their walks
	owner []*types.Named
}

func (w *walker) reflects() bool { return w.from == nil }

func (w *walker) walk(t types.Type, path string) (Plan, *Refusal) {
	if p, ok := w.seen.At(t).(Plan); ok {
		return p, nil
	}
	mark := len(w.order)
	if n, ok := types.Unalias(t).(*types.Named); ok && !w.reflects() && n.Obj().Pkg() == w.from {
		w.owner = append(w.owner, n)
		defer func() { w.owner = w.owner[:len(w.owner)-1] }()
	}
	p, refusal := w.value(t, path)
	if refusal == nil {
		if w.seen.At(t) == nil {
			w.note(t, p)
		}
		return p, nil
	}
	for _, u := range w.order[mark:] {
		w.seen.Delete(u)
	}
	w.order = w.order[:mark]
	own, ok := w.own(t)
	if !ok {
		return nil, refusal
	}
	w.note(t, own)
	return own, nil
}

func (w *walker) note(t types.Type, p Plan) {
	w.seen.Set(t, p)
	w.order = append(w.order, t)
}

// value returns how t travels by what Go holds.
func (w *walker) value(t types.Type, path string) (Plan, *Refusal) {
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		if w.reflects() {
			return Param{}, nil
		}
		return nil, &Refusal{path, t, "is a type parameter", "instantiate it"}
	}
	if shape.IsNamed(t, "time", "Time") {
		return Time{}, nil
	}
	if shape.IsTime(t) {
		if _, ok := w.own(t); !ok {
			return Time{Named: t}, w.name(t, path)
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return w.basic(t, u, path)
	case *types.Pointer:
		return w.pointer(t, u, path)
	case *types.Slice:
		if shape.IsByte(u.Elem()) {
			return Bytes{}, nil
		}
		s := &Slice{Type: t}
		w.note(t, s)
		return w.whole(s, t, path, part{&s.Elem, u.Elem(), "[]"})
	case *types.Array:
		if shape.IsByte(u.Elem()) {
			return Raw{u.Len()}, nil
		}
		a := &Array{Type: t, Len: u.Len()}
		w.note(t, a)
		elem, refusal := w.walk(u.Elem(), path+"[]")
		a.Elem = elem
		return a, refusal
	case *types.Map:
		m := &Map{Type: t}
		w.note(t, m)
		p, refusal := w.whole(m, t, path, part{&m.Key, u.Key(), "[key]"}, part{&m.Elem, u.Elem(), "[]"})
		if bad := w.key(u.Key(), m.Key, path+"[key]"); m.Key != nil && bad != nil {
			return nil, bad
		}
		return p, refusal
	case *types.Struct:
		return w.structure(t, u, path)
	case *types.Interface:
		if u.Empty() && !w.reflects() {
			return Dynamic{}, nil
		}
		return nil, &Refusal{path, t, "is an interface, and its bytes would not say which type to make again", "use a concrete type, or any for plain data"}
	case *types.Signature:
		return nil, w.notData(path, t, "is a func, not data")
	case *types.Chan:
		return nil, w.notData(path, t, "is a chan, not data")
	}
	return nil, w.notData(path, t, "is not data")
}

// part is a part of a plan that is yet to be made.
type part struct {
	plan *Plan
	typ  types.Type
	step string
}

// whole makes the parts of a plan of a type that generated code has to name, in order to make values of it.
func (w *walker) whole(p Plan, t types.Type, path string, parts ...part) (Plan, *Refusal) {
	for _, x := range parts {
		made, refusal := w.walk(x.typ, path+x.step)
		if refusal != nil {
			return nil, refusal
		}
		*x.plan = made
	}
	return p, w.name(t, path)
}

func (w *walker) basic(t types.Type, b *types.Basic, path string) (Plan, *Refusal) {
	if b.Kind() == types.UnsafePointer {
		return nil, w.notData(path, t, "is not data")
	}
	p := Basic{Kind: b.Kind()}
	if _, ok := types.Unalias(t).(*types.Basic); ok {
		return p, nil
	}
	p.Named = t
	return p, w.name(t, path)
}

func (w *walker) pointer(t types.Type, u *types.Pointer, path string) (Plan, *Refusal) {
	if shape.IsMessage(u.Elem()) && !w.reflects() {
		if !shape.CanImport(w.from, shape.ProtoPath) {
			return nil, &Refusal{path, t, "is a protobuf message, and nothing here imports " + shape.ProtoPath, "import it"}
		}
		return Proto{t}, w.name(t, path)
	}
	p := &Pointer{Type: t}
	w.note(t, p)
	return w.whole(p, t, path, part{&p.Elem, u.Elem(), ""})
}

func (w *walker) structure(t types.Type, u *types.Struct, path string) (Plan, *Refusal) {
	if shape.IsMessage(t) {
		remedy := "use a pointer"
		if w.reflects() {
			remedy = "return it in a type of its own"
		}
		return nil, &Refusal{path, t, "is a protobuf message, which has state of its own", remedy}
	}
	if shape.IsLock(t) && !w.reflects() {
		return nil, w.notData(path, t, "is a lock, which no copy has")
	}
	s := &Struct{Type: t}
	w.note(t, s)
	for f := range u.Fields() {
		if f.Name() == "_" {
			continue
		}
		if !w.reachable(f) {
			fields, ok := w.promoted(t, f, path)
			if !ok {
				return nil, w.unexported(t, f, path)
			}
			s.Fields = append(s.Fields, fields...)
			continue
		}
		p, refusal := w.walk(f.Type(), path+"."+f.Name())
		if refusal != nil {
			return nil, refusal
		}
		s.Fields = append(s.Fields, Field{f, p})
	}
	return s, nil
}

func (w *walker) reachable(f *types.Var) bool {
	return f.Exported() || !w.reflects() && f.Pkg() != nil && f.Pkg().Path() == w.from.Path()
}

// promoted returns the fields of an embedded struct whose own name is out of reach, if those are not.
func (w *walker) promoted(t types.Type, f *types.Var, path string) ([]Field, bool) {
	if _, ok := f.Type().Underlying().(*types.Struct); !ok || !f.Embedded() {
		return nil, false
	}
	p, _ := w.walk(f.Type(), path+"."+f.Name())
	s, ok := p.(*Struct)
	if !ok {
		return nil, false
	}
	for _, inner := range s.Fields {
		if w.reflects() {
			continue
		}
		if o, _, _ := types.LookupFieldOrMethod(t, true, w.from, inner.Var.Name()); o != inner.Var {
			return nil, false
		}
	}
	return s.Fields, true
}

func (w *walker) unexported(t types.Type, f *types.Var, path string) *Refusal {
	r := &Refusal{Path: path + "." + f.Name(), Type: f.Type()}
	if w.reflects() {
		r.Reason, r.Remedy = "is not exported, and would be lost", "export it"
		return r
	}
	r.Reason = "is not exported by package " + f.Pkg().Path()
	r.Remedy = w.orMethods("copy what you need of it into a type of your own")
	return r
}

// notData refuses what has no bytes.
func (w *walker) notData(path string, t types.Type, reason string) *Refusal {
	if path == "" {
		return &Refusal{path, t, reason, "only data can be"}
	}
	return &Refusal{path, t, reason, w.orMethods("return a type without it")}
}

// orMethods proposes methods for the type of this package that is being walked.
func (w *walker) orMethods(remedy string) string {
	if n := len(w.owner); n > 0 {
		return fmt.Sprintf("%s, or give %s the methods MarshalBinary and UnmarshalBinary", remedy, w.owner[n-1].Obj().Name())
	}
	return remedy
}

// key refuses map keys of which two that look the same can differ, or that may turn out to be no keys.
func (w *walker) key(t types.Type, p Plan, path string) *Refusal {
	switch p := p.(type) {
	case *Pointer, Proto:
		return &Refusal{path, t, "is a map key by address, which no copy has", "use what it points to"}
	case Dynamic:
		return &Refusal{path, t, "is a map key that can be anything", "use a concrete type"}
	case *Array:
		return w.key(p.Type.Underlying().(*types.Array).Elem(), p.Elem, path+"[]")
	case *Struct:
		for _, f := range p.Fields {
			if r := w.key(f.Var.Type(), f.Plan, path+"."+f.Var.Name()); r != nil {
				return r
			}
		}
	}
	return nil
}

// name refuses a type that generated code could not write down where it needs to.
func (w *walker) name(t types.Type, path string) *Refusal {
	if w.reflects() || visible.From(w.from, t) == nil {
		return nil
	}
	return &Refusal{path, t, "cannot be named in package " + w.from.Path(), "declare a type for it"}
}

// pairs are the methods by which a type may carry what its fields do not show, in the order in which they are tried. Gob stands before text because
// text is made for people: that of a big.Float forgets the precision.
var pairs = []struct {
	encode, decode string
	appends, rest  bool // the first takes what to append to, the second returns what it leaves
	generated      bool // not by reflection
}{
	{encode: "AppendBinary", decode: "UnmarshalBinary", appends: true},
	{encode: "MarshalBinary", decode: "UnmarshalBinary"},
	{encode: "MarshalMsg", decode: "UnmarshalMsg", appends: true, rest: true},
	{encode: "Marshal", decode: "Unmarshal", generated: true}, // gogo/protobuf, and a resource.Quantity of Kubernetes
	{encode: "GobEncode", decode: "GobDecode"},
	{encode: "AppendText", decode: "UnmarshalText", appends: true},
	{encode: "MarshalText", decode: "UnmarshalText"},
}

// Appends reports whether a method of Own takes what to append to, and Leaves whether one returns what it leaves of its argument.
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

// own returns the first pair of methods that t declares.
func (w *walker) own(t types.Type) (Plan, bool) {
	for _, p := range pairs {
		if w.reflects() && (p.appends || p.rest || p.generated) {
			continue
		}
		var in, left []types.Type
		if p.appends {
			in = []types.Type{byteSlice}
		}
		if p.rest {
			left = []types.Type{byteSlice}
		}
		if !declares(t, p.encode, in, []types.Type{byteSlice, errorType}) || !declares(t, p.decode, []types.Type{byteSlice}, append(left, errorType)) {
			continue
		}
		if w.reflects() && embeds(t, p.encode, p.decode) {
			continue
		}
		return Own{t, p.encode, p.decode, w.zero(t)}, true
	}
	return nil, false
}

var (
	byteSlice = types.NewSlice(types.Typ[types.Byte])
	errorType = types.Universe.Lookup("error").Type()
)

// declares reports whether t itself has a method of that name and signature.
func declares(t types.Type, name string, params, results []types.Type) bool {
	f := shape.Method(t, name)
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

// embeds reports whether an embedded field has one of the methods, too: by reflection the two are not told apart.
func embeds(t types.Type, names ...string) bool {
	s, ok := t.Underlying().(*types.Struct)
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

func (w *walker) zero(t types.Type) Zero {
	switch t.Underlying().(type) {
	case *types.Slice, *types.Map, *types.Chan, *types.Signature, *types.Pointer:
		return Nil
	case *types.Struct, *types.Array:
		if exact(t) && w.name(t, "") == nil {
			return Compared
		}
	}
	return Unknown
}

// exact reports whether two equal values of t are the same: no float, of which -0 equals 0, and no interface, of which comparing may panic.
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
