// Package shape answers the questions about types that the key encoder, the clone and the codec have in common: what a type declares itself, what
// is a lock, a protobuf message, a time, a byte.
package shape

import "go/types"

// IsNamed reports whether t is the type of that package and name.
func IsNamed(t types.Type, pkg, name string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == name && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == pkg
}

// IsByte is strict: a []Level with type Level byte cannot be converted to []byte.
func IsByte(t types.Type) bool {
	b, ok := types.Unalias(t).(*types.Basic)
	return ok && b.Kind() == types.Uint8
}

// IsError reports whether t is the type error.
func IsError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// IsTime reports whether t is time.Time, or declared as it: type Stamp time.Time.
func IsTime(t types.Type) bool {
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

// Method returns the method of that name that t declares itself, with a receiver of t or *t; nil if there is none. One promoted from an embedded
// field knows nothing of the other fields.
func Method(t types.Type, name string) *types.Func {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || types.IsInterface(n) {
		return nil
	}
	obj, index, _ := types.LookupFieldOrMethod(n, true, nil, name)
	if f, ok := obj.(*types.Func); ok && len(index) == 1 {
		return f
	}
	return nil
}

// ProtoPath is the package that copies, writes and reads protobuf messages.
const ProtoPath = "google.golang.org/protobuf/proto"

// IsMessage reports whether pointers to t are protobuf messages.
func IsMessage(t types.Type) bool {
	f := Method(t, "ProtoReflect")
	return f != nil && f.Signature().Params().Len() == 0 && f.Signature().Results().Len() == 1
}

// CanImport reports whether package p, or one below it as far as is known, imports path: then its module can.
func CanImport(p *types.Package, path string) bool {
	return imports(p, path, make(map[*types.Package]bool))
}

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

// LockIn finds what go vet calls a lock in a value of type t: something with the methods Lock and Unlock of a pointer receiver.
func LockIn(t types.Type) (path string, lock types.Type) {
	if IsLock(t) {
		return "", t
	}
	switch u := t.Underlying().(type) {
	case *types.Array:
		if path, lock := LockIn(u.Elem()); lock != nil {
			return "[]" + path, lock
		}
	case *types.Struct:
		for f := range u.Fields() {
			if path, lock := LockIn(f.Type()); lock != nil {
				return "." + f.Name() + path, lock
			}
		}
	}
	return "", nil
}

// IsLock reports whether t itself is a lock.
func IsLock(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.Named)
	return ok && !types.IsInterface(t) && pointerMethod(t, "Lock") && pointerMethod(t, "Unlock")
}

// pointerMethod reports whether *t has the method func() of that name, and t has not.
func pointerMethod(t types.Type, name string) bool {
	var pkg *types.Package
	if n, ok := types.Unalias(t).(*types.Named); ok {
		pkg = n.Obj().Pkg()
	}
	obj, _, indirect := types.LookupFieldOrMethod(t, false, pkg, name)
	if obj != nil || !indirect {
		return false
	}
	obj, _, _ = types.LookupFieldOrMethod(t, true, pkg, name)
	f, ok := obj.(*types.Func)
	return ok && f.Signature().Params().Len() == 0 && f.Signature().Results().Len() == 0
}
