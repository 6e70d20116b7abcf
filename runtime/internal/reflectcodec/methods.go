package reflectcodec

import (
	"encoding"
	"reflect"

	"github.com/cachegen/cachegen/runtime/internal/wire"
)

// A pair of methods carries what the fields of a type do not show.
type pair struct {
	encode, decode reflect.Type
	write          func(e *wire.Encoder, x any)
	read           func(d *wire.Decoder, x any)
}

type (
	msgMarshaler   interface{ MarshalMsg([]byte) ([]byte, error) }
	msgUnmarshaler interface{ UnmarshalMsg([]byte) ([]byte, error) }
	marshaler      interface{ Marshal() ([]byte, error) }
	unmarshaler    interface{ Unmarshal([]byte) error }
	gobEncoder     interface{ GobEncode() ([]byte, error) }
	gobDecoder     interface{ GobDecode([]byte) error }
)

// pairs are tried in the order in which the generator tries them. Gob comes before text because
// text is made for people: that of a big.Float forgets the precision.
var pairs = []pair{
	pairOf(
		func(e *wire.Encoder, x encoding.BinaryAppender) { e.Append(x.AppendBinary) },
		func(d *wire.Decoder, x encoding.BinaryUnmarshaler) { d.Own(x.UnmarshalBinary) }),
	pairOf(
		func(e *wire.Encoder, x encoding.BinaryMarshaler) { e.Own(x.MarshalBinary()) },
		func(d *wire.Decoder, x encoding.BinaryUnmarshaler) { d.Own(x.UnmarshalBinary) }),
	pairOf(
		func(e *wire.Encoder, x msgMarshaler) { e.Append(x.MarshalMsg) },
		func(d *wire.Decoder, x msgUnmarshaler) { d.Rest(x.UnmarshalMsg) }),
	pairOf(
		func(e *wire.Encoder, x marshaler) { e.Own(x.Marshal()) },
		func(d *wire.Decoder, x unmarshaler) { d.Own(x.Unmarshal) }),
	pairOf(
		func(e *wire.Encoder, x gobEncoder) { e.Own(x.GobEncode()) },
		func(d *wire.Decoder, x gobDecoder) { d.Own(x.GobDecode) }),
	pairOf(
		func(e *wire.Encoder, x encoding.TextAppender) { e.Append(x.AppendText) },
		func(d *wire.Decoder, x encoding.TextUnmarshaler) { d.Own(x.UnmarshalText) }),
	pairOf(
		func(e *wire.Encoder, x encoding.TextMarshaler) { e.Own(x.MarshalText()) },
		func(d *wire.Decoder, x encoding.TextUnmarshaler) { d.Own(x.UnmarshalText) }),
}

func pairOf[E, D any](write func(*wire.Encoder, E), read func(*wire.Decoder, D)) pair {
	return pair{
		encode: reflect.TypeFor[E](),
		decode: reflect.TypeFor[D](),
		write:  func(e *wire.Encoder, x any) { write(e, x.(E)) },
		read:   func(d *wire.Decoder, x any) { read(d, x.(D)) },
	}
}

// ownPair returns the first pair of methods that t declares, nil if there is none, and nil if an
// embedded field has one of the methods too: it may be that field's, and know nothing of the
// others, as in struct{ time.Time; note string }. Generated code sees which it is, and this package
// must not take another pair.
func ownPair(t reflect.Type) *pair {
	for i := range pairs {
		o := &pairs[i]
		if t.Name() == "" || !has(t, o.encode) || !has(t, o.decode) {
			continue
		}
		if t.Kind() == reflect.Struct {
			for i := range t.NumField() {
				f := t.Field(i)
				if f.Anonymous && (has(f.Type, o.encode) || has(f.Type, o.decode)) {
					return nil
				}
			}
		}
		return o
	}
	return nil
}

func has(t, methods reflect.Type) bool {
	return t.Implements(methods) || reflect.PointerTo(t).Implements(methods)
}

// byMethods plans a type that travels by a pair of its own methods.
func (p *plan) byMethods(t reflect.Type, own *pair) {
	marked := marksZero(t)
	p.encode = func(e *wire.Encoder, v reflect.Value) {
		if !marked || e.Present(!v.IsZero()) {
			own.write(e, v.Addr().Interface())
		}
	}
	p.decode = func(d *wire.Decoder, v reflect.Value) {
		if !marked || d.Present() {
			own.read(d, v.Addr().Interface())
		}
	}
}

// marksZero reports whether generated code can tell the zero value of t, with x == nil or
// x == T{}. Then it writes whether a value is there and calls no method for the zero value, which
// many methods cannot express.
func marksZero(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Map, reflect.Chan, reflect.Func:
		return true
	case reflect.Struct, reflect.Array:
		return exact(t)
	}
	return false
}

// exact reports whether two values of t that compare equal are the same: no float, of which -0
// equals 0, and no interface, of which comparing may panic.
func exact(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128,
		reflect.Interface, reflect.Slice, reflect.Map, reflect.Func:
		return false
	case reflect.Array:
		return exact(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.Name == "_" || !exact(f.Type) {
				return false
			}
		}
	}
	return true
}
