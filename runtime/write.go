package runtime

import (
	"context"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/store"
)

// WriteOptions is for generated code: it describes a writing method.
type WriteOptions struct {
	Method Method        // example.com/crm/store.ContactRepository.Update
	Fence  bool          // a fence stands during the write
	Settle time.Duration // how long after the write nothing is stored
}

// Write is for generated code: a method that makes entries stale. It is safe for concurrent use.
type Write struct {
	c      *Cache
	o      WriteOptions
	counts *counters
}

// NewWrite makes the Write of a method.
func NewWrite(c *Cache, o WriteOptions) *Write {
	counts := c.counters(o.Method)
	o.Settle = capped(o.Settle)
	if c.redis != nil {
		hold := o.Settle
		if o.Fence {
			hold = max(hold, store.RenewedWithin(fenceLife))
		}
		c.redis.Holds(hold)
	}
	return &Write{c: c, o: o, counts: counts}
}

// Begin starts the invalidation of one call.
func (w *Write) Begin(ctx context.Context) *Invalidation {
	return w.c.begin(ctx, w.counts, w.o.Method, w.o.Settle)
}
