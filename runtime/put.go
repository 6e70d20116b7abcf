package runtime

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/store"
)

// Put is for generated code: it stores what a write wrote as the entry that a read would load. If
// that could be stale, the Put invalidates the entry. It is not safe for concurrent use.
type Put struct {
	// The value is right only if nothing else has changed the row in between, so a put is an
	// invalidation that may end in a stored entry, and stores nothing whenever there is a doubt:
	//
	//  1. before the write it notes the counter of the shard, and reserves the entry: what was
	//     stored is gone, running loads cannot fill
	//  2. the write
	//  3. it stamps the entry, if nothing that covers it has been stamped since 1 and no fence
	//     stands there; other processes drop their copies
	//  4. it stores the value under that stamp, if its reservation still stands
	//
	// Whoever writes the same row at the same time takes the reservation away: a put by reserving,
	// in either order (reserve.lua), an invalidation by deleting the entry at its end; and if that
	// end comes later than 4, it deletes what was stored. A load that begins meanwhile goes past
	// the cache. If the reservation is gone the put deletes and stamps like any invalidation, for a
	// load may have claimed the entry since and read what was there before.
	//
	// A key that is known only after the write is reserved then, and the log has to show that
	// nothing invalidated it between 1 and 3: an exact invalidation need not leave a stamp.
	// A value so large that the write would wait for it too long is not stored.
	//
	// Stamping and looking for what has overtaken the write are one script, or under one lock: with
	// an invalidation in between the value would count as newer than that.

	m      *method
	i      *Invalidation
	tenant string      // encoded
	on     bool        // it may store
	since  store.Point // the counter before the write

	held   *reservation // of an entry
	kept   any          // what is to be stored
	target *path.Target // where; nil: nowhere
	tags   []string     // of the result, beside those of arguments
}

// reservation is a claim on an entry for a write.
type reservation struct {
	target   *path.Target
	claim    store.Claim
	stop     func()       // ends the renewal of the claim
	embedded *local.Write // without Redis
}

// put is Read.PutIn.
func (m *method) put(i *Invalidation, in TenantScope) *Put {
	p := &Put{m: m, i: i, tenant: in.encoded}
	if p.tenant == "" {
		p.tenant = i.tenant()
	}
	c := m.c
	if txOf(i.ctx).running() || c.closed.Load() || p.tenant == key.Every {
		return p
	}
	i.puts = append(i.puts, p)
	if c.redis == nil {
		p.on, p.since = true, store.Point{Seq: c.local.Seq()}
		return p
	}
	var err error
	p.since, p.on, err = c.redis.Counter(i.ctx, &i.budget, &path.Target{Tenant: p.tenant, Shard: path.ShardOf(p.tenant)})
	if err != nil {
		m.redisError(i.ctx, "look before putting", string(m.o.Method), err)
	}
	return p
}

// canStore reports that a key can be put under.
func (p *Put) canStore(k Key) bool {
	return p.on && key.FaultOf(k) == key.OK && key.Tenant(k) == p.tenant
}

// Claim reserves the entry before the write.
func (p *Put) Claim(k Key) {
	if p.canStore(k) && p.held == nil {
		p.reserve(p.targetOf(k))
	}
}

// Store sets the value after the write has returned without an error. [Invalidation.End] stores it
// in the cache, or invalidates the entry.
func (p *Put) Store(k Key, v any) { p.StoreTagged(k, v, nil, nil) }

// StoreTagged is Store for an entry with tags: args adds those of a read's arguments, result those
// of its result. Either may be nil.
func (p *Put) StoreTagged(k Key, v any, args, result func(*Tags)) {
	if !p.canStore(k) {
		return
	}
	var tags [2]Tags
	for i, add := range []func(*Tags){args, result} {
		if tags[i].tenant = p.tenant; add != nil {
			add(&tags[i])
		}
		if tags[i].noText {
			p.m.warnNoTagText(p.i.ctx, string(key.Finish(k, p.m.version)))
			return
		}
	}
	p.target, p.kept, p.tags = p.targetOf(k), v, tags[1].paths
	p.m.c.tagTarget(p.target, &tags[0])
}

func (p *Put) targetOf(k Key) *path.Target {
	c := p.m.c
	t := path.NewTarget(k, string(key.Finish(k, p.m.version)))
	if c.redis != nil {
		t.Shard = path.ShardOf(p.tenant)
	}
	t.Stripes = c.local.Stripes.Cover(t.Tenant, t.Fields)
	return t
}

// reserve keeps others from filling the entry. If another write is about to put it, neither will.
func (p *Put) reserve(t *path.Target) {
	c := p.m.c
	h := &reservation{target: t, stop: func() {}}
	if c.redis == nil {
		if h.embedded = c.local.BeginWrite(t.Key); h.embedded == nil {
			p.on = false
			return
		}
		p.held = h
		return
	}
	claim, ok, err := c.redis.Reserve(context.WithoutCancel(p.i.ctx), &p.i.budget, t, entry.Token(rand.Uint64()|1<<32))
	if err != nil {
		p.m.redisError(p.i.ctx, "reserve", t.Key, err)
	}
	if !ok {
		p.on = false
		return
	}
	h.claim = claim
	h.stop = c.work.Renew(c.ending, store.ClaimLife, func(ctx context.Context) bool {
		return c.redis.Renew(ctx, []store.Claim{claim})
	})
	p.held = h
}

// release gives a reservation up.
func (p *Put) release(stored bool) {
	h := p.held
	if h == nil {
		return
	}
	p.held = nil
	h.stop()
	c := p.m.c
	if h.embedded != nil {
		c.local.EndWrite(h.target.Key, h.embedded)
		return
	}
	if stored || p.i.covers(p.tenant, h.target) {
		return
	}
	if err := c.redis.Release(context.WithoutCancel(p.i.ctx), &p.i.budget, []store.Claim{h.claim}); err != nil {
		p.m.redisError(p.i.ctx, "release", h.target.Key, err)
	}
}

// covers reports whether the invalidation deletes an entry anyway.
func (i *Invalidation) covers(tenant string, t *path.Target) bool {
	return slices.ContainsFunc(i.sets, func(s path.Growing) bool {
		return s.Tenant == tenant && slices.Contains(s.Entries, t.Path())
	})
}

// finish stores the value, or does not, and returns the path that needs no invalidation any more.
func (p *Put) finish(ctx context.Context) (done path.Set) {
	stored := false
	defer func() { p.release(stored) }()
	if !p.on || p.target == nil {
		return path.Set{}
	}
	payload, err := p.m.encode(p.kept)
	switch {
	case err != nil:
		p.m.codecError(ctx, p.target.Key, err)
	case payload[0] != payloadValue: // nil
	case p.m.c.redis == nil:
		stored = p.putEmbedded(payload)
	case p.i.budget.Fits(len(payload)):
		stored = p.putRedis(context.WithoutCancel(ctx), payload)
	}
	if !stored {
		p.m.counts.fillsRefused.Add(1)
		return path.Set{}
	}
	p.m.counts.puts.Add(1)
	return path.Set{Tenant: p.tenant, Entries: []string{p.target.Path()}}
}

// reserveLate reserves the entry if that was not done before the write, and reports so.
func (p *Put) reserveLate() bool {
	if p.held != nil && p.held.target.Key == p.target.Key {
		return false
	}
	p.release(false) // the write has changed what the key is made of
	p.reserve(p.target)
	return true
}

// putEmbedded stores in a cache without Redis.
func (p *Put) putEmbedded(payload []byte) bool {
	p.reserveLate()
	if p.held == nil {
		return false
	}
	l, t := p.m.c.local, p.target
	tags := p.m.c.stripesOf(p.tenant, p.tags)
	own := path.Set{Tenant: p.tenant, Entries: []string{t.Path()}}
	stamp, done := l.InvalidateIf(own, func() bool {
		stripes := l.Stripes.In(0)
		return !p.held.embedded.Overlapped() && !p.m.blocked(t) && !l.Blocked(t.Shard, tags) &&
			!stripes.Stale(t.Stripes, p.since.Seq) && !stripes.Stale(tags, p.since.Seq)
	})
	if done {
		p.m.keep(t, tags, stamp, p.m.jittered(p.m.o.TTL), payload, p.kept)
	}
	return done
}

// putRedis stores in Redis.
func (p *Put) putRedis(ctx context.Context, payload []byte) bool {
	c, t := p.m.c, p.target
	late := p.reserveLate()
	tags := c.stripesOf(p.tenant, p.tags)
	if p.held == nil || p.m.blocked(t) || c.local.Blocked(t.Shard, tags) {
		return false
	}
	stamp, err := c.redis.StampPut(ctx, &p.i.budget, t, p.tags, p.since, late)
	if err != nil || stamp == 0 {
		if err != nil {
			p.m.redisError(ctx, "put", t.Key, err)
		}
		return false
	}
	p.held.stop()
	ttl := p.m.jittered(p.m.o.TTL)
	stored, errs := c.redis.Fill(ctx, &p.i.budget, []store.Filling{{
		Claim: p.held.claim, Stamp: stamp, Epoch: p.since.Epoch, Tags: p.tags, Payload: payload, TTL: ttl,
	}})
	if errs[0] != nil {
		p.m.redisError(ctx, "put", t.Key, errs[0])
		return false
	}
	if stored[0] && c.local.Views[t.Shard].Applied.Load() != 0 {
		p.m.keep(t, tags, stamp, ttl, payload, p.kept)
	}
	return stored[0]
}
