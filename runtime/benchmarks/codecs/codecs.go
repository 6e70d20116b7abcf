// Package codecs measures codecs for the results that runtime caches: first what they lose, then
// how fast they are.
//
// The tables are in README.md; measure again with
//
//	go test -run 'Fidelity|Speed' -update
package codecs

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"github.com/fxamacker/cbor/v2"
	goccy "github.com/goccy/go-json"
	hashicorp "github.com/hashicorp/go-msgpack/v2/codec"
	shamaton "github.com/shamaton/msgpack/v3"
	ugorji "github.com/ugorji/go/codec"
	vmihailenco "github.com/vmihailenco/msgpack/v5"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/codectest"
	"github.com/cachegen/cachegen/runtime/internal/wiretest"
)

// A Candidate is a codec under test.
type Candidate struct {
	Name   string // as the table heads its column
	Module string
	Setup  string // what was set to lose less
	Encode func(v any) ([]byte, error)
	Decode func(data []byte, v any) error
}

// Candidates returns all of them, encoding/json first, each in the configuration that loses least.
// Settings that act on the whole process (registering a type with gob, vmihailenco or shamaton) are
// left alone: the process is the user's.
func Candidates() []Candidate {
	return []Candidate{
		{"json", "encoding/json", "", json.Marshal, json.Unmarshal},
		{"go-json", "github.com/goccy/go-json", "", goccy.Marshal, goccy.Unmarshal},
		{"gob", "encoding/gob", "", encodeGob, decodeGob},
		vmihailencoCandidate(),
		shamatonCandidate(),
		hashicorpCandidate(),
		ugorjiCandidate(),
		cborCandidate(),
		reflection(),
	}
}

// reflection is the codec of results without generated code.
func reflection() Candidate {
	c := runtime.DefaultCodec()
	return Candidate{"reflection", "github.com/cachegen/cachegen/runtime", "the bytes of generated code",
		func(v any) ([]byte, error) { return c.Append(nil, v) }, c.Decode}
}

// generated is the code that cachegen generates for the results that are timed. What it carries is
// shown where it is generated: TestCodecCases in cmd/cachegen/internal/emit sends the same table
// through it.
func generated() Candidate {
	return Candidate{"generated", "github.com/cachegen/cachegen", "code for each type",
		func(v any) ([]byte, error) {
			if one, ok := v.(*codectest.Contact); ok {
				return wiretest.AppendContact(nil, one)
			}
			return wiretest.AppendContacts(nil, v.([]*codectest.Contact))
		},
		func(data []byte, v any) (err error) {
			if one, ok := v.(**codectest.Contact); ok {
				*one, err = wiretest.DecodeContact(data)
				return err
			}
			list := v.(*[]*codectest.Contact)
			*list, err = wiretest.DecodeContacts(data)
			return err
		}}
}

func encodeGob(v any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(v)
	return b.Bytes(), err
}

func decodeGob(data []byte, v any) error { return gob.NewDecoder(bytes.NewReader(data)).Decode(v) }

func vmihailencoCandidate() Candidate {
	return Candidate{"vmihailenco", "github.com/vmihailenco/msgpack/v5", "structs as arrays",
		func(v any) ([]byte, error) {
			var b bytes.Buffer
			e := vmihailenco.GetEncoder()
			defer vmihailenco.PutEncoder(e)
			e.Reset(&b)
			e.UseArrayEncodedStructs(true)
			e.UseCompactInts(true)
			err := e.Encode(v)
			return b.Bytes(), err
		},
		func(data []byte, v any) error {
			d := vmihailenco.GetDecoder()
			defer vmihailenco.PutDecoder(d)
			d.Reset(bytes.NewReader(data))
			return d.Decode(v)
		}}
}

func shamatonCandidate() Candidate {
	return Candidate{"shamaton", "github.com/shamaton/msgpack/v3", "structs as arrays", shamaton.MarshalAsArray, shamaton.UnmarshalAsArray}
}

func hashicorpCandidate() Candidate {
	h := &hashicorp.MsgpackHandle{WriteExt: true}
	h.StructToArray = true
	h.TimeNotBuiltin = true // time.Time by its MarshalBinary
	return Candidate{"hashicorp", "github.com/hashicorp/go-msgpack/v2", "structs as arrays, strings apart from bytes, times by MarshalBinary",
		func(v any) (out []byte, err error) {
			err = hashicorp.NewEncoderBytes(&out, h).Encode(v)
			return out, err
		},
		func(data []byte, v any) error { return hashicorp.NewDecoderBytes(data, h).Decode(v) }}
}

func ugorjiCandidate() Candidate {
	h := &ugorji.MsgpackHandle{WriteExt: true}
	h.StructToArray = true
	h.TypeInfos = ugorji.NewTypeInfos([]string{"cachegen"})
	return Candidate{"ugorji", "github.com/ugorji/go/codec", "structs as arrays, strings apart from bytes, tags ignored",
		func(v any) (out []byte, err error) {
			err = ugorji.NewEncoderBytes(&out, h).Encode(v)
			return out, err
		},
		func(data []byte, v any) error { return ugorji.NewDecoderBytes(data, h).Decode(v) }}
}

func cborCandidate() Candidate {
	enc, err := cbor.EncOptions{
		Time: cbor.TimeRFC3339Nano, TimeTag: cbor.EncTagRequired,
		NaNConvert: cbor.NaNConvertNone, InfConvert: cbor.InfConvertNone,
		TextMarshaler: cbor.TextMarshalerTextString,
	}.EncMode()
	if err != nil {
		panic(err)
	}
	dec, err := cbor.DecOptions{
		UTF8: cbor.UTF8DecodeInvalid, TextUnmarshaler: cbor.TextUnmarshalerTextString,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
		MaxArrayElements:  1 << 30, MaxMapPairs: 1 << 30,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return Candidate{"cbor", "github.com/fxamacker/cbor/v2", "times as RFC 3339 with nanoseconds, any bytes in strings, text methods", enc.Marshal, dec.Unmarshal}
}

// addressable gives a candidate what it needs to find methods on pointers: a pointer to a copy.
func addressable(v any) any {
	if reflect.TypeOf(v).Kind() != reflect.Struct {
		return v
	}
	p := reflect.New(reflect.TypeOf(v))
	p.Elem().Set(reflect.ValueOf(v))
	return p.Interface()
}

// An Outcome is what became of a value.
type Outcome int

// From the best to the worst. An error costs a load; what is lost is lost in silence.
const (
	Kept       Outcome = iota
	Refused            // an error when encoding
	Unreadable         // an error when decoding
	Panicked
	Lost
)

func (o Outcome) String() string {
	return [...]string{"yes", "refused", "unreadable", "panic", "**lost**"}[o]
}

// Try sends a value through a candidate. The string says what differs, or the error.
func Try(c Candidate, in any, diff func(in, out any) string) (outcome Outcome, detail string) {
	defer func() {
		if r := recover(); r != nil {
			outcome, detail = Panicked, fmt.Sprint(r)
		}
	}()
	data, err := c.Encode(in)
	if c.Name != "reflection" {
		data, err = c.Encode(addressable(in))
	}
	if err != nil {
		return Refused, err.Error()
	}
	out := reflect.New(reflect.TypeOf(in))
	if err := c.Decode(data, out.Interface()); err != nil && err != io.EOF {
		return Unreadable, err.Error()
	}
	if d := diff(in, out.Elem().Interface()); d != "" {
		return Lost, d
	}
	return Kept, ""
}
