// Package wire defines how results are written as bytes: the Encoder and Decoder whose methods
// generated code calls, one for each part of a value. Package reflectcodec calls the same methods
// for results without generated code.
//
// The bytes hold no types and no field names; the version in an entry's key names the type.
// Integers are varints, signed ones in zigzag; floats are their bits. A presence byte or a length
// precedes whatever can be nil or empty.
package wire

import (
	"errors"
	"fmt"
)

// Format names the bytes that an Encoder writes. It changes whenever they do, so that no process
// reads entries of another format.
const Format = "cachegen 2"

// ErrCorrupt is wrapped by every error for bytes that no Encoder wrote.
var ErrCorrupt = errors.New("corrupt entry")

// maxDepth bounds how deep values that can contain themselves lie within each other, as in
// encoding/json. It ends cycles, and decoding of bytes made to exhaust the stack.
const maxDepth = 10_000

var errDeep = fmt.Errorf(
	"more than %d values within another; perhaps it contains itself", maxDepth)
