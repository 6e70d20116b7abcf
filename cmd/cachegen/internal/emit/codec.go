package emit

import (
	"fmt"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/jen"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// codecs are the methods of a wrapper that write results as bytes and read them back. They are methods for the reasons that key helpers are.
type codecs struct {
	results      typeutil.Map // types.Type -> codecPair, of results
	parts        typeutil.Map // types.Type -> codecPair, of what results consist of
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
	known, encode, decode := &c.parts, "write", "read"
	if result {
		known, encode, decode = &c.results, "encode", "decode"
	}
	if n, ok := known.At(t).(codecPair); ok {
		return n
	}
	n := codecPair{w.members.free(encode + typeName(t)), w.members.free(decode + typeName(t))}
	known.Set(t, n)
	c.queue = append(c.queue, codecHelper{n, t, p, result})
	return n
}

// codecOf is codec.Of. Tests leave something out, and see whether that is noticed.
var codecOf = codec.Of

// codecOptions are what writes and reads the results of a read: r.encodeContactPtr, or (*runtime.Encoder).String; nil if the runtime's codec does.
func (w *wrapperPrinter) codecOptions(r *model.Read, receiver string) []jen.Code {
	if !r.Codec {
		return nil
	}
	plan, refusal := codecOf(r.Value, w.model.Package)
	if refusal != nil {
		panic(fmt.Sprintf("emit: %s%s (%s) %s", r.Value, refusal.Path, refusal.Type, refusal.Reason))
	}
	if method := directly(r.Value, plan); method != "" {
		of := func(name string) *jen.Statement {
			return jen.Parens(jen.Op("*").Add(w.runtime(name))).Dot(method)
		}
		return []jen.Code{field("Encode", of("Encoder")), field("Decode", of("Decoder"))}
	}
	n := w.codecs.pair(w, r.Value, plan, true)
	return []jen.Code{field("Encode", jen.Id(receiver).Dot(n.encode)), field("Decode", jen.Id(receiver).Dot(n.decode))}
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
	place
	pointer bool  // place is a pointer to it
	plain   place // the same, where nothing binds tighter; nil: place
}

func (s spot) value() *jen.Statement {
	if s.pointer {
		return jen.Op("*").Add(s.address())
	}
	return s.place()
}

func (s spot) address() *jen.Statement {
	switch {
	case s.plain != nil:
		return s.plain()
	case s.pointer:
		return s.place()
	}
	return jen.Op("&").Add(s.place())
}

// operand is the value with what binds tighter behind it.
func (s spot) operand() *jen.Statement {
	if s.pointer {
		return jen.Parens(s.value())
	}
	return s.place()
}

func (s spot) field(name string) spot { return spot{place: s.place.field(name)} }

// at is an element of a slice or, as a pointer to one is indexed like it, of an array.
func (s spot) at(index string, array bool) spot {
	if array {
		return spot{place: s.place.at(index)}
	}
	return spot{place: func() *jen.Statement { return s.operand().Index(jen.Id(index)) }}
}

// target is what a pointer points to.
func (s spot) target() spot { return spot{s.operand, true, s.value} }

// codecBody prints the body of one method.
type codecBody struct {
	w     *wrapperPrinter
	taken scope
	coder string // the name of the encoder or decoder
}

func (b *codecBody) inner() *codecBody { return &codecBody{b.w, b.taken.clone(), b.coder} }

func (b *codecBody) call(method string, args ...jen.Code) *jen.Statement {
	return jen.Id(b.coder).Dot(method).Call(args...)
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
func (b *codecBody) part(name string, x spot) jen.Code {
	return jen.Id(b.w.receiver).Dot(name).Call(jen.Id(b.coder), x.address())
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
	w.file.Commentf("%s writes %s, and %s makes it again.", h.encode, article(w.describe(h.typ)), h.decode)
	w.printCoder(h, h.encode, "Encoder", "e", "in")
	w.printCoder(h, h.decode, "Decoder", "d", "out")
}

func (w *wrapperPrinter) printCoder(h codecHelper, name, coder, short, variable string) {
	typ := func() *jen.Statement { return w.typeExpr(h.typ) }
	b := &codecBody{w: w, taken: w.codecNames(h)}
	b.coder, variable = b.taken.free(short, "coder"), b.taken.free(variable, "value")
	x := spot{place: local(variable), pointer: !h.result}
	if !h.result {
		typ = func() *jen.Statement { return jen.Op("*").Add(w.typeExpr(h.typ)) }
	}
	params := []jen.Code{jen.Id(b.coder).Op("*").Add(w.runtime(coder))}
	results := jen.Null()
	if coder == "Encoder" || !h.result {
		params = append(params, jen.Id(variable).Add(typ()))
	} else {
		results = jen.Params(jen.Id(variable).Add(typ()))
	}

	w.codecs.receiverUsed = false
	var body []jen.Code
	if !h.result && codec.Recursive(h.plan) {
		body = []jen.Code{jen.If(jen.Op("!").Add(b.call("Enter"))).Block(jen.Return()), jen.Defer().Add(b.call("Leave"))}
	}
	print := b.decodeOwn
	if coder == "Encoder" {
		print = b.encodeOwn
	}
	if h.result { // which may be of a type that has a method
		print = b.decode
		if coder == "Encoder" {
			print = b.encode
		}
	}
	body = append(body, print(h.typ, h.plan, x)...)
	if coder == "Decoder" && h.result {
		body = append(body, jen.Return(jen.Id(variable)))
	}
	receiver := jen.Null()
	if w.codecs.receiverUsed {
		receiver = jen.Id(w.receiver)
	}
	w.file.Func().Params(receiver.Op("*").Add(wrapperType(w.Wrapper))).Id(name).Params(params...).Add(results).Block(body...)
	w.file.Line()
}

// codecNames are the names that variables of a method must not hide.
func (w *wrapperPrinter) codecNames(h codecHelper) scope {
	need := needs{packages: scope{}, declared: scope{}}
	seen, plans := map[types.Type]bool{}, map[codec.Plan]bool{}
	var visit func(t types.Type, p codec.Plan)
	visit = func(t types.Type, p codec.Plan) {
		if plans[p] {
			return
		}
		plans[p] = true
		need.add(t, seen)
		need.add(t.Underlying(), seen)
		switch p := p.(type) {
		case *codec.Struct:
			for _, f := range p.Fields {
				visit(f.Var.Type(), f.Plan)
			}
		case *codec.Map:
			m := t.Underlying().(*types.Map)
			visit(m.Key(), p.Key)
			visit(m.Elem(), p.Elem)
		case *codec.Pointer, *codec.Slice, *codec.Array:
			visit(elemOf(t), codec.Parts(p)[0])
		}
	}
	visit(h.typ, h.plan)
	taken := scope{}
	taken.take(w.receiver, "runtime", "proto")
	for n := range need.packages {
		taken.take(n)
	}
	for n := range need.declared {
		taken.take(n)
	}
	for _, n := range w.imports.names {
		taken.take(n)
	}
	return taken
}

// elemOf is the type of the elements of a pointer, slice, array or map.
func elemOf(t types.Type) types.Type {
	return t.Underlying().(interface{ Elem() types.Type }).Elem()
}
