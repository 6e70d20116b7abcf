package emit

import (
	"go/types"
	"strconv"
	"time"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/jen"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// Statements are mutable: each of these returns a fresh one.

func (p *printer) qual(pkg *types.Package, name string) *jen.Statement {
	if pkg.Path() != p.model.Package.Path() {
		p.imports.name(p.file, pkg.Path(), pkg.Name())
	}
	return jen.Qual(pkg.Path(), name)
}

func (p *printer) std(pkg, name string) *jen.Statement {
	p.imports.name(p.file, pkg, pkg)
	return jen.Qual(pkg, name)
}

// qualPath names what is in a package whose name is not the end of its path, or might not be.
func (p *printer) qualPath(path, pkg, name string) *jen.Statement {
	p.imports.name(p.file, path, pkg)
	return jen.Qual(path, name)
}

func (p *printer) runtime(name string) *jen.Statement {
	p.imports.name(p.file, runtimePath, "runtime")
	return jen.Qual(runtimePath, name)
}

// typeArgs is [K, V] where the names of a wrapper's type parameters are wanted, and nothing for a plain one.
func typeArgs(l *types.TypeParamList) *jen.Statement {
	var list []jen.Code
	for t := range l.TypeParams() {
		list = append(list, jen.Id(t.Obj().Name()))
	}
	return jen.Types(list...)
}

// typeParams is [K comparable, V any].
func (p *printer) typeParams(l *types.TypeParamList) *jen.Statement {
	var list []jen.Code
	for t := range l.TypeParams() {
		list = append(list, jen.Id(t.Obj().Name()).Add(p.typeExpr(t.Constraint())))
	}
	return jen.Types(list...)
}

// wrapperType is CachedContactRepository, with its type arguments.
func wrapperType(w *model.Wrapper) *jen.Statement {
	return jen.Id(w.Name).Add(typeArgs(w.Source.TypeParams()))
}

// sourceType is the type of next: the interface, or the struct, or a pointer to that.
func (p *printer) sourceType(w *model.Wrapper) *jen.Statement {
	t := p.qual(w.Source.Obj().Pkg(), w.Source.Obj().Name()).Add(typeArgs(w.Source.TypeParams()))
	if !types.IsInterface(w.Source) && !w.ByValue {
		t = jen.Op("*").Add(t)
	}
	return t
}

// names groups variables of one type, as people do: id string, page, size int. The result is for Params.
func (p *printer) params(m *model.Method, names []string) []jen.Code {
	t := m.Signature.Params()
	var list []jen.Code
	for i := 0; i < len(names); {
		n := i + 1
		for n < len(names) && types.Identical(t.At(n).Type(), t.At(i).Type()) && !(m.Signature.Variadic() && n == len(names)-1) {
			n++
		}
		list = append(list, ids(names[i:n]).Add(p.paramType(m.Signature, i)))
		i = n
	}
	return list
}

// namedResults is (r0 *Contact, err error).
func (p *printer) namedResults(m *model.Method, names []string) *jen.Statement {
	t := m.Signature.Results()
	list := make([]jen.Code, len(names))
	for i, n := range names {
		list[i] = jen.Id(n).Add(p.typeExpr(t.At(i).Type()))
	}
	if len(list) == 0 {
		return jen.Null()
	}
	return jen.Params(list...)
}

// ids is a list of names: a, b.
func ids(names []string) *jen.Statement {
	list := make([]jen.Code, len(names))
	for i, n := range names {
		list[i] = jen.Id(n)
	}
	return jen.List(list...)
}

// inner is the call of the wrapped method: r.next.List(ctx, f, page), with ... after a variadic argument.
func (w *wrapperPrinter) inner(m *model.Method, v *variables) *jen.Statement {
	args := make([]jen.Code, len(v.params))
	for i, n := range v.params {
		args[i] = jen.Id(n)
		if m.Signature.Variadic() && i == len(args)-1 {
			args[i] = jen.Id(n).Op("...")
		}
	}
	return jen.Id(v.receiver).Dot(w.next).Dot(m.Name).Call(args...)
}

// contextArg is the method's context, or the background for one that has none.
func (p *printer) contextArg(m *model.Method, v *variables) *jen.Statement {
	if i := contextParam(m.Signature); i >= 0 {
		return jen.Id(v.params[i])
	}
	return p.std("context", "Background").Call()
}

// contextParam is the index of the first context.Context among the parameters, or -1.
func contextParam(s *types.Signature) int {
	for i := range s.Params().Len() {
		n, ok := types.Unalias(s.Params().At(i).Type()).(*types.Named)
		if ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "context" && n.Obj().Name() == "Context" {
			return i
		}
	}
	return -1
}

func isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}

// durationExpr is a duration as one would write it: 10 * time.Minute, time.Hour.
func (p *printer) durationExpr(d time.Duration) *jen.Statement {
	for _, u := range units {
		if d%u.d == 0 && d != 0 {
			if d == u.d {
				return p.std("time", u.name)
			}
			return jen.Lit(int(d / u.d)).Op("*").Add(p.std("time", u.name))
		}
	}
	return jen.Lit(0)
}

// lengthExpr is a duration that an option gives: 10 * time.Minute, ContactTTL, RetentionSeconds * time.Second.
func (p *printer) lengthExpr(d model.Duration) *jen.Statement {
	if d.Const == nil {
		return p.durationExpr(d.D)
	}
	name := p.qual(d.Const.Pkg(), d.Const.Name())
	b, isBasic := types.Unalias(d.Const.Type()).(*types.Basic)
	switch {
	case !isBasic:
		return name
	case b.Info()&types.IsUntyped == 0:
		name = p.std("time", "Duration").Call(name)
	}
	return name.Op("*").Add(p.std("time", "Second"))
}

// lengthText is a duration as a directive has it: 10m, ContactTTL, crm.ContactTTL.
func (p *printer) lengthText(d model.Duration) string {
	switch {
	case d.Const == nil:
		return duration(d.D)
	case d.Const.Pkg().Path() == p.model.Package.Path():
		return d.Const.Name()
	}
	return p.imports.name(p.file, d.Const.Pkg().Path(), d.Const.Pkg().Name()) + "." + d.Const.Name()
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

// multiline is a composite literal with one field to a line.
func multiline(fields ...jen.Code) *jen.Statement {
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, fields...)
}

func field(name string, value jen.Code) jen.Code {
	return jen.Id(name).Op(":").Add(value)
}
