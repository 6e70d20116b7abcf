package emit

import (
	"strconv"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// newWrite prints
//
//	runtime.NewWrite(cache, runtime.WriteOptions{Method: "ContactRepository.Update"})
func (w *wrapperPrinter) newWrite(m *model.Method, cache string) string {
	options := "Method: " + methodName(w.Source, m.Name)
	if m.Write.Settle.D > 0 {
		options += ", Settle: " + w.lengthExpr(m.Write.Settle)
	}
	return call(w.runtime("NewWrite"), cache, w.runtime("WriteOptions")+"{"+options+"}")
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

	failure, end := "", inv+".End(nil)"
	if n := len(v.results); n > 0 && isError(m.Signature.Results().At(n-1).Type()) {
		failure = v.results[n-1]
		end = inv + ".End(&" + failure + ")"
	}
	deferred := func(invalidate []string) string {
		if len(invalidate) == 0 {
			return "defer " + end
		}
		return "defer " + block("func()", append(invalidate, end)...) + "()"
	}

	body := []string{inv + " := " + call(v.receiver+"."+w.fields[m.Name]+".Begin", w.contextArg(m, &v))}
	claims, stores := w.puts(m, &v, inv)
	body = append(body, claims...)
	if m.Write.Fence {
		body = append(body, w.collect(m, &v, inv, model.Before)...)
		body = append(body, inv+".Open()")
	}
	invalidate := w.collect(m, &v, inv, model.After)
	switch inner := w.inner(m, &v); {
	case m.Write.OnSuccess:
		body = append(append(body, deferred(nil)), w.then(inner, failure, &v, append(stores, invalidate...))...)
	case len(stores) > 0:
		body = append(append(body, deferred(invalidate)), w.then(inner, failure, &v, stores)...)
	case len(v.results) > 0:
		body = append(body, deferred(invalidate), "return "+inner)
	default:
		body = append(body, deferred(invalidate), inner)
	}
	w.method(writeComment(m), m, &v, w.namedResults(m, v.results), body)
}

// then prints the call of the wrapped method, what follows when it succeeds, and the return.
func (w *wrapperPrinter) then(inner, failure string, v *variables, statements []string) []string {
	if len(v.results) > 0 {
		inner = list(v.results...) + " = " + inner
	}
	if failure != "" {
		inner = block("if "+inner+"; "+failure+" != nil", "return "+list(v.results...))
	}
	body := append([]string{inner}, statements...)
	switch last := len(v.results) - 1; {
	case failure != "":
		return append(body, "return "+list(append(v.results[:last:last], "nil")...))
	case last >= 0:
		return append(body, "return "+list(v.results...))
	}
	return body
}

// collect adds the patterns of one phase, those of both included.
func (w *wrapperPrinter) collect(m *model.Method, v *variables, inv string, phase model.Phase) []string {
	var chosen []*model.Invalidation
	for i := range m.Write.Invalidations {
		if at := m.Write.Invalidations[i].Phase; at == phase || at == model.Around {
			chosen = append(chosen, &m.Write.Invalidations[i])
		}
	}
	if phase == model.After {
		chosen = append(chosen, putEntries(m.Write)...)
	}
	statements, tenants := w.tenants(chosen, v)
	for _, i := range chosen {
		statements = append(statements, w.invalidation(i, tenants, v, inv)...)
	}
	return statements
}

// invalidation adds one pattern: inv.Entry(inv.Path("contact").String(c.ID)), in an if for each pointer on the way.
func (w *wrapperPrinter) invalidation(i *model.Invalidation, tenants map[string]string, v *variables, inv string) []string {
	method := inv + ".Entry"
	if i.All {
		method = inv + ".Scope"
	}
	return w.keyed(i, tenants, v, inv, method)
}

// keyed prints a call with the path of a pattern and further arguments, in an if for each pointer on the way.
func (w *wrapperPrinter) keyed(i *model.Invalidation, tenants map[string]string, v *variables, inv, method string, args ...string) []string {
	scoped := *v
	scoped.taken = v.taken.inner()
	v = &scoped

	k := &keyBuilder{w: w, vars: v, name: v.taken.free("key", "k", "cacheKey"), start: w.pathExpr(i, tenants, v, inv), skip: true}
	for s := range i.Segments {
		k.segment(&i.Segments[s])
	}
	statements, key := k.expr()

	statements = append(statements, call(method, append([]string{key}, args...)...))
	guarded := k.guard(statements)
	if len(guarded) > 1 {
		return []string{bare(guarded...)} // its variables are its own
	}
	return guarded
}

// tenants has the string expression of each tenant that is taken from an argument, by the argument's text, and the statements before.
func (w *wrapperPrinter) tenants(list []*model.Invalidation, v *variables) (before []string, tenants map[string]string) {
	for _, i := range list {
		t, ok := i.Tenant.(model.FromValue)
		if !ok || tenants[v.valueText(&t.Value)] != "" {
			continue
		}
		statements, tenant := w.tenantExpr(&t.Value, v)
		before = append(before, statements...)
		if tenants == nil {
			tenants = make(map[string]string)
		}
		tenants[v.valueText(&t.Value)] = tenant
	}
	return before, tenants
}

// pathExpr is the expression that the path of an invalidation begins with.
func (w *wrapperPrinter) pathExpr(i *model.Invalidation, tenants map[string]string, v *variables, inv string) string {
	prefix := strconv.Quote(i.Prefix)
	switch t := i.Tenant.(type) {
	case model.Global:
		return call(inv+".PathIn", w.runtime("Global"), prefix)
	case model.All:
		return call(inv+".PathIn", w.runtime("AllTenants"), prefix)
	case model.FromValue:
		return call(inv+".PathIn", call(w.runtime("TenantOf"), tenants[v.valueText(&t.Value)]), prefix)
	}
	return call(inv+".Path", prefix)
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
