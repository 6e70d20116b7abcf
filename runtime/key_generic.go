package runtime

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"
)

// KeyOf appends a value whose type is not known before a generic type is instantiated. The segments are those that the methods of Key append for
// the same type, so a generic read and an invalidation of a plain type meet. Numbers, strings and times cost no reflection, types declared as a
// number or a string little; the rest, structs and slices for example, is taken apart by reflection.
func KeyOf[T any](k Key, v T) Key {
	switch v := any(v).(type) {
	case string:
		return k.String(v)
	case int:
		return k.Int(int64(v))
	case int64:
		return k.Int(v)
	case int32:
		return k.Int(int64(v))
	case int16:
		return k.Int(int64(v))
	case int8:
		return k.Int(int64(v))
	case uint:
		return k.Uint(uint64(v))
	case uint64:
		return k.Uint(v)
	case uint32:
		return k.Uint(uint64(v))
	case uint16:
		return k.Uint(uint64(v))
	case uint8:
		return k.Uint(uint64(v))
	case bool:
		return k.Bool(v)
	case time.Time:
		return k.Time(v)
	}
	// A conversion of its own for each use: the one above stays on the stack, and so does this one, as nothing is called by way of it.
	switch v := reflect.ValueOf(any(v)); v.Kind() {
	case reflect.String:
		return k.String(v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return k.Int(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return k.Uint(v.Uint())
	}
	return composite(k, v)
}

// composite appends a value that takes more than one look. It is apart, because its v is on the heap from the start.
func composite[T any](k Key, v T) Key {
	x := reflect.ValueOf(&v).Elem()
	if formOf(x.Type()).opens {
		k.Ref()
	}
	return k.reflected(x)
}

// reflected appends what generated code would for a value of that type.
func (k Key) reflected(v reflect.Value) Key {
	f := formOf(v.Type())
	switch f.text {
	case textOfValue:
		return k.Text(v.Interface().(encoding.TextMarshaler))
	case textOfPointer:
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		return k.Text(p.Interface().(encoding.TextMarshaler))
	}
	switch v.Kind() {
	case reflect.String:
		return k.String(v.String())
	case reflect.Bool:
		return k.Bool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return k.Int(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return k.Uint(v.Uint())
	case reflect.Float32:
		return k.Float32(float32(v.Float()))
	case reflect.Float64:
		return k.Float(v.Float())
	case reflect.Complex64, reflect.Complex128:
		return k.Complex(v.Complex())
	case reflect.Pointer:
		if v.IsNil() {
			return k.Nil()
		}
		if f.ref {
			k.Ref()
		}
		return k.reflected(v.Elem())
	case reflect.Slice:
		if isByte(v.Type().Elem()) {
			return k.Bytes(v.Bytes())
		}
		if v.IsNil() {
			return k.Nil()
		}
		k.Len(v.Len())
		return k.elements(v)
	case reflect.Array:
		if isByte(v.Type().Elem()) {
			b := make([]byte, v.Len())
			reflect.Copy(reflect.ValueOf(b), v)
			return k.Bytes(b)
		}
		return k.elements(v)
	case reflect.Map:
		return k.pairs(v)
	case reflect.Struct:
		if v.Type() == timeType {
			return k.Time(v.Interface().(time.Time))
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "_" {
				k.reflected(v.Field(i))
			}
		}
		return k
	}
	k.bad = max(k.bad, flawText) // CheckKeys refuses such types
	return k.String("no key for a " + v.Type().String())
}

func (k Key) elements(v reflect.Value) Key {
	for i := range v.Len() {
		k.reflected(v.Index(i))
	}
	return k
}

// pairs appends a map as KeyMap does.
func (k Key) pairs(m reflect.Value) Key {
	if m.IsNil() {
		return k.Nil()
	}
	pairs := make([]string, 0, m.Len())
	for i := m.MapRange(); i.Next(); {
		var scratch KeyBuffer
		scratch.path = -1
		scratch.reflected(i.Key()).reflected(i.Value())
		k.bad = max(k.bad, scratch.bad)
		pairs = append(pairs, string(scratch.bytes()))
	}
	slices.Sort(pairs)
	k.Len(len(pairs))
	for _, p := range pairs {
		k.put(append(k.free(), p...))
	}
	return k
}

// form is what the generator finds out about a type, found out at run time.
type form struct {
	text  textForm
	ref   bool // a pointer that is marked even if it is not nil
	opens bool // a struct or an array that could be taken for the mark of nil where it begins
}

type textForm uint8

const (
	noText textForm = iota
	textOfValue
	textOfPointer
)

var forms sync.Map // reflect.Type -> form

func formOf(t reflect.Type) form {
	if f, ok := forms.Load(t); ok {
		return f.(form)
	}
	f := form{text: marshalsText(t)}
	switch t.Kind() {
	case reflect.Pointer:
		f.ref = refersToMarks(t.Elem())
	case reflect.Struct, reflect.Array:
		nilable, empty := opening(t)
		f.opens = !isScalar(t) && f.text == noText && !isBytes(t) && (nilable || empty)
	}
	forms.Store(t, f)
	return f
}

// refersToMarks reports whether what a pointer points to could begin with the mark of nil.
func refersToMarks(t reflect.Type) bool {
	nilable, empty := opening(t)
	return nilable || empty
}

// opening looks at the first segment of a type, if it has any.
func opening(t reflect.Type) (nilable, empty bool) {
	switch {
	case isScalar(t) || marshalsText(t) != noText:
		return false, false
	case isBytes(t):
		return t.Kind() == reflect.Slice, false
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).Name == "_" {
				continue
			}
			if nilable, empty := opening(t.Field(i).Type); !empty {
				return nilable, false
			}
		}
		return false, true
	case t.Kind() == reflect.Array:
		if t.Len() == 0 {
			return false, true
		}
		return opening(t.Elem())
	}
	return true, false
}

// isScalar reports whether a type is encoded by its value alone.
func isScalar(t reflect.Type) bool {
	k := t.Kind()
	return t == timeType || k == reflect.String || reflect.Bool <= k && k <= reflect.Complex128
}

func isByte(t reflect.Type) bool { return t == reflect.TypeFor[byte]() }

// isBytes reports whether a type is a slice or an array of bytes.
func isBytes(t reflect.Type) bool {
	return (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) && isByte(t.Elem())
}

var textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()

// marshalsText reports whether a type is encoded by its MarshalText.
func marshalsText(t reflect.Type) textForm {
	switch {
	case t.Name() == "" || isScalar(t) || t.Kind() == reflect.Interface || promotesText(t):
		return noText
	case t.Implements(textMarshaler):
		return textOfValue
	case reflect.PointerTo(t).Implements(textMarshaler):
		return textOfPointer
	}
	return noText
}

// promotesText reports whether an embedded field has a MarshalText, which the struct has from there, or instead of it.
func promotesText(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous && has(f.Type, textMarshaler) {
			return true
		}
	}
	return false
}

// CheckKeys panics if a type in the func type F has no stable key: a func, a chan, an interface, a struct with an unexported field. The results of F
// are what keys are made of. Its parameters are type arguments by themselves, and have to be one segment of a key each, so that a key of one
// method is never that of another: numbers, strings, times, bytes, types with a MarshalText. Generated constructors of generic types call it.
func CheckKeys[F any](repository string) {
	refuse := func(t reflect.Type, why string) {
		panic(fmt.Sprintf("cachegen: %s cannot be cached for %v: %s", repository, t, why))
	}
	for t := range reflect.TypeFor[F]().Ins() {
		if why := keyless(t, "", map[reflect.Type]bool{}); why != "" {
			refuse(t, why)
		}
		if !isSegment(t) {
			refuse(t, "a type argument that keys are made of has to be a number, a string, a time, bytes, or a type with a MarshalText")
		}
	}
	for t := range reflect.TypeFor[F]().Outs() {
		if why := keyless(t, "", map[reflect.Type]bool{}); why != "" {
			refuse(t, why)
		}
	}
}

// isSegment reports whether a value of a type is always one segment.
func isSegment(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Complex64, reflect.Complex128:
		return false
	case reflect.Pointer:
		return isSegment(t.Elem()) && !refersToMarks(t.Elem())
	}
	return isScalar(t) || isBytes(t) || marshalsText(t) != noText
}

// keyless says why values of a type have no key; "" if they have one.
func keyless(t reflect.Type, path string, seen map[reflect.Type]bool) string {
	if seen[t] {
		return ""
	}
	seen[t] = true
	at := t.String()
	if path != "" {
		at = path + " (" + at + ")"
	}
	switch {
	case isScalar(t) || marshalsText(t) != noText || isBytes(t):
		return ""
	case t.Kind() == reflect.Struct && t.Name() != "" && promotesText(t) && has(t, textMarshaler):
		return at + " has a MarshalText that may be that of an embedded field"
	}
	switch t.Kind() {
	case reflect.Pointer:
		if t == t.Elem() {
			return at + " only points to itself"
		}
		return keyless(t.Elem(), path, seen)
	case reflect.Slice, reflect.Array:
		return keyless(t.Elem(), path+"[]", seen)
	case reflect.Map:
		if why := keyless(t.Key(), path+"[key]", seen); why != "" {
			return why
		}
		return keyless(t.Elem(), path+"[]", seen)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Name == "_" {
				continue
			}
			if !f.IsExported() {
				return path + "." + f.Name + " (" + f.Type.String() + ") is not exported"
			}
			if why := keyless(f.Type, path+"."+f.Name, seen); why != "" {
				return why
			}
		}
		return ""
	}
	return at + " has no stable key"
}

// has reports whether t or a pointer to it has the methods of an interface.
func has(t, methods reflect.Type) bool {
	return t.Implements(methods) || reflect.PointerTo(t).Implements(methods)
}
