package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// write prints, as testdata/gen/contacts.txtar has it,
//
//	func (r *CachedContactRepository) Update(ctx context.Context, c *Contact) (err error) {
//		inv := r.update.Begin(ctx)
//		defer func() {
//			if c != nil {
//				inv.Entry(inv.Path("contact").String(c.ID))
//			}
//			inv.Scope(inv.Path("contact:list"))
//			inv.End(&err)
//		}()
//		return r.next.Update(ctx, c)
//	}
//
// or, limited to success,
//
//	inv := r.update.Begin(ctx)
//	defer inv.End(&err)
//	if err = r.next.Update(ctx, c); err != nil {
//		return err
//	}
//	inv.Scope(inv.Path("contact:list"))
//	return nil
//
// or, fenced, as in testdata/gen/fences.txtar,
//
//	inv := r.update.Begin(ctx)
//	if c != nil {
//		inv.Entry(inv.Path("contact").String(c.ID))
//	}
//	inv.Open()
//	defer func() {
//		if c != nil {
//			inv.Entry(inv.Path("contact").String(c.ID))
//		}
//		inv.End(&err)
//	}()
//	return r.next.Update(ctx, c)
func (w *wrapperPrinter) write(m *model.Method) {
	v := w.variables(w.receiver, m)
	inv := v.taken.free("inv")

	failure, end := "", jen.Id(inv).Dot("End").Call(jen.Nil())
	if n := len(v.results); n > 0 && isError(m.Signature.Results().At(n-1).Type()) {
		failure = v.results[n-1]
		end = jen.Id(inv).Dot("End").Call(addressOf(jen.Id(failure)))
	}
	deferred := func(invalidate []jen.Code) jen.Code {
		if len(invalidate) == 0 {
			return jen.Defer().Add(end)
		}
		return jen.Defer().Func().Params().Block(append(invalidate, end)...).Call()
	}

	begin := w.cached(m, &v).Dot("Begin").Call(w.contextArg(m, &v))
	body := []jen.Code{jen.Id(inv).Op(":=").Add(begin)}
	claims, stores := w.puts(m, &v, inv)
	body = append(body, claims...)
	if m.Write.Fence {
		body = append(body, w.collect(m, &v, inv, model.Before)...)
		body = append(body, jen.Id(inv).Dot("Open").Call())
	}
	invalidate := w.collect(m, &v, inv, model.After)
	switch inner := w.inner(m, &v); {
	case m.Write.OnSuccess:
		body = append(append(body, deferred(nil)), then(inner, failure, &v, append(stores, invalidate...))...)
	case len(stores) > 0:
		body = append(append(body, deferred(invalidate)), then(inner, failure, &v, stores)...)
	case len(v.results) > 0:
		body = append(body, deferred(invalidate), jen.Return(inner))
	default:
		body = append(body, deferred(invalidate), inner)
	}
	w.declare(writeComment(m), w.method(m.Name).
		Params(w.params(m, v.params)...).Add(w.namedResults(m, v.results)).
		Block(body...))
}

// then prints the call of the wrapped method, the statements that follow when it succeeds, and the
// return.
func then(inner *jen.Statement, failure string, v *variables, statements []jen.Code) []jen.Code {
	call := inner
	if len(v.results) > 0 {
		call = jen.List(ids(v.results...)...).Op("=").Add(inner)
	}
	if failure != "" {
		call = jen.If(call, notNil(jen.Id(failure))).Block(jen.Return(ids(v.results...)...))
	}
	body := append([]jen.Code{call}, statements...)
	switch last := len(v.results) - 1; {
	case failure != "":
		return append(body, jen.Return(append(ids(v.results[:last]...), jen.Nil())...))
	case last >= 0:
		return append(body, jen.Return(ids(v.results...)...))
	}
	return body
}

// collect adds the patterns of one phase, those of both included.
func (w *wrapperPrinter) collect(m *model.Method, v *variables, inv string, phase model.Phase) []jen.Code {
	var chosen []*model.Invalidation
	for i := range m.Write.Invalidations {
		if at := m.Write.Invalidations[i].Phase; at == phase || at == model.Around {
			chosen = append(chosen, &m.Write.Invalidations[i])
		}
	}
	if phase == model.After {
		chosen = append(chosen, putEntries(m.Write)...)
	}
	statements, known := w.tenants(chosen, v)
	for _, i := range chosen {
		method := jen.Id(inv).Dot("Entry")
		if i.All {
			method = jen.Id(inv).Dot("Scope")
		}
		statements = append(statements, w.keyed(i, known, v, inv, method)...)
	}
	return statements
}

// keyed prints a call with the path of a pattern, and with what args returns where that can see the
// elements of lists, in a loop for each list and in an if for each pointer on the way:
//
//	if c != nil {
//		inv.Entry(inv.Path("contact").String(c.ID))
//	}
func (w *wrapperPrinter) keyed(i *model.Invalidation, known tenants, v *variables, inv string, method *jen.Statement, args ...func(*variables) []jen.Code) []jen.Code {
	scoped := *v
	scoped.taken = v.taken.inner()
	v = &scoped

	var loops []loop
	for l := range i.Loops {
		loops = append(loops, w.loop(&i.Loops[l], v))
	}
	name := v.taken.free("key", "k", "cacheKey")
	k := &keyBuilder{at: w.home, vars: v, name: name, start: w.pathExpr(i, known, v, inv), skip: true}
	statements, key := k.segments(i.Segments).expr()
	of := []jen.Code{key}
	for _, more := range args {
		of = append(of, more(v)...)
	}
	statements = append(statements, method.Call(of...))
	statements = k.guards.wrap(statements)
	for _, l := range slices.Backward(loops) {
		statements = l.wrap(statements)
	}
	return oneStatement(statements)
}

// oneStatement puts several statements into a block, so that their variables are their own.
func oneStatement(statements []jen.Code) []jen.Code {
	if len(statements) > 1 {
		return []jen.Code{jen.Block(statements...)}
	}
	return statements
}

// pathExpr is the expression that the path of an invalidation begins with: inv.Path("contact").
func (w *wrapperPrinter) pathExpr(i *model.Invalidation, known tenants, v *variables, inv string) *jen.Statement {
	if scope := w.tenantScope(i.Tenant, known, v); scope != nil {
		return jen.Id(inv).Dot("PathIn").Call(scope, jen.Lit(i.Prefix))
	}
	return jen.Id(inv).Dot("Path").Call(jen.Lit(i.Prefix))
}

// writeComment is
//
//	Update fences and invalidates contact:{c.ID} and contact:list:*.
func writeComment(m *model.Method) string {
	var texts []string
	for _, i := range m.Write.Invalidations {
		switch i.Tenant.(type) {
		case model.Global:
			texts = append(texts, i.Text+" of the global scope")
		case model.All:
			texts = append(texts, i.Text+" of every tenant")
		default:
			texts = append(texts, i.Text)
		}
	}
	list := plural(texts)
	if m.Write.OnSuccess {
		list += " when it succeeds"
	}
	verb := " invalidates "
	if m.Write.Fence {
		verb = " fences and invalidates "
	}
	if len(m.Write.Puts) > 0 {
		verb = " puts " + putsText(m.Write) + " and invalidates "
		if len(texts) == 0 {
			return m.Name + " puts " + putsText(m.Write) + "."
		}
	}
	return m.Name + verb + list + "."
}
