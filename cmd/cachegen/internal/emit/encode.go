package emit

import (
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/visible"
)

// nameable reports whether generated code can declare a parameter of type t.
func nameable(from *types.Package, t types.Type) bool { return visible.From(from, t) == nil }

// encode prints what writes x, or a call of the method that does.
func (b *codecBody) encode(t types.Type, p codec.Plan, x spot) []string {
	if n, ok := b.helper(t, p); ok {
		return []string{b.part(n.encode, x)}
	}
	return b.encodeOwn(t, p, x)
}

// encodeOwn prints what writes x itself.
func (b *codecBody) encodeOwn(t types.Type, p codec.Plan, x spot) []string {
	if codec.Least(p) == 0 {
		return nil // there is no content
	}
	switch p := p.(type) {
	case codec.Basic:
		v := x.value()
		if p.Named != nil {
			v = call(types.Typ[p.Kind].Name(), v)
		}
		return []string{b.call(basicMethod(p), v)}
	case codec.Time:
		v := x.value()
		if p.Named != nil {
			v = call(b.w.std("time", "Time"), v)
		}
		return []string{b.call("Time", v)}
	case codec.Bytes:
		return []string{b.call("Bytes", x.value())}
	case codec.Raw:
		return []string{b.call("Raw", x.place+"[:]")}
	case codec.Dynamic:
		return []string{b.call("Any", x.value())}
	case codec.Own:
		write := b.call("Own", x.place+"."+p.Encode+"()")
		if codec.Appends(p.Encode) {
			write = b.call("Append", x.place+"."+p.Encode)
		}
		if there := b.notZero(p, x); there != "" {
			return []string{block("if "+b.call("Present", there), write)}
		}
		return []string{write}
	case codec.Proto:
		write := b.call("Own", call(b.protoOptions("MarshalOptions")+".Marshal", x.value()))
		return []string{block("if "+b.call("Present", x.value()+" != nil"), write)}

	case *codec.Pointer:
		return []string{block("if "+b.call("Present", x.value()+" != nil"), b.inner().encode(elemOf(t), p.Elem, x.target())...)}
	case *codec.Slice:
		length := b.call("Len", call("len", x.value()), x.value()+" == nil")
		if codec.Least(p.Elem) == 0 {
			return []string{length, b.call("Blanks", call("len", x.value()))}
		}
		return []string{length, b.each(x.value(), func(in *codecBody, i string) []string {
			return in.encode(elemOf(t), p.Elem, x.at(i, false))
		})}
	case *codec.Array:
		return []string{b.each(x.value(), func(in *codecBody, i string) []string {
			return in.encode(elemOf(t), p.Elem, x.at(i, true))
		})}
	case *codec.Map:
		length := b.call("Len", call("len", x.value()), x.value()+" == nil")
		if codec.Least(p.Key)+codec.Least(p.Elem) == 0 {
			return []string{length, b.call("Blanks", call("len", x.value()))}
		}
		return []string{length, b.pairs(t, p, x)}
	case *codec.Struct:
		var list []string
		for _, f := range p.Fields {
			list = append(list, b.encode(f.Var.Type(), f.Plan, x.field(f.Var.Name()))...)
		}
		return list
	}
	panic("emit: no encoder")
}

// each prints a loop over the indexes of a slice or array.
func (b *codecBody) each(over string, body func(in *codecBody, i string) []string) string {
	in := b.inner()
	i := in.taken.free("i", "j", "k", "l")
	return block("for "+i+" := range "+over, body(in, i)...)
}

// pairs prints a loop over a map.
func (b *codecBody) pairs(t types.Type, p *codec.Map, x spot) string {
	in := b.inner()
	m := t.Underlying().(*types.Map)
	k, v := "_", ""
	if codec.Least(p.Key) > 0 {
		k = in.taken.free("k", "key")
	}
	vars := k
	if codec.Least(p.Elem) > 0 {
		v = in.taken.free("v", "elem")
		vars = k + ", " + v
	}
	body := in.encode(m.Key(), p.Key, spot{place: k})
	body = append(body, in.encode(m.Elem(), p.Elem, spot{place: v})...)
	return block("for "+vars+" := range "+x.value(), body...)
}

// notZero is what tells a value with methods of its own from the zero value, or nil; empty if nothing does.
func (b *codecBody) notZero(p codec.Own, x spot) string {
	switch p.Zero {
	case codec.Nil:
		return x.value() + " != nil"
	case codec.Compared:
		return x.value() + " != (" + b.w.typeExpr(p.Type) + "{})"
	}
	return ""
}

// protoOptions is proto.MarshalOptions{AllowPartial: true}: a message without what it requires comes back without it.
func (b *codecBody) protoOptions(name string) string { return b.w.proto(name) + "{AllowPartial: true}" }
