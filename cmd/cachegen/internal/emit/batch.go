package emit

import (
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/jen"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// readType is the type of the runtime that a read is.
func readType(r *model.Read) string {
	if r.Batch != nil {
		return "Batch"
	}
	return "Read"
}

// batch prints, as testdata/gen/batches.txtar has it,
//
//	func (r *CachedContactRepository) GetMany(ctx context.Context, ids []string) (map[string]*Contact, error) {
//		var buf runtime.KeyBuffer
//		key := r.getMany.Key(ctx, &buf)
//		return runtime.BatchMap(ctx, r.getMany, key, ids, func(key runtime.Key, id string) runtime.Key {
//			return key.String(id)
//		}, func(ctx context.Context, ids []string) (map[string]*Contact, error) {
//			return r.next.GetMany(ctx, ids)
//		})
//	}
func (w *wrapperPrinter) batch(m *model.Method) {
	b := m.Read.Batch
	v := w.variables(w.receiver, m)
	buf, key := v.taken.free("buf"), v.taken.free("key", "k", "cacheKey")
	items := m.Signature.Params().At(b.Param)
	v.item = v.taken.free(singular(v.params[b.Param]), "item")

	tenant, start := w.readKey(m, &v, buf)
	body := []jen.Code{jen.Var().Id(buf).Add(w.runtime("KeyBuffer"))}
	body = append(body, tenant...)
	body = append(body, jen.Id(key).Op(":=").Add(start))

	k := &keyBuilder{w: w, vars: &v, name: key}
	for _, s := range m.Read.Key {
		k.segment(&s)
	}
	statements, result := k.expr()
	loadParam := jen.Null()
	if i := contextParam(m.Signature); i >= 0 {
		loadParam = jen.Id(v.params[i])
	}
	split := "BatchMap"
	if b.List {
		split = "BatchSlice"
	}
	body = append(body, jen.Return(w.runtime(split).Call(
		w.contextArg(m, &v), jen.Id(v.receiver).Dot(w.fields[m.Name]), jen.Id(key), jen.Id(v.params[b.Param]),
		jen.Func().Params(jen.Id(key).Add(w.runtime("Key")), jen.Id(v.item).Add(w.typeExpr(b.Item))).Add(w.runtime("Key")).
			Block(append(statements, jen.Return(result))...),
		jen.Func().Params(loadParam.Add(w.std("context", "Context")), jen.Id(v.params[b.Param]).Add(w.typeExpr(items.Type()))).
			Add(w.resultsExpr(m.Signature.Results())).
			Block(jen.Return(w.inner(m, &v))),
	)))
	for line := range strings.Lines(w.readComment(m, &v)) {
		w.file.Comment(strings.TrimSuffix(line, "\n"))
	}
	w.method(m.Name).Params(w.params(m, v.params)...).Add(w.resultsExpr(m.Signature.Results())).Block(body...)
	w.file.Line()
}

// singular is one of what a parameter is called after: id of ids, contactID of contactIDs, category of categories.
func singular(name string) string {
	for _, end := range []struct{ many, one string }{{"ies", "y"}, {"sses", "ss"}, {"xes", "x"}, {"ss", "ss"}, {"s", ""}} {
		if base, ok := strings.CutSuffix(name, end.many); ok && base+end.one != name && base != "" {
			return base + end.one
		}
	}
	return "item"
}
