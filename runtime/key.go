package runtime

import "github.com/cachegen/cachegen/runtime/internal/key"

// Key is for generated code: a key under construction, in a [KeyBuffer] on the caller's stack. Its
// methods append arguments and return it. It must not outlive the call that made it, and is not
// safe for concurrent use.
type Key = key.Key

// KeyBuffer is for generated code: the memory of a [Key]. The zero value is ready for use.
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

// KeyMap is for generated code: it appends the length of a map and what pair appends for each
// entry, sorted by the encodings.
func KeyMap[K comparable, V any](k Key, m map[K]V, pair func(Key, K, V) Key) Key {
	return key.Map(k, m, pair)
}

// KeyOf is for generated code: it appends a value whose type is a type parameter, as the methods of
// Key append one of that type.
func KeyOf[T any](k Key, v T) Key { return key.Of(k, v) }

// CheckKeys is for generated code: it panics if a type in the func type F has no stable key. The
// results of F are the types that keys are made of. Its parameters are type arguments, each of
// which has to be one segment of a key.
func CheckKeys[F any](repository string) { key.Check[F](repository) }
