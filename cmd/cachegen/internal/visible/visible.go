// Package visible tells which types a package can write down.
package visible

import (
	"go/types"
	"strings"
)

// From returns nil if code of package from can name every part of t, and else the first object that it cannot: an unexported type of another
// package, a type of an internal package that is out of reach, of a command, or of a function body.
//
// An alias that can be named hides what it stands for: that is what an alias of an internal type is for.
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

func (v *visitor) visit(t types.Type) {
	if v.hidden != nil {
		return
	}
	switch t := t.(type) {
	case *types.Alias:
		if !v.nameable(t.Obj()) {
			v.visit(types.Unalias(t))
			return
		}
		v.visitList(t.TypeArgs())
	case *types.Named:
		if !v.nameable(t.Obj()) {
			v.hidden = t.Obj()
			return
		}
		v.visitList(t.TypeArgs())
	case *types.Pointer:
		v.visit(t.Elem())
	case *types.Slice:
		v.visit(t.Elem())
	case *types.Array:
		v.visit(t.Elem())
	case *types.Chan:
		v.visit(t.Elem())
	case *types.Map:
		v.visit(t.Key())
		v.visit(t.Elem())
	case *types.Tuple:
		for x := range t.Variables() {
			v.visit(x.Type())
		}
	case *types.Signature:
		v.visit(t.Params())
		v.visit(t.Results())
	case *types.Struct:
		for f := range t.Fields() {
			v.member(f)
			v.visit(f.Type())
		}
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			v.member(m)
			v.visit(m.Type())
		}
		for e := range t.EmbeddedTypes() {
			v.visit(e)
		}
	case *types.Union:
		for term := range t.Terms() {
			v.visit(term.Type())
		}
	}
}

func (v *visitor) visitList(l *types.TypeList) {
	for t := range l.Types() {
		v.visit(t)
	}
}

// member checks a field or method of a type literal: an unexported one of another package cannot be written.
func (v *visitor) member(o types.Object) {
	if v.hidden == nil && !o.Exported() && o.Pkg() != nil && o.Pkg().Path() != v.from.Path() {
		v.hidden = o
	}
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
