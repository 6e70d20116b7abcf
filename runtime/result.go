package runtime

import (
	"context"
	"reflect"
)

// resultType is what a method has to know of the type V of its results, which it handles as any.
// What is compiled for each V anew is this, Read and Put, and stays short.
type resultType struct {
	typ reflect.Type
	// Load is a func(context.Context) (V, error): to make another func of it is an allocation.
	load    func(ctx context.Context, load any) (any, error)
	tag     func(t *Tags, result, v any) // result is a func(*Tags, V)
	encode  func(e *Encoder, v any)      // generated code, or byReflection
	decode  func(d *Decoder) any
	clone   func(v any) any  // nil: there is no generated code
	missing func(v any) bool // nil: no value but a nil pointer is missing
}

func resultOf[V any](o *ReadOptions[V]) *resultType {
	t := &resultType{
		typ: reflect.TypeFor[V](),
		load: func(ctx context.Context, load any) (any, error) {
			v, err := load.(func(context.Context) (V, error))(ctx)
			return v, err
		},
		tag: func(t *Tags, result, v any) { result.(func(*Tags, V))(t, as[V](v)) },
	}
	if encode, decode := o.Encode, o.Decode; encode != nil && decode != nil {
		t.encode = func(e *Encoder, v any) { encode(e, as[V](v)) }
		t.decode = func(d *Decoder) any { return decode(d) }
	}
	if clone := o.Clone; clone != nil {
		t.clone = func(v any) any { return clone(as[V](v)) }
	}
	if missing := o.Missing; missing != nil {
		t.missing = func(v any) bool { return missing(as[V](v)) }
	}
	return t
}

// as is v as a V. Nil is the zero value: of a pointer, where nothing was found, and of an
// interface.
func as[V any](v any) (x V) {
	if v != nil {
		x = v.(V)
	}
	return x
}

// isNil reports that a result is a nil pointer.
func (t *resultType) isNil(v any) bool {
	return t.typ.Kind() == reflect.Pointer && (v == nil || reflect.ValueOf(v).IsNil())
}

// isZero reports that a result is the zero value of its type.
func (t *resultType) isZero(v any) bool {
	return v == nil || t.typ.Kind() != reflect.Interface && reflect.ValueOf(v).IsZero()
}
