package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// An Encoder writes a value as bytes. Generated code calls one method for each part of the value;
// the Decoder that reads it needs the same calls in the same order. The first error stays; whatever
// follows it is discarded.
//
// Methods that append are not inlined. What makes room for a byte is a hundred bytes of machine
// code, which would stand in generated code once per field and take a fifth of its compile time.
type Encoder struct {
	b     []byte
	err   error
	depth int
}

// Fail makes err the error of the Encoder, unless that has one or err is nil.
func (e *Encoder) Fail(err error) {
	if err != nil && e.err == nil {
		e.err = err
	}
}

// Enter begins a value that can contain others of its type. It returns false after an error, and
// when the value lies deeper than any that does not contain itself. Each Enter that returned true
// needs a Leave.
//
//go:noinline
func (e *Encoder) Enter() bool {
	if e.err == nil && e.depth >= maxDepth {
		e.err = errDeep
	}
	if e.err != nil {
		return false
	}
	e.depth++
	return true
}

// Leave ends a value that Enter began.
func (e *Encoder) Leave() { e.depth-- }

// Present writes whether a value follows: the target of a pointer that is not nil, a value that is
// not zero. It returns false after an error.
func (e *Encoder) Present(there bool) bool {
	e.Bool(there)
	return there && e.err == nil
}

// Len writes the length of a slice or map that may be nil. Its elements follow.
//
//go:noinline
func (e *Encoder) Len(n int, isNil bool) {
	if isNil {
		e.b = append(e.b, 0)
		return
	}
	e.uvarint(uint64(n) + 1)
}

// maxBlanks bounds the elements without content of one slice or map.
const maxBlanks = 1 << 20

// Blanks writes n elements that have no content, such as struct{}. Each takes a byte, so that no
// length promises more elements than there are bytes.
func (e *Encoder) Blanks(n int) {
	if n > maxBlanks {
		e.Fail(fmt.Errorf("%d elements without content", n))
		return
	}
	e.b = append(e.b, make([]byte, n)...)
}

//go:noinline
func (e *Encoder) uvarint(x uint64) {
	if x < 0x80 {
		e.b = append(e.b, byte(x))
		return
	}
	e.b = binary.AppendUvarint(e.b, x)
}

// Bool writes a bool.
//
//go:noinline
func (e *Encoder) Bool(x bool) {
	var b byte
	if x {
		b = 1
	}
	e.b = append(e.b, b)
}

// Int64 writes an int64.
func (e *Encoder) Int64(x int64) { e.uvarint(uint64(x)<<1 ^ uint64(x>>63)) }

// Int writes an int.
func (e *Encoder) Int(x int) { e.Int64(int64(x)) }

// Int32 writes an int32.
func (e *Encoder) Int32(x int32) { e.Int64(int64(x)) }

// Int16 writes an int16.
func (e *Encoder) Int16(x int16) { e.Int64(int64(x)) }

// Int8 writes an int8.
//
//go:noinline
func (e *Encoder) Int8(x int8) { e.b = append(e.b, byte(x)) }

// Uint64 writes a uint64.
func (e *Encoder) Uint64(x uint64) { e.uvarint(x) }

// Uint writes a uint.
func (e *Encoder) Uint(x uint) { e.uvarint(uint64(x)) }

// Uint32 writes a uint32.
func (e *Encoder) Uint32(x uint32) { e.uvarint(uint64(x)) }

// Uint16 writes a uint16.
func (e *Encoder) Uint16(x uint16) { e.uvarint(uint64(x)) }

// Uint8 writes a uint8.
//
//go:noinline
func (e *Encoder) Uint8(x uint8) { e.b = append(e.b, x) }

// Uintptr writes a uintptr.
func (e *Encoder) Uintptr(x uintptr) { e.uvarint(uint64(x)) }

// Float64 writes the bits of a float64.
//
//go:noinline
func (e *Encoder) Float64(x float64) {
	e.b = binary.LittleEndian.AppendUint64(e.b, math.Float64bits(x))
}

// Float32 writes the bits of a float32.
//
//go:noinline
func (e *Encoder) Float32(x float32) {
	e.b = binary.LittleEndian.AppendUint32(e.b, math.Float32bits(x))
}

// Complex128 writes a complex128.
func (e *Encoder) Complex128(x complex128) {
	e.Float64(real(x))
	e.Float64(imag(x))
}

// Complex64 writes a complex64.
func (e *Encoder) Complex64(x complex64) {
	e.Float32(real(x))
	e.Float32(imag(x))
}

// String writes a string. It need not be UTF-8.
//
//go:noinline
func (e *Encoder) String(s string) {
	e.uvarint(uint64(len(s)))
	e.b = append(e.b, s...)
}

// Bytes writes a slice of bytes and keeps nil apart from empty.
//
//go:noinline
func (e *Encoder) Bytes(b []byte) {
	e.Len(len(b), b == nil)
	e.b = append(e.b, b...)
}

// Raw writes the bytes of an array. The reader knows their number.
//
//go:noinline
func (e *Encoder) Raw(b []byte) { e.b = append(e.b, b...) }

// How the location of a time follows its seconds and nanoseconds.
const (
	inUTC   = iota
	inZone  // then offset and zone: a time.FixedZone
	inPlace // then offset, zone and name: a place, or "Local"
)

// Time writes a time with its location. A monotonic reading is lost.
func (e *Encoder) Time(t time.Time) {
	loc := t.Location()
	if loc == time.UTC {
		e.instant(inUTC, t)
		return
	}
	zone, offset := t.Zone()
	name := loc.String()
	if loc == time.Local {
		name = "Local"
	}
	if name == zone && loc != time.Local && neverChanges(t) {
		e.instant(inZone, t)
		e.Int(offset)
		e.String(zone)
		return
	}
	e.instant(inPlace, t)
	e.Int(offset)
	e.String(zone)
	e.String(name)
}

func (e *Encoder) instant(how byte, t time.Time) {
	e.b = append(e.b, how)
	e.b = binary.LittleEndian.AppendUint64(e.b, uint64(t.Unix()))
	e.b = binary.LittleEndian.AppendUint32(e.b, uint32(t.Nanosecond()))
}

// Own writes the result of a type's own method: e.Own(x.MarshalBinary()).
//
//go:noinline
func (e *Encoder) Own(b []byte, err error) {
	if err != nil {
		e.Fail(err)
		return
	}
	e.uvarint(uint64(len(b)))
	e.b = append(e.b, b...)
}

// Append is Own for a method that appends: e.Append(x.AppendBinary).
func (e *Encoder) Append(appendTo func([]byte) ([]byte, error)) {
	if e.err != nil {
		return
	}
	start := len(e.b)
	e.b = append(e.b, 0) // room for a short length
	out, err := appendTo(e.b)
	if err != nil || len(out) <= start {
		e.Fail(errors.Join(err, errShrunk(len(out) <= start)))
		return
	}
	n := len(out) - start - 1
	if n < 0x80 {
		out[start] = byte(n)
		e.b = out
		return
	}
	var length [binary.MaxVarintLen64]byte
	e.b = slices.Replace(out, start, start+1, length[:binary.PutUvarint(length[:], uint64(n))]...)
}

func errShrunk(shrunk bool) error {
	if shrunk {
		return errors.New("a method that appends has returned less than it was given")
	}
	return nil
}

// encoders holds idle Encoders: each escapes to the function that it is passed to.
var encoders = sync.Pool{New: func() any { return new(Encoder) }}

// maxKept is the largest buffer that an idle Encoder keeps, in bytes.
const maxKept = 64 << 10

// Append appends the bytes that encode writes of v, and returns dst as it was with an error. A
// panic in encode, which calls methods of applications' types, is an error.
func Append(dst []byte, v any, encode func(*Encoder, any)) (out []byte, err error) {
	e := encoders.Get().(*Encoder)
	defer func() {
		if r := recover(); r != nil {
			e.Fail(fmt.Errorf("panic: %v", r))
		}
		if e.err != nil {
			out, err = dst, fmt.Errorf("cachegen: encode %T: %w", v, e.err)
		} else {
			out = append(slices.Grow(dst, len(e.b)), e.b...)
		}
		if cap(e.b) <= maxKept {
			*e = Encoder{b: e.b[:0]}
			encoders.Put(e)
		}
	}()
	encode(e, v)
	return dst, nil
}
