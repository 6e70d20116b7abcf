package runtime

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// fly runs the flights of items that nobody else in this process is loading. Those whose claims another process holds are waited for last, when
// what this one has claimed is loaded and stored: two processes with half of each other's items both come to an end.
func (c *batchCall) fly(over context.Context, list []*batchItem) {
	r := c.read
	out := outcome{source: SourceLoad, batch: true}
	returned := false
	defer func() {
		if !returned {
			if out.panicked = recover(); out.panicked != nil {
				r.c.o.logger.ErrorContext(over, "cachegen: a load panicked", "method", r.o.name, "error", loadPanic(out.panicked))
			} else {
				out.exited = true
				r.c.o.logger.ErrorContext(over, "cachegen: a load did not return", "method", r.o.name, "error", errGoexit)
			}
		}
		out.asOf = r.c.flights.tick() // what has come to nothing is not old
		// Backwards: the caller returns with the first that it sees. Its next call must not join
		// another that has failed too.
		for _, it := range slices.Backward(list) {
			c.end(it, out)
		}
	}()
	for _, it := range list {
		if it.flight.prev != nil {
			select {
			case <-it.flight.prev.done:
			case <-over.Done():
			}
		}
	}
	if r.c.redis == nil {
		out.err = c.flyAlone(over, list)
	} else {
		out.err = c.flyRedis(over, list)
	}
	returned = true
}

// end publishes what has become of an item.
func (c *batchCall) end(it *batchItem, out outcome) {
	if !it.ended {
		it.ended = true
		c.read.c.flights.end(it.key, it.flight, out)
	}
}

// flyAlone loads in a cache without Redis. The second look-up is for the reason that method.flyAlone has.
func (c *batchCall) flyAlone(over context.Context, list []*batchItem) error {
	r := c.read
	var rest []*batchItem
	for _, it := range list {
		asOf := r.c.flights.tick()
		if e := r.c.local.get([]byte(it.key)); e != nil {
			p, payload, bad := r.openCopy(e)
			if bad == nil {
				it.part, it.payload, it.source = p, payload, SourceLocal
				c.end(it, found(asOf, SourceLocal, p.none, payload))
				continue
			}
		}
		it.seen = &snapshot{seq: r.c.local.seq.Load(), apart: it.seen.apart}
		rest = append(rest, it)
	}
	return c.loadTogether(over, rest)
}

// openCopy returns what a local copy says of an item, and its encoded form.
func (r *method) openCopy(e *localCopy) (p part, payload []byte, bad error) {
	if e.payload != nil {
		p, bad = r.openPart(e.payload)
		return p, e.payload, bad
	}
	v := r.copy(e.value)
	payload, bad = r.encode(v)
	return part{value: v, there: true}, payload, bad
}

// found is the outcome for those who have joined.
func found(asOf uint64, source Source, none bool, payload []byte) outcome {
	out := outcome{asOf: asOf, source: source, batch: true}
	if none {
		out.absent = payload
	} else {
		out.payload = payload
	}
	return out
}

// flyRedis claims the entries, loads those it gets, and waits for the processes that hold the others.
func (c *batchCall) flyRedis(over context.Context, list []*batchItem) error {
	r := c.read
	by := token(rand.Uint64() | 1<<32)
	for pause := time.Millisecond; ; pause = min(pause*3/2, 50*time.Millisecond) {
		ready, left, wait := c.claim(over, list, by)
		if len(ready) > 0 {
			if err := c.loadTogether(over, ready); err != nil {
				return err
			}
			wait = false
		}
		if len(left) == 0 {
			return nil
		}
		if wait {
			select {
			case <-time.After(pause/2 + rand.N(pause)):
			case <-over.Done():
				return fmt.Errorf("cachegen: another process has been loading %s for longer than Options.LoadTimeout: %w", left[0].key, context.Cause(over))
			}
		}
		// As in method.flyRedis, the poll does not count against the time to wait for Redis.
		budget := c.budget.left
		asOf := r.c.flights.tick()
		if err := c.look(over, left); err != nil {
			for _, it := range left {
				it.seen = &snapshot{apart: true}
			}
		} else {
			c.budget.left = budget
		}
		list = list[:0:0]
		for _, it := range left {
			if c.fromRedis(over, it) {
				c.end(it, found(asOf, SourceRedis, it.part.none, it.payload))
			} else {
				list = append(list, it)
			}
		}
		if len(list) == 0 {
			return nil
		}
	}
}

// claim tries to get each of the items for this call. Ready are those to load now: claimed, or without Redis' having a part in it. With wait, the
// others are held by loads elsewhere; else there is something to see.
func (c *batchCall) claim(over context.Context, list []*batchItem, by token) (ready, left []*batchItem, wait bool) {
	r := c.read
	var ask []*batchItem
	for _, it := range list {
		if it.seen.apart {
			ready = append(ready, it)
		} else {
			ask = append(ask, it)
		}
	}
	if len(ask) == 0 {
		return ready, nil, false
	}
	failed := func(it *batchItem, err error) {
		r.redisError(over, "claim", it.key, err)
		it.seen = &snapshot{apart: true}
		ready = append(ready, it)
	}
	outdated, err := r.c.redis.prepare(over, c.budget, &ask[0].target, ask[0].seen) // they share shard and tenant, and the snapshot of those
	switch {
	case err != nil:
		for _, it := range ask {
			failed(it, err)
		}
		return inOrder(ready), nil, false
	case outdated:
		return ready, ask, false
	}
	seen := make([]*snapshot, len(ask))
	for i, it := range ask {
		seen[i] = it.seen
	}
	wait = true
	for i, claim := range r.c.redis.claimMany(over, c.budget, targetsOf(ask), by, seen) {
		it := ask[i]
		switch {
		case claim.err != nil:
			failed(it, claim.err)
		case claim.state == claimTaken:
			it.claim = claim.by
			ready = append(ready, it)
		case claim.state == claimWritten: // as in method.flyRedis
			it.seen = &snapshot{apart: true}
			ready = append(ready, it)
		default:
			wait = wait && claim.state == claimHeld
			left = append(left, it)
		}
	}
	return inOrder(ready), left, wait
}

// inOrder puts items in the order of the caller.
func inOrder(list []*batchItem) []*batchItem {
	slices.SortFunc(list, func(a, b *batchItem) int { return a.at[0] - b.at[0] })
	return list
}

// loadTogether loads items in as few calls as chunk= allows, stores what they brought, and ends the flights of these. The first call that fails is
// the last, and its error is returned: what is left has come to nothing.
func (c *batchCall) loadTogether(over context.Context, list []*batchItem) (err error) {
	loaded := 0
	stop := c.keepClaims(over, list)
	defer func() { // also of a panic
		stop()
		c.store(over, list, loaded)
		for _, it := range list[:loaded] {
			c.end(it, it.out)
		}
	}()
	for chunk := range c.chunks(list) {
		if err := c.loadChunk(over, chunk); err != nil {
			return err
		}
		loaded += len(chunk)
	}
	return nil
}

// loadChunk calls the inner repository once, and encodes what it says of each item.
func (c *batchCall) loadChunk(over context.Context, list []*batchItem) error {
	r := c.read
	r.counts.loads.Add(uint64(len(list)))
	asOf := make([]uint64, len(list))
	for i, it := range list {
		asOf[i] = r.c.flights.begin(it.flight, it.claim, it.seen.seq)
	}
	failed := true
	defer func() {
		if failed {
			r.counts.loadErrors.Add(uint64(len(list)))
		}
	}()
	parts, err := c.load(over, list)
	if err != nil {
		return err
	}
	failed = false
	for i, it := range list {
		it.part, it.source = parts[i], SourceLoad
		if it.part.none {
			it.payload, it.ttl = it.part.absent(), r.spread(r.o.notFound)
		} else if payload, bad := r.encode(it.part.value); bad != nil {
			r.codecError(over, it.key, bad)
		} else {
			it.payload = payload
			if tags, ok := c.tagsOf(over, it); ok {
				it.tags, it.ttl = tags, r.spread(r.o.ttl)
			}
		}
		it.out = found(asOf[i], SourceLoad, it.part.none, it.payload)
	}
	return nil
}

// store fills the entries of the first items, which have been loaded, and gives up the claims of those that brought nothing to store.
func (c *batchCall) store(over context.Context, list []*batchItem, loaded int) {
	r := c.read
	if r.c.redis == nil {
		for _, it := range list[:loaded] {
			tags := r.c.stripesOf(it.tenant, it.tags)
			t := it.target.with(tags)
			switch {
			case it.ttl <= 0:
			case it.seen.apart || r.blocked(t) || r.c.local.stripes.in(it.shard).stale(t.stripes, it.seen.seq):
				r.counts.fillsRefused.Add(1)
			default:
				c.keep(it, it.seen.seq, it.ttl, tags)
			}
		}
		return
	}
	var fill, release []*batchItem
	for i, it := range list {
		switch {
		case it.claim == 0:
		case i < loaded && it.ttl > 0 && over.Err() == nil:
			fill = append(fill, it)
		default:
			release = append(release, it)
		}
	}
	fill, refused := c.mayFill(over, fill)
	if release = append(release, refused...); len(release) > 0 {
		if err := r.c.redis.releaseMany(over, c.budget, targetsOf(release), claimsOf(release)); err != nil {
			r.redisError(over, "release", release[0].key, err)
		}
	}
	if len(fill) == 0 {
		return
	}
	fillings := make([]filling, len(fill))
	for i, it := range fill {
		fillings[i] = filling{&it.target, it.claim, it.seen.seq, it.tags, it.payload, it.ttl}
	}
	stored, errs := r.c.redis.fillMany(over, c.budget, fillings)
	for i, it := range fill {
		switch {
		case errs[i] != nil:
			r.redisError(over, "fill", it.key, errs[i])
		case !stored[i]:
			r.counts.fillsRefused.Add(1)
		case r.c.local.views[it.shard].applied.Load() != 0:
			c.keep(it, it.seen.seq, it.ttl, r.c.stripesOf(it.tenant, it.tags))
		}
	}
}

func claimsOf(list []*batchItem) []token {
	claims := make([]token, len(list))
	for i, it := range list {
		claims[i] = it.claim
	}
	return claims
}

// keepClaims renews claims until stop is called.
func (c *batchCall) keepClaims(over context.Context, list []*batchItem) (stop func()) {
	var held []*batchItem
	for _, it := range list {
		if it.claim != 0 {
			held = append(held, it)
		}
	}
	if len(held) == 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(over)
	targets, claims := targetsOf(held), claimsOf(held)
	c.read.c.work.Go(func() {
		tick := time.NewTicker(claimLife / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = c.read.c.redis.renewMany(ctx, targets, claims) // one that is gone costs its fill
			}
		}
	})
	return cancel
}
