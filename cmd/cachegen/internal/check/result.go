package check

import (
	"go/types"
)

var ruleResult = newRule("result", "%s returns %s, which cannot be cached%s")

// result reports a result that would not come out of the cache as it went in.
func (c *checker) result(m *method, t types.Type) {
	lost := carries(t)
	if lost == nil {
		return
	}
	detail := ""
	if lost.path != "" {
		base, _ := deref(t)
		detail = ": " + rootName(base) + lost.path + " (" + c.typeName(lost.typ) + ") " + lost.why
	}
	c.report(m.options.own.whole(), ruleResult, m.name(), c.typeName(t), detail)
}

// rootName is the beginning of a path: Contact.Owner.cache, or result[].Owner.cache of a slice of contacts.
func rootName(t types.Type) string {
	if n, ok := types.Unalias(t).(*types.Named); ok {
		return n.Obj().Name()
	}
	return "result"
}

// lost is a part of a result that would not come back.
type lost struct {
	path string // .Owner.cache; "" for the result itself
	typ  types.Type
	why  string
}

// The one decision about what the library codec of the runtime brings back. Where the codec changes, this changes, and nothing else.
//
// These types have unexported fields, or mean more than their fields say, and the codec knows them by name or by their methods.
var carriedTypes = [][2]string{
	{"time", "Time"},
	{"math/big", "Int"},
	{"math/big", "Float"},
	{"math/big", "Rat"},
	{"net/netip", "Addr"},
	{"net/netip", "AddrPort"},
	{"net/netip", "Prefix"},
}

// carries returns the first part of t that the codec would lose, or nil.
func carries(t types.Type) *lost { return carriesWithin(t, "", make(map[types.Type]bool)) }

func carriesWithin(t types.Type, path string, seen map[types.Type]bool) *lost {
	t = types.Unalias(t)
	if seen[t] {
		return nil
	}
	seen[t] = true
	if named, ok := t.(*types.Named); ok {
		for _, known := range carriedTypes {
			if isNamed(named, known[0], known[1]) {
				return nil
			}
		}
		if marshalsItself(named) {
			return nil
		}
	}
	refuse := func(why string) *lost { return &lost{path, t, why} }
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Kind() == types.UnsafePointer {
			return refuse("cannot be stored")
		}
	case *types.Pointer:
		return carriesWithin(u.Elem(), path, seen)
	case *types.Slice:
		return carriesWithin(u.Elem(), path+"[]", seen)
	case *types.Array:
		return carriesWithin(u.Elem(), path+"[]", seen)
	case *types.Map:
		if l := carriesWithin(u.Key(), path+"[key]", seen); l != nil {
			return l
		}
		return carriesWithin(u.Elem(), path+"[]", seen)
	case *types.Struct:
		for f := range u.Fields() {
			if f.Name() == "_" {
				continue
			}
			if l := carriesWithin(f.Type(), path+"."+f.Name(), seen); l != nil {
				return l
			}
			if !f.Exported() {
				return &lost{path + "." + f.Name(), f.Type(), "is not exported and would be lost"}
			}
		}
	case *types.Signature:
		return refuse("cannot be stored")
	case *types.Chan:
		return refuse("cannot be stored")
	case *types.Interface:
		return refuse("would come back as another type")
	}
	return nil
}

// marshalsItself reports whether values of t turn themselves into bytes and back.
func marshalsItself(t types.Type) bool {
	return hasMethods(t, "MarshalBinary", "UnmarshalBinary")
}

func hasMethods(t types.Type, names ...string) bool {
	for _, name := range names {
		obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(t), true, nil, name)
		if _, ok := obj.(*types.Func); !ok {
			return false
		}
	}
	return true
}
