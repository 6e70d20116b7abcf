package runtime

import "github.com/cachegen/cachegen/runtime/internal/key"

// Key is a key under construction: a pointer into a KeyBuffer on the caller's stack. Its methods
// append arguments and return it; generated code calls them. It must not outlive the call that made
// it, and is not safe for concurrent use.
type Key = key.Key

// KeyBuffer is the room for a key. The zero value is ready for use.
type KeyBuffer = key.Buffer

// These calls let the compiler inline the same functions in generated code. It exports the body of
// another package's function only if it inlined a call of it, and generated code does not import
// key: a local hit would pay for each call.
var _ = func(k Key) []byte {
	if key.FaultOf(k) != key.OK {
		return key.Bytes(k.Nil().Ref().Len(1).Literal("").Join())
	}
	return key.Finish(k, "")
}

// KeyMap appends a map: its length, then what pair appends for each entry, in the order of the
// encodings.
func KeyMap[K comparable, V any](k Key, m map[K]V, pair func(Key, K, V) Key) Key {
	return key.Map(k, m, pair)
}

// KeyOf appends a value whose type is not known before a generic type is instantiated. The segments
// are those that the methods of Key append for the same type.
func KeyOf[T any](k Key, v T) Key { return key.Of(k, v) }

// CheckKeys panics if a type in the func type F has no stable key. The results of F are what keys
// are made of. Its parameters are type arguments, each of which has to be one segment of a key.
// Generated constructors of generic types call it.
func CheckKeys[F any](repository string) { key.Check[F](repository) }
