package check

import (
	"go/types"
	"strings"
)

var ruleResult = newRule("result", "%s returns %s, which cannot be cached%s")

// result reports a result that would not come out of the cache as it went in.
func (c *checker) result(m *method, t types.Type) {
	lost := carries(t)
	if lost == nil {
		return
	}
	detail := ""
	if lost.path != "" || !types.Identical(lost.typ, t) {
		detail = ": " + lost.root(t) + " (" + c.typeName(lost.typ) + ") " + lost.why
	}
	c.report(m.options.own.whole(), ruleResult, m.name(), c.typeName(t), detail)
}

// lost is a part of a result that would not come back.
type lost struct {
	path string // .Owner.cache; "" for the result itself
	typ  types.Type
	why  string
}

func (l *lost) in(step string) *lost { return &lost{step + l.path, l.typ, l.why} }

// root is the path from the first type on it that has a name: Contact.Owner.cache, of a slice of contacts too.
func (l *lost) root(t types.Type) string {
	path := l.path
	for {
		if n, ok := types.Unalias(t).(*types.Named); ok {
			return n.Obj().Name() + path
		}
		var rest string
		var ok bool
		switch u := t.Underlying().(type) {
		case *types.Pointer:
			t, rest, ok = u.Elem(), path, true
		case *types.Slice:
			t = u.Elem()
			rest, ok = strings.CutPrefix(path, "[]")
		case *types.Array:
			t = u.Elem()
			rest, ok = strings.CutPrefix(path, "[]")
		case *types.Map:
			t = u.Elem()
			rest, ok = strings.CutPrefix(path, "[]")
		}
		if !ok || rest == "" {
			return "result" + l.path
		}
		path = rest
	}
}

// carries returns the first part of t that the library codec of the runtime would not bring back, or nil. This is the one place that knows; the
// codec makes the same decision by reflection, and a test holds the two against each other.
func carries(t types.Type) *lost {
	s := survey{seen: make(map[types.Type]bool)}
	_, l := s.of(t)
	return l
}

// survey walks a type. A type that contains itself is taken to be carried until the contrary is found; then what rests on that is forgotten.
type survey struct {
	seen  map[types.Type]bool
	order []types.Type
}

// of returns what of t is lost. own says that t travels by its own methods rather than field by field.
func (s *survey) of(t types.Type) (own bool, l *lost) {
	t = types.Unalias(t)
	if _, param := t.(*types.TypeParam); param {
		return false, nil // the runtime looks at its argument
	}
	if isTimeLike(t) {
		return true, nil
	}
	if s.seen[t] {
		return false, nil
	}
	mark := len(s.order)
	s.seen[t] = true
	s.order = append(s.order, t)
	l = s.value(t)
	if l == nil {
		return false, nil
	}
	for _, u := range s.order[mark:] {
		delete(s.seen, u)
	}
	s.order = s.order[:mark]
	if marshalsItself(t) {
		return true, nil
	}
	return false, l
}

func (s *survey) part(t types.Type, step string) *lost {
	if _, l := s.of(t); l != nil {
		return l.in(step)
	}
	return nil
}

// value says what keeps t from being carried as what Go holds.
func (s *survey) value(t types.Type) *lost {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Kind() == types.UnsafePointer {
			return &lost{"", t, "is not data"}
		}
		return nil
	case *types.Pointer:
		return s.part(u.Elem(), "")
	case *types.Slice:
		return s.part(u.Elem(), "[]")
	case *types.Array:
		return s.part(u.Elem(), "[]")
	case *types.Map:
		if p := pointerIn(u.Key()); p != nil {
			return &lost{"[key]", p, "is a map key by address, which no copy has"}
		}
		if l := s.part(u.Key(), "[key]"); l != nil {
			return l
		}
		return s.part(u.Elem(), "[]")
	case *types.Struct:
		return s.fields(t, u)
	case *types.Interface:
		return &lost{"", t, "is an interface, and would come back as another type"}
	default:
		return &lost{"", t, "is not data"}
	}
}

func (s *survey) fields(t types.Type, u *types.Struct) *lost {
	if declares(t, "ProtoReflect") {
		return &lost{"", t, "is a protobuf message, which is not supported yet"}
	}
	for f := range u.Fields() {
		if f.Name() == "_" {
			continue
		}
		own, l := s.of(f.Type())
		if !f.Exported() {
			_, isStruct := f.Type().Underlying().(*types.Struct)
			switch {
			case !f.Anonymous() || !isStruct || l == nil && own:
				return &lost{"." + f.Name(), f.Type(), "is not exported and would be lost"}
			}
		}
		if l != nil {
			return l.in("." + f.Name())
		}
	}
	return nil
}

// pointerIn returns a pointer by which two equal map keys can differ, or nil.
func pointerIn(t types.Type) types.Type {
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return t
	case *types.Array:
		return pointerIn(u.Elem())
	case *types.Struct:
		if isTimeLike(t) || marshalsItself(t) {
			return nil
		}
		for f := range u.Fields() {
			if p := pointerIn(f.Type()); p != nil {
				return p
			}
		}
	}
	return nil
}

// isTimeLike reports whether t is time.Time, or declared as it: type Stamp time.Time.
func isTimeLike(t types.Type) bool {
	if isNamed(t, "time", "Time") {
		return true
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok || s.NumFields() == 0 || marshalsItself(t) {
		return false
	}
	f := s.Field(0)
	return f.Name() == "wall" && f.Pkg() != nil && f.Pkg().Path() == "time" && s.NumFields() == 3
}

// ownPairs are the methods by which a type may carry what its fields do not show.
var ownPairs = [][2]string{{"MarshalBinary", "UnmarshalBinary"}, {"GobEncode", "GobDecode"}, {"MarshalText", "UnmarshalText"}}

// marshalsItself reports whether values of t turn themselves into bytes and back. Methods that an embedded field has, too, do not count: they are
// that field's and forget all the others.
func marshalsItself(t types.Type) bool {
pairs:
	for _, pair := range ownPairs {
		if !marshals(t, pair[0]) || !unmarshals(t, pair[1]) {
			continue
		}
		if s, ok := t.Underlying().(*types.Struct); ok {
			for f := range s.Fields() {
				if f.Anonymous() && (marshals(f.Type(), pair[0]) || unmarshals(f.Type(), pair[1])) {
					continue pairs
				}
			}
		}
		return true
	}
	return false
}

// marshals reports whether t, or a pointer to it, has a method func() ([]byte, error) of that name.
func marshals(t types.Type, name string) bool {
	sig := signatureOf(t, name)
	return sig != nil && sig.Params().Len() == 0 && sig.Results().Len() == 2 && isBytes(sig.Results().At(0).Type()) && isError(sig.Results().At(1).Type())
}

// unmarshals reports whether t, or a pointer to it, has a method func([]byte) error of that name.
func unmarshals(t types.Type, name string) bool {
	sig := signatureOf(t, name)
	return sig != nil && sig.Params().Len() == 1 && sig.Results().Len() == 1 && isBytes(sig.Params().At(0).Type()) && isError(sig.Results().At(0).Type())
}

func declares(t types.Type, name string) bool { return signatureOf(t, name) != nil }

func signatureOf(t types.Type, name string) *types.Signature {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	if f, ok := obj.(*types.Func); ok {
		return f.Signature()
	}
	return nil
}

func isBytes(t types.Type) bool {
	return types.Identical(t, types.NewSlice(types.Typ[types.Byte]))
}
