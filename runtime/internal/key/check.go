package key

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/cachegen/cachegen/runtime/internal/stdlib"
)

// Check panics if a type in the func type F has no stable key: a func, a chan, an interface with
// methods, a struct with an unexported field. The results of F are what keys are made of. Its
// parameters are the type arguments themselves. Each of these has to be one segment of a key, so
// that a key of one method is never that of another: numbers, strings, times, bytes, types with a
// MarshalText.
func Check[F any](repository string) {
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
	case t.Kind() == reflect.Interface && t.NumMethod() == 0:
		return "" // what it holds is looked at in each call
	case t.Kind() == reflect.Struct && t.Name() != "" && promotesText(t) && marshals(t):
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
		if name, _, _ := strings.Cut(t.Name(), "["); stdlib.Contains(t.PkgPath()) && !stdlib.Keeps(t.PkgPath(), name) {
			return at + " is a struct of the standard library, whose fields another release of Go may change, and it has no MarshalText"
		}
		return ""
	}
	return at + " has no stable key"
}
