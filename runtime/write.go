package runtime

import (
	"context"
	"time"
)

// WriteOptions describes a writing method. Generated code fills it in.
type WriteOptions struct {
	Method string        // ContactRepository.Update
	Settle time.Duration // settle=: for how long after the write nothing is stored
}

// Write is a method that makes entries stale. It is safe for concurrent use.
type Write struct {
	c      *Cache
	o      WriteOptions
	counts *counters
}

// NewWrite describes a writing method to the cache. Generated constructors call it.
func NewWrite(c *Cache, o WriteOptions) *Write {
	return &Write{c: c, o: o, counts: c.counters(o.Method)}
}

// Begin starts the invalidation of one call. The Invalidation is not safe for concurrent use.
func (w *Write) Begin(ctx context.Context) *Invalidation {
	return &Invalidation{c: w.c, ctx: ctx, counts: w.counts, method: w.o.Method, settle: w.o.Settle}
}
