package emit

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/clone"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// clone is what copies the results of a read: cloneCachedContactPtr, slices.Clone[[]string],
// runtime.Same[int]; nil if nothing does.
func (w *wrapperPrinter) clone(r *model.Read) *jen.Statement {
	switch plan := w.clonePlan(r); {
	case plan == nil:
		return jen.Nil()
	case plan == clone.Same{}:
		return w.runtime("Same").Types(w.typeExpr(r.Value))
	case shallow(plan) != "":
		return w.std(shallow(plan), "Clone").Types(w.typeExpr(r.Value))
	default:
		return w.cloneHelper(r.Value, plan)
	}
}

// cloneHelper is the function that copies a value: cloneCachedContactPtr.
func (h *home) cloneHelper(t types.Type, p clone.Plan) *jen.Statement {
	f := h.helper(cloneResult, t, func(h *home, f *helper) { h.printClone(f.name, t, p) })
	return h.call(f, f.name)
}

// shallow is the package whose Clone copies all there is to copy: a slice or a map of what
// assignment copies.
func shallow(p clone.Plan) string {
	switch p := p.(type) {
	case *clone.Slice:
		if p.Elem == (clone.Same{}) {
			return "slices"
		}
	case *clone.Map:
		if p.Elem == (clone.Same{}) {
			return "maps"
		}
	}
	return ""
}

// cloneBody prints the body of one helper.
type cloneBody struct {
	at    *home
	taken *scope
}

// copied is the copy of src, as an expression. Indirect types have a helper of their own.
func (b *cloneBody) copied(t types.Type, p clone.Plan, src jen.Code) *jen.Statement {
	switch p := p.(type) {
	case clone.Same:
		return jen.Add(src)
	case clone.Any:
		return b.at.runtime("Own").Call(src)
	case clone.Method:
		copied := jen.Add(src).Dot(p.Name).Call()
		if p.Pointer {
			return jen.Op("*").Add(copied)
		}
		return copied
	case clone.Setter:
		return jen.Op("*").Add(b.set(p, addressOf(src)))
	case clone.Proto:
		return b.at.proto("Clone").Call(src).Assert(b.at.typeExpr(p.Type))
	}
	if pkg := shallow(p); pkg != "" {
		return b.at.std(pkg, "Clone").Call(src)
	}
	return b.at.cloneHelper(t, p).Call(src)
}

// set is new(big.Int).Set(x).
func (b *cloneBody) set(p clone.Setter, src jen.Code) *jen.Statement {
	pointer := b.at.zero(p.Type)
	if b.at.declaresNew() {
		pointer = jen.Parens(pointer)
	}
	return pointer.Dot(p.Name).Call(src)
}

// mend makes dst, which src was assigned to, a copy: out.Tags = slices.Clone(in.Tags).
func (b *cloneBody) mend(t types.Type, p clone.Plan, dst, src jen.Code) []jen.Code {
	switch p := p.(type) {
	case clone.Same:
		return nil
	case *clone.Struct:
		var body []jen.Code
		for _, f := range p.Fields {
			of := func(x jen.Code) jen.Code { return jen.Add(x).Dot(f.Name) }
			body = append(body, b.mend(fieldType(t, f.Name), f.Plan, of(dst), of(src))...)
		}
		return body
	case *clone.Array:
		inner := &cloneBody{b.at, b.taken.inner()}
		return []jen.Code{inner.eachIndex(elemOf(t), p.Elem, dst, src)}
	}
	return []jen.Code{jen.Add(dst).Op("=").Add(b.copied(t, p, src))}
}

// eachIndex prints
//
//	for i := range in {
//		out[i] = cloneCachedContactPtr(in[i])
//	}
func (b *cloneBody) eachIndex(elem types.Type, p clone.Plan, dst, src jen.Code) *jen.Statement {
	i := b.taken.free("i", "j", "k")
	at := func(x jen.Code) jen.Code { return jen.Add(x).Index(jen.Id(i)) }
	return jen.For(jen.Id(i).Op(":=").Range().Add(src)).Block(b.mend(elem, p, at(dst), at(src))...)
}

// printClone prints, as testdata/gen/clones.txtar has it,
//
//	// cloneCachedContactPtr copies a *Contact and all that it refers to.
//	func cloneCachedContactPtr(in *Contact) *Contact {
//		if in == nil {
//			return nil
//		}
//		out := *in
//		out.Tags = slices.Clone(in.Tags)
//		out.Owner = cloneCachedContactPtr(in.Owner)
//		return &out
//	}
func (h *home) printClone(name string, t types.Type, p clone.Plan) {
	typ := h.typeExpr(t) // first, so that its imports have their names
	b := &cloneBody{h, h.imports.helper(h.receiver)}
	in, out := b.taken.free("in", "from"), b.taken.free("out", "to")
	body := b.statements(t, p, jen.Id(in), jen.Id(out))
	comment := name + " copies " + article(h.describe(t)) + " and all that it refers to."
	if recursive(p) {
		comment += " There is no copy of a value that contains itself."
	}
	h.declare(comment, h.begin(name).Params(jen.Id(in).Add(typ)).Add(typ).Block(body...))
}

// statements are the body of the helper that makes out of in.
func (b *cloneBody) statements(t types.Type, p clone.Plan, in, out jen.Code) []jen.Code {
	nothing := jen.If(isNil(in)).Block(jen.Return(jen.Nil()))
	switch p := p.(type) {
	case *clone.Pointer:
		return append([]jen.Code{nothing}, b.pointer(elemOf(t), p.Elem, in, out)...)

	case *clone.Slice:
		return []jen.Code{
			jen.Add(out).Op(":=").Add(b.at.std("slices", "Clone").Call(in)),
			b.eachIndex(elemOf(t), p.Elem, out, in),
			jen.Return(out),
		}

	case *clone.Map:
		k, v := b.taken.free("k", "key"), b.taken.free("v", "value")
		return []jen.Code{
			nothing,
			jen.Add(out).Op(":=").Make(b.at.typeExpr(t), jen.Len(in)),
			jen.For(jen.List(ids(k, v)...).Op(":=").Range().Add(in)).
				Block(b.entry(elemOf(t), p.Elem, jen.Add(out).Index(jen.Id(k)), jen.Id(v))...),
			jen.Return(out),
		}

	case *clone.Struct, *clone.Array:
		body := []jen.Code{jen.Add(out).Op(":=").Add(in)}
		return append(append(body, b.mend(t, p, out, in)...), jen.Return(out))
	}
	return []jen.Code{jen.Return(b.copied(t, p, in))}
}

// entry puts a copy of v into a map.
func (b *cloneBody) entry(elem types.Type, p clone.Plan, slot, v jen.Code) []jen.Code {
	switch p.(type) {
	case *clone.Struct, *clone.Array: // v is a copy whose parts are not
		return append(b.mend(elem, p, v, v), jen.Add(slot).Op("=").Add(v))
	}
	return []jen.Code{jen.Add(slot).Op("=").Add(b.copied(elem, p, v))}
}

// pointer copies what in points to.
func (b *cloneBody) pointer(elem types.Type, p clone.Plan, in, out jen.Code) []jen.Code {
	define := func(x jen.Code) jen.Code { return jen.Add(out).Op(":=").Add(x) }
	target := pointerTo(in)
	result := jen.Return(addressOf(out))
	switch p := p.(type) {
	case clone.Method:
		copied := jen.Add(in).Dot(p.Name).Call()
		if p.Pointer {
			return []jen.Code{jen.Return(copied)}
		}
		return []jen.Code{define(copied), result}
	case clone.Setter:
		return []jen.Code{jen.Return(b.set(p, in))}
	case *clone.Struct:
		return append(append([]jen.Code{define(target)}, b.mend(elem, p, out, in)...), result)
	case *clone.Array:
		return append(append([]jen.Code{define(target)}, b.mend(elem, p, out, out)...), result)
	}
	return []jen.Code{define(b.copied(elem, p, target)), result}
}

// recursive reports whether a plan is a part of itself.
func recursive(p clone.Plan) bool {
	seen := map[clone.Plan]bool{}
	var within func(q clone.Plan) bool
	within = func(q clone.Plan) bool {
		if q == p {
			return true
		}
		if seen[q] {
			return false
		}
		seen[q] = true
		return anyPart(q, within)
	}
	return anyPart(p, within)
}

// anyPart reports whether one of the plans that a plan consists of is such.
func anyPart(p clone.Plan, such func(clone.Plan) bool) bool {
	switch p := p.(type) {
	case *clone.Pointer:
		return such(p.Elem)
	case *clone.Slice:
		return such(p.Elem)
	case *clone.Array:
		return such(p.Elem)
	case *clone.Map:
		return such(p.Elem)
	case *clone.Struct:
		for _, f := range p.Fields {
			if such(f.Plan) {
				return true
			}
		}
	}
	return false
}
