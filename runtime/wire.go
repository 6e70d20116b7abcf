package runtime

import "github.com/cachegen/cachegen/runtime/internal/wire"

// Encoder is for generated code: it writes results as bytes.
type Encoder = wire.Encoder

// Decoder is for generated code: it reads what an [Encoder] wrote.
type Decoder = wire.Decoder

// EncodeWith is for tests of generated code: it appends to dst what a read with such results writes
// of v.
func EncodeWith(r *Result, dst []byte, v any) ([]byte, error) {
	return wire.Append(dst, v, r.encode)
}

// DecodeWith is for tests of generated code: it returns what a read with such results, which are V,
// makes of data.
func DecodeWith[V any](r *Result, data []byte) (V, error) {
	v, err := wire.Read(data, r.typ, r.decode)
	return As[V](v), err
}

// These calls let the compiler inline the same methods in generated code. It exports the body of
// another package's method only if it inlined a call of it, and generated code does not import
// wire.
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
	d.Float32()
	d.Float64()
	d.Complex64()
	d.Complex128()
	_ = d.String()
	d.Bytes()
	d.Raw(nil)
	d.Len(1)
	if d.Enter() {
		e.Leave()
		d.Leave()
	}
}
