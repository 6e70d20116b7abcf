package emit

import (
	"go/types"
	"strconv"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
)

// decode prints what sets x, which is zero, or a call of the method that does.
func (b *codecBody) decode(t types.Type, p codec.Plan, x spot) []string {
	if n, ok := b.helper(t, p); ok {
		return []string{b.part(n.decode, x)}
	}
	return b.decodeOwn(t, p, x)
}

// simply is what x is set to, if that is an expression: d.String(), Stage(d.String()); else empty.
func (b *codecBody) simply(p codec.Plan) string {
	switch p := p.(type) {
	case codec.Basic:
		if p.Named != nil {
			return call(b.w.typeExpr(p.Named), b.call(basicMethod(p)))
		}
		return b.call(basicMethod(p))
	case codec.Time:
		if p.Named != nil {
			return call(b.w.typeExpr(p.Named), b.call("Time"))
		}
		return b.call("Time")
	case codec.Bytes:
		return b.call("Bytes")
	case codec.Dynamic:
		return b.call("Any")
	}
	return ""
}

// decodeOwn prints what sets x itself.
func (b *codecBody) decodeOwn(t types.Type, p codec.Plan, x spot) []string {
	if codec.Least(p) == 0 {
		return nil
	}
	if v := b.simply(p); v != "" {
		return []string{x.value() + " = " + v}
	}
	switch p := p.(type) {
	case codec.Raw:
		return []string{b.call("Raw", x.place+"[:]")}
	case codec.Own:
		method := "Own"
		if codec.Leaves(p.Decode) {
			method = "Rest"
		}
		read := b.call(method, x.place+"."+p.Decode)
		if p.Zero != codec.Unknown {
			return []string{block("if "+b.call("Present"), read)}
		}
		return []string{read}
	case codec.Proto:
		in := b.inner()
		data := in.taken.free("b", "data")
		read := b.call("Own", block("func("+data+" []byte) error",
			"return "+call(b.protoOptions("UnmarshalOptions")+".Unmarshal", data, x.value()),
		))
		return []string{block("if "+b.call("Present"), b.made(t, x), read)}

	case *codec.Pointer:
		return []string{block("if "+b.call("Present"), append([]string{b.made(t, x)}, b.inner().decode(elemOf(t), p.Elem, x.target())...)...)}
	case *codec.Slice:
		in := b.inner()
		n := in.taken.free("n", "m", "length")
		made := x.value() + " = " + call("make", b.w.typeExpr(t), n)
		if codec.Least(p.Elem) == 0 {
			return []string{b.counted(n, 1, b.call("Blanks", n), made)}
		}
		return []string{b.counted(n, codec.Least(p.Elem), made, in.each(x.value(), func(in *codecBody, i string) []string {
			return in.decode(elemOf(t), p.Elem, x.at(i, false))
		}))}
	case *codec.Array:
		return []string{b.each(x.value(), func(in *codecBody, i string) []string {
			return in.decode(elemOf(t), p.Elem, x.at(i, true))
		})}
	case *codec.Map:
		return []string{b.mapping(t, p, x)}
	case *codec.Struct:
		var list []string
		for _, f := range p.Fields {
			list = append(list, b.decode(f.Var.Type(), f.Plan, x.field(f.Var.Name()))...)
		}
		return list
	}
	panic("emit: no decoder")
}

// made sets a pointer to a new variable.
func (b *codecBody) made(t types.Type, x spot) string {
	return x.value() + " = " + b.w.zero(elemOf(t))
}

// counted prints, of something that is nil or has elements,
//
//	if n := d.Len(1); n >= 0 {
//		...
//	}
func (b *codecBody) counted(n string, least int64, body ...string) string {
	return block("if "+n+" := "+b.call("Len", strconv.FormatInt(least, 10))+"; "+n+" >= 0", body...)
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
func (b *codecBody) mapping(t types.Type, p *codec.Map, x spot) string {
	in := b.inner()
	n := in.taken.free("n", "m", "length")
	var body []string
	least := codec.Least(p.Key) + codec.Least(p.Elem)
	if least == 0 {
		body = append(body, b.call("Blanks", n))
	}
	m := t.Underlying().(*types.Map)
	loop := in.inner()
	k := loop.taken.free("k", "key")
	pair := loop.variable(m.Key(), p.Key, k)
	slot := x.operand() + "[" + k + "]"
	if v := loop.simply(p.Elem); v != "" {
		pair = append(pair, slot+" = "+v)
	} else {
		v := loop.taken.free("v", "elem")
		pair = append(append(pair, loop.variable(m.Elem(), p.Elem, v)...), slot+" = "+v)
	}
	body = append(body, x.value()+" = "+call("make", b.w.typeExpr(t), n), block("for range "+n, pair...))
	return in.counted(n, max(least, 1), body...)
}

// variable declares and reads a variable.
func (b *codecBody) variable(t types.Type, p codec.Plan, name string) []string {
	if v := b.simply(p); v != "" {
		return []string{name + " := " + v}
	}
	return append([]string{"var " + name + " " + b.w.typeExpr(t)}, b.decode(t, p, spot{place: name})...)
}
