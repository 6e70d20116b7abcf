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
	inTx   bool // the repository works inside a transaction
	tx     *Tx  // of that; nil: none was running where InTx was called
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
	i := w.c.begin(ctx, w.counts, w.o.Method, w.o.Settle)
	i.inTx, i.tx = w.inTx, w.tx
	return i
}

// InTx returns the Write of the same method of a repository inside a transaction. What a call makes
// stale waits for the commit of the [Tx] of its context, or else of ctx, or else of the one that w
// waits for. If none of them is running it is stale at once, which is logged once for each method.
func (w *Write) InTx(ctx context.Context) *Write {
	in := *w
	in.inTx = true
	if tx := txOf(ctx); tx.running() {
		in.tx = tx
	}
	return &in
}
