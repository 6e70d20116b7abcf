package runtime

import (
	"fmt"

	"github.com/cachegen/cachegen/runtime/internal/reflectcodec"
	"github.com/cachegen/cachegen/runtime/internal/wire"
)

// Codec turns results into bytes and back. In [Options.Codec] it replaces the generated code of all
// reads.
//
// Its methods must be safe for concurrent use. An error costs a load, never the answer: the cache
// logs it, counts it in [Counts.CodecErrors], and the read continues.
type Codec interface {
	// Name names the format. A codec whose bytes change must change its name, because the cache
	// reads only entries that were written under the same name.
	Name() string

	// Append appends the encoding of v to dst and returns the extended slice, as append does. On
	// error it returns dst as it was. Append does not change v, and the result shares no memory
	// with v. A value that Decode could not restore should be an error; a codec that loses anything
	// silently must document it.
	Append(dst []byte, v any) ([]byte, error)

	// Decode sets what v points to, a zero value of the type that Append was given. Bytes that are
	// left over are an error. The value shares no memory with data. Decode must survive any bytes:
	// it neither panics nor allocates out of proportion to them. After an error the cache does not
	// use the value.
	Decode(data []byte, v any) error
}

// DefaultCodec returns a Codec to wrap in one that compresses or encrypts. It writes the bytes of
// generated code by reflection, as a cache does for results without generated code.
//
// What comes out equals what went in, or Append fails: tags hide nothing, nil is not empty, and a
// time keeps its location. It cannot carry what reflection cannot set or make: unexported fields
// (unless their type has methods for its bytes), interfaces that hold more than plain data,
// functions, channels and protobuf messages.
func DefaultCodec() Codec { return reflective{} }

type reflective struct{}

// Name is not that of the entries of a cache without a Codec. There, generated code writes the
// unexported fields of its package's types, which this codec writes by their methods, if at all.
func (reflective) Name() string { return wire.Format + " by reflection" }

func (reflective) Append(dst []byte, v any) ([]byte, error) { return reflectcodec.Append(dst, v) }

func (reflective) Decode(data []byte, v any) error { return reflectcodec.Read(data, v) }

// format names the bytes of a cache's entries.
//
// Generated code and the codec by reflection share one name. That is safe: the generator puts the
// way in which a result travels into the version in its keys, so entries of one version have the
// same bytes, whoever wrote them.
func (o *Options) format() string {
	if o.Codec == nil {
		return wire.Format
	}
	return o.Codec.Name()
}

// byReflection gives a result type without generated code the codec by reflection. If that cannot
// carry the type, every encoding is an error; for an instance of a generic type, which the
// generator has not seen, byReflection panics.
func (r *Result) byReflection(o *ReadOptions) {
	c, err := reflectcodec.Of(r.typ)
	switch {
	case err == nil:
		r.encode, r.decode = c.Encode, c.Decode
	case o.Generic:
		panic(fmt.Sprintf("cachegen: %s: %v", o.Method, err))
	default:
		r.encode = func(e *Encoder, _ any) { e.Fail(err) }
		r.decode = func(d *Decoder) any { d.Fail(err); return nil }
	}
}
