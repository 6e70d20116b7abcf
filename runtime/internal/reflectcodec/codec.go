package reflectcodec

import (
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/cachegen/cachegen/runtime/internal/wire"
)

// A Codec writes and reads the values of one type. It is safe for concurrent use.
type Codec struct {
	typ reflect.Type
	*plan
}

// codecs holds a *Codec or an error for each type that Of was called with.
var codecs sync.Map

// Of returns the codec of t, which it makes once. The error names the first part of t that cannot
// be carried.
func Of(t reflect.Type) (*Codec, error) {
	found, ok := codecs.Load(t)
	if !ok {
		if p, refused := newPlan(t); refused != nil {
			found = refused.of(t)
		} else {
			found = &Codec{t, p}
		}
		found, _ = codecs.LoadOrStore(t, found)
	}
	if err, ok := found.(error); ok {
		return nil, err
	}
	return found.(*Codec), nil
}

// Encode writes v, which is of the codec's type; nil stands for its zero value.
func (c *Codec) Encode(e *wire.Encoder, v any) {
	rv := reflect.ValueOf(v)
	if v == nil || c.typ.Kind() != reflect.Pointer {
		rv = reflect.New(c.typ).Elem() // methods and arrays need an addressable value
		if v != nil {
			rv.Set(reflect.ValueOf(v))
		}
	}
	c.encode(e, rv)
}

// Decode reads a value of the codec's type.
func (c *Codec) Decode(d *wire.Decoder) any {
	v := reflect.New(c.typ).Elem()
	c.decode(d, v)
	return v.Interface()
}

// Append appends the bytes of v, and returns dst as it was with an error.
func Append(dst []byte, v any) ([]byte, error) {
	if v == nil {
		return dst, errors.New("cachegen: encode: nil without a type")
	}
	c, err := Of(reflect.TypeOf(v))
	if err != nil {
		return dst, fmt.Errorf("cachegen: %w", err)
	}
	return wire.Append(dst, v, c.Encode)
}

// Read sets what v points to, a zero value, to the value that data holds.
func Read(data []byte, v any) error {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return fmt.Errorf("cachegen: decode into %T, which is not a pointer to something", v)
	}
	c, err := Of(rv.Type().Elem())
	if err != nil {
		return fmt.Errorf("cachegen: %w", err)
	}
	_, err = wire.Read(data, c.typ, func(d *wire.Decoder) any {
		c.decode(d, rv.Elem())
		return nil
	})
	return err
}
