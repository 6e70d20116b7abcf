package emit

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/clone"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// batch prints, as testdata/gen/batches.txtar has it,
//
//	var buf runtime.KeyBuffer
//	key := r.many.Key(ctx, &buf)
//	return runtime.BatchMap(ctx, r.many, key, ids, func(key runtime.Key, id string) runtime.Key {
//		return key.String(id)
//	}, func(ctx context.Context, ids []string) (map[string]*Contact, error) {
//		return r.next.Many(ctx, ids)
//	})
func (w *wrapperPrinter) batch(m *model.Method) {
	b := m.Read.Batch
	v := w.variables(w.receiver, m)
	buf, key := v.taken.free("buf"), v.taken.free("key", "k", "cacheKey")
	outer := v
	v.item = v.taken.free(singular(v.params[b.Param]), "item")
	copies, v := w.copyBatch(m, v)
	items := v.params[b.Param]

	body, start := w.readKey(m, &v, buf)
	body = append(copies, body...)
	body = append(body, jen.Id(key).Op(":=").Add(start))

	args := []jen.Code{w.contextArg(m, &v), w.cached(m, &v), jen.Id(key), jen.Id(items), w.itemKey(m, &v, key)}
	split := "BatchMap"
	if b.List {
		split = "BatchSlice"
	}
	if len(m.Read.Tags) > 0 {
		split += "Tagged"
		ofArgs, ofResult := w.tagFuncs(m, v)
		args = append(args, ofArgs, ofResult)
	}
	args = append(args, w.batchLoad(m, &v))
	body = append(body, jen.Return(w.runtime(split).Call(args...)))
	outer.item = v.item
	w.declare(w.readComment(m, &outer), w.method(m.Name).Add(w.signature(m, &outer)).Block(body...))
}

// copyBatch gives the load of a batch copies of the parameters that refer to something, as copyArgs
// does, before it is known whether there is a load. The items themselves are copied by the runtime
// when there is one, unless each of them refers to something.
func (w *wrapperPrinter) copyBatch(m *model.Method, v variables) (copies []jen.Code, inner variables) {
	params := slices.Clone(v.params)
	for _, i := range m.Read.Own {
		t := m.Signature.Params().At(i).Type()
		if i == m.Read.Batch.Param && !clone.Aliases(m.Read.Batch.Item) {
			continue
		}
		if copies == nil {
			copies = append(copies, jen.Comment("The caller may give up, and change what it has passed, while a load goes on."))
		}
		params[i] = v.taken.free(v.params[i] + "Copy")
		copies = append(copies, jen.Id(params[i]).Op(":=").Add(w.ownCopy(t, jen.Id(v.params[i]))))
	}
	v.params = params
	return copies, v
}

// itemKey is the function that makes the key of one item out of what all have in common.
func (w *wrapperPrinter) itemKey(m *model.Method, v *variables, key string) *jen.Statement {
	k := &keyBuilder{at: w.home, vars: v, name: key}
	statements, result := k.segments(m.Read.Key).expr()
	keyType := w.runtime("Key")
	item := jen.Id(v.item).Add(w.typeExpr(m.Read.Batch.Item))
	return jen.Func().Params(jen.Id(key).Add(keyType), item).Add(keyType).
		Block(append(statements, jen.Return(result))...)
}

// batchLoad is the function that asks for the items without an entry.
func (w *wrapperPrinter) batchLoad(m *model.Method, v *variables) *jen.Statement {
	ctx := w.loadParam(m, v)
	if contextParam(m.Signature) < 0 {
		ctx = jen.Id("_").Add(ctx) // all parameters have names, or none
	}
	param := m.Read.Batch.Param
	items := jen.Id(v.params[param]).Add(w.typeExpr(m.Signature.Params().At(param).Type()))
	return jen.Func().Params(ctx, items).Add(w.resultsExpr(m.Signature.Results())).
		Block(jen.Return(w.inner(m, v)))
}

// singular is one of what a parameter is called after: id of ids, contactID of contactIDs, category
// of categories.
func singular(name string) string {
	for _, end := range []struct{ many, one string }{
		{"ies", "y"}, {"sses", "ss"}, {"xes", "x"}, {"ss", "ss"}, {"s", ""},
	} {
		if base, ok := strings.CutSuffix(name, end.many); ok && base+end.one != name && base != "" {
			return base + end.one
		}
	}
	return "item"
}
