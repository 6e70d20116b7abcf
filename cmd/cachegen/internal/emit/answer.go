package emit

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// answer prints how the results of a read become the value that is cached, and that becomes results
// again. For a method that returns one value and an error there is little to do. Several travel in
// a struct,
//
//	v, err := r.page.Load(ctx, key, func(ctx context.Context) (any, error) {
//		items, total, err := r.next.Page(ctx, page)
//		return contactsPageResults{items, total}, err
//	})
//	all := v.(contactsPageResults)
//	return all.Items, all.Total, err
//
// and a method that cannot fail is asked itself when the cache has no answer:
//
//	v, err := r.name.Load(ctx, key, func(ctx context.Context) (any, error) {
//		return r.next.Name(ctx, id), nil
//	})
//	if err != nil {
//		return r.next.Name(ctx, id)
//	}
//	return v.(string)
//
// testdata/gen/results.txtar has both.
type answer struct {
	w          *wrapperPrinter
	m          *model.Method
	taken      *scope
	value, err string // the variables
}

// fails reports whether the method returns an error.
func (a answer) fails() bool {
	n := a.m.Signature.Results().Len()
	return isError(a.m.Signature.Results().At(n - 1).Type())
}

// single reports whether the value is the one result.
func (a answer) single() bool { return a.m.Read.Fields == nil }

// give returns the results that v is.
func (a answer) give(v jen.Code) []jen.Code {
	var before, values []jen.Code
	if a.single() {
		values = []jen.Code{v}
	} else {
		all := jen.Id(a.taken.inner().free("all", "results"))
		before = []jen.Code{jen.Add(all).Op(":=").Add(v)}
		for _, f := range a.m.Read.Fields {
			values = append(values, jen.Add(all).Dot(f))
		}
	}
	if a.fails() {
		values = append(values, jen.Id(a.err))
	}
	return append(before, jen.Return(values...))
}

// own is the answer of a load, which is the caller's: v.(*Contact).
func (a answer) own() *jen.Statement { return a.w.typed(a.m.Read.Value, a.value) }

// copied is a copy of the answer of a look-up, which others have too.
func (a answer) copied() *jen.Statement {
	return a.w.copied(a.m.Read, a.own())
}

// load is the body of the function that loads.
func (a answer) load(inner *jen.Statement) []jen.Code {
	switch {
	case a.single() && a.fails():
		return []jen.Code{jen.Return(inner)}
	case a.single():
		return []jen.Code{jen.Return(inner, jen.Nil())}
	}
	taken := a.taken.inner()
	var values []jen.Code
	for _, f := range a.m.Read.Fields {
		values = append(values, jen.Id(taken.free(lowerFirst(f))))
	}
	all := jen.Add(a.w.typeExpr(a.m.Read.Value)).Values(values...)
	if a.fails() {
		err := jen.Id(a.err)
		return []jen.Code{jen.List(append(values, err)...).Op(":=").Add(inner), jen.Return(all, err)}
	}
	return []jen.Code{jen.List(values...).Op(":=").Add(inner), jen.Return(all, jen.Nil())}
}

// finish returns what the load came to.
func (a answer) finish(load, inner *jen.Statement) []jen.Code {
	body := []jen.Code{jen.List(ids(a.value, a.err)...).Op(":=").Add(load)}
	if !a.fails() {
		body = append(body, jen.If(notNil(jen.Id(a.err))).Block(
			jen.Comment("The caller has gone, or the load took too long. "+a.m.Name+" has no error to say so."),
			jen.Return(inner),
		))
	}
	return append(body, a.give(a.own())...)
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
