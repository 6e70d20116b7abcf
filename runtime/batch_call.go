package runtime

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// part is what an answer says of one item.
type part struct {
	value any
	there bool // in the map
	none  bool // not found, though a map may have a nil pointer for it
}

// payload of a part that was not found.
func (p *part) absent() []byte {
	if p.there {
		return []byte{payloadAbsent, payloadNil}
	}
	return []byte{payloadAbsent}
}

// errUnsplit is an answer that cannot be told apart by item.
var errUnsplit = errors.New("an answer for other items than were asked for")

// batch answers from the parts of what is cached and what load returns.
func (r *method) batch(ctx context.Context, k Key, do batchFuncs) (answer any, err error) {
	started := time.Now()
	bypass := func() (any, error) {
		r.counts.bypassed.Add(uint64(max(do.count, 1)))
		answer, err := do.load(ctx, nil)
		r.observe(ctx, "", SourceBypass, started, err)
		return answer, err
	}
	if k.bad != fine || do.count == 0 || r.c.closed.Load() {
		return bypass()
	}
	// An answer that cannot be taken apart will do for a caller that asked for the same.
	var whole atomic.Pointer[any]
	c := &batchCall{read: r, started: started, parts: make([]part, do.count), budget: &budget{r.c.o.redisTimeout}}
	c.load = func(ctx context.Context, list []*batchItem) ([]part, error) {
		at := make([]int, len(list))
		for i, it := range list {
			at[i] = it.at[0]
		}
		answer, err := do.load(ctx, at)
		if err != nil {
			return nil, err
		}
		parts, ok := do.split(answer, at)
		if !ok {
			r.counts.unsplit.Add(1)
			r.c.warn(ctx, "cachegen: the answer of a batch is not remembered, because it does not have one part for each item", "method", r.o.name)
			if len(at) == do.count {
				whole.Store(&answer)
			}
			return nil, errUnsplit
		}
		return parts, nil
	}
	if !c.addItems(ctx, k, do) {
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
		return nil, err
	}
	c.spread()
	return do.join(c.parts), nil
}

// batchItem is an item that has no local copy.
type batchItem struct {
	target
	at []int // where it stands among the items of the call

	// Of the round that looks for it.
	seen         *snapshot
	flight       *flight
	mine, proven bool

	// What has become of it. The flight of the item writes them before it ends, if it is mine.
	part    part
	payload []byte
	source  Source

	*batchFlight // if it is mine
}

// batchFlight is what an item needs only while this call loads it.
type batchFlight struct {
	claim token
	tags  []string // of its result
	out   outcome
	ttl   time.Duration
	ended bool
}

// batchCall is one call for many items.
type batchCall struct {
	read    *method
	started time.Time
	start   uint64 // on the clock of flights
	budget  *budget
	parts   []part       // the answer, by position
	list    []*batchItem // what is not in it from the start
	load    func(ctx context.Context, list []*batchItem) ([]part, error)
}

// addItems answers what it can from the in-process tier, and lists the rest, each item once. It reports false if one of them has no key.
func (c *batchCall) addItems(ctx context.Context, k Key, do batchFuncs) bool {
	r, begun := c.read, *k
	var (
		byKey  map[string]*batchItem
		room   slab[batchItem]
		places slab[int]
		cut    = cutter{stripes: r.c.local.stripes}
	)
	for i := range do.count {
		*k = begun
		k = do.item(k, i)
		if k.bad != fine {
			r.textless(ctx, k)
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
		left := do.count - i
		if r.local {
			left = min(left, 8+len(c.list)) // the others may all be in the process
		}
		if byKey == nil {
			byKey, c.list = make(map[string]*batchItem, left), make([]*batchItem, 0, left)
		}
		it := &room.take(1, left)[0]
		it.at = places.take(1, left)
		it.at[0] = i
		cut.target(&it.target, k, key, left)
		if do.tags != nil && !do.tags.tag(r, &it.target, i) {
			r.textless(ctx, k)
			return false
		}
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
func (c *batchCall) fromLocal(ctx context.Context, i int, k Key, key []byte) bool {
	r := c.read
	e := r.c.local.get(key)
	if e == nil {
		return false
	}
	if e.payload == nil {
		c.parts[i] = part{value: r.copy(e.value), there: true}
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
func (r *method) openPart(payload []byte) (p part, bad error) {
	if len(payload) > 0 {
		switch payload[0] {
		case payloadAbsent:
			return part{there: len(payload) > 1, none: true}, nil
		case payloadNil, payloadMissing:
			return part{none: true}, nil
		}
	}
	v, _, bad := r.decode(payload)
	return part{value: v, there: bad == nil}, bad
}

// spread puts what was found where it was asked for; a position has a copy of its own.
func (c *batchCall) spread() {
	for _, it := range c.list {
		for n, i := range it.at {
			p := it.part
			if n > 0 && !p.none {
				if c.read.result.clone != nil {
					p.value = c.read.copy(p.value)
				} else if again, bad := c.read.openPart(it.payload); bad == nil {
					p = again
				}
			}
			c.parts[i] = p
		}
	}
}

// observe tells of each item that was not in the process.
func (c *batchCall) observe(ctx context.Context, err error) {
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

func (r *method) observe(ctx context.Context, key string, source Source, started time.Time, err error) {
	if r.c.o.observe != nil {
		r.c.o.observe(ctx, Event{Method: r.o.name, Key: key, Source: source, Took: time.Since(started), Err: err})
	}
}
