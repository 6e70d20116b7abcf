package emit

import (
	"strings"

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
	body := append([]string{"var " + buf + " " + w.runtime("KeyBuffer")}, tenant...)
	body = append(body, key+" := "+start)

	k := &keyBuilder{w: w, vars: &v, name: key}
	for i := range m.Read.Key {
		k.segment(&m.Read.Key[i])
	}
	statements, result := k.expr()
	split, keyType := "BatchMap", w.runtime("Key")
	if b.List {
		split = "BatchSlice"
	}
	ids := v.params[b.Param]
	args := []string{
		w.contextArg(m, &v), v.receiver + "." + w.fields[m.Name], key, ids,
		block("func("+key+" "+keyType+", "+v.item+" "+w.typeExpr(b.Item)+") "+keyType, append(statements, "return "+result)...),
	}
	if len(m.Read.Tags) > 0 {
		split += "Tagged"
		ofArgs, ofResult := w.tagFuncs(m, v)
		args = append(args, ofArgs, ofResult)
	}
	ctx := w.loadParam(m, &v)
	if contextParam(m.Signature) < 0 {
		ctx = "_ " + ctx // all parameters have names, or none
	}
	args = append(args, block("func("+ctx+", "+ids+" "+w.typeExpr(items.Type())+")"+w.resultsExpr(m.Signature.Results()), "return "+w.inner(m, &v)))
	body = append(body, "return "+call(w.runtime(split), args...))
	w.method(w.readComment(m, &v), m, &v, w.resultsExpr(m.Signature.Results()), body)
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
