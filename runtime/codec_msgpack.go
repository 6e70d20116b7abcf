package runtime

import (
	"errors"
	"fmt"
	"math"
	"reflect"
)

// MsgPack is the [Codec] of results for which there is no generated code. What comes out of it equals what went in, or Append fails. It writes MessagePack: a
// struct as the array of its fields in order, so any tool that knows the format can show an entry. The zero MsgPack is
// ready to use.
//
// The libraries that were measured for this (see the module in bench) lose things: fields that a tag hides, the location
// of a time, empty against nil, a field behind an embedded one of its name. They lose them on their way through the types,
// where nothing can be mended from outside. So the way through the types is here and only the wire is a library's.
//
// It carries:
//
//   - bool, string, every integer, float and complex type, and types declared as one, with every bit: NaN, -0, any bytes
//     in a string;
//   - arrays, slices and maps of what it carries, nil apart from empty. A map key that is or contains a pointer is
//     refused;
//   - pointers to what it carries, at any depth, nil apart from a pointer to a zero value. Two pointers to one value come
//     back as two values, and a value that contains itself is an error;
//   - structs whose fields are all exported and carried. Tags mean nothing. Blank fields are skipped. An embedded struct
//     is a field like others, shadowing or not, and its type may be unexported if it is carried by its own fields;
//   - [time.Time], and types declared as one: the instant, zone and location, without a monotonic reading;
//   - any other type that declares a pair of methods of its own, by the first of MarshalBinary and UnmarshalBinary,
//     GobEncode and GobDecode, MarshalText and UnmarshalText. A pair that comes from an embedded field is not the type's
//     own, and neither is one that an embedded field has, too. A zero value travels without a call.
//
// Fields go before methods, because they lose nothing: the MarshalBinary of a type is often written for something else
// (for go-redis, say, as json.Marshal). What methods leave out stays out: those of [net/url.URL] write one of the
// spellings of a path.
//
// It refuses the rest, with the path to it: structs with unexported fields and no such methods, interfaces, functions,
// channels, unsafe pointers, and protobuf messages.
type MsgPack struct{}

// Name returns "msgpack".
func (MsgPack) Name() string { return "msgpack" }

// Append implements [Codec].
func (MsgPack) Append(dst []byte, v any) (out []byte, err error) {
	if v == nil {
		return dst, errors.New("runtime: msgpack: encode: nil without a type")
	}
	t := reflect.TypeOf(v)
	p, err := planOf(t)
	if err != nil {
		return dst, fmt.Errorf("runtime: msgpack: %w", err)
	}
	defer func() {
		if r := recover(); r != nil { // out of a method of the value's
			err = fmt.Errorf("panic: %v", r)
		}
		if err != nil {
			out, err = dst, fmt.Errorf("runtime: msgpack: encode %v: %w", t, err)
		}
	}()
	rv := reflect.ValueOf(v)
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map: // what they lead to can be addressed
	default:
		rv = reflect.New(t).Elem()
		rv.Set(reflect.ValueOf(v))
	}
	return p.append(dst, rv, 0)
}

// Decode implements [Codec].
func (MsgPack) Decode(data []byte, v any) (err error) {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return fmt.Errorf("runtime: msgpack: decode into %T, which is not a pointer to something", v)
	}
	rv = rv.Elem()
	p, err := planOf(rv.Type())
	if err != nil {
		return fmt.Errorf("runtime: msgpack: %w", err)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
		if err != nil {
			err = fmt.Errorf("runtime: msgpack: decode %v: %w", rv.Type(), err)
		}
	}()
	rest, err := p.read(data, rv, 0)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes left over", len(rest))
	}
	return err
}

// maxDepth is how many pointers, slices and maps may lie within another, as in encoding/json: it ends cycles, and bytes
// made to exhaust the stack.
const maxDepth = 10_000

var (
	errTooDeep  = fmt.Errorf("more than %d pointers, slices and maps within another; perhaps a cycle", maxDepth)
	errOverflow = errors.New("number too large for its type")
	errSameKey  = errors.New("a map key comes twice")
)

// tooLong guards the 32-bit lengths of MessagePack.
func tooLong(n int) error {
	if uint64(n) > math.MaxUint32 {
		return fmt.Errorf("length %d is more than MessagePack can express", n)
	}
	return nil
}
