// Package shape describes types: one walk, of which the codec, the key encoder, the clone and the
// fingerprint each make a plan of their own.
//
// A View is what code of one package sees of types, and a Node what it sees of one: its kind, its
// parts, which of its fields are in reach, whether it can be named, what it declares itself,
// whether it is a lock or a protobuf message. Nodes are made once, when they are asked for, so that
// nobody pays for the depths of a type at which he does not look; a type that contains itself is a
// cycle of them. A Planner is the walk: the recursion, the path to what is refused, and the plans
// that it has made.
package shape

import "go/types"

// IsNamed reports whether t is the type of that package and name.
func IsNamed(t types.Type, pkg, name string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == name && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == pkg
}

// isByte is strict: a []Level with type Level byte cannot be converted to []byte.
func isByte(t types.Type) bool {
	b, ok := types.Unalias(t).(*types.Basic)
	return ok && b.Kind() == types.Uint8
}

// isTime reports whether t is time.Time, or declared as it: type Stamp time.Time.
func isTime(t types.Type) bool {
	if IsNamed(t, "time", "Time") {
		return true
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok || s.NumFields() == 0 || s.Field(0).Pkg() == nil || s.Field(0).Pkg().Path() != "time" {
		return false
	}
	o := s.Field(0).Pkg().Scope().Lookup("Time")
	return o != nil && types.Identical(s, o.Type().Underlying())
}

// ProtoPath is the package that copies, writes and reads protobuf messages.
const ProtoPath = "google.golang.org/protobuf/proto"

// imports reports whether package p, or one below it as far as is known, imports path: then its
// module can.
func imports(p *types.Package, path string, seen map[*types.Package]bool) bool {
	if seen[p] {
		return false
	}
	seen[p] = true
	for _, i := range p.Imports() {
		if i.Path() == path || imports(i, path, seen) {
			return true
		}
	}
	return false
}

// pointerMethod reports whether *t has the method func() of that name, and t has not.
func pointerMethod(t *types.Named, name string) bool {
	obj, _, indirect := types.LookupFieldOrMethod(t, false, t.Obj().Pkg(), name)
	if obj != nil || !indirect {
		return false
	}
	obj, _, _ = types.LookupFieldOrMethod(t, true, t.Obj().Pkg(), name)
	f, ok := obj.(*types.Func)
	return ok && f.Signature().Params().Len() == 0 && f.Signature().Results().Len() == 0
}

// Deref returns what t points to, if it is a pointer.
func Deref(t types.Type) (base types.Type, pointer bool) {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		return p.Elem(), true
	}
	return t, false
}

// Element is what a value points to or holds: the element of a pointer, a slice, an array or a map.
// ok is false if t is none of these.
func Element(t types.Type) (elem types.Type, ok bool) {
	switch u := t.Underlying().(type) {
	case *types.Chan:
		return nil, false
	case interface{ Elem() types.Type }:
		return u.Elem(), true
	}
	return nil, false
}
