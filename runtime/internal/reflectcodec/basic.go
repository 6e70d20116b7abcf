package reflectcodec

import (
	"reflect"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/wire"
)

// basic plans the kinds that one method of the Encoder writes. It returns false for the rest.
func (p *plan) basic(k reflect.Kind) bool {
	type (
		e = *wire.Encoder
		d = *wire.Decoder
		v = reflect.Value
	)
	switch k {
	case reflect.Bool:
		p.encode = func(e e, v v) { e.Bool(v.Bool()) }
		p.decode = func(d d, v v) { v.SetBool(d.Bool()) }
	case reflect.String:
		p.encode = func(e e, v v) { e.String(v.String()) }
		p.decode = func(d d, v v) { v.SetString(d.String()) }

	case reflect.Int8:
		p.encode = func(e e, v v) { e.Int8(int8(v.Int())) }
		p.decode = func(d d, v v) { v.SetInt(int64(d.Int8())) }
	case reflect.Int16:
		p.encode = func(e e, v v) { e.Int64(v.Int()) }
		p.decode = func(d d, v v) { v.SetInt(int64(d.Int16())) }
	case reflect.Int32:
		p.encode = func(e e, v v) { e.Int64(v.Int()) }
		p.decode = func(d d, v v) { v.SetInt(int64(d.Int32())) }
	case reflect.Int64:
		p.encode = func(e e, v v) { e.Int64(v.Int()) }
		p.decode = func(d d, v v) { v.SetInt(d.Int64()) }
	case reflect.Int:
		p.encode = func(e e, v v) { e.Int64(v.Int()) }
		p.decode = func(d d, v v) { v.SetInt(int64(d.Int())) }

	case reflect.Uint8:
		p.encode = func(e e, v v) { e.Uint8(uint8(v.Uint())) }
		p.decode = func(d d, v v) { v.SetUint(uint64(d.Uint8())) }
	case reflect.Uint16:
		p.encode = func(e e, v v) { e.Uint64(v.Uint()) }
		p.decode = func(d d, v v) { v.SetUint(uint64(d.Uint16())) }
	case reflect.Uint32:
		p.encode = func(e e, v v) { e.Uint64(v.Uint()) }
		p.decode = func(d d, v v) { v.SetUint(uint64(d.Uint32())) }
	case reflect.Uint64:
		p.encode = func(e e, v v) { e.Uint64(v.Uint()) }
		p.decode = func(d d, v v) { v.SetUint(d.Uint64()) }
	case reflect.Uint:
		p.encode = func(e e, v v) { e.Uint64(v.Uint()) }
		p.decode = func(d d, v v) { v.SetUint(uint64(d.Uint())) }
	case reflect.Uintptr:
		p.encode = func(e e, v v) { e.Uint64(v.Uint()) }
		p.decode = func(d d, v v) { v.SetUint(uint64(d.Uintptr())) }

	case reflect.Float32:
		p.least = 4
		p.encode = func(e e, v v) { e.Float32(float32(v.Float())) }
		p.decode = func(d d, v v) { v.SetFloat(float64(d.Float32())) }
	case reflect.Float64:
		p.least = 8
		p.encode = func(e e, v v) { e.Float64(v.Float()) }
		p.decode = func(d d, v v) { v.SetFloat(d.Float64()) }
	case reflect.Complex64:
		p.least = 8
		p.encode = func(e e, v v) { e.Complex64(complex64(v.Complex())) }
		p.decode = func(d d, v v) { v.SetComplex(complex128(d.Complex64())) }
	case reflect.Complex128:
		p.least = 16
		p.encode = func(e e, v v) { e.Complex128(v.Complex()) }
		p.decode = func(d d, v v) { v.SetComplex(d.Complex128()) }
	default:
		return false
	}
	return true
}

// bytes plans slices of bytes.
func (p *plan) bytes() {
	p.encode = func(e *wire.Encoder, v reflect.Value) { e.Bytes(v.Bytes()) }
	p.decode = func(d *wire.Decoder, v reflect.Value) { v.SetBytes(d.Bytes()) }
}

// raw plans arrays of n bytes.
func (p *plan) raw(n int) {
	p.least = n
	p.encode = func(e *wire.Encoder, v reflect.Value) { e.Raw(v.Bytes()) }
	p.decode = func(d *wire.Decoder, v reflect.Value) { d.Raw(v.Bytes()) }
}

// dynamic plans interfaces without methods.
func (p *plan) dynamic() {
	p.encode = func(e *wire.Encoder, v reflect.Value) { e.Any(v.Interface()) }
	p.decode = func(d *wire.Decoder, v reflect.Value) {
		if x := d.Any(); x != nil {
			v.Set(reflect.ValueOf(x))
		}
	}
}

var (
	timeType    = reflect.TypeFor[time.Time]()
	timePointer = reflect.TypeFor[*time.Time]()
)

// isTime reports whether t is time.Time or declared as it: type Stamp time.Time.
func isTime(t reflect.Type) bool {
	return t == timeType || t.ConvertibleTo(timeType) && ownPair(t) == nil
}

// time plans the types that isTime reports.
func (p *plan) time(t reflect.Type) {
	const shortest = 13 // in UTC
	p.least = shortest
	pointer := func(v reflect.Value) *time.Time { return v.Addr().Interface().(*time.Time) }
	if t != timeType {
		pointer = func(v reflect.Value) *time.Time {
			return v.Addr().Convert(timePointer).Interface().(*time.Time)
		}
	}
	p.encode = func(e *wire.Encoder, v reflect.Value) { e.Time(*pointer(v)) }
	p.decode = func(d *wire.Decoder, v reflect.Value) { *pointer(v) = d.Time() }
}
