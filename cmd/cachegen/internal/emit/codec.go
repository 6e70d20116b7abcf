package emit

import (
	"fmt"
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/visible"
)

// codecOf is codec.Of. Tests leave something out, and see whether that is noticed.
var codecOf = codec.Of

// codecPlan says how the results of a read are written.
func (w *wrapperPrinter) codecPlan(r *model.Read) codec.Plan {
	view := w.model.View
	if r.View != nil {
		view = r.View
	}
	plan, refusal := codecOf(r.Value, view)
	if refusal != nil {
		panic(fmt.Sprintf("emit: %s%s (%s) %s", r.Value, refusal.Path, refusal.Type, refusal.Reason))
	}
	return plan
}

// codec is what writes and what reads results: encodeCachedDigest and decodeCachedDigest, or
// (*runtime.Encoder).String and (*runtime.Decoder).String.
func (w *wrapperPrinter) codec(t types.Type, p codec.Plan) (encode, decode *jen.Statement) {
	if method := directly(t, p); method != "" {
		return w.coderMethod("Encoder", method), w.coderMethod("Decoder", method)
	}
	f := w.whole(t, p)
	return w.call(f, f.name), w.call(f, f.back)
}

// coderMethod is (*runtime.Encoder).String.
func (p *printer) coderMethod(coder, method string) *jen.Statement {
	return jen.Parens(pointerTo(p.runtime(coder))).Dot(method)
}

// directly is the method of the runtime that takes values of exactly that type.
func directly(t types.Type, p codec.Plan) string {
	_, defined := types.Unalias(t).(*types.Named)
	switch p := p.(type) {
	case codec.Basic:
		if p.Named == nil {
			return basicMethod(p)
		}
	case codec.Time:
		if p.Named == nil {
			return "Time"
		}
	case codec.Bytes:
		if !defined {
			return "Bytes"
		}
	case codec.Dynamic:
		if !defined {
			return "Any"
		}
	}
	return ""
}

// basicMethod is Int64 for an int64.
func basicMethod(p codec.Basic) string { return upperFirst(types.Typ[p.Kind].Name()) }

// codecBody prints the body of one method. How values are written is in encode.go, how they are
// read in decode.go.
type codecBody struct {
	at    *home
	taken *scope
	coder string // the name of the encoder or decoder
}

func (b *codecBody) inner() *codecBody { return &codecBody{b.at, b.taken.inner(), b.coder} }

// call is a method of the encoder or decoder.
func (b *codecBody) call(method string, args ...jen.Code) *jen.Statement {
	return jen.Id(b.coder).Dot(method).Call(args...)
}

// ifPresent prints if d.Present() {...}, or if e.Present(in.Owner != nil) {...}.
func (b *codecBody) ifPresent(there jen.Code, body ...jen.Code) []jen.Code {
	condition := b.call("Present")
	if there != nil {
		condition = b.call("Present", there)
	}
	return []jen.Code{jen.If(condition).Block(body...)}
}

// each prints a loop over the indexes of a slice or array.
func (b *codecBody) each(over jen.Code, body func(in *codecBody, i string) []jen.Code) *jen.Statement {
	in := b.inner()
	i := in.taken.free("i", "j", "k", "l")
	return jen.For(jen.Id(i).Op(":=").Range().Add(over)).Block(body(in, i)...)
}

// part returns the helper for a part that has one of its own, a named struct or a type that
// contains itself, or nil.
func (b *codecBody) part(t types.Type, p codec.Plan) *helper {
	switch p.(type) {
	case *codec.Struct, *codec.Slice, *codec.Map, *codec.Array, *codec.Pointer:
	default:
		return nil
	}
	n, named := types.Unalias(t).(*types.Named)
	if !named || codec.Least(p) == 0 {
		return nil
	}
	if _, ok := p.(*codec.Struct); !(ok && nameable(b.at.model.Package, n)) && !codec.Recursive(p) {
		return nil
	}
	return b.at.coder(codePart, t, p, func(h *home, f *helper) { h.printPart(f, t, p) })
}

// whole returns the helper for a result.
func (h *home) whole(t types.Type, p codec.Plan) *helper {
	return h.coder(codeWhole, t, p, func(h *home, f *helper) { h.printWhole(f, t, p) })
}

// coder returns a helper that writes and reads by a plan. Where nothing travels by its JSON, all
// results have it in common.
func (h *home) coder(k kind, t types.Type, p codec.Plan, print func(h *home, f *helper)) *helper {
	defer func(v *shape.View) { h.view = v }(h.view)
	if h.view != nil && len(codec.Chosen(p)) == 0 {
		h.view = nil
	}
	return h.helper(k, t, print)
}

// nameable reports whether generated code can declare a parameter of type t.
func nameable(from *types.Package, t types.Type) bool { return visible.From(from, t) == nil }

// callPart is writeCachedContact(e, &x), or readCachedContact(d, &x).
func (b *codecBody) callPart(f *helper, name string, x place) []jen.Code {
	return []jen.Code{b.at.call(f, name).Call(jen.Id(b.coder), x.address())}
}

// printWhole prints, as testdata/gen/codecs.txtar has it,
//
//	// encodeCachedStringPtr writes a *string, and decodeCachedStringPtr makes it again.
//	func encodeCachedStringPtr(e *runtime.Encoder, in *string) {
//		if e.Present(in != nil) {
//			e.String(*in)
//		}
//	}
//
//	func decodeCachedStringPtr(d *runtime.Decoder) (out *string) {
//		if d.Present() {
//			out = new(string)
//			*out = d.String()
//		}
//		return out
//	}
func (h *home) printWhole(f *helper, t types.Type, p codec.Plan) {
	typ := h.typeExpr(t)
	e, encoder, in := h.codecBody("e", "Encoder", "in")
	body := e.encode(t, p, variablePlace(in))
	h.declare(h.codecComment(f, t), h.begin(f.name).Params(encoder, jen.Id(in).Add(typ)).Block(body...))

	d, decoder, out := h.codecBody("d", "Decoder", "out")
	body = append(d.decode(t, p, variablePlace(out)), jen.Return(jen.Id(out)))
	h.declare("", h.begin(f.back).Params(decoder).Params(jen.Id(out).Add(typ)).Block(body...))
}

// printPart prints
//
//	// writeCachedContact writes a Contact, and readCachedContact makes it again.
//	func writeCachedContact(e *runtime.Encoder, in *Contact) {
//		e.String(in.ID)
//	}
//
//	func readCachedContact(d *runtime.Decoder, out *Contact) {
//		out.ID = d.String()
//	}
func (h *home) printPart(f *helper, t types.Type, p codec.Plan) {
	typ := pointerTo(h.typeExpr(t))
	e, encoder, in := h.codecBody("e", "Encoder", "in")
	body := append(e.enter(p), e.encodeOwn(t, p, pointerPlace(in))...)
	h.declare(h.codecComment(f, t), h.begin(f.name).Params(encoder, jen.Id(in).Add(typ)).Block(body...))

	d, decoder, out := h.codecBody("d", "Decoder", "out")
	body = append(d.enter(p), d.decodeOwn(t, p, pointerPlace(out))...)
	h.declare("", h.begin(f.back).Params(decoder, jen.Id(out).Add(typ)).Block(body...))
}

func (h *home) codecComment(f *helper, t types.Type) string {
	return f.name + " writes " + article(h.describe(t)) + ", and " + f.back + " makes it again."
}

// codecBody begins a helper: its first parameter, the encoder or decoder, and the name of the
// value.
func (h *home) codecBody(coder, typ, value string) (b *codecBody, param *jen.Statement, name string) {
	b = &codecBody{at: h, taken: h.imports.helper(h.receiver)}
	b.coder = b.taken.free(coder, "coder")
	return b, jen.Id(b.coder).Add(pointerTo(h.runtime(typ))), b.taken.free(value, "value")
}

// enter prints, for a type that contains itself, what ends the recursion of a value that does.
func (b *codecBody) enter(p codec.Plan) []jen.Code {
	if !codec.Recursive(p) {
		return nil
	}
	return []jen.Code{
		jen.If(jen.Op("!").Add(b.call("Enter"))).Block(jen.Return()),
		jen.Defer().Add(b.call("Leave")),
	}
}
