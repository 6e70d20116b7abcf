package runtime

import (
	"reflect"

	"github.com/cachegen/cachegen/runtime/internal/wire"
)

// Encoder is for generated code: it writes results as bytes.
type Encoder = wire.Encoder

// Decoder is for generated code: it reads what an [Encoder] wrote.
type Decoder = wire.Decoder

// EncodeWith is for tests of generated code: it appends to dst what encode writes of v, as a read
// does.
func EncodeWith[V any](encode func(*Encoder, V), dst []byte, v V) ([]byte, error) {
	return wire.Append(dst, v, func(e *Encoder, _ any) { encode(e, v) })
}

// DecodeWith is for tests of generated code: it returns what decode reads of all of data, as a read
// does.
func DecodeWith[V any](decode func(*Decoder) V, data []byte) (V, error) {
	v, err := wire.Read(data, reflect.TypeFor[V](), func(d *Decoder) any { return decode(d) })
	return as[V](v), err
}

// These calls let the compiler inline the same methods in generated code. It exports the body of
// another package's method only if it inlined a call of it, and generated code does not import
// wire. Without them, encoding a contact takes 1.1 times as long.
var _ = func(e *Encoder, d *Decoder) {
	e.Bool(d.Bool())
	e.Present(d.Present())
	e.Int(d.Int())
	e.Int8(d.Int8())
	e.Int16(d.Int16())
	e.Int32(d.Int32())
	e.Int64(d.Int64())
	e.Uint(d.Uint())
	e.Uint8(d.Uint8())
	e.Uint16(d.Uint16())
	e.Uint32(d.Uint32())
	e.Uint64(d.Uint64())
	e.Uintptr(d.Uintptr())
	e.Float32(d.Float32())
	e.Float64(d.Float64())
	e.Complex64(d.Complex64())
	e.Complex128(d.Complex128())
	e.String(d.String())
	e.Bytes(d.Bytes())
	e.Raw(nil)
	d.Raw(nil)
	e.Len(d.Len(1), true)
	e.Own(nil, nil)
	if e.Enter() && d.Enter() {
		e.Leave()
		d.Leave()
	}
}
