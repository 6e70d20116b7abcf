package runtime

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync/atomic"
	"time"
)

// Batch is a cached method that answers for many items at once, from an entry for each: the entries of the single read of the same prefix. It
// is safe for concurrent use.
type Batch[V any] struct{ *Read[V] }

// NewBatch describes a cached method for many items to the cache. Generated constructors call it.
func NewBatch[V any](c *Cache, o ReadOptions[V]) *Batch[V] { return &Batch[V]{NewRead(c, o)} }

// BatchMap answers a call for the items with a map that has what was found. Each item is a read of its own, with the same promises: its key is what
// item appends to k. What is not there is loaded together, in the order of the items, each once.
//
// The map is the caller's own. An item that the loaded map lacks, or has as a nil pointer, is not found. An error of load is the error of the
// call, and nothing of that load is remembered; what was found elsewhere is not returned with it. Without an item, or where the cache can have
// no part, load is called with the items as they are. So it is when a loaded map has a key that was not asked for: nobody knows whose it is.
func BatchMap[K comparable, V any, S ~[]K, M ~map[K]V](
	ctx context.Context, b *Batch[V], k Key, items S, item func(Key, K) Key, load func(context.Context, S) (M, error),
) (M, error) {
	return batch(ctx, b, k, items, item, load,
		func(asked S, m M) ([]part[V], bool) {
			parts, found := make([]part[V], len(asked)), 0
			for i, id := range asked {
				v, ok := m[id]
				if ok {
					found++
				}
				parts[i] = part[V]{v, ok, !ok || b.pointer && reflect.ValueOf(v).IsNil()}
			}
			return parts, found == len(m)
		},
		func(parts []part[V]) M {
			m := make(M, len(parts))
			for i, id := range items {
				if parts[i].there {
					m[id] = parts[i].value
				}
			}
			return m
		},
	)
}

// BatchSlice is BatchMap for a method that answers with a slice of one element for each item, in their order. An element that is zero is an item
// that was not found. A loaded slice of another length is returned as it is.
func BatchSlice[K, V any, S ~[]K, L ~[]V](
	ctx context.Context, b *Batch[V], k Key, items S, item func(Key, K) Key, load func(context.Context, S) (L, error),
) (L, error) {
	return batch(ctx, b, k, items, item, load,
		func(asked S, l L) ([]part[V], bool) {
			if len(l) != len(asked) {
				return nil, false
			}
			parts := make([]part[V], len(asked))
			for i, v := range l {
				parts[i] = part[V]{v, true, reflect.ValueOf(&v).Elem().IsZero()}
			}
			return parts, true
		},
		func(parts []part[V]) L {
			l := make(L, len(parts))
			for i, p := range parts {
				l[i] = p.value
			}
			return l
		},
	)
}

// part is what an answer says of one item.
type part[V any] struct {
	value V
	there bool // in the map
	none  bool // not found, though a map may have a nil pointer for it
}

// payload of a part that was not found.
func (p *part[V]) absent() []byte {
	if p.there {
		return []byte{payloadAbsent, payloadNil}
	}
	return []byte{payloadAbsent}
}

// errUnsplit is an answer that cannot be told apart by item.
var errUnsplit = errors.New("an answer for other items than were asked for")

// batch answers from the parts of what is cached and what load returns: split takes an answer apart, and join makes one.
func batch[K, V any, S ~[]K, R any](
	ctx context.Context, b *Batch[V], k Key, items S, item func(Key, K) Key, load func(context.Context, S) (R, error),
	split func(asked S, answer R) ([]part[V], bool), join func([]part[V]) R,
) (answer R, err error) {
	started := time.Now()
	r := b.Read
	bypass := func() (R, error) {
		r.counts.bypassed.Add(uint64(max(len(items), 1)))
		answer, err := load(ctx, items)
		r.observe(ctx, "", SourceBypass, started, err)
		return answer, err
	}
	if k.bad != fine || len(items) == 0 || r.c.closed.Load() {
		return bypass()
	}
	// An answer that cannot be taken apart will do for a caller that asked for the same.
	var whole atomic.Pointer[R]
	c := &batchCall[V]{read: r, started: started, parts: make([]part[V], len(items)), budget: &budget{r.c.o.redisTimeout}}
	c.load = func(ctx context.Context, list []*batchItem[V]) ([]part[V], error) {
		asked := make(S, len(list))
		for i, it := range list {
			asked[i] = items[it.at[0]]
		}
		answer, err := load(ctx, asked)
		if err != nil {
			return nil, err
		}
		parts, ok := split(asked, answer)
		if !ok {
			r.counts.unsplit.Add(1)
			r.c.warn(ctx, "cachegen: the answer of a batch is not remembered, because it does not have one part for each item", "method", r.o.Method)
			if len(asked) == len(items) {
				whole.Store(&answer)
			}
			return nil, errUnsplit
		}
		return parts, nil
	}
	if !addItems(ctx, c, k, items, item) {
		return bypass()
	}
	if len(c.list) > 0 {
		err = c.find(ctx, c.list)
		c.observe(ctx, err)
	}
	switch {
	case err == errUnsplit:
		if p := whole.Load(); p != nil {
			r.observe(ctx, "", SourceLoad, started, nil)
			return *p, nil
		}
		return bypass()
	case err != nil:
		return answer, err
	}
	c.spread()
	return join(c.parts), nil
}

// batchItem is an item that has no local copy.
type batchItem[V any] struct {
	target
	at []int // where it stands among the items of the call

	// Of the round that looks for it.
	seen         *snapshot
	flight       *flight
	mine, proven bool

	// What has become of it. The flight of the item writes them before it ends, if it is mine.
	part    part[V]
	payload []byte
	source  Source

	*batchFlight // if it is mine
}

// batchFlight is what an item needs only while this call loads it.
type batchFlight struct {
	claim token
	out   outcome
	ttl   time.Duration
	ended bool
}

// batchCall is one call for many items.
type batchCall[V any] struct {
	read    *Read[V]
	started time.Time
	start   uint64 // on the clock of flights
	budget  *budget
	parts   []part[V]       // the answer, by position
	list    []*batchItem[V] // what is not in it from the start
	load    func(ctx context.Context, list []*batchItem[V]) ([]part[V], error)
}

// addItems answers what it can from the in-process tier, and lists the rest, each item once. It reports false if one of them has no key.
func addItems[K, V any, S ~[]K](ctx context.Context, c *batchCall[V], k Key, items S, item func(Key, K) Key) bool {
	r, begun := c.read, *k
	var (
		byKey  map[string]*batchItem[V]
		room   slab[batchItem[V]]
		places slab[int]
		cut    = cutter{stripes: r.c.local.stripes}
	)
	for i, id := range items {
		*k = begun
		k = item(k, id)
		if k.bad != fine {
			r.c.warn(ctx, "cachegen: a read bypasses the cache, because an argument has no text", "method", r.o.Method, "key", string(k.bytes()))
			return false
		}
		key := k.finish(r.version)
		if r.local && c.fromLocal(ctx, i, k, key) {
			continue
		}
		if it, ok := byKey[string(key)]; ok {
			it.at = append(it.at, i)
			continue
		}
		left := len(items) - i
		if r.local {
			left = min(left, 8+len(c.list)) // the others may all be in the process
		}
		if byKey == nil {
			byKey, c.list = make(map[string]*batchItem[V], left), make([]*batchItem[V], 0, left)
		}
		it := &room.take(1, left)[0]
		it.at = places.take(1, left)
		it.at[0] = i
		cut.target(&it.target, k, key, left)
		if n := len(c.list); n > 0 {
			it.shard = c.list[n-1].shard // they are of one tenant
		} else if r.c.redis != nil {
			it.shard = shard(it.tenant)
		}
		byKey[it.key] = it
		c.list = append(c.list, it)
	}
	if len(c.list) > 0 && r.c.redis != nil && r.local {
		r.c.follow.want(c.list[0].shard)
	}
	return true
}

// fromLocal answers one position from the in-process tier.
func (c *batchCall[V]) fromLocal(ctx context.Context, i int, k Key, key []byte) bool {
	r := c.read
	e := r.c.local.get(key)
	if e == nil {
		return false
	}
	if e.payload == nil {
		c.parts[i] = part[V]{value: r.o.Clone(*e.value.(*V)), there: true}
	} else if p, bad := r.openPart(e.payload); bad != nil {
		r.codecError(ctx, e.key, bad)
		return false
	} else {
		c.parts[i] = p
	}
	r.counts.localHits.add(k)
	r.observe(ctx, e.key, SourceLocal, c.started, nil)
	return true
}

// openPart returns what an entry says of an item. An error that the single read remembers is an item that is not found.
func (r *Read[V]) openPart(payload []byte) (p part[V], bad error) {
	if len(payload) > 0 {
		switch payload[0] {
		case payloadAbsent:
			return part[V]{there: len(payload) > 1, none: true}, nil
		case payloadNil, payloadMissing:
			return part[V]{none: true}, nil
		}
	}
	v, _, bad := r.decode(payload)
	return part[V]{value: v, there: bad == nil}, bad
}

// spread puts what was found where it was asked for; a position has a copy of its own.
func (c *batchCall[V]) spread() {
	for _, it := range c.list {
		for n, i := range it.at {
			p := it.part
			if n > 0 && !p.none {
				if c.read.o.Clone != nil {
					p.value = c.read.o.Clone(p.value)
				} else if again, bad := c.read.openPart(it.payload); bad == nil {
					p = again
				}
			}
			c.parts[i] = p
		}
	}
}

// observe tells of each item that was not in the process.
func (c *batchCall[V]) observe(ctx context.Context, err error) {
	if c.read.c.o.observe == nil || err == errUnsplit {
		return
	}
	for _, it := range c.list {
		source := SourceLoad
		if err == nil { // else a load may still be writing there
			source = it.source
		}
		c.read.observe(ctx, it.key, source, c.started, err)
	}
}

func (r *Read[V]) observe(ctx context.Context, key string, source Source, started time.Time, err error) {
	if r.c.o.observe != nil {
		r.c.o.observe(ctx, Event{Method: r.o.Method, Key: key, Source: source, Took: time.Since(started), Err: err})
	}
}

// find answers for the items: each from Redis, from a flight that is running, or from a load of this call. It is Read.find for many.
func (c *batchCall[V]) find(ctx context.Context, list []*batchItem[V]) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := c.read
	c.start = r.c.flights.tick()
	var alone []*batchItem[V] // of which there is no copy to be had from whoever loads them
	for first := true; len(list) > 0; first = false {
		if err := c.look(ctx, list); err != nil {
			return err
		}
		var rest []*batchItem[V]
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
func (c *batchCall[V]) loadAlone(ctx context.Context, list []*batchItem[V]) error {
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
func (c *batchCall[V]) chunks(list []*batchItem[V]) func(yield func([]*batchItem[V]) bool) {
	n := c.read.o.Chunk
	if n <= 0 {
		n = max(len(list), 1)
	}
	return slices.Chunk(list, n)
}

// look takes a snapshot for each item.
func (c *batchCall[V]) look(ctx context.Context, list []*batchItem[V]) error {
	r := c.read
	var ask []*batchItem[V]
	for _, it := range list {
		switch {
		case r.c.redis == nil:
			it.seen, _ = r.look(ctx, c.budget, &it.target)
		case r.blocked(&it.target):
			it.seen = &snapshot{apart: true}
		default:
			if ask == nil {
				ask = make([]*batchItem[V], 0, len(list))
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

func targetsOf[V any](list []*batchItem[V]) []*target {
	targets := make([]*target, len(list))
	for i, it := range list {
		targets[i] = &it.target
	}
	return targets
}

// fromRedis answers for an item with the entry that was seen, if it may be served.
func (c *batchCall[V]) fromRedis(ctx context.Context, it *batchItem[V]) bool {
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
	c.keep(it, it.seen.copy, it.seen.ttl)
	return true
}

// keep puts a copy of an item in the in-process tier.
func (c *batchCall[V]) keep(it *batchItem[V], stamp uint64, ttl time.Duration) {
	if c.read.keeps(stamp) {
		t := it.target.own()
		c.read.keep(&t, stamp, ttl, it.payload, it.part.value)
	}
}

// join finds each item a flight, and returns those that this call has to run itself. It is one step for all of them: two batches that joined item
// by item could each wait for an earlier load of the other.
func (c *batchCall[V]) join(list []*batchItem[V], over context.Context) (mine []*batchItem[V]) {
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
