package emit

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// A statement of jennifer is extended in place. So each function here returns a fresh one, and
// whoever goes on with a statement that has another owner begins with jen.Add(statement).

const runtimePath = "github.com/cachegen/cachegen/runtime"

// qual is what a package declares, as this file names it.
func (p *printer) qual(pkg *types.Package, name string) *jen.Statement {
	return p.declared(pkg.Path(), pkg.Name(), name)
}

// std is what a package of the standard library declares.
func (p *printer) std(pkg, name string) *jen.Statement { return p.declared(pkg, pkg, name) }

// proto is what the package of protobuf's runtime declares.
func (p *printer) proto(name string) *jen.Statement {
	return p.declared(shape.ProtoPath, "proto", name)
}

func (p *printer) runtime(name string) *jen.Statement {
	return p.declared(runtimePath, "runtime", name)
}

// declared is what the package with that path and name declares.
func (p *printer) declared(path, pkg, name string) *jen.Statement {
	if path != p.model.Package.Path() {
		p.imports.name(path, pkg)
	}
	return jen.Qual(path, name)
}

// pointerTo is *T.
func pointerTo(t jen.Code) *jen.Statement { return jen.Op("*").Add(t) }

// addressOf is &x.
func addressOf(x jen.Code) *jen.Statement { return jen.Op("&").Add(x) }

// ids are names, as arguments or as a list: a, b.
func ids(names ...string) []jen.Code {
	list := make([]jen.Code, len(names))
	for i, n := range names {
		list[i] = jen.Id(n)
	}
	return list
}

// field is an element of a composite literal.
type field struct {
	name  string
	value jen.Code
}

// literal is a composite literal. A line has several fields: gofmt aligns those that stand below
// each other, for which it lays out each of them more than once.
func literal(typ jen.Code, lines ...[]field) *jen.Statement {
	var rows []jen.Code
	for _, fields := range lines {
		elements := make([]jen.Code, len(fields))
		for i, f := range fields {
			elements[i] = jen.Id(f.name).Op(":").Add(f.value)
		}
		rows = append(rows, jen.List(elements...))
	}
	return jen.Add(typ).Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, rows...)
}

// isNil is x == nil.
func isNil(x jen.Code) *jen.Statement { return jen.Add(x).Op("==").Nil() }

// notNil is x != nil.
func notNil(x jen.Code) *jen.Statement { return jen.Add(x).Op("!=").Nil() }

// zero is a pointer to a new variable, in a package that has a new of its own too.
func (p *printer) zero(t types.Type) *jen.Statement {
	if p.declaresNew() {
		return addressOf(jen.Make(jen.Index().Add(p.typeExpr(t)), jen.Lit(1))).Index(jen.Lit(0))
	}
	return jen.New(p.typeExpr(t))
}

// typed is a variable of type any as the type that it has: v.(*Contact); of a type parameter or an
// interface, which it has nothing of if it is nil, runtime.As[T](v).
func (p *printer) typed(t types.Type, variable string) *jen.Statement {
	_, param := types.Unalias(t).(*types.TypeParam)
	if param || types.IsInterface(t) {
		return p.runtime("As").Types(p.typeExpr(t)).Call(jen.Id(variable))
	}
	return jen.Id(variable).Assert(p.typeExpr(t))
}

// any is any, in a package that has an any of its own too.
func (p *printer) any() *jen.Statement {
	if p.model.Package.Scope().Lookup("any") != nil {
		return jen.Interface()
	}
	return jen.Any()
}

func (p *printer) declaresNew() bool { return p.model.Package.Scope().Lookup("new") != nil }

// typeArgs is [K, V] where the names of a wrapper's type parameters are wanted, and nothing for a
// plain one.
func typeArgs(l *types.TypeParamList) *jen.Statement {
	var names []jen.Code
	for t := range l.TypeParams() {
		names = append(names, jen.Id(t.Obj().Name()))
	}
	return jen.Types(names...)
}

// typeParams is [K comparable, V any].
func (p *printer) typeParams(l *types.TypeParamList) *jen.Statement {
	var params []jen.Code
	for t := range l.TypeParams() {
		params = append(params, jen.Id(t.Obj().Name()).Add(p.typeExpr(t.Constraint())))
	}
	return jen.Types(params...)
}

// wrapperType is CachedContactRepository, with its type arguments.
func wrapperType(w *model.Wrapper) *jen.Statement {
	return jen.Id(w.Name).Add(typeArgs(w.Source.TypeParams()))
}

// sourceType is the type of next: the interface, or the struct, or a pointer to that.
func (p *printer) sourceType(w *model.Wrapper) *jen.Statement {
	t := p.qual(w.Source.Obj().Pkg(), w.Source.Obj().Name()).Add(typeArgs(w.Source.TypeParams()))
	if !types.IsInterface(w.Source) && !w.ByValue {
		return pointerTo(t)
	}
	return t
}

// params groups variables of one type, as people do: id string, page, size int.
func (p *printer) params(m *model.Method, names []string) []jen.Code {
	t := m.Signature.Params()
	var groups []jen.Code
	for i := 0; i < len(names); {
		n := i + 1
		for n < len(names) && !isVariadic(m.Signature, n) && types.Identical(t.At(n).Type(), t.At(i).Type()) {
			n++
		}
		groups = append(groups, jen.List(ids(names[i:n]...)...).Add(p.paramType(m.Signature, i)))
		i = n
	}
	return groups
}

// isVariadic reports whether a parameter takes the rest of the arguments.
func isVariadic(s *types.Signature, i int) bool {
	return s.Variadic() && i == s.Params().Len()-1
}

// namedResults is (r0 *Contact, err error).
func (p *printer) namedResults(m *model.Method, names []string) *jen.Statement {
	if len(names) == 0 {
		return jen.Null()
	}
	results := make([]jen.Code, len(names))
	for i, n := range names {
		results[i] = jen.Id(n).Add(p.typeExpr(m.Signature.Results().At(i).Type()))
	}
	return jen.Params(results...)
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
		if ok && n.Obj().Name() == "Context" && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "context" {
			return i
		}
	}
	return -1
}

// inner is the call of the wrapped method: r.next.List(ctx, f, page), with ... after a variadic
// argument.
func (w *wrapperPrinter) inner(m *model.Method, v *variables) *jen.Statement {
	return w.innerWith(m, v, -1, nil)
}

// innerWith is inner with something else in place of one argument, unless that is -1.
func (w *wrapperPrinter) innerWith(m *model.Method, v *variables, at int, arg jen.Code) *jen.Statement {
	args := ids(v.params...)
	if at >= 0 {
		args[at] = arg
	}
	if m.Signature.Variadic() {
		last := len(args) - 1
		args[last] = jen.Add(args[last]).Op("...")
	}
	return jen.Id(v.receiver).Dot(w.next).Dot(m.Name).Call(args...)
}

var errorType = types.Universe.Lookup("error").Type()

func isError(t types.Type) bool { return types.Identical(t, errorType) }

func basicKind(t types.Type) (types.BasicInfo, bool) {
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		return 0, false
	}
	return b.Info(), true
}

func fieldType(t types.Type, name string) types.Type {
	for f := range t.Underlying().(*types.Struct).Fields() {
		if f.Name() == name {
			return f.Type()
		}
	}
	panic("emit: " + t.String() + " has no field " + name)
}

// elemOf is the type of the elements of a pointer, slice, array or map.
func elemOf(t types.Type) types.Type {
	return t.Underlying().(interface{ Elem() types.Type }).Elem()
}
