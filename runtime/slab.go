package runtime

import (
	"slices"
	"strings"
	"unsafe"
)

// slabSize is for how many items room is made at a time: for all, where a batch is not long.
const slabSize = 128

// slab makes room for many items at once, which would else be many small allocations.
type slab[T any] struct{ free []T }

// take returns n zero values for one item, where that many items are left, this one included.
func (s *slab[T]) take(n, left int) []T {
	if len(s.free) < n {
		s.free = make([]T, n*min(left, slabSize))
	}
	taken := s.free[:n:n]
	s.free = s.free[n:]
	return taken
}

// cutter makes the targets of a batch, neighbours of which have most of their fields in common. What they are made of is cut out of shared room, so
// whatever outlives the call has to take its own.
type cutter struct {
	stripes *stripes
	text    strings.Builder
	fields  []string
	list    slab[uint16]
	before  *target
}

// target is newTarget, with the stripes.
func (c *cutter) target(t *target, k Key, key []byte, left int) {
	if k.spelled() {
		path := key[k.path:len(k.bytes())]
		own := len(key) + 1 + len(path)
		if c.text.Cap()-c.text.Len() < own { // strings that were cut before keep what they were cut from
			c.text = strings.Builder{}
			c.text.Grow((own + 8) * min(left, slabSize))
		}
		start := c.text.Len()
		c.text.Write(key)
		c.text.WriteByte(hashMark)
		c.text.Write(path)
		text := c.text.String()[start:]
		if cap(c.fields)-len(c.fields) < maxScopes+2 {
			c.fields = make([]string, 0, maxScopes+2+4*min(left, slabSize))
		}
		t.key = text[:len(key)]
		t.cut(k, text[len(key):], c.fields[len(c.fields):])
		c.fields = c.fields[:len(c.fields)+len(t.fields)]
		t.fields = slices.Clip(t.fields)
	} else {
		*t = *newTarget(k, string(key))
	}
	n := len(t.fields)
	t.stripes = c.list.take(2*n, left)
	for i, field := range t.fields {
		if b := c.before; b != nil && i < len(b.fields) && b.fields[i] == field {
			t.stripes[i], t.stripes[n+i] = b.stripes[i], b.stripes[len(b.fields)+i]
		} else {
			t.stripes[i], t.stripes[n+i] = c.stripes.index(t.tenant, field), c.stripes.index(everyTenant, field)
		}
	}
	c.before = t
}

// own is the target for what outlives a batch.
func (t *target) own() target {
	own := *t
	own.key, own.stripes = strings.Clone(t.key), slices.Clone(t.stripes)
	return own
}

// bytesOf is a string's bytes, which must not be changed: what the client returns for GET as well.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
