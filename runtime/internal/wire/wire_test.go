package wire

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/codectest"
)

func encodeWith[V any](encode func(*Encoder, V), dst []byte, v V) ([]byte, error) {
	return Append(dst, v, func(e *Encoder, _ any) { encode(e, v) })
}

func decodeWith[V any](decode func(*Decoder) V, data []byte) (V, error) {
	v, err := Read(data, reflect.TypeFor[V](), func(d *Decoder) any { return decode(d) })
	out, _ := v.(V)
	return out, err
}

func wireTrip[V any](t *testing.T, encode func(*Encoder, V), decode func(*Decoder) V, v V) {
	t.Helper()
	data, err := encodeWith(encode, []byte("head"), v)
	if err != nil {
		t.Errorf("encode %#v: %v", v, err)
		return
	}
	data = data[len("head"):]
	got, err := decodeWith(decode, data)
	if err != nil {
		t.Errorf("decode %#v: %v", v, err)
	} else if d := codectest.Diff(v, got); d != "" {
		t.Errorf("%#v: %s", v, d)
	}
	for n := range data {
		if got, err := decodeWith(decode, data[:n:n]); err == nil {
			t.Errorf("%d of the %d bytes of %#v are read as %#v", n, len(data), v, got)
		}
	}
	if _, err := decodeWith(decode, append(data, 0)); err == nil {
		t.Errorf("a byte after %#v is not noticed", v)
	}
}

func TestWireBringsBackWhatWentIn(t *testing.T) {
	for _, s := range []int64{0, 1, -1, 63, 64, -64, -65, math.MaxInt32, math.MaxInt64, math.MinInt64} {
		wireTrip(t, (*Encoder).Int64, (*Decoder).Int64, s)
		wireTrip(t, (*Encoder).Int, (*Decoder).Int, int(s))
		wireTrip(t, (*Encoder).Int32, (*Decoder).Int32, int32(s))
		wireTrip(t, (*Encoder).Int16, (*Decoder).Int16, int16(s))
		wireTrip(t, (*Encoder).Int8, (*Decoder).Int8, int8(s))
		wireTrip(t, (*Encoder).Uint64, (*Decoder).Uint64, uint64(s))
		wireTrip(t, (*Encoder).Uint, (*Decoder).Uint, uint(s))
		wireTrip(t, (*Encoder).Uint32, (*Decoder).Uint32, uint32(s))
		wireTrip(t, (*Encoder).Uint16, (*Decoder).Uint16, uint16(s))
		wireTrip(t, (*Encoder).Uint8, (*Decoder).Uint8, uint8(s))
		wireTrip(t, (*Encoder).Uintptr, (*Decoder).Uintptr, uintptr(s))
	}
	for _, f := range []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), 0.1, math.MaxFloat64} {
		wireTrip(t, (*Encoder).Float64, (*Decoder).Float64, f)
		wireTrip(t, (*Encoder).Float32, (*Decoder).Float32, float32(f))
		wireTrip(t, (*Encoder).Complex128, (*Decoder).Complex128, complex(f, -f))
		wireTrip(t, (*Encoder).Complex64, (*Decoder).Complex64, complex(float32(f), 1))
	}
	for _, s := range []string{"", "text", "\xff\x00", strings.Repeat("long", 200)} {
		wireTrip(t, (*Encoder).String, (*Decoder).String, s)
		wireTrip(t, (*Encoder).Bytes, (*Decoder).Bytes, []byte(s))
	}
	wireTrip(t, (*Encoder).Bytes, (*Decoder).Bytes, nil)
	wireTrip(t, (*Encoder).Bool, (*Decoder).Bool, true)
	wireTrip(t, (*Encoder).Bool, (*Decoder).Bool, false)
	for _, at := range append(codectest.Instants(), time.Time{}) {
		wireTrip(t, (*Encoder).Time, (*Decoder).Time, at)
		wireTrip(t, (*Encoder).Any, (*Decoder).Any, any(at))
	}
	for _, v := range []any{nil, true, false,
		1, int8(-1), int16(2), int32(3), int64(math.MinInt64), uint(1), uint8(255), uint16(3), uint32(4),
		uint64(math.MaxUint64), float32(0.5), math.NaN(), complex64(1), complex(1, 2), "x",
		[]byte{}, []byte(nil), []byte("b"), time.Hour,
		json.Number("1e400"), json.RawMessage(" {}"), json.RawMessage(nil), [16]byte{1},
		[]string{"a"}, []string(nil), map[string]string{"a": "b"}, map[string]string(nil),
		[]int{-1}, []int64{1}, []float64{0.1},
		[]any{nil, []any{}, map[string]any{"": nil}}, []any(nil), map[string]any{},
		map[string]any(nil), []map[string]any{nil, {"a": uint8(1)}}} {
		wireTrip(t, (*Encoder).Any, (*Decoder).Any, v)
	}
}

// Strings are parts of copies of the bytes, whose owner may change them.
func TestWireStringsShareNothing(t *testing.T) {
	in := []string{"a", strings.Repeat("b", 300), "", strings.Repeat("c", 100), strings.Repeat("d", window), "e"}
	encode := func(e *Encoder, v []string) {
		for _, s := range v {
			e.String(s)
		}
	}
	decode := func(d *Decoder) (v []string) {
		for range in {
			v = append(v, d.String())
		}
		return v
	}
	data, err := encodeWith(encode, nil, in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := decodeWith(decode, data)
	clear(data)
	if err != nil || !reflect.DeepEqual(in, out) {
		t.Errorf("%q, %v", out, err)
	}
}

func TestWireRejects(t *testing.T) {
	reject := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s is read", what)
		}
	}
	read := func(data string, decode func(*Decoder) any) error {
		_, err := decodeWith(decode, []byte(data))
		return err
	}
	reject("2 as a bool", read("\x02", func(d *Decoder) any { return d.Bool() }))
	reject("128 as an int8", read("\x80\x02", func(d *Decoder) any { return d.Int8() }))
	reject("1<<16 as a uint16", read("\x80\x80\x04", func(d *Decoder) any { return d.Uint16() }))
	reject("1<<31 as an int32", read("\x80\x80\x80\x80\x10", func(d *Decoder) any { return d.Int32() }))
	reject("a number of 11 bytes", read(strings.Repeat("\xff", 10)+"\x00", func(d *Decoder) any { return d.Uint64() }))
	reject("a time of 1e9 nanoseconds", read("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xca\x9a\x3b", func(d *Decoder) any { return d.Time() }))
	reject("a time in no kind of location", read("\x03"+strings.Repeat("\x00", 12), func(d *Decoder) any { return d.Time() }))
	reject("content of struct{}", read("\x02\x01", func(d *Decoder) any { d.Blanks(d.Len(1)); return nil }))
	reject("no type", read("\xff", func(d *Decoder) any { return d.Any() }))
	reject("what a method leaves over", read("\x01a", func(d *Decoder) any {
		d.Rest(func(b []byte) ([]byte, error) { return b, nil })
		return nil
	}))
	reject("a panic", read("", func(d *Decoder) any { panic("boom") }))

	write := func(encode func(*Encoder, int)) error {
		out, err := encodeWith(encode, []byte("head"), 0)
		if err != nil && string(out) != "head" {
			t.Errorf("an error, and %q", out)
		}
		return err
	}
	reject("a failing method", write(func(e *Encoder, _ int) { e.Own(nil, errors.New("gone")) }))
	reject("a failing method that appends", write(func(e *Encoder, _ int) { e.Append(func(b []byte) ([]byte, error) { return b, errors.New("gone") }) }))
	reject("a method that takes away", write(func(e *Encoder, _ int) { e.Append(func(b []byte) ([]byte, error) { return nil, nil }) }))
	reject("a panic", write(func(e *Encoder, _ int) { panic("boom") }))
	reject("a func", write(func(e *Encoder, _ int) { e.Any(func() {}) }))
	reject("too many blanks", write(func(e *Encoder, _ int) { e.Blanks(math.MaxInt) }))
}

func TestWireAppend(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 20000} {
		text := strings.Repeat("x", n)
		data, err := encodeWith(func(e *Encoder, s string) {
			e.Append(func(b []byte) ([]byte, error) { return append(b, s...), nil })
			e.Bool(true)
		}, nil, text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeWith(func(d *Decoder) (s string) {
			d.Own(func(b []byte) error { s = string(b); return nil })
			d.Bool()
			return s
		}, data)
		if got != text || err != nil {
			t.Errorf("%d bytes became %d: %v", n, len(got), err)
		}
	}
}

func TestWireEndsCycles(t *testing.T) {
	m := map[string]any{}
	m["m"], m["l"] = m, []any{m, m}
	if _, err := encodeWith((*Encoder).Any, nil, any(m)); err == nil || !strings.Contains(err.Error(), "perhaps it contains itself") {
		t.Error(err)
	}
	deep := strings.Repeat(string([]byte{anySlice, 2}), 2_000_000) + "\x00"
	if _, err := decodeWith((*Decoder).Any, []byte(deep)); err == nil {
		t.Error("bytes two million levels deep are read")
	}
}

// A length that the bytes cannot hold is an error before anything of that length is allocated.
func TestWireAllocatesInProportion(t *testing.T) {
	for _, data := range []string{
		string([]byte{anySlice, 0xff, 0xff, 0xff, 0xff, 0x7f}), string([]byte{anyMap, 0xff, 0xff, 0xff, 0xff, 0x7f}),
		string([]byte{anyString, 0xff, 0xff, 0xff, 0xff, 0x7f}), string([]byte{anyBytes, 0xff, 0xff, 0xff, 0xff, 0x7f}),
		string([]byte{anyMaps, 0xff, 0xff, 0xff, 0xff, 0x7f}), string([]byte{anyStrings, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := decodeWith((*Decoder).Any, []byte(data))
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; err == nil || n > 64<<10 {
			t.Errorf("%q: %v after %d bytes", data, err, n)
		}
	}
}

// FuzzDecoder feeds arbitrary bytes to Decoder.Any, which calls most of the other methods. Whatever
// it accepts must come back the same.
func FuzzDecoder(f *testing.F) {
	for _, v := range []any{nil, 1, "text", 0.5, time.Unix(1, 1), []any{map[string]any{"a": json.Number("1")}}, []map[string]any{{"b": []byte("c")}}} {
		data, err := encodeWith((*Encoder).Any, nil, v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := decodeWith((*Decoder).Any, data)
		if err != nil {
			return
		}
		again, err := encodeWith((*Encoder).Any, nil, v)
		if err != nil {
			t.Fatal(err)
		}
		w, err := decodeWith((*Decoder).Any, again)
		if d := codectest.Diff(v, w); err != nil || d != "" {
			t.Errorf("%#v: %v, %s", v, err, d)
		}
	})
}
