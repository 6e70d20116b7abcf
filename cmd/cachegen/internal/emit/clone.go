package emit

import (
	"fmt"
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/clone"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// clones are the methods of a wrapper that copy results. They are methods for the reasons that key
// helpers are.
type clones struct {
	queue        []cloneHelper
	receiverUsed bool
}

type cloneHelper struct {
	name string
	typ  types.Type
	plan clone.Plan
}

func (c *clones) name(w *wrapperPrinter, t types.Type, p clone.Plan) string {
	for i := range c.queue {
		if types.Identical(c.queue[i].typ, t) {
			return c.queue[i].name
		}
	}
	n := w.members.free("clone" + typeName(t))
	c.queue = append(c.queue, cloneHelper{n, t, p})
	return n
}

// clone is what copies the results of a read: r.cloneContactPtr, slices.Clone[[]string],
// runtime.Same[int]; nil if nothing does.
func (w *wrapperPrinter) clone(r *model.Read, receiver string) *jen.Statement {
	switch r.Clone.How {
	case model.Encoded:
		return nil
	case model.Plain, model.Shared:
		return w.runtime("Same").Types(w.typeExpr(r.Value))
	}
	plan, refusal := clone.Of(r.Value, w.model.View)
	if refusal != nil {
		panic(fmt.Sprintf("emit: %s%s (%s) %s", r.Value, refusal.Path, refusal.Type, refusal.Reason))
	}
	if pkg := shallow(plan); pkg != "" {
		return w.std(pkg, "Clone").Types(w.typeExpr(r.Value))
	}
	return jen.Id(receiver).Dot(w.clones.name(w, r.Value, plan))
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
	w     *wrapperPrinter
	taken *scope
}

// copied is the copy of src, as an expression. Indirect types have a helper of their own.
func (b *cloneBody) copied(t types.Type, p clone.Plan, src jen.Code) *jen.Statement {
	switch p := p.(type) {
	case clone.Same:
		return jen.Add(src)
	case clone.Method:
		copied := jen.Add(src).Dot(p.Name).Call()
		if p.Pointer {
			return jen.Op("*").Add(copied)
		}
		return copied
	case clone.Setter:
		return jen.Op("*").Add(b.set(p, addressOf(src)))
	case clone.Proto:
		return b.w.proto("Clone").Call(src).Assert(b.w.typeExpr(p.Type))
	}
	if pkg := shallow(p); pkg != "" {
		return b.w.std(pkg, "Clone").Call(src)
	}
	b.w.clones.receiverUsed = true
	return jen.Id(b.w.receiver).Dot(b.w.clones.name(b.w, t, p)).Call(src)
}

// set is new(big.Int).Set(x).
func (b *cloneBody) set(p clone.Setter, src jen.Code) *jen.Statement {
	pointer := b.w.zero(p.Type)
	if b.w.declaresNew() {
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
		inner := &cloneBody{b.w, b.taken.inner()}
		return []jen.Code{inner.eachIndex(elemOf(t), p.Elem, dst, src)}
	}
	return []jen.Code{jen.Add(dst).Op("=").Add(b.copied(t, p, src))}
}

// eachIndex prints
//
//	for i := range in {
//		out[i] = cloneContactPtr(in[i])
//	}
func (b *cloneBody) eachIndex(elem types.Type, p clone.Plan, dst, src jen.Code) *jen.Statement {
	i := b.taken.free("i", "j", "k")
	at := func(x jen.Code) jen.Code { return jen.Add(x).Index(jen.Id(i)) }
	return jen.For(jen.Id(i).Op(":=").Range().Add(src)).Block(b.mend(elem, p, at(dst), at(src))...)
}

func (w *wrapperPrinter) printClones() {
	for i := 0; i < len(w.clones.queue); i++ { // printing one may need another
		w.printClone(w.clones.queue[i])
	}
}

// printClone prints, as testdata/gen/clones.txtar has it,
//
//	// cloneContactPtr copies a *Contact and all that it refers to.
//	func (r *CachedContactRepository) cloneContactPtr(in *Contact) *Contact {
//		if in == nil {
//			return nil
//		}
//		out := *in
//		out.Tags = slices.Clone(in.Tags)
//		out.Owner = r.cloneContactPtr(in.Owner)
//		return &out
//	}
func (w *wrapperPrinter) printClone(h cloneHelper) {
	typ := w.typeExpr(h.typ) // first, so that its imports have their names
	b := &cloneBody{w: w, taken: w.imports.helper(w.receiver)}
	in, out := b.taken.free("in", "from"), b.taken.free("out", "to")

	w.clones.receiverUsed = false
	body := b.statements(h, in, out)
	comment := h.name + " copies " + article(w.describe(h.typ)) + " and all that it refers to."
	if recursive(h.plan) {
		comment += " There is no copy of a value that contains itself."
	}
	w.declare(comment, w.helperFunc(w.clones.receiverUsed, h.name).Params(jen.Id(in).Add(typ)).Add(typ).Block(body...))
}

// statements are the body of the helper that makes out of in.
func (b *cloneBody) statements(h cloneHelper, inName, outName string) []jen.Code {
	in, out := jen.Id(inName), jen.Id(outName)
	nothing := jen.If(isNil(in)).Block(jen.Return(jen.Nil()))
	switch p := h.plan.(type) {
	case *clone.Pointer:
		return append([]jen.Code{nothing}, b.pointer(elemOf(h.typ), p.Elem, in, out)...)

	case *clone.Slice:
		return []jen.Code{
			jen.Add(out).Op(":=").Add(b.w.std("slices", "Clone").Call(in)),
			b.eachIndex(elemOf(h.typ), p.Elem, out, in),
			jen.Return(out),
		}

	case *clone.Map:
		k, v := b.taken.free("k", "key"), b.taken.free("v", "value")
		return []jen.Code{
			nothing,
			jen.Add(out).Op(":=").Make(b.w.typeExpr(h.typ), jen.Len(in)),
			jen.For(jen.List(ids(k, v)...).Op(":=").Range().Add(in)).
				Block(b.entry(elemOf(h.typ), p.Elem, jen.Add(out).Index(jen.Id(k)), jen.Id(v))...),
			jen.Return(out),
		}

	case *clone.Struct, *clone.Array:
		body := []jen.Code{jen.Add(out).Op(":=").Add(in)}
		return append(append(body, b.mend(h.typ, p, out, in)...), jen.Return(out))
	}
	return []jen.Code{jen.Return(b.copied(h.typ, h.plan, in))}
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
