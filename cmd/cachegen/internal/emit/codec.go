package emit

import (
	"fmt"
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/visible"
)

// codecs are the methods of a wrapper that write results as bytes and read them back. They are
// methods for the reasons that key helpers are.
type codecs struct {
	queue        []codecHelper
	receiverUsed bool
}

// codecPair are the names of two methods: encodeContactPtr and decodeContactPtr of a result,
// writeContact and readContact of a part.
type codecPair struct{ encode, decode string }

type codecHelper struct {
	codecPair
	typ    types.Type
	plan   codec.Plan
	result bool
}

func (c *codecs) pair(w *wrapperPrinter, t types.Type, p codec.Plan, result bool) codecPair {
	for i := range c.queue {
		if h := &c.queue[i]; h.result == result && types.Identical(h.typ, t) {
			return h.codecPair
		}
	}
	encode, decode := "write", "read"
	if result {
		encode, decode = "encode", "decode"
	}
	name := typeName(t)
	n := codecPair{w.members.free(encode + name), w.members.free(decode + name)}
	c.queue = append(c.queue, codecHelper{n, t, p, result})
	return n
}

// codecOf is codec.Of. Tests leave something out, and see whether that is noticed.
var codecOf = codec.Of

// codec is what writes and what reads the results of a read: r.encodeContactPtr, or
// (*runtime.Encoder).String; nil if the runtime's codec does.
func (w *wrapperPrinter) codec(r *model.Read, receiver string) (encode, decode *jen.Statement) {
	if !r.Codec {
		return nil, nil
	}
	plan, refusal := codecOf(r.Value, w.model.View)
	if refusal != nil {
		panic(fmt.Sprintf("emit: %s%s (%s) %s", r.Value, refusal.Path, refusal.Type, refusal.Reason))
	}
	if method := directly(r.Value, plan); method != "" {
		return w.coderMethod("Encoder", method), w.coderMethod("Decoder", method)
	}
	n := w.codecs.pair(w, r.Value, plan, true)
	return jen.Id(receiver).Dot(n.encode), jen.Id(receiver).Dot(n.decode)
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
	w     *wrapperPrinter
	taken *scope
	coder string // the name of the encoder or decoder
}

func (b *codecBody) inner() *codecBody { return &codecBody{b.w, b.taken.inner(), b.coder} }

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

// helper returns the method for a part that has one of its own: a named struct, or a type that
// contains itself.
func (b *codecBody) helper(t types.Type, p codec.Plan) (codecPair, bool) {
	switch p.(type) {
	case *codec.Struct, *codec.Slice, *codec.Map, *codec.Array, *codec.Pointer:
	default:
		return codecPair{}, false
	}
	n, named := types.Unalias(t).(*types.Named)
	if !named || codec.Least(p) == 0 {
		return codecPair{}, false
	}
	if _, ok := p.(*codec.Struct); !(ok && nameable(b.w.model.Package, n)) && !codec.Recursive(p) {
		return codecPair{}, false
	}
	b.w.codecs.receiverUsed = true
	return b.w.codecs.pair(b.w, t, p, false), true
}

// nameable reports whether generated code can declare a parameter of type t.
func nameable(from *types.Package, t types.Type) bool { return visible.From(from, t) == nil }

// part is r.writeContact(e, &x), or r.readContact(d, &x).
func (b *codecBody) part(name string, x place) []jen.Code {
	return []jen.Code{jen.Id(b.w.receiver).Dot(name).Call(jen.Id(b.coder), x.address())}
}

func (w *wrapperPrinter) printCodecs() {
	for i := 0; i < len(w.codecs.queue); i++ { // printing one may need another
		w.printCodec(w.codecs.queue[i])
	}
}

// printCodec prints, as testdata/gen/codecs.txtar has it,
//
//	// encodeContactPtr writes a *Contact, and decodeContactPtr makes it again.
//	func (r *CachedContactRepository) encodeContactPtr(e *runtime.Encoder, in *Contact) {
//		if e.Present(in != nil) {
//			r.writeContact(e, in)
//		}
//	}
//
//	func (r *CachedContactRepository) decodeContactPtr(d *runtime.Decoder) (out *Contact) {
//		if d.Present() {
//			out = new(Contact)
//			r.readContact(d, out)
//		}
//		return out
//	}
//
// and for a part
//
//	func (r *CachedContactRepository) writeContact(e *runtime.Encoder, in *Contact) {...}
//	func (r *CachedContactRepository) readContact(d *runtime.Decoder, out *Contact) {...}
func (w *wrapperPrinter) printCodec(h codecHelper) {
	typ := w.typeExpr(h.typ)
	if !h.result {
		typ = pointerTo(typ)
	}
	e, in := w.codecBody("e", "in")
	body := e.body(h, in, e.encode, e.encodeOwn)
	encoder := jen.Id(e.coder).Add(pointerTo(w.runtime("Encoder")))
	w.declare(
		h.encode+" writes "+article(w.describe(h.typ))+", and "+h.decode+" makes it again.",
		w.helperFunc(w.codecs.receiverUsed, h.encode).
			Params(encoder, jen.Id(in).Add(typ)).
			Block(body...),
	)

	d, out := w.codecBody("d", "out")
	body = d.body(h, out, d.decode, d.decodeOwn)
	decode := w.helperFunc(w.codecs.receiverUsed, h.decode)
	decoder := jen.Id(d.coder).Add(pointerTo(w.runtime("Decoder")))
	if h.result {
		body = append(body, jen.Return(jen.Id(out)))
		decode.Params(decoder).Params(jen.Id(out).Add(typ))
	} else {
		decode.Params(decoder, jen.Id(out).Add(typ))
	}
	w.declare("", decode.Block(body...))
}

// codecBody begins a method, and names its encoder or decoder, and the value.
func (w *wrapperPrinter) codecBody(coder, value string) (b *codecBody, name string) {
	w.codecs.receiverUsed = false
	b = &codecBody{w: w, taken: w.imports.helper(w.receiver)}
	b.coder = b.taken.free(coder, "coder")
	return b, b.taken.free(value, "value")
}

// printPart prints what writes or reads one part.
type printPart func(t types.Type, p codec.Plan, x place) []jen.Code

// body prints the method's body. A result may be of a type that has a method of its own, a part is
// printed itself.
func (b *codecBody) body(h codecHelper, name string, result, part printPart) []jen.Code {
	if h.result {
		return result(h.typ, h.plan, variablePlace(name))
	}
	var body []jen.Code
	if codec.Recursive(h.plan) {
		body = []jen.Code{
			jen.If(jen.Op("!").Add(b.call("Enter"))).Block(jen.Return()),
			jen.Defer().Add(b.call("Leave")),
		}
	}
	return append(body, part(h.typ, h.plan, pointerPlace(name))...)
}
