package runtime

import (
	"context"
	"slices"
	"time"
)

// find answers for the items: each from Redis, from a flight that is running, or from a load of this call. It is method.find for many.
func (c *batchCall) find(ctx context.Context, list []*batchItem) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := c.read
	c.start = r.c.flights.tick()
	var alone []*batchItem // of which there is no copy to be had from whoever loads them
	for first := true; len(list) > 0; first = false {
		if err := c.look(ctx, list); err != nil {
			return err
		}
		var rest []*batchItem
		for _, it := range list {
			if !c.fromRedis(ctx, it) {
				rest = append(rest, it)
			}
		}
		if first {
			r.counts.misses.Add(uint64(len(rest)))
		}
		if len(rest) == 0 {
			break
		}
		over, cancel := r.c.detach(ctx)
		mine := c.join(rest, over)
		if len(mine) > 0 {
			r.c.work.Go(func() {
				defer cancel()
				c.fly(over, mine)
			})
		} else {
			cancel()
		}
		list = nil
		for _, it := range rest {
			out, err := it.flight.wait(ctx)
			switch {
			case err != nil:
				return err
			case !it.proven && out.asOf <= c.start:
				list = append(list, it)
				continue
			}
			out.rethrow()
			if it.mine {
				if out.err != nil {
					return out.err
				}
				continue
			}
			if out.absent != nil {
				out.payload = out.absent
			}
			if p, bad := r.openPart(out.payload); bad == nil {
				it.part, it.payload, it.source = p, out.payload, SourceShared
				r.counts.shared.Add(1)
			} else {
				alone = append(alone, it)
			}
		}
	}
	return c.loadAlone(ctx, alone)
}

// loadAlone loads what cannot be had from others, for this call only.
func (c *batchCall) loadAlone(ctx context.Context, list []*batchItem) error {
	for chunk := range c.chunks(list) {
		c.read.counts.loads.Add(uint64(len(chunk)))
		parts, err := c.load(ctx, chunk)
		if err != nil {
			return err
		}
		for i, it := range chunk {
			it.part, it.source = parts[i], SourceLoad
		}
	}
	return nil
}

// chunks cuts what is to be loaded into what one load may ask for.
func (c *batchCall) chunks(list []*batchItem) func(yield func([]*batchItem) bool) {
	n := c.read.o.chunk
	if n <= 0 {
		n = max(len(list), 1)
	}
	return slices.Chunk(list, n)
}

// look takes a snapshot for each item.
func (c *batchCall) look(ctx context.Context, list []*batchItem) error {
	r := c.read
	var ask []*batchItem
	for _, it := range list {
		switch {
		case r.c.redis == nil:
			it.seen, _ = r.look(ctx, c.budget, &it.target)
		case r.blocked(&it.target):
			it.seen = &snapshot{apart: true}
		default:
			if ask == nil {
				ask = make([]*batchItem, 0, len(list))
			}
			ask = append(ask, it)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	seen, err := r.c.redis.readMany(ctx, c.budget, targetsOf(ask), r.local)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.redisError(ctx, "read", ask[0].key, err)
	}
	for i, it := range ask {
		it.seen = &seen[i]
		if it.seen.err != nil {
			r.codecError(ctx, it.key, it.seen.err)
		}
	}
	return nil
}

func targetsOf(list []*batchItem) []*target {
	targets := make([]*target, len(list))
	for i, it := range list {
		targets[i] = &it.target
	}
	return targets
}

// fromRedis answers for an item with the entry that was seen, if it may be served.
func (c *batchCall) fromRedis(ctx context.Context, it *batchItem) bool {
	r := c.read
	if r.c.redis == nil || !it.seen.valid() {
		return false
	}
	payload := it.seen.entry.payload
	p, bad := r.openPart(payload)
	if bad != nil {
		r.codecError(ctx, it.key, bad)
		return false
	}
	it.part, it.payload, it.source = p, payload, SourceRedis
	r.counts.redisHits.Add(1)
	c.keep(it, it.seen.copy, it.seen.ttl, it.seen.tags)
	return true
}

// keep puts a copy of an item in the in-process tier, where it hangs on the stripes of its tags too.
func (c *batchCall) keep(it *batchItem, stamp uint64, ttl time.Duration, tags []uint16) {
	if c.read.keeps(stamp) {
		t := it.target.own()
		c.read.keep(t.with(tags), stamp, ttl, it.payload, it.part.value)
	}
}

// join finds each item a flight, and returns those that this call has to run itself. It is one step for all of them: two batches that joined item
// by item could each wait for an earlier load of the other.
func (c *batchCall) join(list []*batchItem, over context.Context) (mine []*batchItem) {
	fs := c.read.c.flights
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var room slab[batchFlight]
	for i, it := range list {
		it.flight, it.mine, it.proven = fs.place(&it.target, c.start, it.seen, over)
		if it.mine {
			it.batchFlight = &room.take(1, len(list)-i)[0]
			mine = append(mine, it)
		}
	}
	return mine
}
