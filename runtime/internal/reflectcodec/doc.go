// Package reflectcodec writes and reads results for which there is no generated code: those of
// generic types, and those of reads written by hand. It writes what cachegen would generate for the
// type in a package that declares no part of it, so each reads the bytes of the other.
//
// A value travels by its parts:
//
//   - bool, string, every integer, float and complex type, with every bit: NaN, -0, any bytes in a
//     string;
//   - arrays, slices and maps, nil apart from empty;
//   - pointers at any depth, nil apart from a pointer to a zero value. Two pointers to one value
//     come back as two values, and a value that contains itself is an error;
//   - structs, field by field. Tags mean nothing, blank fields are skipped. An embedded struct is a
//     field like others, and its type may be unexported if its own fields are all exported;
//   - time.Time and types declared as it: the instant, zone and location, without a monotonic
//     reading;
//   - interfaces without methods, as far as they hold plain data: see [wire.Encoder.Any].
//
// A struct of the standard library travels by its parts only if it keeps its fields in all releases
// of Go: see package stdlib.
//
// A type that cannot travel by its parts travels by the first pair of methods that it declares: see
// pairs. A zero value travels without a call, where generated code can tell it.
//
// Reflection sees less than generated code. It cannot set unexported fields, which generated code
// does for types of its own package, and it cannot tell a method that a struct declares from one
// that an embedded field lends it. Of refuses types that depend on either, interfaces with methods,
// functions, channels, protobuf messages, and maps with pointers in their keys.
package reflectcodec
