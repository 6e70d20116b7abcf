// Package visible says which types a package can write down.
package visible

import (
	"go/types"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/typewalk"
)

// From returns nil if code of package from can name every part of t, and else the first object that
// it cannot: an unexported type of another package, a type of an internal package that is out of
// reach, of a command, or of a function body.
//
// An alias that can be named hides what it stands for.
func From(from *types.Package, t types.Type) types.Object {
	v := visitor{from: from}
	v.visit(t)
	return v.hidden
}

// Alias reports whether code of package from can use the alias by its name.
func Alias(from *types.Package, a *types.Alias) bool {
	v := visitor{from: from}
	return v.nameable(a.Obj())
}

// Importable reports whether package from may import path, by the rule for internal directories.
func Importable(from *types.Package, path string) bool {
	for i := strings.LastIndex("/"+path+"/", "/internal/"); i >= 0; i = strings.LastIndex(("/" + path + "/")[:i+1], "/internal/") {
		parent := strings.Trim(("/" + path + "/")[:i], "/")
		if parent == "" { // internal/abi: the standard library's own
			return standard(from.Path())
		}
		if from.Path() != parent && !strings.HasPrefix(from.Path(), parent+"/") && from.Path() != parent+"_test" {
			return false
		}
	}
	return true
}

func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return first == "internal" || first == "runtime"
}

type visitor struct {
	from   *types.Package
	hidden types.Object
}

// look looks for the first object that cannot be named.
func (v *visitor) look(t types.Type) (found, further bool) {
	switch t := t.(type) {
	case *types.Alias:
		if !v.nameable(t.Obj()) {
			return v.visit(types.Unalias(t)), false
		}
	case *types.Named:
		if !v.nameable(t.Obj()) {
			v.hidden = t.Obj()
			return true, false
		}
	case *types.Struct:
		for f := range t.Fields() {
			if v.member(f) {
				return true, false
			}
		}
		return false, false
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			if v.member(m) {
				return true, false
			}
		}
		for e := range t.EmbeddedTypes() {
			if v.visit(e) {
				return true, false
			}
		}
		return false, false
	}
	return false, true
}

func (v *visitor) visit(t types.Type) (found bool) { return typewalk.AnyPart(t, v.look) }

// member looks at a field or method of a type literal: an unexported one of another package cannot
// be written.
func (v *visitor) member(o types.Object) (found bool) {
	if !o.Exported() && o.Pkg() != nil && o.Pkg().Path() != v.from.Path() {
		v.hidden = o
		return true
	}
	return v.visit(o.Type())
}

func (v *visitor) nameable(o *types.TypeName) bool {
	p := o.Pkg()
	switch {
	case p == nil: // error, any
		return true
	case o.Parent() != nil && o.Parent() != p.Scope(): // declared in a function
		return false
	case p.Path() == v.from.Path():
		return true
	}
	return o.Exported() && p.Name() != "main" && Importable(v.from, p.Path())
}
