// Package key writes the keys of entries.
//
// A key is app:tenant:prefix:arg:arg:version. The encoding is injective: what separates, marks or
// matches (":", "*", "~", "&", "#", "{", "}", "%", white space and control bytes) is written %XX
// wherever it comes from a tenant, a literal or an argument, so a key can be cut back into what it
// was made of in one way only.
//
// Methods of Key append arguments; generated code calls them, by way of an alias in package
// runtime. What the runtime itself needs to know of a key are functions, so that an application
// does not see them.
package key

import (
	"encoding"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// The bytes that separate and mark.
const (
	Separator = ':'
	nilMark   = '~' // a nil pointer, slice or map
	refMark   = '&' // a pointer that is not nil, where the pointee could be taken for nilMark
	HashMark  = '#' // arguments too long to spell out: # and 32 hex digits
)

// VersionTag stands between the arguments of a key and its version.
const VersionTag = ":v"

// Key is a key under construction: a pointer into a Buffer on the caller's stack. Its methods
// extend it and return it. It must not outlive the call that made it, and is not safe for
// concurrent use.
type Key = *Buffer

// Buffer is the room for a key. The zero value is ready for use; a key that outgrows it moves to
// the heap.
type Buffer struct {
	n     int    // bytes in room
	more  []byte // all bytes of a key that has outgrown room
	path  int32  // where the path begins, after app:tenant:
	args  int32  // where the arguments begin, at their separator
	join  bool   // the next append continues the current segment
	fault Fault  // why this key cannot be used
	room  [208]byte
}

// Fault is why a key cannot be used. It is no error value: that would be kept somewhere, and take
// the caller's Buffer to the heap with it.
type Fault uint8

// The faults. A graver one replaces a lesser.
const (
	OK       Fault = iota
	NoText         // MarshalText of an argument failed, or an any holds no plain data; the key's bytes say how
	NoTenant       // there is no tenant
	InTx           // the call is part of a transaction
)

// FaultOf returns why a key cannot be used, or OK.
func FaultOf(k Key) Fault { return k.fault }

// Fail marks a key as unusable.
func Fail(k Key, why Fault) { k.fault = max(k.fault, why) }

// Begin sets the parts before the arguments, all of them encoded: "app:", the tenant, ":prefix".
func Begin(k Key, head, tenant, tail string) {
	if n := len(head) + len(tenant) + len(tail); n <= len(k.room) {
		k.n = n
		copy(k.room[:], head)
		copy(k.room[len(head):n], tenant)
		copy(k.room[len(head)+len(tenant):n], tail)
	} else {
		k.put(append(append(append(k.free(), head...), tenant...), tail...))
	}
	k.path = int32(len(head) + len(tenant) + 1)
	k.args = int32(len(head) + len(tenant) + len(tail))
}

// Bytes is what the key consists of so far.
func Bytes(k Key) []byte {
	if k.more != nil {
		return k.more
	}
	return k.room[:k.n]
}

// free is the room after the key, for put.
func (k *Buffer) free() []byte {
	if k.more != nil {
		return nil
	}
	return k.room[k.n:k.n]
}

// put makes p, which is free() with something appended, part of the key. It copies what did not
// fit: a key that kept p would be a pointer to itself for the compiler, and always on the heap.
func (k *Buffer) put(p []byte) {
	if k.more == nil && len(p) <= len(k.room)-k.n {
		k.n += len(p)
		return
	}
	if k.more == nil {
		k.more = append(k.more, k.room[:k.n]...)
	}
	k.more = append(k.more, p...)
}

// separate begins a segment.
func (k *Buffer) separate() {
	// The first segment of a path has nothing to be separated from.
	if k.join || k.more == nil && k.n == int(k.path) {
		k.join = false
		return
	}
	k.put(append(k.free(), Separator))
}

// Literal appends constant text of a template as one segment.
func (k *Buffer) Literal(s string) Key { return k.String(s) }

// Join makes the next append continue the current segment: Literal("v").Join().Int(2) is v2.
func (k *Buffer) Join() Key {
	k.join = true
	return k
}

// String appends a string, escaped.
func (k *Buffer) String(s string) Key {
	k.separate()
	if len(s) >= 8 && k.more == nil && len(s) <= len(k.room)-k.n && isPlain(s) {
		k.n += copy(k.room[k.n:], s)
		return k
	}
	k.put(AppendEscaped(k.free(), s))
	return k
}

// Bytes appends a byte slice like a string; nil differs from empty.
func (k *Buffer) Bytes(p []byte) Key {
	if p == nil {
		return k.Nil()
	}
	k.separate()
	k.put(AppendEscaped(k.free(), p))
	return k
}

// Int appends a signed integer in decimal.
func (k *Buffer) Int(i int64) Key {
	k.separate()
	k.put(strconv.AppendInt(k.free(), i, 10))
	return k
}

// Uint appends an unsigned integer in decimal.
func (k *Buffer) Uint(u uint64) Key {
	k.separate()
	k.put(strconv.AppendUint(k.free(), u, 10))
	return k
}

// Float appends a float64 as the shortest decimal that reads back as the same number.
func (k *Buffer) Float(f float64) Key {
	k.separate()
	k.put(strconv.AppendFloat(k.free(), f, 'g', -1, 64))
	return k
}

// Float32 appends a float32 as the shortest decimal that reads back as the same number.
func (k *Buffer) Float32(f float32) Key {
	k.separate()
	k.put(strconv.AppendFloat(k.free(), float64(f), 'g', -1, 32))
	return k
}

// Complex appends the real and the imaginary part, a segment each.
func (k *Buffer) Complex(c complex128) Key { return k.Float(real(c)).Float(imag(c)) }

// Bool appends true or false.
func (k *Buffer) Bool(b bool) Key {
	k.separate()
	k.put(strconv.AppendBool(k.free(), b))
	return k
}

// Time appends the instant in nanoseconds since 1970 UTC, whatever the location: the seconds, then
// nine digits.
func (k *Buffer) Time(t time.Time) Key {
	k.separate()
	b := strconv.AppendInt(k.free(), t.Unix(), 10)
	n := t.Nanosecond()
	for digit := 100_000_000; digit > 0; digit /= 10 {
		b = append(b, byte('0'+n/digit%10))
	}
	k.put(b)
	return k
}

// Text appends what the value's MarshalText returns. If that fails or panics, the key is unusable
// and its read bypasses the cache.
func (k *Buffer) Text(m encoding.TextMarshaler) Key {
	text, err := marshalText(m)
	if err != nil {
		Fail(k, NoText)
		return k.String(err.Error())
	}
	k.separate()
	k.put(AppendEscaped(k.free(), text))
	return k
}

func marshalText(m encoding.TextMarshaler) (text []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("MarshalText of %T panicked: %v", m, p)
		}
	}()
	return m.MarshalText()
}

// Nil appends the mark of a nil pointer, slice or map.
func (k *Buffer) Nil() Key { return k.mark(nilMark) }

// Ref appends the mark of a pointer that is not nil, before a pointee that could begin with the
// mark of nil.
func (k *Buffer) Ref() Key { return k.mark(refMark) }

func (k *Buffer) mark(b byte) Key {
	k.separate()
	k.put(append(k.free(), b))
	return k
}

// Len appends the number of the elements that follow.
func (k *Buffer) Len(n int) Key { return k.Int(int64(n)) }

// Map appends a map: its length, then what pair appends for each entry, in the order of the
// encodings.
func Map[K comparable, V any](k Key, m map[K]V, pair func(Key, K, V) Key) Key {
	if m == nil {
		return k.Nil()
	}
	pairs := make(sortedPairs, 0, len(m))
	for key, v := range m {
		pairs.add(k, func(scratch Key) { pair(scratch, key, v) })
	}
	return pairs.appendTo(k)
}

// sortedPairs are the encoded entries of a map.
type sortedPairs []string

// add encodes one entry apart from the key that it will be part of.
func (p *sortedPairs) add(k Key, encode func(scratch Key)) {
	scratch := Buffer{path: -1} // each pair begins with its separator
	encode(&scratch)
	Fail(k, scratch.fault)
	*p = append(*p, string(Bytes(&scratch)))
}

func (p sortedPairs) appendTo(k Key) Key {
	slices.Sort(p)
	k.Len(len(p))
	for _, pair := range p {
		k.put(append(k.free(), pair...))
	}
	return k
}
