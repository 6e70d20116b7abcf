package runtime

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"
)

const (
	fenceHold  = 10 * time.Second // a fence whose writer has died lapses after that
	fenceRenew = fenceHold / 3
)

// fence stands from before a write until after it. Behind it nothing cached answers and no load is stored, so a process that dies between
// commit and close leaves misses, not stale entries.
type fence struct {
	stale
	writer string // names it in Redis: what is opened or closed once more by a client that tries again is opened or closed once
	stop   func() // ends the renewal
}

// openFence opens a fence and keeps it open until closeFence.
func (c *Cache) openFence(ctx context.Context, counts *counters, method string, s stale) *fence {
	f := &fence{stale: s, writer: strconv.FormatUint(rand.Uint64(), 36), stop: func() {}}
	if c.redis == nil {
		c.local.blocked.add(c.local.stripes.of(s))
		c.local.invalidate(s)
		return f
	}
	if err := c.redis.invalidate(context.WithoutCancel(ctx), s, modeOpen(f.writer), fenceHold, brief); err != nil {
		counts.redisErrors.Add(1)
		c.o.logger.ErrorContext(ctx, "cachegen: a fence could not be opened; the write goes on without", "method", method, "error", err)
	}
	renewal, cancel := context.WithCancel(c.ending)
	f.stop = cancel
	c.work.Go(func() {
		tick := time.NewTicker(fenceRenew)
		defer tick.Stop()
		for {
			select {
			case <-renewal.Done():
				return
			case <-tick.C:
				if err := c.redis.hold(renewal, s, f.writer, fenceHold); err != nil && renewal.Err() == nil {
					counts.redisErrors.Add(1)
				}
			}
		}
	})
	return f
}

// closeFence stamps what the fence covers, and takes it away unless other writers have it open too.
func (c *Cache) closeFence(ctx context.Context, f *fence, settle time.Duration) error {
	f.stop()
	if c.redis == nil {
		c.local.invalidate(f.stale)
		if settle > 0 {
			c.settle(f.stale, settle)
		}
		c.local.blocked.remove(c.local.stripes.of(f.stale))
		return nil
	}
	return c.redis.invalidate(context.WithoutCancel(ctx), f.stale, modeClose(f.writer), settle, brief)
}

// settle refuses fills for a while in a cache without Redis.
func (c *Cache) settle(s stale, hold time.Duration) {
	list := c.local.stripes.of(s)
	c.local.blocked.add(list)
	c.work.Go(func() {
		wait := time.NewTimer(hold)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-c.closing:
		}
		c.local.invalidate(s) // what was loaded meanwhile may come from behind
		c.local.blocked.remove(list)
	})
}
