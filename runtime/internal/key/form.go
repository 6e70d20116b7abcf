package key

import (
	"encoding"
	"reflect"
	"sync"
	"time"
)

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

var (
	timeType      = reflect.TypeFor[time.Time]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

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

// promotesText reports whether an embedded field has a MarshalText, which the struct has from
// there, or instead of it.
func promotesText(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous && marshals(f.Type) {
			return true
		}
	}
	return false
}

// marshals reports whether a type or a pointer to it has a MarshalText.
func marshals(t reflect.Type) bool {
	return t.Implements(textMarshaler) || reflect.PointerTo(t).Implements(textMarshaler)
}
