package runtime

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/store"
)

// fenceLife is how long a fence stands whose writer has died.
const fenceLife = 10 * time.Second

// fence stands from before a write until after it. While it stands, nothing cached answers and no
// load is stored, so a process that dies between commit and close leaves misses, not stale entries.
type fence struct {
	path.Set
	// Names it in Redis: what is opened or closed once more by a client that tries again is opened
	// or closed once.
	writer string
	stop   func() // ends the renewal
}

// openFence opens a fence and keeps it open until closeFence.
func (c *Cache) openFence(ctx context.Context, b *store.Budget, counts *counters, method Method, s path.Set) *fence {
	f := &fence{Set: s, writer: strconv.FormatUint(rand.Uint64(), 36), stop: func() {}}
	if c.redis == nil {
		c.local.Block(0, s)
		c.local.Invalidate(s)
		return f
	}
	open := store.Open(f.writer)
	if err := c.redis.Invalidate(context.WithoutCancel(ctx), b, s, open, fenceLife); err != nil {
		counts.redisErrors.Add(1)
		c.o.logger.ErrorContext(ctx, "cachegen: a fence could not be opened; the write goes on without", "method", method, "error", err)
	}
	f.stop = c.work.Renew(c.ending, fenceLife, func(ctx context.Context) bool {
		if err := c.redis.Hold(ctx, s, f.writer, fenceLife); err != nil && ctx.Err() == nil {
			counts.redisErrors.Add(1)
		}
		return true
	})
	return f
}

// closeFence stamps what the fence covers, and takes it away unless other writers have it open too.
func (c *Cache) closeFence(ctx context.Context, b *store.Budget, f *fence, settle time.Duration) error {
	f.stop()
	if c.redis != nil {
		return c.redis.Invalidate(context.WithoutCancel(ctx), b, f.Set, store.Close(f.writer), settle)
	}
	c.local.Invalidate(f.Set)
	if settle > 0 {
		c.settle(f.Set, settle)
	}
	c.local.Unblock(0, f.Set)
	return nil
}

// settle refuses fills for a while in a cache without Redis.
func (c *Cache) settle(s path.Set, hold time.Duration) {
	c.local.Block(0, s)
	c.work.Go(func() {
		wait := time.NewTimer(hold)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-c.closing.Done():
		}
		c.local.Invalidate(s) // what was loaded meanwhile may be from before the write
		c.local.Unblock(0, s)
	})
}
