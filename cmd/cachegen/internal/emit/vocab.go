package emit

import (
	"go/types"
	"strconv"
	"time"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// qual is what a package declares, as this file names it.
func (p *printer) qual(pkg *types.Package, name string) string {
	if pkg.Path() == p.model.Package.Path() {
		return name
	}
	return p.imports.name(pkg.Path(), pkg.Name()) + "." + name
}

// std is what a package of the standard library declares.
func (p *printer) std(pkg, name string) string { return p.imports.name(pkg, pkg) + "." + name }

// proto is what the package of protobuf's runtime declares.
func (p *printer) proto(name string) string {
	return p.imports.name(shape.ProtoPath, "proto") + "." + name
}

func (p *printer) runtime(name string) string {
	return p.imports.name(runtimePath, "runtime") + "." + name
}

// typeArgs is [K, V] where the names of a wrapper's type parameters are wanted, and nothing for a plain one.
func typeArgs(l *types.TypeParamList) string {
	if l.Len() == 0 {
		return ""
	}
	names := make([]string, 0, l.Len())
	for t := range l.TypeParams() {
		names = append(names, t.Obj().Name())
	}
	return "[" + list(names...) + "]"
}

// typeParams is [K comparable, V any].
func (p *printer) typeParams(l *types.TypeParamList) string {
	if l.Len() == 0 {
		return ""
	}
	params := make([]string, 0, l.Len())
	for t := range l.TypeParams() {
		params = append(params, t.Obj().Name()+" "+p.typeExpr(t.Constraint()))
	}
	return "[" + list(params...) + "]"
}

// wrapperType is CachedContactRepository, with its type arguments.
func wrapperType(w *model.Wrapper) string { return w.Name + typeArgs(w.Source.TypeParams()) }

// sourceType is the type of next: the interface, or the struct, or a pointer to that.
func (p *printer) sourceType(w *model.Wrapper) string {
	t := p.qual(w.Source.Obj().Pkg(), w.Source.Obj().Name()) + typeArgs(w.Source.TypeParams())
	if !types.IsInterface(w.Source) && !w.ByValue {
		t = "*" + t
	}
	return t
}

// params groups variables of one type, as people do: id string, page, size int.
func (p *printer) params(m *model.Method, names []string) string {
	t := m.Signature.Params()
	var groups []string
	for i := 0; i < len(names); {
		n := i + 1
		for n < len(names) && types.Identical(t.At(n).Type(), t.At(i).Type()) && !(m.Signature.Variadic() && n == len(names)-1) {
			n++
		}
		groups = append(groups, list(names[i:n]...)+" "+p.paramType(m.Signature, i))
		i = n
	}
	return list(groups...)
}

// namedResults is " (r0 *Contact, err error)".
func (p *printer) namedResults(m *model.Method, names []string) string {
	t := m.Signature.Results()
	if len(names) == 0 {
		return ""
	}
	results := make([]string, len(names))
	for i, n := range names {
		results[i] = n + " " + p.typeExpr(t.At(i).Type())
	}
	return " (" + list(results...) + ")"
}

// inner is the call of the wrapped method: r.next.List(ctx, f, page), with ... after a variadic argument.
func (w *wrapperPrinter) inner(m *model.Method, v *variables) string {
	args := list(v.params...)
	if m.Signature.Variadic() {
		args += "..."
	}
	return v.receiver + "." + w.next + "." + m.Name + "(" + args + ")"
}

// contextArg is the method's context, or the background for one that has none.
func (p *printer) contextArg(m *model.Method, v *variables) string {
	if i := contextParam(m.Signature); i >= 0 {
		return v.params[i]
	}
	return p.std("context", "Background") + "()"
}

// contextParam is the index of the first context.Context among the parameters, or -1.
func contextParam(s *types.Signature) int {
	for i := range s.Params().Len() {
		n, ok := types.Unalias(s.Params().At(i).Type()).(*types.Named)
		if ok && n.Obj().Name() == "Context" && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "context" {
			return i
		}
	}
	return -1
}

var errorType = types.Universe.Lookup("error").Type()

func isError(t types.Type) bool { return types.Identical(t, errorType) }

// durationExpr is a duration as one would write it: 10 * time.Minute, time.Hour.
func (p *printer) durationExpr(d time.Duration) string {
	for _, u := range units {
		if d%u.d == 0 && d != 0 {
			if d == u.d {
				return p.std("time", u.name)
			}
			return strconv.FormatInt(int64(d/u.d), 10) + " * " + p.std("time", u.name)
		}
	}
	return "0"
}

// lengthExpr is a duration that an option gives: 10 * time.Minute, ContactTTL, RetentionSeconds * time.Second.
func (p *printer) lengthExpr(d model.Duration) string {
	if d.Const == nil {
		return p.durationExpr(d.D)
	}
	name := p.qual(d.Const.Pkg(), d.Const.Name())
	b, isBasic := types.Unalias(d.Const.Type()).(*types.Basic)
	switch {
	case !isBasic:
		return name
	case b.Info()&types.IsUntyped == 0:
		name = call(p.std("time", "Duration"), name)
	}
	return name + " * " + p.std("time", "Second")
}

// lengthText is a duration as a directive has it: 10m, ContactTTL, crm.ContactTTL.
func (p *printer) lengthText(d model.Duration) string {
	if d.Const == nil {
		return duration(d.D)
	}
	return p.qual(d.Const.Pkg(), d.Const.Name())
}

// duration is a duration in words as short as in a directive: 10m, 1h30m.
func duration(d time.Duration) string {
	var s string
	for _, u := range units {
		if n := d / u.d; n > 0 {
			s += strconv.FormatInt(int64(n), 10) + u.short
			d -= n * u.d
		}
	}
	return s
}

var units = []struct {
	d           time.Duration
	name, short string
}{
	{time.Hour, "Hour", "h"},
	{time.Minute, "Minute", "m"},
	{time.Second, "Second", "s"},
	{time.Millisecond, "Millisecond", "ms"},
	{time.Microsecond, "Microsecond", "µs"},
	{time.Nanosecond, "Nanosecond", "ns"},
}

// zero is a pointer to a new variable, in a package that has a new of its own too.
func (p *printer) zero(t types.Type) string {
	if p.model.Package.Scope().Lookup("new") != nil {
		return "&" + call("make", "[]"+p.typeExpr(t), "1") + "[0]"
	}
	return call("new", p.typeExpr(t))
}
