package emit

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
)

// decode prints what sets x, which is zero, or a call of the helper that does.
func (b *codecBody) decode(t types.Type, p codec.Plan, x place) []jen.Code {
	if f := b.part(t, p); f != nil {
		return b.callPart(f, f.back, x)
	}
	return b.decodeOwn(t, p, x)
}

// scalar is the value of what one method of the decoder reads: d.String(), Stage(d.String()); or
// nil.
func (b *codecBody) scalar(p codec.Plan) *jen.Statement {
	switch p := p.(type) {
	case codec.Basic:
		if p.Named != nil {
			return b.at.typeExpr(p.Named).Call(b.call(basicMethod(p)))
		}
		return b.call(basicMethod(p))
	case codec.Time:
		if p.Named != nil {
			return b.at.typeExpr(p.Named).Call(b.call("Time"))
		}
		return b.call("Time")
	case codec.Bytes:
		return b.call("Bytes")
	case codec.Dynamic:
		return b.call("Any")
	}
	return nil
}

// decodeOwn prints what sets x itself.
func (b *codecBody) decodeOwn(t types.Type, p codec.Plan, x place) []jen.Code {
	if codec.Least(p) == 0 {
		return nil
	}
	if v := b.scalar(p); v != nil {
		return []jen.Code{x.value().Op("=").Add(v)}
	}
	switch p := p.(type) {
	case codec.Raw:
		return []jen.Code{b.call("Raw", x.whole())}
	case codec.Own:
		return b.decodeWithMethods(p, x)
	case codec.Proto:
		return b.ifPresent(nil, b.made(t, x), b.decodeProto(x))

	case *codec.Pointer:
		target := b.inner().decode(elemOf(t), p.Elem, x.target())
		return b.ifPresent(nil, append([]jen.Code{b.made(t, x)}, target...)...)
	case *codec.Slice:
		return []jen.Code{b.list(t, p, x)}
	case *codec.Array:
		return []jen.Code{b.each(x.value(), func(in *codecBody, i string) []jen.Code {
			return in.decode(elemOf(t), p.Elem, x.arrayElem(i))
		})}
	case *codec.Map:
		return []jen.Code{b.mapping(t, p, x)}
	case *codec.Struct:
		var body []jen.Code
		for _, f := range p.Fields {
			body = append(body, b.decode(f.Var.Type(), f.Plan, x.field(f.Var.Name()))...)
		}
		return body
	}
	panic("emit: no decoder")
}

// decodeWithMethods prints a call of the type's own methods: d.Own(x.UnmarshalBinary).
func (b *codecBody) decodeWithMethods(p codec.Own, x place) []jen.Code {
	method := "Own"
	if codec.Leaves(p.Decode) {
		method = "Rest"
	}
	read := b.call(method, x.method(p.Decode))
	if p.Zero != codec.Unknown {
		return b.ifPresent(nil, read)
	}
	return []jen.Code{read}
}

// decodeProto prints
//
//	d.Own(func(b []byte) error {
//		return proto.UnmarshalOptions{AllowPartial: true}.Unmarshal(b, out)
//	})
func (b *codecBody) decodeProto(x place) *jen.Statement {
	data := b.inner().taken.free("b", "data")
	unmarshal := b.protoOptions("UnmarshalOptions").Dot("Unmarshal").Call(jen.Id(data), x.value())
	return b.call("Own", jen.Func().Params(jen.Id(data).Index().Byte()).Error().Block(jen.Return(unmarshal)))
}

// made sets a pointer to a new variable.
func (b *codecBody) made(t types.Type, x place) *jen.Statement {
	return x.value().Op("=").Add(b.at.zero(elemOf(t)))
}

// counted prints, of something that is nil or has elements,
//
//	if n := d.Len(1); n >= 0 {
//		...
//	}
func (b *codecBody) counted(n string, least int64, body ...jen.Code) *jen.Statement {
	read := jen.Id(n).Op(":=").Add(b.call("Len", jen.Lit(int(least))))
	return jen.If(read, jen.Id(n).Op(">=").Lit(0)).Block(body...)
}

// list prints
//
//	if n := d.Len(1); n >= 0 {
//		out.Tags = make([]string, n)
//		for i := range out.Tags {
//			out.Tags[i] = d.String()
//		}
//	}
func (b *codecBody) list(t types.Type, p *codec.Slice, x place) *jen.Statement {
	in := b.inner()
	n := in.taken.free("n", "m", "length")
	made := x.value().Op("=").Make(b.at.typeExpr(t), jen.Id(n))
	if codec.Least(p.Elem) == 0 {
		return b.counted(n, 1, b.call("Blanks", jen.Id(n)), made)
	}
	return b.counted(n, codec.Least(p.Elem), made, in.each(x.value(), func(in *codecBody, i string) []jen.Code {
		return in.decode(elemOf(t), p.Elem, x.elem(i))
	}))
}

// mapping prints
//
//	if n := d.Len(2); n >= 0 {
//		out.Custom = make(map[string]string, n)
//		for range n {
//			k := d.String()
//			out.Custom[k] = d.String()
//		}
//	}
func (b *codecBody) mapping(t types.Type, p *codec.Map, x place) *jen.Statement {
	in := b.inner()
	n := in.taken.free("n", "m", "length")
	made := x.value().Op("=").Make(b.at.typeExpr(t), jen.Id(n))
	body := []jen.Code{made, jen.For(jen.Range().Id(n)).Block(in.inner().pair(t, p, x)...)}
	least := codec.Least(p.Key) + codec.Least(p.Elem)
	if least == 0 {
		body = append([]jen.Code{b.call("Blanks", jen.Id(n))}, body...)
	}
	return in.counted(n, max(least, 1), body...)
}

// pair reads a key and a value, and puts them into a map.
func (b *codecBody) pair(t types.Type, p *codec.Map, x place) []jen.Code {
	m := t.Underlying().(*types.Map)
	k := b.taken.free("k", "key")
	body := b.variable(m.Key(), p.Key, k)
	slot := x.elem(k).value().Op("=")
	if v := b.scalar(p.Elem); v != nil {
		return append(body, slot.Add(v))
	}
	v := b.taken.free("v", "elem")
	return append(append(body, b.variable(m.Elem(), p.Elem, v)...), slot.Id(v))
}

// variable declares and reads a variable.
func (b *codecBody) variable(t types.Type, p codec.Plan, name string) []jen.Code {
	if v := b.scalar(p); v != nil {
		return []jen.Code{jen.Id(name).Op(":=").Add(v)}
	}
	declare := jen.Var().Id(name).Add(b.at.typeExpr(t))
	return append([]jen.Code{declare}, b.decode(t, p, variablePlace(name))...)
}
