package runtime

import (
	"fmt"

	"github.com/cachegen/cachegen/runtime/internal/wire"
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
		return wire.Format
	}
	return o.Codec.Name()
}

// codecOf returns the codec of a method, or nil if that is the generated code of its result type.
func codecOf(s *settings, o *methodOptions, result *resultType) Codec {
	switch {
	case s.codec != nil:
		return s.codec
	case result.encode != nil:
		return nil
	case o.generic:
		if _, err := planOf(result.typ); err != nil {
			panic(fmt.Sprintf("cachegen: %s: %v", o.name, err))
		}
	}
	return DefaultCodec()
}
