package emit

import (
	"fmt"
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/clone"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// clones are the methods of a wrapper that copy results. They are methods for the reasons that key helpers are.
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

// clone is what copies the results of a read: r.cloneContactPtr, slices.Clone[[]string], runtime.Same[int]; empty if nothing does.
func (w *wrapperPrinter) clone(r *model.Read, receiver string) string {
	switch r.Clone.How {
	case model.Encoded:
		return ""
	case model.Plain, model.Shared:
		return w.runtime("Same") + "[" + w.typeExpr(r.Value) + "]"
	}
	plan, refusal := clone.Of(r.Value, w.model.View)
	if refusal != nil {
		panic(fmt.Sprintf("emit: %s%s (%s) %s", r.Value, refusal.Path, refusal.Type, refusal.Reason))
	}
	if pkg := shallow(plan); pkg != "" {
		return w.std(pkg, "Clone") + "[" + w.typeExpr(r.Value) + "]"
	}
	return receiver + "." + w.clones.name(w, r.Value, plan)
}

// shallow is the package whose Clone copies all there is to copy: a slice or a map of what assignment copies.
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
func (b *cloneBody) copied(t types.Type, p clone.Plan, src string) string {
	switch p := p.(type) {
	case clone.Same:
		return src
	case clone.Method:
		return b.method(p, src)
	case clone.Setter:
		return "*" + b.set(p, "&"+src)
	case clone.Proto:
		return call(b.w.proto("Clone"), src) + ".(" + b.w.typeExpr(p.Type) + ")"
	}
	if pkg := shallow(p); pkg != "" {
		return call(b.w.std(pkg, "Clone"), src)
	}
	b.w.clones.receiverUsed = true
	return call(b.w.receiver+"."+b.w.clones.name(b.w, t, p), src)
}

func (b *cloneBody) method(p clone.Method, src string) string {
	if p.Pointer {
		return "*" + src + "." + p.Name + "()"
	}
	return src + "." + p.Name + "()"
}

func (b *cloneBody) set(p clone.Setter, src string) string {
	pointer := b.w.zero(p.Type)
	if pointer[0] == '&' {
		pointer = "(" + pointer + ")"
	}
	return call(pointer+"."+p.Name, src)
}

// mend makes dst, which src was assigned to, a copy: out.Tags = slices.Clone(in.Tags).
func (b *cloneBody) mend(t types.Type, p clone.Plan, dst, src string) []string {
	switch p := p.(type) {
	case clone.Same:
		return nil
	case *clone.Struct:
		var body []string
		for _, f := range p.Fields {
			body = append(body, b.mend(fieldType(t, f.Name), f.Plan, dst+"."+f.Name, src+"."+f.Name)...)
		}
		return body
	case *clone.Array:
		inner := &cloneBody{b.w, b.taken.inner()}
		i := inner.taken.free("i", "j", "k")
		elem := t.Underlying().(*types.Array).Elem()
		return []string{block("for "+i+" := range "+src, inner.mend(elem, p.Elem, dst+"["+i+"]", src+"["+i+"]")...)}
	}
	return []string{dst + " = " + b.copied(t, p, src)}
}

func fieldType(t types.Type, name string) types.Type {
	for f := range t.Underlying().(*types.Struct).Fields() {
		if f.Name() == name {
			return f.Type()
		}
	}
	panic(fmt.Sprintf("emit: %s has no field %s", t, name))
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
	w.function(comment, body, w.of(w.clones.receiverUsed), h.name, "(", in, " ", typ, ") ", typ)
}

// statements are the body of the helper that makes out of in.
func (b *cloneBody) statements(h cloneHelper, in, out string) []string {
	nilCheck := block("if "+in+" == nil", "return nil")
	under := h.typ.Underlying()
	switch p := h.plan.(type) {
	case *clone.Pointer:
		return append([]string{nilCheck}, b.pointer(under.(*types.Pointer).Elem(), p.Elem, in, out)...)

	case *clone.Slice:
		i := b.taken.free("i", "j", "k")
		elem := under.(*types.Slice).Elem()
		return []string{
			out + " := " + call(b.w.std("slices", "Clone"), in),
			block("for "+i+" := range "+in, b.mend(elem, p.Elem, out+"["+i+"]", in+"["+i+"]")...),
			"return " + out,
		}

	case *clone.Map:
		k, v := b.taken.free("k", "key"), b.taken.free("v", "value")
		elem := under.(*types.Map).Elem()
		var each []string
		switch p.Elem.(type) {
		case *clone.Struct, *clone.Array:
			each = append(b.mend(elem, p.Elem, v, v), out+"["+k+"] = "+v)
		default:
			each = []string{out + "[" + k + "] = " + b.copied(elem, p.Elem, v)}
		}
		return []string{
			nilCheck,
			out + " := " + call("make", b.w.typeExpr(h.typ), call("len", in)),
			block("for "+k+", "+v+" := range "+in, each...),
			"return " + out,
		}

	case *clone.Struct, *clone.Array:
		return append(append([]string{out + " := " + in}, b.mend(h.typ, p, out, in)...), "return "+out)
	}
	return []string{"return " + b.copied(h.typ, h.plan, in)}
}

// pointer copies what in points to.
func (b *cloneBody) pointer(elem types.Type, p clone.Plan, in, out string) []string {
	switch p := p.(type) {
	case clone.Method:
		if p.Pointer {
			return []string{"return " + in + "." + p.Name + "()"}
		}
		return []string{out + " := " + in + "." + p.Name + "()", "return &" + out}
	case clone.Setter:
		return []string{"return " + b.set(p, in)}
	case *clone.Struct:
		return append(append([]string{out + " := *" + in}, b.mend(elem, p, out, in)...), "return &"+out)
	case *clone.Array:
		return append(append([]string{out + " := *" + in}, b.mend(elem, p, out, out)...), "return &"+out)
	}
	return []string{out + " := " + b.copied(elem, p, "*"+in), "return &" + out}
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
