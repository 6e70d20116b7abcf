package emit

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
)

// encode prints what writes x, or a call of the helper that does.
func (b *codecBody) encode(t types.Type, p codec.Plan, x place) []jen.Code {
	if f := b.part(t, p); f != nil {
		return b.callPart(f, f.name, x)
	}
	return b.encodeOwn(t, p, x)
}

// encodeOwn prints what writes x itself.
func (b *codecBody) encodeOwn(t types.Type, p codec.Plan, x place) []jen.Code {
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
			v = b.at.std("time", "Time").Call(v)
		}
		return []jen.Code{b.call("Time", v)}
	case codec.Bytes:
		return []jen.Code{b.call("Bytes", x.value())}
	case codec.Raw:
		return []jen.Code{b.call("Raw", x.whole())}
	case codec.Dynamic:
		return []jen.Code{b.call("Any", x.value())}
	case codec.Own:
		return b.encodeWithMethods(p, x)
	case codec.Proto:
		bytes := b.protoOptions("MarshalOptions").Dot("Marshal").Call(x.value())
		return b.ifPresent(notNil(x.value()), b.call("Own", bytes))

	case *codec.Pointer:
		return b.ifPresent(notNil(x.value()), b.inner().encode(elemOf(t), p.Elem, x.target())...)
	case *codec.Slice:
		elements := b.blanks(x)
		if codec.Least(p.Elem) > 0 {
			elements = b.each(x.value(), func(in *codecBody, i string) []jen.Code {
				return in.encode(elemOf(t), p.Elem, x.elem(i))
			})
		}
		return []jen.Code{b.length(x), elements}
	case *codec.Array:
		return []jen.Code{b.each(x.value(), func(in *codecBody, i string) []jen.Code {
			return in.encode(elemOf(t), p.Elem, x.arrayElem(i))
		})}
	case *codec.Map:
		pairs := b.blanks(x)
		if codec.Least(p.Key)+codec.Least(p.Elem) > 0 {
			pairs = b.pairs(t, p, x)
		}
		return []jen.Code{b.length(x), pairs}
	case *codec.Struct:
		var body []jen.Code
		for _, f := range p.Fields {
			body = append(body, b.encode(f.Var.Type(), f.Plan, x.field(f.Var.Name()))...)
		}
		return body
	}
	panic("emit: no encoder")
}

// encodeWithMethods prints a call of the type's own methods: e.Own(x.MarshalBinary()).
func (b *codecBody) encodeWithMethods(p codec.Own, x place) []jen.Code {
	write := b.call("Own", x.method(p.Encode).Call())
	if codec.Appends(p.Encode) {
		write = b.call("Append", x.method(p.Encode))
	}
	if there := b.notZero(p, x); there != nil {
		return b.ifPresent(there, write)
	}
	return []jen.Code{write}
}

// length is e.Len(len(in), in == nil).
func (b *codecBody) length(x place) *jen.Statement {
	return b.call("Len", jen.Len(x.value()), isNil(x.value()))
}

// blanks writes the elements of a list or map when they have no content.
func (b *codecBody) blanks(x place) *jen.Statement {
	return b.call("Blanks", jen.Len(x.value()))
}

// pairs prints a loop over a map.
func (b *codecBody) pairs(t types.Type, p *codec.Map, x place) *jen.Statement {
	in := b.inner()
	m := t.Underlying().(*types.Map)
	k, v := "_", "_"
	if codec.Least(p.Key) > 0 {
		k = in.taken.free("k", "key")
	}
	vars := ids(k)
	if codec.Least(p.Elem) > 0 {
		v = in.taken.free("v", "elem")
		vars = ids(k, v)
	}
	body := in.encode(m.Key(), p.Key, variablePlace(k))
	body = append(body, in.encode(m.Elem(), p.Elem, variablePlace(v))...)
	return jen.For(jen.List(vars...).Op(":=").Range().Add(x.value())).Block(body...)
}

// notZero is what a value with methods of its own has and the zero value, or nil, has not; nil if
// nothing is.
func (b *codecBody) notZero(p codec.Own, x place) jen.Code {
	switch p.Zero {
	case codec.Nil:
		return notNil(x.value())
	case codec.Compared:
		return x.value().Op("!=").Parens(b.at.typeExpr(p.Type).Values())
	}
	return nil
}

// protoOptions is proto.MarshalOptions{AllowPartial: true}: a message without what it requires
// comes back without it.
func (b *codecBody) protoOptions(name string) *jen.Statement {
	return b.at.proto(name).Values(jen.Id("AllowPartial").Op(":").True())
}
