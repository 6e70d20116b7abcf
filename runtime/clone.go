package runtime

import (
	"reflect"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/reflectcodec"
	"github.com/cachegen/cachegen/runtime/internal/wire"
)

// Same is for generated code: it returns v. It is the [ReadOptions.Clone] of a result that
// assignment copies (a number, a string, a time, a struct of these), and of a read with share,
// whose callers have agreed not to change what they get.
func Same[V any](v V) V { return v }

// Own is for generated code: a copy of an argument whose type is a type parameter, is made of one,
// or is an interface without methods, for a load that goes on when its caller has given up. What
// the codec by reflection cannot carry is returned as it is.
func Own[V any](v V) V {
	if refersToNothing(reflect.TypeFor[V]()) {
		return v
	}
	codec, err := reflectcodec.Of(reflect.TypeFor[V]()) // not of what an interface holds
	if err != nil {
		return v
	}
	data, err := wire.Append(nil, v, codec.Encode)
	if err != nil {
		return v
	}
	var own V
	if reflectcodec.Read(data, &own) != nil {
		return v
	}
	return own
}

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
