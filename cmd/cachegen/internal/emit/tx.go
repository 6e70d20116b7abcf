package emit

import (
	"go/types"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// handsOut reports whether a method of the wrapper hands out the repository.
func handsOut(w *model.Wrapper) bool {
	return slices.ContainsFunc(w.Methods, func(m model.Method) bool { return m.Tx != nil })
}

// runsTx reports whether a method calls a function with the repository.
func runsTx(m *model.Method) bool { return m.Tx != nil && m.Tx.Func >= 0 }

// txWrapper prints
//
//	// wrapTx wraps next, which works inside a transaction: its reads bypass the cache, and what its
//	// writes make stale waits for the commit.
//	func (r *CachedContactRepository) wrapTx(ctx context.Context, next ContactRepository) ContactRepository {
//		if next == nil {
//			return nil
//		}
//		in := &CachedContactRepository{next: next}
//		in.get = r.get.InTx()
//		in.update = r.update.InTx(ctx)
//		return in
//	}
//
// Of a type that is no interface, it takes what the field next has, and returns the wrapper's type.
func (w *wrapperPrinter) txWrapper() {
	taken := w.constructorScope()
	taken.take(w.receiver)
	ctx, next, in := taken.free("ctx"), taken.free("next"), taken.free("in", "wrapped")
	contract := types.IsInterface(w.Source)
	result := pointerTo(wrapperType(w.Wrapper))
	if contract {
		result = w.sourceType(w.Wrapper)
	}
	var body []jen.Code
	if contract || !w.ByValue {
		body = append(body, jen.If(isNil(jen.Id(next))).Block(jen.Return(jen.Nil())))
	}
	body = append(body, jen.Id(in).Op(":=").Add(addressOf(wrapperType(w.Wrapper)).Values(jen.Id(w.next).Op(":").Id(next))))
	set := func(field string, args ...jen.Code) {
		body = append(body, jen.Id(in).Dot(field).Op("=").Id(w.receiver).Dot(field).Dot("InTx").Call(args...))
	}
	for i := range w.Methods {
		switch m := &w.Methods[i]; {
		case m.Read != nil:
			set(w.fields[m.Name])
		case w.fields[m.Name] != "":
			set(w.fields[m.Name], jen.Id(ctx))
		}
	}
	for _, b := range w.borrowed {
		set(b.field)
	}
	body = append(body, jen.Return(jen.Id(in)))
	params := []jen.Code{jen.Id(ctx).Add(w.std("context", "Context")), jen.Id(next).Add(w.sourceType(w.Wrapper))}
	w.declare(
		w.wrapTx+" wraps "+next+", which works inside a transaction: its reads bypass the cache, and what its writes make stale waits for the commit.",
		w.method(w.wrapTx).Params(params...).Add(result).Block(body...),
	)
}

// tx prints, as testdata/gen/transactions.txtar has it,
//
//	func (r *CachedContactRepository) WithTx(tx Tx) ContactRepository {
//		return r.wrapTx(context.Background(), r.next.WithTx(tx))
//	}
//
// or, where there are more results,
//
//	next, err := r.next.BeginTx(ctx)
//	return r.wrapTx(ctx, next), err
//
// or, of a method that calls a function,
//
//	return r.inTx.Run(ctx, func(ctx context.Context) error {
//		return r.next.InTx(ctx, func(next ContactRepository) error {
//			return f(r.wrapTx(ctx, next))
//		})
//	})
func (w *wrapperPrinter) tx(m *model.Method) {
	v := w.variables(w.receiver, m)
	var body []jen.Code
	comment := m.Name + " returns " + w.Source.Obj().Name() + " wrapped, for use inside a transaction."
	switch {
	case m.Tx.Func >= 0:
		body = []jen.Code{w.runInTx(m, &v)}
		comment = m.Name + " calls " + v.params[m.Tx.Func] + " with " + w.Source.Obj().Name() + " wrapped, for use inside a transaction that ends when it returns."
	case len(v.results) == 1 && !w.addressed(m.Tx.Results[0]):
		body = []jen.Code{jen.Return(w.inTx(&v, w.contextArg(m, &v), w.inner(m, &v), m.Tx.Results[0]))}
	default:
		results := ids(v.results...)
		for _, part := range m.Tx.Results {
			results[part.Index] = w.inTx(&v, w.contextArg(m, &v), results[part.Index], part)
		}
		body = []jen.Code{jen.List(ids(v.results...)...).Op(":=").Add(w.inner(m, &v)), jen.Return(results...)}
	}
	w.declare(comment, w.method(m.Name).Add(w.signature(m, &v)).Block(body...))
}

// runInTx is the call of a method that calls a function.
func (w *wrapperPrinter) runInTx(m *model.Method, v *variables) *jen.Statement {
	f := m.Tx.Inner.Params().At(m.Tx.Func).Type().Underlying().(*types.Signature)
	taken := v.taken.inner()
	name := taken.free("ctx")
	if ctx := contextParam(m.Signature); ctx >= 0 {
		name = v.params[ctx]
	}
	var params, args []jen.Code
	for i := range f.Params().Len() {
		p := f.Params().At(i)
		at := slices.IndexFunc(m.Tx.Args, func(part model.TxPart) bool { return part.Index == i })
		wish := p.Name()
		switch {
		case wish != "" && wish != "_":
		case at >= 0:
			wish = "next"
		default:
			wish = "p"
		}
		param := taken.free(wish)
		params = append(params, jen.Id(param).Add(w.typeExpr(p.Type())))
		arg := jen.Id(param)
		if at >= 0 {
			arg = w.inTx(v, jen.Id(name), arg, m.Tx.Args[at])
		}
		args = append(args, arg)
	}
	call := jen.Id(v.params[m.Tx.Func]).Call(args...)
	if f.Results().Len() > 0 {
		call = jen.Return(call)
	}
	wrapped := jen.Func().Params(params...).Add(w.resultsExpr(f.Results())).Block(call)
	inner := w.innerWith(m, v, m.Tx.Func, wrapped)
	run := jen.Func().Params(jen.Id(name).Add(w.std("context", "Context"))).Error().Block(jen.Return(inner))
	return jen.Return(w.cached(m, v).Dot("Run").Call(w.contextArg(m, v), run))
}

// addressed reports whether the wrapper needs the address of a part.
func (w *wrapperPrinter) addressed(part model.TxPart) bool { return part.Value && !w.ByValue }

// inTx is the repository in its wrapper: r.wrapTx(ctx, next).
func (w *wrapperPrinter) inTx(v *variables, ctx, next jen.Code, part model.TxPart) *jen.Statement {
	if w.addressed(part) {
		next = addressOf(next)
	}
	return jen.Id(v.receiver).Dot(w.wrapTx).Call(ctx, next)
}
