package emit

import (
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/jen"
)

// decode prints what sets x, which is zero, or a call of the method that does.
func (b *codecBody) decode(t types.Type, p codec.Plan, x spot) []jen.Code {
	if n, ok := b.helper(t, p); ok {
		return []jen.Code{b.part(n.decode, x)}
	}
	return b.decodeOwn(t, p, x)
}

// simply is what x is set to, if that is an expression: d.String(), Stage(d.String()); else nil.
func (b *codecBody) simply(p codec.Plan) *jen.Statement {
	switch p := p.(type) {
	case codec.Basic:
		if p.Named != nil {
			return b.w.typeExpr(p.Named).Call(b.call(basicMethod(p)))
		}
		return b.call(basicMethod(p))
	case codec.Time:
		if p.Named != nil {
			return b.w.typeExpr(p.Named).Call(b.call("Time"))
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
func (b *codecBody) decodeOwn(t types.Type, p codec.Plan, x spot) []jen.Code {
	if codec.Least(p) == 0 {
		return nil
	}
	if v := b.simply(p); v != nil {
		return []jen.Code{x.value().Op("=").Add(v)}
	}
	switch p := p.(type) {
	case codec.Raw:
		return []jen.Code{b.call("Raw", x.place().Index(jen.Empty(), jen.Empty()))}
	case codec.Own:
		method := "Own"
		if codec.Leaves(p.Decode) {
			method = "Rest"
		}
		read := b.call(method, x.place().Dot(p.Decode))
		if p.Zero != codec.Unknown {
			return []jen.Code{jen.If(b.call("Present")).Block(read)}
		}
		return []jen.Code{read}
	case codec.Proto:
		in := b.inner()
		data := in.taken.free("b", "data")
		read := b.call("Own", jen.Func().Params(jen.Id(data).Index().Byte()).Error().Block(
			jen.Return(b.protoOptions("UnmarshalOptions").Dot("Unmarshal").Call(jen.Id(data), x.value())),
		))
		return []jen.Code{jen.If(b.call("Present")).Block(b.made(t, x), read)}

	case *codec.Pointer:
		return []jen.Code{jen.If(b.call("Present")).Block(append([]jen.Code{b.made(t, x)}, b.inner().decode(elemOf(t), p.Elem, x.target())...)...)}
	case *codec.Slice:
		in := b.inner()
		n := in.taken.free("n", "m", "length")
		made := x.value().Op("=").Make(b.w.typeExpr(t), jen.Id(n))
		if codec.Least(p.Elem) == 0 {
			return []jen.Code{b.counted(n, 1, b.call("Blanks", jen.Id(n)), made)}
		}
		return []jen.Code{b.counted(n, codec.Least(p.Elem), made, in.each(x.value(), func(in *codecBody, i string) []jen.Code {
			return in.decode(elemOf(t), p.Elem, x.at(i, false))
		}))}
	case *codec.Array:
		return []jen.Code{b.each(x.place(), func(in *codecBody, i string) []jen.Code {
			return in.decode(elemOf(t), p.Elem, x.at(i, true))
		})}
	case *codec.Map:
		return []jen.Code{b.mapping(t, p, x)}
	case *codec.Struct:
		var list []jen.Code
		for _, f := range p.Fields {
			list = append(list, b.decode(f.Var.Type(), f.Plan, x.field(f.Var.Name()))...)
		}
		return list
	}
	panic("emit: no decoder")
}

// made sets a pointer to a new variable.
func (b *codecBody) made(t types.Type, x spot) jen.Code {
	return x.value().Op("=").New(b.w.typeExpr(elemOf(t)))
}

// counted prints, of something that is nil or has elements,
//
//	if n := d.Len(1); n >= 0 {
//		...
//	}
func (b *codecBody) counted(n string, least int64, body ...jen.Code) jen.Code {
	return jen.If(jen.Id(n).Op(":=").Add(b.call("Len", jen.Lit(int(least)))), jen.Id(n).Op(">=").Lit(0)).Block(body...)
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
func (b *codecBody) mapping(t types.Type, p *codec.Map, x spot) jen.Code {
	in := b.inner()
	n := in.taken.free("n", "m", "length")
	body := []jen.Code{x.value().Op("=").Make(b.w.typeExpr(t), jen.Id(n))}
	least := codec.Least(p.Key) + codec.Least(p.Elem)
	if least == 0 {
		body = append([]jen.Code{b.call("Blanks", jen.Id(n))}, body...)
	}
	m := t.Underlying().(*types.Map)
	loop := in.inner()
	k := loop.taken.free("k", "key")
	pair := loop.variable(m.Key(), p.Key, k)
	slot := func() *jen.Statement { return x.operand().Index(jen.Id(k)) }
	if v := loop.simply(p.Elem); v != nil {
		pair = append(pair, slot().Op("=").Add(v))
	} else {
		v := loop.taken.free("v", "elem")
		pair = append(append(pair, loop.variable(m.Elem(), p.Elem, v)...), slot().Op("=").Id(v))
	}
	body = append(body, jen.For(jen.Range().Id(n)).Block(pair...))
	return in.counted(n, max(least, 1), body...)
}

// variable declares and reads a variable.
func (b *codecBody) variable(t types.Type, p codec.Plan, name string) []jen.Code {
	if v := b.simply(p); v != nil {
		return []jen.Code{jen.Id(name).Op(":=").Add(v)}
	}
	return append([]jen.Code{jen.Var().Id(name).Add(b.w.typeExpr(t))}, b.decode(t, p, spot{place: local(name)})...)
}
