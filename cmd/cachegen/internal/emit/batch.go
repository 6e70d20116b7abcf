package emit

import (
	"go/types"
	"slices"

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
	items := v.params[b.Param]
	if b.Field != "" {
		items = v.taken.free(model.Unexported(b.Field), "items")
	}
	v.item = v.taken.free(model.Singular(items), "item")
	copies, v := w.copyBatch(m, v)
	if b.Field != "" {
		copies = append(copies, jen.Id(items).Op(":=").Id(v.params[b.Param]).Dot(b.Field))
	} else {
		items = v.params[b.Param]
	}

	body, start := w.readKey(m, &v, buf)
	body = append(copies, body...)
	body = append(body, jen.Id(key).Op(":=").Add(start))

	args := []jen.Code{w.contextArg(m, &v), w.cached(m, &v), jen.Id(key), jen.Id(items), w.itemKey(m, &v, key)}
	split := "BatchMap"
	switch {
	case b.By != nil:
		split = "BatchRows"
		args = append(args, w.rowKey(m, v, key))
	case b.List:
		split = "BatchSlice"
	}
	if len(m.Read.Tags) > 0 {
		split += "Tagged"
		ofArgs, ofResult := w.tagFuncs(m, v)
		args = append(args, ofArgs, ofResult)
	}
	args = append(args, w.batchLoad(m, &v, items))
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
		if i == m.Read.Batch.Param && m.Read.Batch.Field == "" && !clone.Aliases(m.Read.Batch.Item) {
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

// rowKey is the function that makes the key of the item that a row is about, or nil where a nil
// pointer hides what the row says, as testdata/gen/rows.txtar has it:
//
//	func(key runtime.Key, row *Contact) runtime.Key {
//		if row != nil {
//			return key.String(row.ID)
//		}
//		return nil
//	}
func (w *wrapperPrinter) rowKey(m *model.Method, v variables, key string) *jen.Statement {
	v.taken = v.taken.inner()
	row := v.taken.free("row", "element")
	v.results = make([]string, m.Signature.Results().Len())
	v.results[m.Read.Batch.By.Root.Index] = row
	k := &keyBuilder{at: w.home, vars: &v, name: key, skipRow: true}
	statements, result := k.segments(ofRow(m.Read)).expr()
	body := k.guards.wrap(append(statements, jen.Return(result)))
	if k.guards.asks() {
		body = append(body, jen.Return(jen.Nil()))
	}
	keyType := w.runtime("Key")
	return jen.Func().Params(jen.Id(key).Add(keyType), jen.Id(row).Add(w.typeExpr(m.Read.Value))).Add(keyType).Block(body...)
}

// ofRow is the key of a batch with what identifies a row in the place of the item.
func ofRow(r *model.Read) []model.Segment {
	key, by := slices.Clone(r.Key), r.Batch.By
	for i, s := range key {
		if s.Value != nil && s.Value.Root.Item {
			v := model.Value{Root: by.Root, Steps: slices.Concat(by.Steps, s.Value.Steps), Type: s.Value.Type}
			if len(s.Value.Steps) == 0 {
				v.Type = by.Type
			}
			key[i].Value = &v
		}
	}
	return key
}

// itemsType is the type of the slice that a batch splits.
func itemsType(m *model.Method) types.Type {
	b := m.Read.Batch
	t := m.Signature.Params().At(b.Param).Type()
	if b.Field != "" {
		for f := range t.Underlying().(*types.Struct).Fields() {
			if f.Name() == b.Field {
				return f.Type()
			}
		}
	}
	return t
}

// batchLoad is the function that asks for the items without an entry. Where they are a field of a
// parameter, it sets that of a copy:
//
//	func(ctx context.Context, ids []int64) ([]Contact, error) {
//		arg := arg
//		arg.IDs = ids
//		return r.next.Many(ctx, arg)
//	}
func (w *wrapperPrinter) batchLoad(m *model.Method, v *variables, name string) *jen.Statement {
	ctx := w.loadParam(m, v)
	if contextParam(m.Signature) < 0 {
		ctx = jen.Id("_").Add(ctx) // all parameters have names, or none
	}
	items := jen.Id(name).Add(w.typeExpr(itemsType(m)))
	var body []jen.Code
	if b := m.Read.Batch; b.Field != "" {
		arg := v.params[b.Param]
		body = append(body, jen.Id(arg).Op(":=").Id(arg), jen.Id(arg).Dot(b.Field).Op("=").Id(name))
	}
	return jen.Func().Params(ctx, items).Add(w.resultsExpr(m.Signature.Results())).
		Block(append(body, jen.Return(w.inner(m, v)))...)
}
