package emit

import (
	"fmt"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/clone"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/jen"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// clones are the methods of a wrapper that copy results. They are methods for the reasons that key helpers are.
type clones struct {
	names        typeutil.Map // types.Type -> string
	queue        []cloneHelper
	receiverUsed bool
}

type cloneHelper struct {
	name string
	typ  types.Type
	plan clone.Plan
}

func (c *clones) name(w *wrapperPrinter, t types.Type, p clone.Plan) string {
	if n, ok := c.names.At(t).(string); ok {
		return n
	}
	n := w.members.free("clone" + typeName(t))
	c.names.Set(t, n)
	c.queue = append(c.queue, cloneHelper{n, t, p})
	return n
}

// cloneOption is what copies the results of a read: r.cloneContactPtr, slices.Clone[[]string], runtime.Same[int]; nil if nothing does.
func (w *wrapperPrinter) cloneOption(r *model.Read, receiver string) *jen.Statement {
	switch r.Clone.How {
	case model.Encoded:
		return nil
	case model.Plain, model.Shared:
		return w.runtime("Same").Types(w.typeExpr(r.Value))
	}
	plan, refusal := clone.Of(r.Value, w.model.Package)
	if refusal != nil {
		panic(fmt.Sprintf("emit: %s%s (%s) %s", r.Value, refusal.Path, refusal.Type, refusal.Reason))
	}
	if pkg := shallow(plan); pkg != "" {
		return w.std(pkg, "Clone").Types(w.typeExpr(r.Value))
	}
	return jen.Id(receiver).Dot(w.clones.name(w, r.Value, plan))
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

// place prints an expression for a variable or a part of one, anew each time.
type place func() *jen.Statement

func local(name string) place { return func() *jen.Statement { return jen.Id(name) } }

func (p place) field(name string) place { return func() *jen.Statement { return p().Dot(name) } }

func (p place) at(index string) place {
	return func() *jen.Statement { return p().Index(jen.Id(index)) }
}

// deref is the variable that a pointer points to.
func (p place) deref() place { return func() *jen.Statement { return jen.Op("*").Add(p()) } }

// cloneBody prints the body of one helper.
type cloneBody struct {
	w     *wrapperPrinter
	taken scope
}

// copied is the copy of what is in a place, as an expression. Indirect types have a helper of their own.
func (b *cloneBody) copied(t types.Type, p clone.Plan, src place) *jen.Statement {
	switch p := p.(type) {
	case clone.Same:
		return src()
	case clone.Method:
		if !nillable(p.Type) {
			return b.method(p, src)
		}
	case clone.Setter:
		return jen.Op("*").Add(b.set(p, jen.Op("&").Add(src())))
	case clone.Proto:
		return b.w.qualPath("google.golang.org/protobuf/proto", "proto", "Clone").Call(src()).Assert(b.w.typeExpr(p.Type))
	}
	if pkg := shallow(p); pkg != "" {
		return b.w.std(pkg, "Clone").Call(src())
	}
	b.w.clones.receiverUsed = true
	return jen.Id(b.w.receiver).Dot(b.w.clones.name(b.w, t, p)).Call(src())
}

func (b *cloneBody) method(p clone.Method, src place) *jen.Statement {
	call := src().Dot(p.Name).Call()
	if p.Pointer {
		return jen.Op("*").Add(call)
	}
	return call
}

func (b *cloneBody) set(p clone.Setter, src *jen.Statement) *jen.Statement {
	return jen.New(b.w.typeExpr(p.Type)).Dot(p.Name).Call(src)
}

// nillable reports whether a method of t could be called on nil, and make something of it.
func nillable(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Slice, *types.Map, *types.Chan, *types.Signature:
		return true
	}
	return false
}

// mend makes dst, which src was assigned to, a copy: out.Tags = slices.Clone(in.Tags).
func (b *cloneBody) mend(t types.Type, p clone.Plan, dst, src place) []jen.Code {
	switch p := p.(type) {
	case clone.Same:
		return nil
	case *clone.Struct:
		var list []jen.Code
		for _, f := range p.Fields {
			list = append(list, b.mend(fieldType(t, f.Name), f.Plan, dst.field(f.Name), src.field(f.Name))...)
		}
		return list
	case *clone.Array:
		inner := &cloneBody{b.w, b.taken.clone()}
		i := inner.taken.free("i", "j", "k")
		elem := t.Underlying().(*types.Array).Elem()
		return []jen.Code{jen.For(jen.Id(i).Op(":=").Range().Add(src())).Block(inner.mend(elem, p.Elem, dst.at(i), src.at(i))...)}
	}
	return []jen.Code{dst().Op("=").Add(b.copied(t, p, src))}
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
	typ := func() *jen.Statement { return w.typeExpr(h.typ) }
	typ() // so that its imports have their names
	need := needs{packages: scope{}, declared: scope{}}
	need.add(h.typ, map[types.Type]bool{})
	need.add(h.typ.Underlying(), map[types.Type]bool{})
	b := &cloneBody{w: w, taken: scope{}}
	b.taken.take(w.receiver, "slices", "maps", "proto", "big")
	for n := range need.packages {
		b.taken.take(n)
	}
	for n := range need.declared {
		b.taken.take(n)
	}
	for _, n := range w.imports.names {
		b.taken.take(n)
	}
	in, out := b.taken.free("in", "from"), b.taken.free("out", "to")

	w.clones.receiverUsed = false
	body := w.cloneStatements(b, h, in, out, typ)
	receiver := jen.Null()
	if w.clones.receiverUsed {
		receiver = jen.Id(w.receiver)
	}
	comment := fmt.Sprintf("%s copies %s and all that it refers to.", h.name, article(w.describe(h.typ)))
	if recursive(h.plan) {
		comment += " There is no copy of a value that contains itself."
	}
	w.file.Comment(comment)
	w.file.Func().Params(receiver.Op("*").Add(wrapperType(w.Wrapper))).Id(h.name).Params(jen.Id(in).Add(typ())).Add(typ()).Block(body...)
	w.file.Line()
}

func (w *wrapperPrinter) cloneStatements(b *cloneBody, h cloneHelper, in, out string, typ func() *jen.Statement) []jen.Code {
	src, dst := local(in), local(out)
	nilCheck := jen.If(src().Op("==").Nil()).Block(jen.Return(jen.Nil()))
	under := h.typ.Underlying()
	switch p := h.plan.(type) {
	case clone.Method:
		if nillable(p.Type) {
			return []jen.Code{nilCheck, jen.Return(b.method(p, src))}
		}

	case *clone.Pointer:
		elem := under.(*types.Pointer).Elem()
		switch e := p.Elem.(type) {
		case clone.Method:
			switch {
			case nillable(e.Type): // nil inside, which has a helper
			case e.Pointer:
				return []jen.Code{nilCheck, jen.Return(src().Dot(e.Name).Call())}
			default:
				return []jen.Code{nilCheck, dst().Op(":=").Add(src().Dot(e.Name).Call()), jen.Return(jen.Op("&").Add(dst()))}
			}
		case clone.Setter:
			return []jen.Code{nilCheck, jen.Return(b.set(e, src()))}
		}
		body := []jen.Code{nilCheck}
		switch e := p.Elem.(type) {
		case *clone.Struct:
			body = append(append(body, dst().Op(":=").Add(src.deref()())), b.mend(elem, e, dst, src)...)
		case *clone.Array:
			body = append(append(body, dst().Op(":=").Add(src.deref()())), b.mend(elem, e, dst, dst)...)
		default:
			body = append(body, dst().Op(":=").Add(b.copied(elem, e, src.deref())))
		}
		return append(body, jen.Return(jen.Op("&").Add(dst())))

	case *clone.Slice:
		i := b.taken.free("i", "j", "k")
		elem := under.(*types.Slice).Elem()
		return []jen.Code{
			dst().Op(":=").Add(w.std("slices", "Clone").Call(src())),
			jen.For(jen.Id(i).Op(":=").Range().Add(src())).Block(b.mend(elem, p.Elem, dst.at(i), src.at(i))...),
			jen.Return(dst()),
		}

	case *clone.Map:
		k, v := b.taken.free("k", "key"), b.taken.free("v", "value")
		elem := under.(*types.Map).Elem()
		var each []jen.Code
		switch p.Elem.(type) {
		case *clone.Struct, *clone.Array:
			each = append(b.mend(elem, p.Elem, local(v), local(v)), dst().Index(jen.Id(k)).Op("=").Id(v))
		default:
			each = []jen.Code{dst().Index(jen.Id(k)).Op("=").Add(b.copied(elem, p.Elem, local(v)))}
		}
		return []jen.Code{
			nilCheck,
			dst().Op(":=").Make(typ(), jen.Len(src())),
			jen.For(jen.List(jen.Id(k), jen.Id(v)).Op(":=").Range().Add(src())).Block(each...),
			jen.Return(dst()),
		}

	case *clone.Struct, *clone.Array:
		body := append([]jen.Code{dst().Op(":=").Add(src())}, b.mend(h.typ, p, dst, src)...)
		return append(body, jen.Return(dst()))
	}
	return []jen.Code{jen.Return(b.copied(h.typ, h.plan, src))}
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
