package runtime

import "reflect"

// Result is for generated code: how the results of one type are written, read back and copied. It
// is safe for concurrent use.
type Result struct {
	typ    reflect.Type
	zero   any                     // of the type; nil of an interface
	encode func(e *Encoder, v any) // generated code, or byReflection
	decode func(d *Decoder) any
	clone  func(v any) any // nil: there is no generated code
}

// ResultOf is for generated code: it makes the [Result] of a type.
//
// Encode writes a value, and decode reads it. If they are nil, reflection does both.
// [Options.Codec] replaces them. A read with them and a read without must differ in their versions,
// because generated code writes unexported fields and reflection cannot.
//
// Clone returns a copy that shares nothing with the value that a caller could change: [Same] for a
// type that assignment copies. Without it, copies in this process are kept encoded.
func ResultOf[V any](encode func(*Encoder, V), decode func(*Decoder) V, clone func(V) V) *Result {
	r := newResult(reflect.TypeFor[V](), cloner(clone))
	if encode != nil && decode != nil {
		r.encode = func(e *Encoder, v any) { encode(e, As[V](v)) }
		r.decode = func(d *Decoder) any { return decode(d) }
	}
	return r
}

// ResultOfPtr is for generated code: it is [ResultOf] for a pointer to what write writes, and read
// makes of a zero value.
func ResultOfPtr[T any](write func(*Encoder, *T), read func(*Decoder, *T), clone func(*T) *T) *Result {
	r := newResult(reflect.TypeFor[*T](), cloner(clone))
	r.encode = func(e *Encoder, v any) { writePtr(e, As[*T](v), write) }
	r.decode = func(d *Decoder) any { return readPtr(d, read) }
	return r
}

// ResultOfPtrs is for generated code: it is [ResultOfPtr] for a slice of such pointers.
func ResultOfPtrs[T any](write func(*Encoder, *T), read func(*Decoder, *T), clone func([]*T) []*T) *Result {
	r := newResult(reflect.TypeFor[[]*T](), cloner(clone))
	r.encode = func(e *Encoder, v any) {
		in := As[[]*T](v)
		e.Len(len(in), in == nil)
		for _, p := range in {
			writePtr(e, p, write)
		}
	}
	r.decode = func(d *Decoder) any {
		var out []*T
		if n := d.Len(1); n >= 0 {
			out = make([]*T, n)
			for i := range out {
				out[i] = readPtr(d, read)
			}
		}
		return out
	}
	return r
}

func newResult(t reflect.Type, clone func(any) any) *Result {
	return &Result{typ: t, zero: reflect.Zero(t).Interface(), clone: clone}
}

func cloner[V any](clone func(V) V) func(any) any {
	if clone == nil {
		return nil
	}
	return func(v any) any { return clone(As[V](v)) }
}

func writePtr[T any](e *Encoder, in *T, write func(*Encoder, *T)) {
	if e.Present(in != nil) {
		write(e, in)
	}
}

func readPtr[T any](d *Decoder, read func(*Decoder, *T)) (out *T) {
	if d.Present() {
		out = new(T)
		read(d, out)
	}
	return out
}

// As is for generated code: it returns a result as its type, of which nothing is known but a type
// parameter or an interface. Nil is the zero value.
func As[V any](result any) (v V) {
	if result != nil {
		v = result.(V)
	}
	return v
}

// known is a result whose dynamic type says its type, unless that is an interface.
func (r *Result) known(v any) any {
	if v == nil {
		return r.zero
	}
	return v
}

// isNil reports that a result is a nil pointer.
func (r *Result) isNil(v any) bool {
	return r.typ.Kind() == reflect.Pointer && (v == nil || reflect.ValueOf(v).IsNil())
}

// isZero reports that a result is the zero value of its type.
func (r *Result) isZero(v any) bool {
	return v == nil || r.typ.Kind() != reflect.Interface && reflect.ValueOf(v).IsZero()
}
