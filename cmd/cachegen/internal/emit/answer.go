package emit

import (
	"go/types"

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
func (a answer) values() []string {
	if a.m.Read.Fields == nil {
		return []string{a.value}
	}
	values := make([]string, len(a.m.Read.Fields))
	for i, f := range a.m.Read.Fields {
		values[i] = a.value + "." + f
	}
	return values
}

// give returns what the variables hold.
func (a answer) give() string {
	values := a.values()
	if a.fails() {
		values = append(values, a.err)
	}
	return "return " + list(values...)
}

// loaded are the results of the function that loads.
func (a answer) loaded() string {
	value := a.w.typeExpr(a.m.Read.Value)
	if a.m.Read.Fields == nil {
		return "(" + value + ", error)"
	}
	err := a.err
	if !a.fails() {
		err = "_"
	}
	return "(" + a.value + " " + value + ", " + err + " error)"
}

// load is the body of the function that loads.
func (a answer) load(inner string) []string {
	values := a.values()
	switch {
	case a.m.Read.Fields == nil && a.fails():
		return []string{"return " + inner}
	case a.m.Read.Fields == nil:
		return []string{"return " + inner + ", nil"}
	case a.fails():
		return []string{list(append(values, a.err)...) + " = " + inner, "return " + a.value + ", " + a.err}
	}
	return []string{list(values...) + " = " + inner, "return " + a.value + ", nil"}
}

// finish returns what the load came to.
func (a answer) finish(load, inner string) []string {
	if a.m.Read.Fields == nil && a.fails() {
		return []string{"return " + load}
	}
	body := []string{a.value + ", " + a.err + " := " + load}
	if !a.fails() {
		body = append(body, block("if "+a.err+" != nil",
			"// The caller has gone, or the load took too long. "+a.m.Name+" has no error to say so.",
			"return "+inner,
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
		var fields []field
		for f := range t.Underlying().(*types.Struct).Fields() {
			fields = append(fields, field{f.Name(), w.typeExpr(f.Type())})
		}
		w.declare(t.Obj().Name()+" is what "+w.Source.Obj().Name()+"."+w.Methods[i].Name+" returns.",
			"type ", t.Obj().Name(), " ", structure(fields))
	}
}

// missing prints func(v contactRepositoryFindResults) bool { return !v.Found }.
func (w *wrapperPrinter) missing(r *model.Read) string {
	v := w.imports.taken.inner().free("v", "x")
	says := v + "." + r.Missing + " == nil"
	if info, ok := basicKind(fieldType(r.Value, r.Missing)); ok && info&types.IsBoolean != 0 {
		says = "!" + v + "." + r.Missing
	}
	return "func(" + v + " " + w.typeExpr(r.Value) + ") bool { return " + says + " }"
}
