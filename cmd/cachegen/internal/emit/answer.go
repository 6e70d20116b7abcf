package emit

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// answer prints how the results of a read become the value that is cached, and that becomes results
// again. For a method that returns one value and an error there is nothing to do. Several travel in
// a struct,
//
//	v, err := r.page.Load(ctx, key, func(ctx context.Context) (v contactsPageResults, err error) {
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
//
// testdata/gen/results.txtar has both.
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

// single reports whether the value is the one result.
func (a answer) single() bool { return a.m.Read.Fields == nil }

// values are the results but the error, as expressions.
func (a answer) values() []jen.Code {
	if a.single() {
		return ids(a.value)
	}
	var values []jen.Code
	for _, f := range a.m.Read.Fields {
		values = append(values, jen.Id(a.value).Dot(f))
	}
	return values
}

// give returns what the variables hold.
func (a answer) give() *jen.Statement {
	values := a.values()
	if a.fails() {
		values = append(values, jen.Id(a.err))
	}
	return jen.Return(values...)
}

// loaded are the results of the function that loads.
func (a answer) loaded() *jen.Statement {
	value := a.w.typeExpr(a.m.Read.Value)
	if a.single() {
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
	values := a.values()
	switch {
	case a.single() && a.fails():
		return []jen.Code{jen.Return(inner)}
	case a.single():
		return []jen.Code{jen.Return(inner, jen.Nil())}
	case a.fails():
		values = append(values, jen.Id(a.err))
		return []jen.Code{jen.List(values...).Op("=").Add(inner), jen.Return(ids(a.value, a.err)...)}
	}
	return []jen.Code{jen.List(values...).Op("=").Add(inner), jen.Return(jen.Id(a.value), jen.Nil())}
}

// finish returns what the load came to.
func (a answer) finish(load, inner *jen.Statement) []jen.Code {
	if a.single() && a.fails() {
		return []jen.Code{jen.Return(load)}
	}
	body := []jen.Code{jen.List(ids(a.value, a.err)...).Op(":=").Add(load)}
	if !a.fails() {
		body = append(body, jen.If(notNil(jen.Id(a.err))).Block(
			jen.Comment("The caller has gone, or the load took too long. "+a.m.Name+" has no error to say so."),
			jen.Return(inner),
		))
	}
	return append(body, a.give())
}

// resultsType is the type of ours that holds the results of a method; nil if there is none, or it
// has no name.
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
		var fields []jen.Code
		for f := range t.Underlying().(*types.Struct).Fields() {
			fields = append(fields, jen.Id(f.Name()).Add(w.typeExpr(f.Type())))
		}
		name := t.Obj().Name()
		w.declare(
			name+" is what "+w.Source.Obj().Name()+"."+w.Methods[i].Name+" returns.",
			jen.Type().Id(name).Struct(fields...),
		)
	}
}
