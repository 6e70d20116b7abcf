package runtime

import (
	"encoding/json"
	"fmt"
)

// JSON is a [Codec] that uses package encoding/json: people, and programs in other languages, can
// read its entries. It is slower than the default, and it loses data, mostly without an error:
//
//   - Unexported fields, and fields with the tag json:"-", come back as zero.
//   - With omitempty, an empty slice or map comes back as nil.
//   - Fields that Go shadows, and those of one name in two embedded structs, come back as zero.
//   - A type with MarshalJSON keeps what that writes. In a struct that embeds time.Time, all other
//     fields are lost.
//   - A time comes back in UTC, Local or a fixed zone, without the name of its location and without
//     a monotonic reading. A year outside of 0 to 9999 is an error.
//   - In an interface, every number comes back as a float64, which changes integers beyond 2^53.
//     A []byte or time.Time comes back as a string, a struct as a map[string]any.
//   - An interface with methods is an error when it is read, unless it is nil.
//   - A pointer to a nil pointer, slice or map comes back as nil.
//   - Bytes in a string that are not UTF-8 come back as U+FFFD.
//   - A json.RawMessage comes back without insignificant space, and as null if it was nil.
//   - NaN, infinities, complex numbers, functions and channels are errors, and so are maps by keys
//     that are neither strings nor integers nor have MarshalText.
type JSON struct{}

// Name returns "json".
func (JSON) Name() string { return "json" }

// Append implements [Codec].
func (JSON) Append(dst []byte, v any) (out []byte, err error) {
	defer func() {
		if r := recover(); r != nil { // out of a MarshalJSON
			out, err = dst, fmt.Errorf("cachegen: JSON of %T: panic: %v", v, r)
		}
	}()
	data, err := json.Marshal(v)
	if err != nil {
		return dst, fmt.Errorf("cachegen: %w", err)
	}
	return append(dst, data...), nil
}

// Decode implements [Codec].
func (JSON) Decode(data []byte, v any) (err error) {
	defer func() {
		if r := recover(); r != nil { // out of an UnmarshalJSON
			err = fmt.Errorf("cachegen: %T of JSON: panic: %v", v, r)
		}
	}()
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("cachegen: %w", err)
	}
	return nil
}
