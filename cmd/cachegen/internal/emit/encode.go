package emit

import (
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/jen"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/visible"
)

// nameable reports whether generated code can declare a parameter of type t.
func nameable(from *types.Package, t types.Type) bool { return visible.From(from, t) == nil }

// encode prints what writes x, or a call of the method that does.
func (b *codecBody) encode(t types.Type, p codec.Plan, x spot) []jen.Code {
	if n, ok := b.helper(t, p); ok {
		return []jen.Code{b.part(n.encode, x)}
	}
	return b.encodeOwn(t, p, x)
}

// encodeOwn prints what writes x itself.
func (b *codecBody) encodeOwn(t types.Type, p codec.Plan, x spot) []jen.Code {
	if codec.Least(p) == 0 {
		return nil // there is no content
	}
	switch p := p.(type) {
	case codec.Basic:
		v := x.value()
		if p.Named != nil {
			v = jen.Id(types.Typ[p.Kind].Name()).Call(v)
		}
		return []jen.Code{b.call(basicMethod(p), v)}
	case codec.Time:
		v := x.value()
		if p.Named != nil {
			v = b.w.std("time", "Time").Call(v)
		}
		return []jen.Code{b.call("Time", v)}
	case codec.Bytes:
		return []jen.Code{b.call("Bytes", x.value())}
	case codec.Raw:
		return []jen.Code{b.call("Raw", x.place().Index(jen.Empty(), jen.Empty()))}
	case codec.Dynamic:
		return []jen.Code{b.call("Any", x.value())}
	case codec.Own:
		write := b.call("Own", x.place().Dot(p.Encode).Call())
		if codec.Appends(p.Encode) {
			write = b.call("Append", x.place().Dot(p.Encode))
		}
		if there := b.notZero(p, x); there != nil {
			return []jen.Code{jen.If(b.call("Present", there)).Block(write)}
		}
		return []jen.Code{write}
	case codec.Proto:
		write := b.call("Own", b.protoOptions("MarshalOptions").Dot("Marshal").Call(x.value()))
		return []jen.Code{jen.If(b.call("Present", x.value().Op("!=").Nil())).Block(write)}

	case *codec.Pointer:
		return []jen.Code{jen.If(b.call("Present", x.value().Op("!=").Nil())).Block(b.inner().encode(elemOf(t), p.Elem, x.target())...)}
	case *codec.Slice:
		length := b.call("Len", jen.Len(x.value()), x.value().Op("==").Nil())
		if codec.Least(p.Elem) == 0 {
			return []jen.Code{length, b.call("Blanks", jen.Len(x.value()))}
		}
		return []jen.Code{length, b.each(x.value(), func(in *codecBody, i string) []jen.Code {
			return in.encode(elemOf(t), p.Elem, x.at(i, false))
		})}
	case *codec.Array:
		return []jen.Code{b.each(x.place(), func(in *codecBody, i string) []jen.Code {
			return in.encode(elemOf(t), p.Elem, x.at(i, true))
		})}
	case *codec.Map:
		length := b.call("Len", jen.Len(x.value()), x.value().Op("==").Nil())
		if codec.Least(p.Key)+codec.Least(p.Elem) == 0 {
			return []jen.Code{length, b.call("Blanks", jen.Len(x.value()))}
		}
		return []jen.Code{length, b.pairs(t, p, x)}
	case *codec.Struct:
		var list []jen.Code
		for _, f := range p.Fields {
			list = append(list, b.encode(f.Var.Type(), f.Plan, x.field(f.Var.Name()))...)
		}
		return list
	}
	panic("emit: no encoder")
}

// each prints a loop over the indexes of a slice or array.
func (b *codecBody) each(over *jen.Statement, body func(in *codecBody, i string) []jen.Code) jen.Code {
	in := b.inner()
	i := in.taken.free("i", "j", "k", "l")
	return jen.For(jen.Id(i).Op(":=").Range().Add(over)).Block(body(in, i)...)
}

// pairs prints a loop over a map.
func (b *codecBody) pairs(t types.Type, p *codec.Map, x spot) jen.Code {
	in := b.inner()
	m := t.Underlying().(*types.Map)
	k, v := "_", "_"
	if codec.Least(p.Key) > 0 {
		k = in.taken.free("k", "key")
	}
	vars := jen.Id(k)
	if codec.Least(p.Elem) > 0 {
		v = in.taken.free("v", "elem")
		vars = jen.List(jen.Id(k), jen.Id(v))
	}
	body := in.encode(m.Key(), p.Key, spot{place: local(k)})
	body = append(body, in.encode(m.Elem(), p.Elem, spot{place: local(v)})...)
	return jen.For(vars.Op(":=").Range().Add(x.value())).Block(body...)
}

// notZero is what tells a value with methods of its own from the zero value, or nil.
func (b *codecBody) notZero(p codec.Own, x spot) jen.Code {
	switch p.Zero {
	case codec.Nil:
		return x.value().Op("!=").Nil()
	case codec.Compared:
		return x.value().Op("!=").Parens(b.w.typeExpr(p.Type).Values())
	}
	return nil
}

// protoOptions is proto.MarshalOptions{AllowPartial: true}: a message without what it requires comes back without it.
func (b *codecBody) protoOptions(name string) *jen.Statement {
	return b.w.qualPath(shape.ProtoPath, "proto", name).Values(field("AllowPartial", jen.True()))
}
