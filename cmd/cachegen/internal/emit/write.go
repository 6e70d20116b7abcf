package emit

import (
	"github.com/cachegen/cachegen/cmd/cachegen/internal/jen"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// newWrite prints
//
//	runtime.NewWrite(cache, runtime.WriteOptions{Method: "ContactRepository.Update"})
func (w *wrapperPrinter) newWrite(m *model.Method, cache string) jen.Code {
	options := []jen.Code{field("Method", w.methodName(m))}
	if m.Write.Settle.D > 0 {
		options = append(options, field("Settle", w.lengthExpr(m.Write.Settle)))
	}
	return w.runtime("NewWrite").Call(jen.Id(cache), w.runtime("WriteOptions").Values(options...))
}

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
	begin := jen.Id(inv).Op(":=").Id(v.receiver).Dot(w.fields[m.Name]).Dot("Begin").Call(w.contextArg(m, &v))

	failure := ""
	if n := len(v.results); n > 0 && isError(m.Signature.Results().At(n-1).Type()) {
		failure = v.results[n-1]
	}
	end := jen.Id(inv).Dot("End").Call(jen.Nil())
	if failure != "" {
		end = jen.Id(inv).Dot("End").Call(jen.Op("&").Id(failure))
	}

	body := []jen.Code{begin}
	claims, stores := w.puts(m, &v, inv)
	body = append(body, claims...)
	if m.Write.Fence {
		body = append(body, w.collect(m, &v, inv, model.Before)...)
		body = append(body, jen.Id(inv).Dot("Open").Call())
	}
	invalidate := w.collect(m, &v, inv, model.After)
	switch call := w.inner(m, &v); {
	case m.Write.OnSuccess || len(stores) > 0:
		if m.Write.OnSuccess {
			body = append(body, jen.Defer().Add(end))
			stores = append(stores, invalidate...)
		} else {
			body = append(body, jen.Defer().Func().Params().Block(append(invalidate, end)...).Call())
		}
		if len(v.results) > 0 {
			call = ids(v.results).Op("=").Add(call)
		}
		if failure == "" {
			body = append(body, call)
		} else {
			body = append(body, jen.If(call, jen.Id(failure).Op("!=").Nil()).Block(jen.Return(ids(v.results))))
		}
		body = append(body, stores...)
		switch {
		case failure != "" && len(v.results) == 1:
			body = append(body, jen.Return(jen.Nil()))
		case failure != "":
			body = append(body, jen.Return(ids(v.results[:len(v.results)-1]), jen.Nil()))
		case len(v.results) > 0:
			body = append(body, jen.Return(ids(v.results)))
		}
	default:
		if len(invalidate) == 0 {
			body = append(body, jen.Defer().Add(end))
		} else {
			body = append(body, jen.Defer().Func().Params().Block(append(invalidate, end)...).Call())
		}
		if len(v.results) > 0 {
			call = jen.Return(call)
		}
		body = append(body, call)
	}

	w.file.Comment(writeComment(m))
	w.method(m.Name).Params(w.params(m, v.params)...).Add(w.namedResults(m, v.results)).Block(body...)
	w.file.Line()
}

// collect adds the patterns of one phase, those of both included.
func (w *wrapperPrinter) collect(m *model.Method, v *variables, inv string, phase model.Phase) []jen.Code {
	var list []*model.Invalidation
	for i := range m.Write.Invalidations {
		if at := m.Write.Invalidations[i].Phase; at == phase || at == model.Around {
			list = append(list, &m.Write.Invalidations[i])
		}
	}
	if phase == model.After {
		list = append(list, putEntries(m.Write)...)
	}
	statements, tenants := w.tenants(list, v)
	for _, i := range list {
		statements = append(statements, w.invalidation(i, tenants, v, inv)...)
	}
	return statements
}

// invalidation adds one pattern: inv.Entry(inv.Path("contact").String(c.ID)), in an if for each pointer on the way.
func (w *wrapperPrinter) invalidation(i *model.Invalidation, tenants map[string]*jen.Statement, v *variables, inv string) []jen.Code {
	method := "Entry"
	if i.All {
		method = "Scope"
	}
	return w.keyed(i, tenants, v, inv, func(key *jen.Statement) *jen.Statement { return jen.Id(inv).Dot(method).Call(key) })
}

// keyed prints a call with the path of a pattern, in an if for each pointer on the way.
func (w *wrapperPrinter) keyed(i *model.Invalidation, tenants map[string]*jen.Statement, v *variables, inv string, call func(key *jen.Statement) *jen.Statement) []jen.Code {
	scoped := *v
	scoped.taken = v.taken.clone()
	v = &scoped

	k := &keyBuilder{w: w, vars: v, name: v.taken.free("key", "k", "cacheKey"), start: w.pathExpr(i, tenants, v, inv), skip: true}
	for _, s := range i.Segments {
		k.segment(&s)
	}
	statements, key := k.expr()

	statements = append(statements, call(key))
	if guarded := k.guard(statements); len(guarded) == 1 {
		return guarded
	} else if len(statements) > 1 {
		return []jen.Code{jen.Block(guarded...)} // its variables are its own
	} else {
		return guarded
	}
}

// tenants has the string expression of each tenant that is taken from an argument, by the argument's text, and the statements before.
func (w *wrapperPrinter) tenants(list []*model.Invalidation, v *variables) (before []jen.Code, tenants map[string]*jen.Statement) {
	tenants = map[string]*jen.Statement{}
	for _, i := range list {
		if t, ok := i.Tenant.(model.FromValue); ok && tenants[v.valueText(&t.Value)] == nil {
			statements, tenant := w.tenantExpr(&t.Value, v)
			before = append(before, statements...)
			tenants[v.valueText(&t.Value)] = tenant
		}
	}
	return before, tenants
}

// pathExpr is the expression that the path of an invalidation begins with.
func (w *wrapperPrinter) pathExpr(i *model.Invalidation, tenants map[string]*jen.Statement, v *variables, inv string) *jen.Statement {
	var scope *jen.Statement
	switch t := i.Tenant.(type) {
	case model.Global:
		scope = w.runtime("Global")
	case model.All:
		scope = w.runtime("AllTenants")
	case model.FromValue:
		scope = w.runtime("TenantOf").Call(tenants[v.valueText(&t.Value)].Clone())
	default:
		return jen.Id(inv).Dot("Path").Call(jen.Lit(i.Prefix))
	}
	return jen.Id(inv).Dot("PathIn").Call(scope, jen.Lit(i.Prefix))
}

// writeComment: Update fences and invalidates contact:{c.ID} and contact:list:*.
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
