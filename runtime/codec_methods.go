package runtime

import (
	"encoding"
	"fmt"
	"reflect"

	"github.com/tinylib/msgp/msgp"
)

// planMethods: false for the zero value, else the bytes of the type's own methods. They see nothing of the zero value
// because many cannot express it.
func planMethods(p *plan, t reflect.Type, w way) {
	var encode func(any) ([]byte, error)
	var decode func(any, []byte) error
	switch w {
	case byBinary:
		encode = func(x any) ([]byte, error) { return x.(encoding.BinaryMarshaler).MarshalBinary() }
		decode = func(x any, b []byte) error { return x.(encoding.BinaryUnmarshaler).UnmarshalBinary(b) }
	case byGob:
		encode = func(x any) ([]byte, error) { return x.(gobEncoder).GobEncode() }
		decode = func(x any, b []byte) error { return x.(gobDecoder).GobDecode(b) }
	case byText:
		encode = func(x any) ([]byte, error) { return x.(encoding.TextMarshaler).MarshalText() }
		decode = func(x any, b []byte) error { return x.(encoding.TextUnmarshaler).UnmarshalText(b) }
	}
	p.append = func(dst []byte, v reflect.Value, _ int) ([]byte, error) {
		if v.IsZero() {
			return msgp.AppendBool(dst, false), nil
		}
		x, err := encode(v.Addr().Interface())
		if err != nil {
			return dst, fmt.Errorf("%v: %w", t, err)
		}
		return msgp.AppendBytes(dst, x), tooLong(len(x))
	}
	p.read = func(b []byte, v reflect.Value, _ int) ([]byte, error) {
		v.SetZero()
		if msgp.NextType(b) == msgp.BoolType {
			zero, rest, err := msgp.ReadBoolBytes(b)
			if zero {
				err = fmt.Errorf("true where a %v was expected", t)
			}
			return rest, err
		}
		x, rest, err := msgp.ReadBytesZC(b)
		if err != nil {
			return rest, err
		}
		if err = decode(v.Addr().Interface(), x[:len(x):len(x)]); err != nil {
			err = fmt.Errorf("%v: %w", t, err)
		}
		return rest, err
	}
}
