package runtime

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
)

// Put stores what a write wrote as the entry that a read would load. Its value is right only if nothing else has changed the row in between, so
// it is an invalidation that may end in a stored entry, and is one whenever there is a doubt:
//
//  1. before the write it notes the counter of the shard, and reserves the entry: what was stored is gone, running loads cannot fill
//  2. the write
//  3. it stamps the entry, if nothing that covers it has been stamped since 1 and no fence stands there; other processes drop their copies
//  4. it stores the value under that stamp, if its reservation still stands
//
// Whoever writes the same row at the same time takes the reservation away: a put by reserving, in either order (reserve.lua), an invalidation
// by deleting the entry at its end; and if that end comes later than 4, it deletes what was stored. A load that begins meanwhile goes past
// the cache. If the reservation is gone the put deletes and stamps like any invalidation, for a load may have claimed the entry since and read
// what was there before.
//
// A key that is known only after the write is reserved then, and the log has to show that nothing invalidated it between 1 and 3: an exact
// invalidation need not leave a stamp. Stamping and looking for what has overtaken the write are one script, or under one lock: with an
// invalidation in between the value would count as newer than that.
type Put[V any] struct{ p *put }

// put is a Put, whatever the type of its value.
type put struct {
	r      *method
	i      *Invalidation
	tenant string // encoded
	on     bool   // it may store
	since  uint64 // the counter before the write

	held *reservation // of an entry
	kept any          // what is to be stored
	path string       // where
	t    *target      // nil: nothing is
	tags []string     // what it hangs on, beside the tags of arguments
}

// reservation is a claim on an entry for a write.
type reservation struct {
	key     string
	target  *target
	by      token
	stop    func()
	ongoing *ongoing // without Redis
}

// Claim reserves the entry, which is called so before the write.
func (p *Put[V]) Claim(k Key) { p.p.claim(k) }

// Store says what the write has stored in the database, after it has returned without an error. It is put in the cache by Invalidation.End, which
// invalidates the entry if it cannot be.
func (p *Put[V]) Store(k Key, v V) { p.p.store(k, v, nil, nil) }

// StoreTagged is Store for an entry with tags: args adds those that a read would take from its arguments, result those that it would take from what
// it returns; either may be nil.
func (p *Put[V]) StoreTagged(k Key, v V, args, result func(*Tags)) { p.p.store(k, v, args, result) }

// put is Read.PutIn.
func (r *method) put(i *Invalidation, in TenantScope) *put {
	p := &put{r: r, i: i, tenant: in.encoded}
	if p.tenant == "" {
		p.tenant = i.tenant()
	}
	c := r.c
	if txOf(i.ctx).running() || c.closed.Load() || p.tenant == everyTenant {
		return p
	}
	i.puts = append(i.puts, p)
	if c.redis == nil {
		p.on, p.since = true, c.local.seq.Load()
		return p
	}
	t := &target{tenant: p.tenant, shard: shard(p.tenant)}
	for range 2 { // the first may have had to make the state
		seen, err := c.redis.counter(i.ctx, t)
		outdated := false
		if err == nil {
			outdated, err = c.redis.prepare(context.WithoutCancel(i.ctx), brief.budget(c.o.redisTimeout), t, seen)
		}
		if err != nil {
			r.redisError(i.ctx, "look before putting", r.o.name, err)
			break
		}
		if !outdated {
			p.on, p.since = true, seen.seq
			break
		}
	}
	return p
}

func (p *put) claim(k Key) {
	if p.on && p.held == nil && k.bad == fine && k.tenant() == p.tenant {
		p.reserve(p.target(k))
	}
}

func (p *put) store(k Key, v any, args, result func(*Tags)) {
	if !p.on || k.bad != fine || k.tenant() != p.tenant {
		return
	}
	var tags [2]Tags
	for i, add := range []func(*Tags){args, result} {
		if tags[i].tenant = p.tenant; add != nil {
			add(&tags[i])
		}
		if tags[i].bad {
			p.r.tagWithoutText(p.i.ctx, string(k.finish(p.r.version)))
			return
		}
	}
	p.t, p.path, p.kept, p.tags = p.target(k), k.ownPath(), v, tags[1].paths
	p.r.tag(p.t, &tags[0], nil)
}

func (p *put) target(k Key) *target {
	c := p.r.c
	t := newTarget(k, string(k.finish(p.r.version)))
	if c.redis != nil {
		t.shard = shard(p.tenant)
	}
	t.stripes = c.local.stripes.covering(t.tenant, t.scopes)
	return t
}

// reserve keeps others from filling the entry. If another write is about to put it, neither will.
func (p *put) reserve(t *target) {
	c := p.r.c
	h := &reservation{key: t.key, target: t, stop: func() {}}
	if c.redis == nil {
		if h.ongoing = c.local.writes.begin(t.key); h.ongoing == nil {
			p.on = false
			return
		}
		p.held = h
		return
	}
	ctx := context.WithoutCancel(p.i.ctx)
	by, ok, err := c.redis.reserve(ctx, t, token(rand.Uint64()|1<<32))
	if err != nil {
		p.r.redisError(p.i.ctx, "reserve", t.key, err)
	}
	if !ok {
		p.on = false
		return
	}
	h.by, h.stop = by, p.r.keepClaim(c.ending, t, by)
	p.held = h
}

// release gives a reservation up.
func (p *put) release(stored bool) {
	h := p.held
	if h == nil {
		return
	}
	p.held = nil
	h.stop()
	if h.ongoing != nil {
		p.r.c.local.writes.end(h.key, h.ongoing)
	} else if !stored && !p.i.covers(p.tenant, h.target) {
		if err := p.r.c.redis.release(context.WithoutCancel(p.i.ctx), brief.budget(p.r.c.o.redisTimeout), h.target, h.by); err != nil {
			p.r.redisError(p.i.ctx, "release", h.key, err)
		}
	}
}

// covers reports whether the invalidation deletes an entry anyway.
func (i *Invalidation) covers(tenant string, t *target) bool {
	return slices.ContainsFunc(i.stale, func(s stale) bool {
		return s.tenant == tenant && slices.Contains(s.entries, t.scopes[len(t.scopes)-1])
	})
}

// settle stores the value, or does not, and returns the path that needs no invalidation any more.
func (p *put) settle(ctx context.Context) (done stale) {
	stored := false
	defer func() { p.release(stored) }()
	if !p.on || p.t == nil {
		return stale{}
	}
	payload, err := p.r.encode(p.kept)
	switch {
	case err != nil:
		p.r.codecError(ctx, p.t.key, err)
	case payload[0] != payloadValue: // nil
	case p.r.c.redis == nil:
		stored = p.putAlone(payload)
	default:
		stored = p.putRedis(context.WithoutCancel(ctx), payload)
	}
	if !stored {
		p.r.counts.fillsRefused.Add(1)
		return stale{}
	}
	p.r.counts.puts.Add(1)
	return stale{tenant: p.tenant, entries: []string{p.path}}
}

// late reserves the entry if that was not done before the write, and reports so.
func (p *put) late() bool {
	if p.held != nil && p.held.key == p.t.key {
		return false
	}
	p.release(false) // the write has changed what the key is made of
	p.reserve(p.t)
	return true
}

// putAlone stores in a cache without Redis.
func (p *put) putAlone(payload []byte) bool {
	p.late()
	l := p.r.c.local
	if p.held == nil {
		return false
	}
	l.order.Lock()
	defer l.order.Unlock()
	t := p.r.c.hung(p.t, p.tags)
	if p.held.ongoing.overlapped.Load() || p.r.blocked(t) || l.stripes.in(0).stale(t.stripes, p.since) {
		return false
	}
	stamp := l.seq.Add(1)
	l.raise(0, stale{tenant: p.tenant, entries: []string{p.path}}, stamp)
	p.r.keep(t, stamp, p.r.spread(p.r.o.ttl), payload, p.kept)
	return true
}

// putRedis stores in Redis.
func (p *put) putRedis(ctx context.Context, payload []byte) bool {
	tier := p.r.c.redis
	late := p.late()
	t := p.r.c.hung(p.t, p.tags)
	if p.held == nil || p.r.blocked(t) {
		return false
	}
	stamp, err := tier.stampPut(ctx, t, p.path, p.tags, p.since, late)
	stored, ttl := false, p.r.spread(p.r.o.ttl)
	if err == nil && stamp != 0 {
		p.held.stop()
		stored, err = tier.fill(ctx, brief.budget(p.r.c.o.redisTimeout), t, p.held.by, stamp, p.tags, payload, ttl)
	}
	if err != nil {
		p.r.redisError(ctx, "put", t.key, err)
		return false
	}
	if stored && p.r.c.local.views[t.shard].applied.Load() != 0 {
		p.r.keep(t, stamp, ttl, payload, p.kept)
	}
	return stored
}

// counter reads how far a shard has come.
func (t *redisTier) counter(ctx context.Context, target *target) (*snapshot, error) {
	keys := t.state(target.shard, target.tenant)
	return await(context.WithoutCancel(ctx), t, t.server(keys[0]), brief.budget(t.timeout), func(ctx context.Context) (*snapshot, error) {
		pipe := t.client.Pipeline()
		record, table := pipe.HMGet(ctx, keys[0], "seq", "floor"), pipe.Exists(ctx, keys[1])
		if _, err := pipe.Exec(ctx); err != nil {
			return nil, err
		}
		r := record.Val()
		return &snapshot{seq: number(r[0]), floor: number(r[1]), fresh: table.Val() == 1}, nil
	})
}

// reserve claims an entry for a write.
func (t *redisTier) reserve(ctx context.Context, target *target, by token) (token, bool, error) {
	reply, err := t.script(ctx, brief.budget(t.timeout), reserveScript, []string{target.key}, []any{by.bytes(), claimLife.Milliseconds()})
	if err != nil {
		return by, false, err
	}
	held, _ := reply[1].(string)
	if state, _ := reply[0].(int64); state != 1 || len(held) != 8 {
		return by, false, nil
	}
	return token(binary.BigEndian.Uint64([]byte(held))), true, nil
}

// stampPut stamps an entry that is about to be stored, and returns the number; 0 if something has overtaken its write. Entries of the same path
// under other versions are deleted before.
func (t *redisTier) stampPut(ctx context.Context, target *target, path string, tags []string, since uint64, late bool) (stamp uint64, err error) {
	var old []string
	t.mu.Lock()
	for prefix := range leading(path) {
		for _, version := range t.versions[prefix] {
			if key := t.app + ":" + target.tenant + ":" + path + versionTag + version; key != target.key {
				old = append(old, key)
			}
		}
	}
	t.mu.Unlock()
	if len(old) > 0 {
		if err := t.delete(ctx, old, brief); err != nil {
			return 0, err
		}
	}
	where, when := "here", "early"
	if t.cluster {
		where = "m"
	}
	if late {
		when = "l"
	}
	args := []any{t.keep(), target.tenant, "put", 0, since, "e", path, where, "", when, ""}
	for _, field := range union(slices.Clip(target.all()), tagFields(tags)) {
		args = append(args, "c", field)
	}
	reply, err := t.script(ctx, brief.budget(t.timeout), stampScript, t.state(target.shard, target.tenant), args)
	if err != nil {
		return 0, err
	}
	stamp = number(reply[0])
	if stamp == number(reply[1]) {
		return 0, nil
	}
	if t.stamped(target.shard, stale{tenant: target.tenant, entries: []string{path}}, reply) {
		return 0, nil // there is an entry under a version that was not known
	}
	return stamp, nil
}

// writes are the running writes that will put an entry, in a cache without Redis.
type writes struct {
	mu    sync.Mutex
	byKey map[string]*ongoing
}

type ongoing struct{ overlapped atomic.Bool }

// begin returns nil if another write of the entry is running. That one will not put either.
func (w *writes) begin(key string) *ongoing {
	w.mu.Lock()
	defer w.mu.Unlock()
	if other := w.byKey[key]; other != nil {
		other.overlapped.Store(true)
		return nil
	}
	if w.byKey == nil {
		w.byKey = make(map[string]*ongoing)
	}
	o := new(ongoing)
	w.byKey[key] = o
	return o
}

func (w *writes) end(key string, o *ongoing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byKey[key] == o {
		delete(w.byKey, key)
	}
}
