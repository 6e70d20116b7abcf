package runtime

import (
	"context"
	"slices"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/chunk"
	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/store"
)

// find answers for the items: each from Redis, from a flight that is running, or from a load of
// this call. The error is that of the load, or why the caller stopped waiting.
func (c *call) find(ctx context.Context, list []*item) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m := c.m
	defer runningIn(ctx).pause(ctx)()
	c.start = m.c.flights.tick()
	var unshared []*item // of which whoever loads them has no copy to give
	for first := true; len(list) > 0; first = false {
		if err := c.look(ctx, list); err != nil {
			return err
		}
		rest := c.missing(ctx, list)
		if first {
			m.counts.misses.Add(uint64(len(rest)))
		}
		if len(rest) == 0 {
			break
		}
		if first {
			c.from.own()
		}
		c.takeOff(ctx, rest)
		list = nil
		for _, it := range rest {
			out, err := it.flight.wait(ctx)
			if err != nil {
				return err
			}
			if !it.proven && out.asOf <= c.start {
				// It found an answer in Redis that may be older than this read.
				list = append(list, it)
				continue
			}
			out.rethrow()
			it.done = true
			switch {
			case it.mine && out.err != nil:
				return out.err
			case it.mine:
			case !c.share(it, &out):
				unshared = append(unshared, it)
			}
		}
	}
	return c.loadUnshared(ctx, unshared)
}

// look takes a snapshot for each item.
func (c *call) look(ctx context.Context, list []*item) error {
	m := c.m
	ask := slices.Grow(c.asked[:0], len(list))
	for _, it := range list {
		blocked := m.blocked(&it.Target)
		switch {
		case m.c.redis == nil:
			newest := m.c.local.Stripes.In(0).Newest(it.Stripes)
			it.seen = &store.Snapshot{MinStamp: newest, Complete: true, Bypass: blocked}
		case blocked:
			it.seen = &store.Snapshot{Bypass: true}
		default:
			ask = append(ask, it)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	targets := slices.Grow(c.targets[:0], len(ask))
	for _, it := range ask {
		targets = append(targets, &it.Target)
	}
	c.asked, c.targets = ask, targets
	seen, err := m.c.redis.Read(ctx, c.budget, targets, m.local && !m.o.InProcess)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		m.redisError(ctx, "read", ask[0].Key, err)
	}
	late := store.TimedOut(err)
	if late {
		m.c.follow.Want(ask[0].Shard) // what is loaded now can be stored if the log is known
	}
	for i, it := range ask {
		it.seen = &seen[i]
		it.unanswered = late && it.seen.Bypass
		if it.seen.Err != nil {
			m.codecError(ctx, it.Key, it.seen.Err)
		}
		if m.o.InProcess {
			c.boundInProcess(it)
		}
	}
	return nil
}

func targetsOf(list []*item) []*path.Target {
	targets := make([]*path.Target, len(list))
	for i, it := range list {
		targets[i] = &it.Target
	}
	return targets
}

// missing answers what it can with the entries that were seen, and returns the other items.
func (c *call) missing(ctx context.Context, list []*item) (rest []*item) {
	for _, it := range list {
		if it.done = c.fromRedis(ctx, it); !it.done {
			rest = append(rest, it)
		}
	}
	return rest
}

// fromRedis answers for an item with the entry that was seen, if it may be served.
func (c *call) fromRedis(ctx context.Context, it *item) bool {
	m, seen := c.m, it.seen
	if m.c.redis == nil || m.o.InProcess || !seen.Valid() {
		return false
	}
	p, bad := m.open(seen.Entry.Payload)
	if bad != nil {
		m.codecError(ctx, it.Key, bad)
		return false
	}
	it.part, it.payload, it.source = p, seen.Entry.Payload, SourceRedis
	m.counts.redisHits.Add(1)
	c.keep(it, seen.CopyStamp, seen.TTL, seen.TagStripes)
	return true
}

// keep puts a copy of an item in the in-process tier.
func (c *call) keep(it *item, stamp uint64, ttl time.Duration, tags []uint16) {
	if c.m.keeps(stamp) {
		v := it.part.value
		if c.m.o.InProcess {
			v = it.kept
		}
		c.m.keep(it.copyOf(), tags, stamp, ttl, it.payload, v)
	}
}

// takeOff finds each item a flight, and starts those that this call has to run.
func (c *call) takeOff(ctx context.Context, list []*item) {
	over, cancel := c.m.c.detach(ctx)
	mine := c.join(list, over)
	if len(mine) == 0 {
		cancel()
		return
	}
	c.m.c.work.Go(func() {
		defer cancel()
		c.fly(over, mine)
	})
}

// join finds each item a flight, and returns those that this call has to run. It is one step for
// all of them: two batches that joined item by item could each wait for an earlier load of the
// other.
func (c *call) join(list []*item, over context.Context) (mine []*item) {
	fs := c.m.c.flights
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var room chunk.Allocator[loading]
	for i, it := range list {
		it.flight, it.mine, it.proven = fs.join(it, c.start, over)
		if it.mine {
			it.loading = &room.Take(1, len(list)-i)[0]
			mine = append(mine, it)
		}
	}
	return mine
}

// share answers for an item with the outcome of somebody else's flight. It reports false if there
// is no copy to be had of what that loaded, and nobody gets another caller's; or if a batch failed,
// perhaps because of another item, or did not find this one.
func (c *call) share(it *item, out *outcome) bool {
	payload := out.payload
	switch {
	case payload != nil:
	case c.m.batched:
		payload = out.absent
	case out.err != nil && !out.batch:
		it.part, it.source = part{err: out.err}, SourceShared
		c.m.counts.shared.Add(1)
		return true
	}
	p, bad := c.m.openOutcome(payload, out.kept)
	if bad != nil {
		return false
	}
	it.part, it.payload, it.source = p, payload, SourceShared
	c.m.counts.shared.Add(1)
	return true
}

// loadUnshared loads what cannot be had from others, for this call only.
func (c *call) loadUnshared(ctx context.Context, list []*item) error {
	for some := range c.chunks(list) {
		if err := c.loadAlone(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) loadAlone(ctx context.Context, list []*item) error {
	load, err := c.room(ctx, list)
	if err != nil {
		return err
	}
	defer load.end()
	c.m.counts.loads.Add(uint64(len(list)))
	for _, it := range list {
		it.source = SourceLoad
	}
	return c.from.load(load, list)
}

// chunks cuts what is to be loaded into what one load may ask for.
func (c *call) chunks(list []*item) func(yield func([]*item) bool) {
	n := c.m.o.Chunk
	if n <= 0 {
		n = max(len(list), 1)
	}
	return slices.Chunk(list, n)
}
