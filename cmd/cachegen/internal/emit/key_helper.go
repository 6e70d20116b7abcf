package emit

import (
	"fmt"
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
)

// keyHelper is the function that appends a composite value: cacheKeyFilter.
func (h *home) keyHelper(e keytype.Encoding) *jen.Statement {
	t := compositeType(e)
	f := h.helper(appendKey, t, func(h *home, f *helper) { h.printKey(f.name, t, e) })
	return h.call(f, f.name)
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

// printKey prints
//
//	// cacheKeyFilter appends a Filter, field by field.
//	func cacheKeyFilter(k runtime.Key, x Filter) runtime.Key {
//		return k.String(x.Stage).Int(int64(x.Limit))
//	}
func (h *home) printKey(name string, t types.Type, e keytype.Encoding) {
	param := h.typeExpr(t) // first, so that its imports have their names
	vars := &variables{receiver: h.receiver, taken: h.imports.helper(h.receiver)}
	key, x := vars.taken.free("k", "key"), vars.taken.free("x", "v")

	k := &keyBuilder{at: h, vars: vars, name: key}
	body, how := k.composite(e, x)
	h.declare(
		name+" appends "+article(h.describe(t))+", "+how+".",
		h.begin(name).
			Params(jen.Id(key).Add(h.runtime("Key")), jen.Id(x).Add(param)).
			Add(h.runtime("Key")).
			Block(body...),
	)
}

// composite is the body of a helper, and how that appends x.
func (k *keyBuilder) composite(e keytype.Encoding, x string) (body []jen.Code, how string) {
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

	keyType := k.at.runtime("Key")
	params := []jen.Code{
		jen.Id(k.name).Add(keyType),
		jen.Id(mapKey).Add(k.at.typeExpr(m.Key())),
		jen.Id(mapValue).Add(k.at.typeExpr(m.Elem())),
	}
	each := jen.Func().Params(params...).Add(keyType).Block(append(statements, jen.Return(result))...)
	return k.at.runtime("KeyMap").Call(jen.Id(k.name), jen.Id(x), each)
}
