package emit

import (
	"fmt"
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// codecs are the methods of a wrapper that write results as bytes and read them back. They are methods for the reasons that key helpers are.
type codecs struct {
	queue        []codecHelper
	receiverUsed bool
}

// codecPair are the names of two methods: encodeContactPtr and decodeContactPtr of a result, writeContact and readContact of a part.
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

// codec is what writes and what reads the results of a read: r.encodeContactPtr, or (*runtime.Encoder).String; empty if the runtime's codec does.
func (w *wrapperPrinter) codec(r *model.Read, receiver string) (encode, decode string) {
	if !r.Codec {
		return "", ""
	}
	plan, refusal := codecOf(r.Value, w.model.View)
	if refusal != nil {
		panic(fmt.Sprintf("emit: %s%s (%s) %s", r.Value, refusal.Path, refusal.Type, refusal.Reason))
	}
	if method := directly(r.Value, plan); method != "" {
		return "(*" + w.runtime("Encoder") + ")." + method, "(*" + w.runtime("Decoder") + ")." + method
	}
	n := w.codecs.pair(w, r.Value, plan, true)
	return receiver + "." + n.encode, receiver + "." + n.decode
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

// spot is a variable, or a part of one, that is written or set.
type spot struct {
	place   string
	pointer bool   // place is a pointer to it
	plain   string // the same, where nothing binds tighter; empty: place
}

func (s spot) value() string {
	if s.pointer {
		return "*" + s.address()
	}
	return s.place
}

func (s spot) address() string {
	switch {
	case s.plain != "":
		return s.plain
	case s.pointer:
		return s.place
	}
	return "&" + s.place
}

// operand is the value with what binds tighter behind it.
func (s spot) operand() string {
	if s.pointer {
		return "(" + s.value() + ")"
	}
	return s.place
}

func (s spot) field(name string) spot { return spot{place: s.place + "." + name} }

// at is an element of a slice or, as a pointer to one is indexed like it, of an array.
func (s spot) at(index string, array bool) spot {
	if array {
		return spot{place: s.place + "[" + index + "]"}
	}
	return spot{place: s.operand() + "[" + index + "]"}
}

// target is what a pointer points to.
func (s spot) target() spot { return spot{s.operand(), true, s.value()} }

// codecBody prints the body of one method.
type codecBody struct {
	w     *wrapperPrinter
	taken *scope
	coder string // the name of the encoder or decoder
}

func (b *codecBody) inner() *codecBody { return &codecBody{b.w, b.taken.inner(), b.coder} }

func (b *codecBody) call(method string, args ...string) string {
	return call(b.coder+"."+method, args...)
}

// helper returns the method for a part that has one of its own: a named struct, or a type that contains itself.
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

// part is r.writeContact(e, &x), or r.readContact(d, &x).
func (b *codecBody) part(name string, x spot) string {
	return call(b.w.receiver+"."+name, b.coder, x.address())
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
		typ = "*" + typ
	}
	e, in := w.codecBody("e", "in")
	body := e.body(h, in, e.encode, e.encodeOwn)
	w.function(h.encode+" writes "+article(w.describe(h.typ))+", and "+h.decode+" makes it again.", body,
		w.of(w.codecs.receiverUsed), h.encode, "(", e.coder, " *", w.runtime("Encoder"), ", ", in, " ", typ, ")")

	d, out := w.codecBody("d", "out")
	body = d.body(h, out, d.decode, d.decodeOwn)
	between := ", "
	if h.result {
		between = ") ("
		body = append(body, "return "+out)
	}
	w.function("", body, w.of(w.codecs.receiverUsed), h.decode, "(", d.coder, " *", w.runtime("Decoder"), between, out, " ", typ, ")")
}

// codecBody begins a method, and names its encoder or decoder, and the value.
func (w *wrapperPrinter) codecBody(coder, value string) (b *codecBody, name string) {
	w.codecs.receiverUsed = false
	b = &codecBody{w: w, taken: w.imports.helper(w.receiver)}
	b.coder = b.taken.free(coder, "coder")
	return b, b.taken.free(value, "value")
}

// body prints what the method consists of. A result may be of a type that has a method of its own, a part is printed itself.
func (b *codecBody) body(h codecHelper, name string, result, part func(t types.Type, p codec.Plan, x spot) []string) []string {
	if h.result {
		return result(h.typ, h.plan, spot{place: name})
	}
	var body []string
	if codec.Recursive(h.plan) {
		body = []string{block("if !"+b.call("Enter"), "return"), "defer " + b.call("Leave")}
	}
	return append(body, part(h.typ, h.plan, spot{place: name, pointer: true})...)
}

// elemOf is the type of the elements of a pointer, slice, array or map.
func elemOf(t types.Type) types.Type {
	return t.Underlying().(interface{ Elem() types.Type }).Elem()
}
