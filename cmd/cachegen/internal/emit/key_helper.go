package emit

import (
	"fmt"
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
)

// helpers are the methods of a wrapper that append composite values. They are methods, so that they
// have a name space which no other file of the package can disturb, and the wrapper's type
// parameters.
type helpers struct {
	queue        []helper
	receiverUsed bool
}

type helper struct {
	name     string
	typ      types.Type
	encoding keytype.Encoding
}

// keyHelper is the method that appends a composite value: r.keyFilter.
func (w *wrapperPrinter) keyHelper(e keytype.Encoding) *jen.Statement {
	w.helpers.receiverUsed = true
	return jen.Id(w.receiver).Dot(w.helpers.name(w, e))
}

func (h *helpers) name(w *wrapperPrinter, e keytype.Encoding) string {
	t := compositeType(e)
	for i := range h.queue { // short, as a rule
		if types.Identical(h.queue[i].typ, t) {
			return h.queue[i].name
		}
	}
	n := w.members.free("key" + typeName(t))
	h.queue = append(h.queue, helper{n, t, e})
	return n
}

func compositeType(e keytype.Encoding) types.Type {
	switch e := e.(type) {
	case *keytype.Slice:
		return e.Type
	case *keytype.Array:
		return e.Type
	case *keytype.Map:
		return e.Type
	case *keytype.Struct:
		return e.Type
	}
	panic(fmt.Sprintf("emit: no helper for %T", e))
}

func (w *wrapperPrinter) printHelpers() {
	for i := 0; i < len(w.helpers.queue); i++ { // printing one may need another
		w.printHelper(w.helpers.queue[i])
	}
}

// printHelper prints
//
//	// keyFilter appends a Filter, field by field.
//	func (r *CachedContactRepository) keyFilter(k runtime.Key, x Filter) runtime.Key {
//		return k.String(x.Stage).Int(int64(x.Limit))
//	}
func (w *wrapperPrinter) printHelper(h helper) {
	param := w.typeExpr(h.typ) // first, so that its imports have their names
	vars := &variables{receiver: w.receiver, taken: w.imports.helper(w.receiver)}
	key, x := vars.taken.free("k", "key"), vars.taken.free("x", "v")

	w.helpers.receiverUsed = false
	b := &keyBuilder{w: w, vars: vars, name: key}
	body, how := w.helperBody(h.encoding, b, x)
	w.declare(
		h.name+" appends "+article(w.describe(h.typ))+", "+how+".",
		w.helperFunc(w.helpers.receiverUsed, h.name).
			Params(jen.Id(key).Add(w.runtime("Key")), jen.Id(x).Add(param)).
			Add(w.runtime("Key")).
			Block(body...),
	)
}

func (w *wrapperPrinter) helperBody(e keytype.Encoding, k *keyBuilder, x string) (body []jen.Code, how string) {
	switch e := e.(type) {
	case *keytype.Struct:
		for _, f := range e.Fields {
			k.encode(f.Encoding, variable(x).step(f.Name, false))
			if len(e.Fields) > 3 {
				k.flush()
			}
		}
		body, result := k.expr()
		return append(body, jen.Return(result)), "field by field"

	case *keytype.Slice:
		k.append("Len", jen.Len(jen.Id(x)))
		nothing := jen.If(isNil(jen.Id(x))).Block(jen.Return(jen.Id(k.name).Dot("Nil").Call()))
		return append([]jen.Code{nothing}, k.elements(e.Elem, x)...), "its length first"

	case *keytype.Array:
		return k.elements(e.Elem, x), "element by element"

	case *keytype.Map:
		return []jen.Code{jen.Return(k.pairs(e, x))}, "its pairs in the order of their encodings"
	}
	panic(fmt.Sprintf("emit: no helper for %T", e))
}

// elements prints the loop over a slice or an array.
func (k *keyBuilder) elements(elem keytype.Encoding, x string) []jen.Code {
	e := k.vars.taken.free("e", "elem")
	k.flush()
	each := k.inner()
	each.encode(elem, variable(e))
	return append(k.out,
		jen.For(jen.List(jen.Id("_"), jen.Id(e)).Op(":=").Range().Id(x)).Block(each.finish()...),
		jen.Return(jen.Id(k.name)),
	)
}

// pairs is
//
//	runtime.KeyMap(k, x, func(k runtime.Key, key string, v int) runtime.Key {
//		return k.String(key).Int(int64(v))
//	})
func (k *keyBuilder) pairs(e *keytype.Map, x string) *jen.Statement {
	m := e.Type.Underlying().(*types.Map)
	mapKey, mapValue := k.vars.taken.free("key", "mk"), k.vars.taken.free("v", "mv")
	pair := k.inner()
	pair.encode(e.Key, variable(mapKey))
	pair.encode(e.Elem, variable(mapValue))
	statements, result := pair.expr()

	keyType := k.w.runtime("Key")
	params := []jen.Code{
		jen.Id(k.name).Add(keyType),
		jen.Id(mapKey).Add(k.w.typeExpr(m.Key())),
		jen.Id(mapValue).Add(k.w.typeExpr(m.Elem())),
	}
	each := jen.Func().Params(params...).Add(keyType).Block(append(statements, jen.Return(result))...)
	return k.w.runtime("KeyMap").Call(jen.Id(k.name), jen.Id(x), each)
}
