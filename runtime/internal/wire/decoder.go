package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"sync"
	"time"
)

// A Decoder reads the bytes that an Encoder wrote. It survives any bytes: it neither panics nor
// allocates out of proportion to them. The first error stays; after it every method returns a zero
// value and Present returns false, so generated code need not ask for errors.
//
// Values share no memory with the bytes.
type Decoder struct {
	data  []byte
	at    int // the offset in data of the next byte
	err   error
	depth int

	// text is a copy of data[from : from+len(text)]. Strings are parts of it.
	text string
	from int
}

var (
	errEnds   = fmt.Errorf("%w: it ends early", ErrCorrupt)
	errRange  = fmt.Errorf("%w: a number is too large for its type", ErrCorrupt)
	errBool   = fmt.Errorf("%w: neither true nor false", ErrCorrupt)
	errZone   = fmt.Errorf("%w: not a time", ErrCorrupt)
	errBlanks = fmt.Errorf("%w: content where there is none", ErrCorrupt)
)

// Fail makes err the error of the Decoder, unless that has one or err is nil.
func (d *Decoder) Fail(err error) {
	if err != nil && d.err == nil {
		d.err = err
	}
}

// Enter begins a value that can contain others of its type. It returns false after an error, and
// deeper than an Encoder goes. Each Enter that returned true needs a Leave.
func (d *Decoder) Enter() bool {
	if d.err == nil && d.depth >= maxDepth {
		d.err = errDeep
	}
	if d.err != nil {
		return false
	}
	d.depth++
	return true
}

// Leave ends a value that Enter began.
func (d *Decoder) Leave() { d.depth-- }

// take returns the next n bytes; nil after an error.
func (d *Decoder) take(n uint64) []byte {
	if n > uint64(len(d.data)-d.at) {
		d.Fail(errEnds)
	}
	if d.err != nil {
		return nil
	}
	b := d.data[d.at : d.at+int(n) : d.at+int(n)]
	d.at += int(n)
	return b
}

func (d *Decoder) byte() byte {
	if d.at >= len(d.data) || d.err != nil {
		d.Fail(errEnds)
		return 0
	}
	b := d.data[d.at]
	d.at++
	return b
}

func (d *Decoder) uvarint() uint64 {
	if d.at < len(d.data) && d.data[d.at] < 0x80 && d.err == nil {
		b := d.data[d.at]
		d.at++
		return uint64(b)
	}
	return d.longUvarint()
}

func (d *Decoder) longUvarint() uint64 {
	if d.err != nil {
		return 0
	}
	x, n := binary.Uvarint(d.data[d.at:])
	if n <= 0 {
		d.err = errEnds
		if n < 0 {
			d.err = errRange
		}
		return 0
	}
	d.at += n
	return x
}

// Present reads whether a value follows. It returns false after an error.
func (d *Decoder) Present() bool { return d.Bool() }

// Len reads the length of a slice or map: -1 for nil and after an error. Each element takes least
// bytes or more, at least 1. A length that exceeds what the remaining bytes can hold is an error,
// so that callers may allocate that many elements at once.
func (d *Decoder) Len(least int) int {
	n := d.uvarint()
	if n == 0 || d.err != nil {
		return -1
	}
	if n--; n > uint64(len(d.data)-d.at)/uint64(least) {
		d.err = errEnds
		return -1
	}
	return int(n)
}

// Blanks reads n elements that have no content.
func (d *Decoder) Blanks(n int) {
	for _, b := range d.take(uint64(max(n, 0))) {
		if b != 0 {
			d.Fail(errBlanks)
		}
	}
}

// Bool reads a bool.
func (d *Decoder) Bool() bool {
	b := d.byte()
	if b > 1 {
		d.Fail(errBool)
	}
	return b == 1
}

// Int64 reads an int64.
func (d *Decoder) Int64() int64 {
	x := d.uvarint()
	return int64(x>>1) ^ -int64(x&1)
}

// Int reads an int.
func (d *Decoder) Int() int { return int(d.signed(math.MinInt, math.MaxInt)) }

// Int32 reads an int32.
func (d *Decoder) Int32() int32 { return int32(d.signed(math.MinInt32, math.MaxInt32)) }

// Int16 reads an int16.
func (d *Decoder) Int16() int16 { return int16(d.signed(math.MinInt16, math.MaxInt16)) }

// Int8 reads an int8.
func (d *Decoder) Int8() int8 { return int8(d.byte()) }

func (d *Decoder) signed(low, high int64) int64 {
	x := d.Int64()
	if x < low || x > high {
		d.Fail(errRange)
		return 0
	}
	return x
}

// Uint64 reads a uint64.
func (d *Decoder) Uint64() uint64 { return d.uvarint() }

// Uint reads a uint.
func (d *Decoder) Uint() uint { return uint(d.unsigned(math.MaxUint)) }

// Uint32 reads a uint32.
func (d *Decoder) Uint32() uint32 { return uint32(d.unsigned(math.MaxUint32)) }

// Uint16 reads a uint16.
func (d *Decoder) Uint16() uint16 { return uint16(d.unsigned(math.MaxUint16)) }

// Uint8 reads a uint8.
func (d *Decoder) Uint8() uint8 { return d.byte() }

// Uintptr reads a uintptr.
func (d *Decoder) Uintptr() uintptr { return uintptr(d.unsigned(uint64(^uintptr(0)))) }

func (d *Decoder) unsigned(high uint64) uint64 {
	x := d.uvarint()
	if x > high {
		d.Fail(errRange)
		return 0
	}
	return x
}

// Float64 reads a float64.
func (d *Decoder) Float64() float64 {
	if b := d.take(8); b != nil {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// Float32 reads a float32.
func (d *Decoder) Float32() float32 {
	if b := d.take(4); b != nil {
		return math.Float32frombits(binary.LittleEndian.Uint32(b))
	}
	return 0
}

// Complex128 reads a complex128.
func (d *Decoder) Complex128() complex128 {
	re := d.Float64()
	return complex(re, d.Float64())
}

// Complex64 reads a complex64.
func (d *Decoder) Complex64() complex64 {
	re := d.Float32()
	return complex(re, d.Float32())
}

// window is how many bytes String copies at once. Short strings close to each other share one copy,
// which is several times faster than a copy for each. Who keeps one string keeps no more than this.
const window = 1 << 10

// String reads a string.
func (d *Decoder) String() string {
	b := d.take(d.uvarint())
	if len(b) == 0 {
		return ""
	}
	start := d.at - len(b)
	if i := start - d.from; i+len(b) <= len(d.text) {
		return d.text[i : i+len(b)]
	}
	if len(b) >= window/4 {
		return string(b)
	}
	d.from, d.text = start, string(d.data[start:min(start+window, len(d.data))])
	return d.text[:len(b)]
}

// Bytes reads a slice of bytes.
func (d *Decoder) Bytes() []byte {
	n := d.Len(1)
	if n < 0 {
		return nil
	}
	return append(make([]byte, 0, n), d.take(uint64(n))...)
}

// Raw reads the bytes of an array into b.
func (d *Decoder) Raw(b []byte) { copy(b, d.take(uint64(len(b)))) }

// Time reads a time. It shows the same clock as where it was written: the time zone database of the
// reader may give its place another offset, or not know it, and its Local may be elsewhere. Then
// the time comes back in a fixed zone.
func (d *Decoder) Time() time.Time {
	how := d.byte()
	sec, nsec := d.take(8), d.take(4)
	if d.err != nil {
		return time.Time{}
	}
	n := binary.LittleEndian.Uint32(nsec)
	if n >= uint32(time.Second) || how > inPlace {
		d.err = errZone
		return time.Time{}
	}
	t := time.Unix(int64(binary.LittleEndian.Uint64(sec)), int64(n))
	if how == inUTC {
		return t.UTC()
	}
	offset, zone := d.Int(), d.String()
	if how == inPlace {
		if loc := place(d.String()); loc != nil {
			there := t.In(loc)
			if z, o := there.Zone(); z == zone && o == offset {
				return there
			}
		}
	}
	return t.In(fixedZone(zone, offset))
}

// Own reads with a type's own method: d.Own(x.UnmarshalBinary).
func (d *Decoder) Own(unmarshal func([]byte) error) {
	b := d.take(d.uvarint())
	if d.err == nil {
		d.err = unmarshal(b)
	}
}

// Rest is Own for a method that returns the bytes it did not read: d.Rest(x.UnmarshalMsg).
func (d *Decoder) Rest(unmarshal func([]byte) ([]byte, error)) {
	b := d.take(d.uvarint())
	if d.err != nil {
		return
	}
	rest, err := unmarshal(b)
	d.err = err
	if len(rest) > 0 {
		d.Fail(errOver(len(rest)))
	}
}

func errOver(n int) error { return fmt.Errorf("%w: %d bytes are left over", ErrCorrupt, n) }

// decoders holds idle Decoders, for the same reason as encoders.
var decoders = sync.Pool{New: func() any { return new(Decoder) }}

// Read returns the value of type t that decode makes of data. Data that is left over is an error,
// and so is a panic in decode, which calls methods of applications' types.
func Read(data []byte, t reflect.Type, decode func(*Decoder) any) (v any, err error) {
	d := decoders.Get().(*Decoder)
	*d = Decoder{data: data}
	defer func() {
		if r := recover(); r != nil {
			d.err = errors.Join(d.err, fmt.Errorf("panic: %v", r))
		}
		if d.err == nil && d.at < len(data) {
			d.err = errOver(len(data) - d.at)
		}
		if d.err != nil {
			v, err = nil, fmt.Errorf("cachegen: decode %v: %w", t, d.err)
		}
		*d = Decoder{}
		decoders.Put(d)
	}()
	return decode(d), nil
}
