package emit

import (
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/jen"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// answer prints how the results of a read become the value that is cached, and that becomes results again. For a method that returns one value
// and an error there is nothing to do. Several travel in a struct,
//
//	v, err := r.page.Load(ctx, key, func(ctx context.Context) (v contactRepositoryPageResults, err error) {
//		v.Items, v.Total, err = r.next.Page(ctx, page)
//		return v, err
//	})
//	return v.Items, v.Total, err
//
// and a method that cannot fail is asked itself when the cache has no answer:
//
//	v, err := r.name.Load(ctx, key, func(ctx context.Context) (string, error) {
//		return r.next.Name(ctx, id), nil
//	})
//	if err != nil {
//		return r.next.Name(ctx, id)
//	}
//	return v
type answer struct {
	w          *wrapperPrinter
	m          *model.Method
	value, err string // the variables
}

// fails reports whether the method returns an error.
func (a answer) fails() bool {
	n := a.m.Signature.Results().Len()
	return isError(a.m.Signature.Results().At(n - 1).Type())
}

// values are the results but the error, as expressions.
func (a answer) values() []jen.Code {
	if a.m.Read.Fields == nil {
		return []jen.Code{jen.Id(a.value)}
	}
	var list []jen.Code
	for _, f := range a.m.Read.Fields {
		list = append(list, jen.Id(a.value).Dot(f))
	}
	return list
}

// give returns what the variables hold.
func (a answer) give() *jen.Statement {
	list := a.values()
	if a.fails() {
		list = append(list, jen.Id(a.err))
	}
	return jen.Return(list...)
}

// loaded are the results of the function that loads.
func (a answer) loaded() *jen.Statement {
	value := a.w.typeExpr(a.m.Read.Value)
	if a.m.Read.Fields == nil {
		return jen.Params(value, jen.Error())
	}
	err := a.err
	if !a.fails() {
		err = "_"
	}
	return jen.Params(jen.Id(a.value).Add(value), jen.Id(err).Error())
}

// load is the body of the function that loads.
func (a answer) load(inner *jen.Statement) []jen.Code {
	list := a.values()
	switch {
	case a.m.Read.Fields == nil && a.fails():
		return []jen.Code{jen.Return(inner)}
	case a.m.Read.Fields == nil:
		return []jen.Code{jen.Return(inner, jen.Nil())}
	case a.fails():
		return []jen.Code{jen.List(append(list, jen.Id(a.err))...).Op("=").Add(inner), jen.Return(jen.Id(a.value), jen.Id(a.err))}
	}
	return []jen.Code{jen.List(list...).Op("=").Add(inner), jen.Return(jen.Id(a.value), jen.Nil())}
}

// finish returns what the load came to.
func (a answer) finish(load, inner *jen.Statement) []jen.Code {
	if a.m.Read.Fields == nil && a.fails() {
		return []jen.Code{jen.Return(load)}
	}
	body := []jen.Code{jen.List(jen.Id(a.value), jen.Id(a.err)).Op(":=").Add(load)}
	if !a.fails() {
		body = append(body, jen.If(jen.Id(a.err).Op("!=").Nil()).Block(
			jen.Comment("The caller has gone, or the load took too long. "+a.m.Name+" has no error to say so."),
			jen.Return(inner),
		))
	}
	return append(body, a.give())
}

// resultsType is the type of ours that holds the results of a method; nil if there is none, or it has no name.
func resultsType(m *model.Method) *types.Named {
	if m.Read == nil || m.Read.Fields == nil {
		return nil
	}
	t, _ := m.Read.Value.(*types.Named)
	return t
}

// resultTypes prints
//
//	// contactRepositoryPageResults is what ContactRepository.Page returns.
//	type contactRepositoryPageResults struct {
//		Items []*Contact
//		Total int
//	}
func (w *wrapperPrinter) resultTypes() {
	for i := range w.Methods {
		t := resultsType(&w.Methods[i])
		if t == nil {
			continue
		}
		w.file.Commentf("%s is what %s.%s returns.", t.Obj().Name(), w.Source.Obj().Name(), w.Methods[i].Name)
		w.file.Type().Id(t.Obj().Name()).Add(w.typeExpr(t.Underlying()))
		w.file.Line()
	}
}

// missing prints func(v contactRepositoryFindResults) bool { return !v.Found }.
func (w *wrapperPrinter) missing(r *model.Read) *jen.Statement {
	taken := w.imports.taken.clone()
	v := taken.free("v", "x")
	says := jen.Id(v).Dot(r.Missing).Op("==").Nil()
	if info, ok := basicKind(fieldType(r.Value, r.Missing)); ok && info&types.IsBoolean != 0 {
		says = jen.Op("!").Id(v).Dot(r.Missing)
	}
	return jen.Func().Params(jen.Id(v).Add(w.typeExpr(r.Value))).Bool().Block(jen.Return(says))
}
