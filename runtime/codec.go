package runtime

import (
	"fmt"
	"reflect"
)

// A Codec turns results into bytes and back. What [Options] takes applies to every read, also to those with generated code for it.
//
// All methods are safe for concurrent use. An error costs a load, never the answer: the cache counts and logs it, and
// the read goes on.
type Codec interface {
	// Name names the format. Entries written under another name are not read, so a codec changes its name whenever
	// its bytes change.
	Name() string

	// Append appends the encoding of v to dst and returns the extended slice, as append does. With an error it returns
	// dst as it was. Append does not change v, and the result shares no memory with it. A value that Decode could not
	// bring back whole is an error: nothing is left out in silence.
	Append(dst []byte, v any) ([]byte, error)

	// Decode sets what v points to, a zero value of the type that was given to Append. It reads all of data or fails:
	// bytes that are left over are an error. The value shares no memory with data. Decode survives any bytes: it neither
	// panics nor allocates out of proportion to them. After an error the value is of no use.
	Decode(data []byte, v any) error
}

// DefaultCodec returns the codec of reads for which none was generated, in a cache whose [Options] name none.
func DefaultCodec() Codec { return MsgPack{} }

// format names what the entries of a cache hold. A read of which the codec was generated and one of which it was not have nothing to tell them apart
// but the versions in their keys, which no two result types share.
func (o *Options) format() string {
	if o.Codec == nil {
		return wireFormat
	}
	return o.Codec.Name()
}

// resultCodec is the codec of one read.
type resultCodec[V any] struct {
	encode func(dst []byte, v V) ([]byte, error)
	decode func(data []byte) (V, error)
}

func codecOf[V any](o *settings, r *ReadOptions[V]) resultCodec[V] {
	if o.codec == nil && r.Encode != nil && r.Decode != nil {
		encode, decode := r.Encode, r.Decode
		return resultCodec[V]{
			func(dst []byte, v V) ([]byte, error) { return EncodeWith(encode, dst, v) },
			func(data []byte) (V, error) { return DecodeWith(decode, data) },
		}
	}
	codec := o.codec
	if codec == nil {
		codec = DefaultCodec()
		if r.Generic {
			if _, err := planOf(reflect.TypeFor[V]()); err != nil {
				panic(fmt.Sprintf("cachegen: %s: %v", r.Method, err))
			}
		}
	}
	return resultCodec[V]{
		func(dst []byte, v V) ([]byte, error) { return codec.Append(dst, v) },
		func(data []byte) (v V, err error) {
			err = codec.Decode(data, &v)
			return v, err
		},
	}
}
