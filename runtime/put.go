package runtime

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/store"
)

// Put is for generated code: it stores what a write wrote as the entries that a read would load,
// one or many. What could be stale is invalidated instead. It is not safe for concurrent use.
type Put struct {
	m  *method
	in *puts
}

// puts is all that one write puts in one tenant. Each step is one for all of it.
type puts struct {
	// A value is right only if nothing else has changed the row in between, so a put is an
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
	// Values so large that the write would wait for them too long are not stored.
	//
	// Stamping and looking for what has overtaken the write are one script, or under one lock: with
	// an invalidation in between the value would count as newer than that.
	//
	// Of several entries each goes by these rules alone, with two additions. If a write puts one
	// twice, nobody knows which value is the row's, and neither is stored. One that hangs on
	// another is not stored: they have one stamp, which would not make it stale.

	i      *Invalidation
	tenant string      // encoded
	on     bool        // they may be stored
	since  store.Point // the counter before the write
	list   []*putting
	byPath map[string]*putting
	stops  []func() // end the renewal of the claims
}

// putting is one entry that is put.
type putting struct {
	m      *method
	target *path.Target
	tags   []string // of the result, beside those of arguments
	times  int      // that it was to be stored
	kept   any      // what is to be stored

	refused  bool         // it cannot be reserved
	late     bool         // it was reserved after the write
	claim    *store.Claim // nil: there is none
	embedded *local.Write // without Redis
	payload  []byte
	stored   bool
}

// put is Read.PutIn.
func (m *method) put(i *Invalidation, in TenantScope) *Put {
	tenant := in.encoded
	if tenant == "" {
		tenant = i.tenant()
	}
	return &Put{m, i.putsOf(m, tenant)}
}

// putsOf are the puts of a tenant. The first of them notes the counter.
func (i *Invalidation) putsOf(m *method, tenant string) *puts {
	p, c := &puts{i: i, tenant: tenant}, i.c
	if m.inTx || m.o.InProcess || txOf(i.ctx).running() || c.closed.Load() || tenant == key.Every {
		return p
	}
	if at := slices.IndexFunc(i.puts, func(o *puts) bool { return o.tenant == tenant }); at >= 0 {
		return i.puts[at]
	}
	i.puts = append(i.puts, p)
	if c.redis == nil {
		p.on, p.since = true, store.Point{Seq: c.local.Seq()}
		return p
	}
	var err error
	p.since, p.on, err = c.redis.Counter(i.ctx, &i.budget, &path.Target{Tenant: tenant, Shard: path.ShardOf(tenant)})
	if err != nil {
		m.redisError(i.ctx, "look before putting", string(m.o.Method), err)
	}
	return p
}

// Claim names an entry before the write, if its key is known then. [Invalidation.Reserve] reserves
// all that were named.
func (p *Put) Claim(k Key) { p.in.entry(p.m, k) }

// Store sets the value of an entry after the write has returned without an error.
// [Invalidation.End] stores it in the cache, or invalidates the entry. Of an entry that is set
// twice, no value is stored.
func (p *Put) Store(k Key, v any) { p.StoreTagged(k, v, nil, nil) }

// StoreTagged is Store for an entry with tags: args adds those of a read's arguments, result those
// of its result. Either may be nil.
func (p *Put) StoreTagged(k Key, v any, args, result func(*Tags)) {
	e := p.in.entry(p.m, k)
	if e == nil {
		return
	}
	var tags [2]Tags
	for i, add := range []func(*Tags){args, result} {
		if tags[i].tenant = p.in.tenant; add != nil {
			add(&tags[i])
		}
		if tags[i].noText {
			p.m.warnNoTagText(p.in.i.ctx, e.target.Key)
			return
		}
	}
	e.times++
	e.kept, e.tags = v, tags[1].paths
	p.m.c.tagTarget(e.target, &tags[0])
}

// entry returns the one under a key, which it adds; nil if none can be put there.
func (p *puts) entry(m *method, k Key) *putting {
	if !p.on || key.FaultOf(k) != key.OK || key.Tenant(k) != p.tenant {
		return nil
	}
	t := path.NewTarget(k, string(key.Finish(k, m.version)))
	if e := p.byPath[t.Path()]; e != nil {
		return e
	}
	if m.c.redis != nil {
		t.Shard = path.ShardOf(p.tenant)
	}
	t.Stripes = m.c.local.Stripes.Cover(t.Tenant, t.Fields)
	e := &putting{m: m, target: t}
	if p.byPath == nil {
		p.byPath = make(map[string]*putting)
	}
	p.byPath[t.Path()] = e
	p.list = append(p.list, e)
	return e
}

// Reserve keeps others from filling the entries that are put. It is called before the write, once
// all of them are named.
func (i *Invalidation) Reserve() {
	for _, p := range i.puts {
		p.reserve(p.list)
	}
}

// reserve reserves entries. If another write is about to put one, neither will.
func (p *puts) reserve(list []*putting) {
	if len(list) == 0 {
		return
	}
	c := p.i.c
	if c.redis == nil {
		for _, e := range list {
			e.embedded = c.local.BeginWrite(e.target.Key)
			e.refused = e.embedded == nil
		}
		return
	}
	targets := make([]*path.Target, len(list))
	for n, e := range list {
		targets[n] = e.target
	}
	var failed error
	var held []store.Claim
	for n, claim := range c.redis.Reserve(context.WithoutCancel(p.i.ctx), &p.i.budget, targets, entry.Token(rand.Uint64()|1<<32)) {
		e := list[n]
		switch {
		case claim.Err != nil && failed == nil:
			failed = claim.Err
			e.m.redisError(p.i.ctx, "reserve", e.target.Key, failed)
			fallthrough
		case claim.Err != nil, claim.State != store.ClaimTaken:
			e.refused = true
		default:
			e.claim = &claim
			held = append(held, claim)
		}
	}
	if len(held) > 0 {
		p.stops = append(p.stops, c.work.Renew(c.ending, store.ClaimLife, func(ctx context.Context) bool {
			return c.redis.Renew(ctx, held)
		}))
	}
}

func (e *putting) reserved() bool { return e.claim != nil || e.embedded != nil }

// finish stores the values, or does not, and returns the paths that need no invalidation any more.
func (p *puts) finish(ctx context.Context) (done path.Set) {
	defer p.release()
	done.Tenant = p.tenant
	ready := p.ready(ctx)
	if len(ready) > 0 && p.i.c.redis == nil {
		p.putEmbedded(ready)
	} else if len(ready) > 0 {
		p.putRedis(context.WithoutCancel(ctx), ready)
	}
	for _, e := range p.list {
		switch {
		case e.stored:
			e.m.counts.puts.Add(1)
			done.Entries = append(done.Entries, e.target.Path())
		case e.times > 0:
			e.m.counts.fillsRefused.Add(1)
		}
	}
	return done
}

// ready returns the entries that can be stored, encoded and reserved.
func (p *puts) ready(ctx context.Context) (ready []*putting) {
	var late []*putting
	size := 0
	for _, e := range p.list {
		if e.times != 1 || e.refused || p.hangs(e) {
			continue
		}
		var err error
		if e.payload, err = e.m.encode(e.kept); err != nil {
			e.m.codecError(ctx, e.target.Key, err)
			continue
		}
		if e.payload[0] != payloadValue || p.i.c.redis != nil && !p.i.budget.Fits(size+len(e.payload)) {
			continue
		}
		size += len(e.payload)
		ready = append(ready, e)
		if !e.reserved() { // its key is made of what the write returned, or has changed
			e.late = true
			late = append(late, e)
		}
	}
	p.reserve(late)
	return slices.DeleteFunc(ready, func(e *putting) bool { return !e.reserved() })
}

// hangs reports that an entry has another one that is put as a tag.
func (p *puts) hangs(e *putting) bool {
	if len(p.list) == 1 {
		return false
	}
	on := func(field string) bool {
		tag, isEntry := path.CutEntryField(field)
		under, many := strings.CutSuffix(tag, path.Everything)
		if !isEntry || tag == e.target.Path() {
			return false
		}
		if !many {
			return p.byPath[tag] != nil
		}
		return slices.ContainsFunc(p.list, func(o *putting) bool { return o != e && strings.HasPrefix(o.target.Path(), under) })
	}
	return slices.ContainsFunc(e.target.Tags, on) || slices.ContainsFunc(path.TagFields(e.tags), on)
}

// blocked reports that a fence is known to stand on an entry, or on what it hangs on.
func (e *putting) blocked() bool {
	return e.m.blocked(e.target) || e.m.c.local.Blocked(e.target.Shard, e.stripes())
}

// stripes are those of the tags of the result.
func (e *putting) stripes() []uint16 { return e.m.c.stripesOf(e.target.Tenant, e.tags) }

// keep keeps a copy of what was stored.
func (e *putting) keep(stamp uint64, ttl time.Duration) {
	e.m.keep(e.target, e.stripes(), stamp, ttl, e.payload, e.kept)
}

// putEmbedded stores in a cache without Redis.
func (p *puts) putEmbedded(ready []*putting) {
	l := p.i.c.local
	var current []*putting
	stamp := l.InvalidateIf(func() path.Set {
		stripes, set := l.Stripes.In(0), path.Set{Tenant: p.tenant}
		for _, e := range ready {
			t, tags := e.target, e.stripes()
			if !e.embedded.Overlapped() && !e.blocked() &&
				!stripes.Stale(t.Stripes, p.since.Seq) && !stripes.Stale(tags, p.since.Seq) {
				current = append(current, e)
				set.Entries = append(set.Entries, t.Path())
			}
		}
		return set
	})
	for _, e := range current {
		e.keep(stamp, e.m.jittered(e.m.o.TTL))
		e.stored = true
	}
}

// putRedis stores in Redis.
func (p *puts) putRedis(ctx context.Context, ready []*putting) {
	c := p.i.c
	if ready = slices.DeleteFunc(ready, (*putting).blocked); len(ready) == 0 {
		return
	}
	stamping := make([]store.Putting, len(ready))
	for n, e := range ready {
		stamping[n] = store.Putting{Target: e.target, Tags: e.tags, Late: e.late}
	}
	stamps, err := c.redis.StampPut(ctx, &p.i.budget, p.since, stamping)
	if err != nil {
		ready[0].m.redisError(ctx, "put", ready[0].target.Key, err)
	}
	var current []*putting
	var fillings []store.Filling
	for n, e := range ready {
		if stamp := stamps[n]; stamp != 0 {
			current = append(current, e)
			fillings = append(fillings, store.Filling{
				Claim: *e.claim, Stamp: stamp, Epoch: p.since.Epoch, Tags: e.tags, Payload: e.payload, TTL: e.m.jittered(e.m.o.TTL),
			})
		}
	}
	p.stopRenewing()
	stored, errs := c.redis.Fill(ctx, &p.i.budget, fillings)
	for n, e := range current {
		if errs[n] != nil {
			e.m.redisError(ctx, "put", e.target.Key, errs[n])
			continue
		}
		e.stored = stored[n]
		if e.stored && c.local.Views[e.target.Shard].Applied.Load() != 0 {
			e.keep(fillings[n].Stamp, fillings[n].TTL)
		}
	}
}

func (p *puts) stopRenewing() {
	for _, stop := range p.stops {
		stop()
	}
	p.stops = nil
}

// release gives up the reservations of what was not stored, but for those that the invalidation
// takes away anyway.
func (p *puts) release() {
	p.stopRenewing()
	c := p.i.c
	left := path.Set{Tenant: p.tenant}
	for _, e := range p.list {
		if e.embedded != nil {
			c.local.EndWrite(e.target.Key, e.embedded)
		}
		if e.claim != nil && !e.stored {
			left.Entries = append(left.Entries, e.target.Path())
		}
	}
	for _, s := range p.i.sets {
		if s.Tenant == p.tenant {
			left = left.Without(path.Set{Entries: s.Entries})
		}
	}
	if len(left.Entries) == 0 {
		return
	}
	claims := make([]store.Claim, len(left.Entries))
	for n, entryPath := range left.Entries {
		claims[n] = *p.byPath[entryPath].claim
	}
	if err := c.redis.Release(context.WithoutCancel(p.i.ctx), &p.i.budget, claims); err != nil {
		p.list[0].m.redisError(p.i.ctx, "release", claims[0].Target.Key, err)
	}
}
