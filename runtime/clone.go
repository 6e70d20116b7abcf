package runtime

import (
	"reflect"
	"time"
)

// Same is for generated code: it returns v. It is the [ReadOptions.Clone] of a result that
// assignment copies (a number, a string, a time, a struct of these), and of a read with share,
// whose callers have agreed not to change what they get.
func Same[V any](v V) V { return v }

// refersToNothing reports that values of a type are copied by assignment: it has no part that two
// copies would share and anybody could change.
func refersToNothing(t reflect.Type) bool {
	if t == reflect.TypeFor[time.Time]() {
		return true // a location cannot be changed
	}
	switch t.Kind() {
	case reflect.Array:
		return refersToNothing(t.Elem())
	case reflect.Struct:
		for f := range t.Fields() {
			if !refersToNothing(f.Type) {
				return false
			}
		}
		return true
	}
	return t.Kind() == reflect.String || reflect.Bool <= t.Kind() && t.Kind() <= reflect.Complex128
}
