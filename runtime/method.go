package runtime

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

// method is a cached method, whatever the type of its results: they are V in an any.
type method struct {
	c        *Cache
	o        ReadOptions
	tail     string // :prefix, escaped
	version  string // :v and the version
	counts   *counters
	result   Result
	codec    Codec // of Options; nil: result.encode and result.decode
	local    bool  // answers may come from the in-process tier
	observed bool  // the cache has an observer
	plain    bool  // all callers have the same value
	batched  bool  // an answer has a part for each of many items
	inTx     bool  // the repository works inside a transaction: nothing is cached
}

func (m *method) describe(c *Cache, o *ReadOptions, batched bool) {
	c.refuseNone(o.Method)
	if text, ok := c.o.versionOf(o.Prefix); ok {
		now := *o
		now.Version = versionWith(o.Version, text)
		o = &now
	}
	*m = method{
		c:        c,
		o:        *o,
		tail:     string(key.AppendPrefix([]byte{key.Separator}, o.Prefix)),
		version:  key.VersionTag + o.Version,
		result:   *o.Result,
		codec:    c.o.codec,
		local:    c.redis == nil || !o.Strong && o.Local >= 0,
		plain:    o.Shared || refersToNothing(o.Result.typ),
		observed: c.o.observe != nil,
		batched:  batched,
	}
	for _, d := range []*time.Duration{&m.o.TTL, &m.o.NotFound, &m.o.Local} {
		*d = capped(*d)
	}
	switch {
	case o.InProcess:
		m.refuseInProcess()
	case m.codec == nil && m.result.encode == nil:
		m.result.byReflection(o)
	}
	m.counts = c.describe(o)
	if c.redis != nil {
		c.redis.Register(m.tail[1:], o.Version, max(m.o.TTL, m.o.NotFound))
		for _, prefix := range o.Tags {
			c.redis.RegisterTags(string(key.AppendPrefix(nil, prefix)))
		}
	}
}

// key is Read.Key.
func (m *method) key(ctx context.Context, buf *KeyBuffer) Key {
	s := scopeOf(ctx)
	if m.o.Global {
		return m.begin(buf, s, key.Global)
	}
	if s.encoded != "" {
		return m.begin(buf, s, s.encoded)
	}
	tenant, err := m.c.tenantIn(ctx, s)
	if err != nil {
		m.c.noTenant(ctx, m.counts, m.o.Method, err)
		key.Fail(buf, key.NoTenant)
	}
	return m.begin(buf, s, key.EncodeTenant(tenant))
}

// keyFor is Read.KeyFor.
func (m *method) keyFor(ctx context.Context, tenant string, buf *KeyBuffer) Key {
	if tenant == "" {
		m.c.noTenant(ctx, m.counts, m.o.Method, errNoTenant)
		key.Fail(buf, key.NoTenant)
	}
	return m.begin(buf, scopeOf(ctx), key.EncodeTenant(tenant))
}

func (m *method) begin(k Key, s *scope, tenant string) Key {
	key.Begin(k, m.c.head, tenant, m.tail)
	if m.inTx || s.tx != nil && s.tx.running() {
		key.Fail(k, key.InTx)
	}
	return k
}

// lookup is Read.Lookup. A copy that is kept decoded is returned as it is.
func (m *method) lookup(ctx context.Context, k Key) (v any, ok bool, err error) {
	if key.FaultOf(k) != key.OK || !m.local || m.c.closed.Load() {
		return nil, false, nil
	}
	if m.observed {
		return m.lookupObserved(ctx, k)
	}
	c := m.c.local.Get(key.Finish(k, m.version))
	switch {
	case c == nil:
		return nil, false, nil
	case c.Payload != nil:
		return m.openLocal(ctx, k, c)
	}
	m.counts.localHits.add(k)
	return c.Value, true, nil
}

// lookupObserved is lookup with an observer, to whom it says how long it took.
func (m *method) lookupObserved(ctx context.Context, k Key) (v any, ok bool, err error) {
	started := time.Now()
	c := m.c.local.Get(key.Finish(k, m.version))
	switch {
	case c == nil:
		return nil, false, nil
	case c.Payload != nil:
		v, ok, err = m.openLocal(ctx, k, c)
	default:
		m.counts.localHits.add(k)
		v, ok = c.Value, true
	}
	if ok {
		m.observe(ctx, c.Key, SourceLocal, started, err)
	}
	return v, ok, err
}

// openLocal answers with a copy that is kept encoded.
func (m *method) openLocal(ctx context.Context, k Key, c *local.Copy) (v any, ok bool, err error) {
	p, bad := m.open(c.Payload)
	if bad != nil {
		m.codecError(ctx, c.Key, bad)
		return nil, false, nil
	}
	m.counts.localHits.add(k)
	return m.result.known(p.value), true, p.err
}

// blocked reports that nothing may be answered from what is cached: this process knows of an
// invalidation that is not in force yet.
func (m *method) blocked(t *path.Target) bool { return m.c.local.Blocked(t.Shard, t.Stripes) }

// keep puts a copy of an answer in the in-process tier, where it goes stale with the stripes of its
// tags too. Of a read InProcess, v is nobody else's.
func (m *method) keep(t *path.Target, tags []uint16, stamp uint64, ttl time.Duration, payload []byte, v any) {
	if !m.keeps(stamp) {
		return
	}
	if m.o.Local > 0 {
		ttl = min(ttl, m.o.Local)
	}
	c := &local.Copy{Weight: len(payload), Payload: payload}
	switch {
	case payload[0] != payloadValue:
	case m.o.InProcess:
		c.Payload, c.Value, c.Weight = nil, v, weightInProcess
	case m.decoded():
		c.Payload, c.Value = nil, m.copy(v)
	}
	m.c.local.Put(t, tags, stamp, ttl, c)
}

// decoded reports that the process keeps results as they are, and not their bytes.
func (m *method) decoded() bool { return m.o.Shared || m.result.clone != nil }

// keeps reports whether a copy with that stamp may be kept.
func (m *method) keeps(stamp uint64) bool { return m.local && (m.c.redis == nil || stamp != 0) }

// jittered shortens the life of an entry at random, by up to jitter percent, so that entries that
// were stored together do not expire together. It never lengthens it: the ttl is how long an answer
// may be served.
func (m *method) jittered(ttl time.Duration) time.Duration {
	if most := ttl / 100 * time.Duration(m.o.Jitter); most > 0 {
		ttl -= rand.N(most + 1)
	}
	return ttl
}

// bypass answers a call that the cache can have no part in.
func (m *method) bypass(ctx context.Context, items int, started time.Time, load func() (any, error)) (any, error) {
	m.counts.bypassed.Add(uint64(items))
	v, err := load()
	m.observe(ctx, "", SourceBypass, started, err)
	return v, err
}

func (m *method) observe(ctx context.Context, key string, source Source, started time.Time, err error) {
	if m.c.o.observe != nil {
		m.c.o.observe(ctx, Event{Method: m.o.Method, Key: key, Source: source, Took: time.Since(started), Err: err})
	}
}

// warnNoText warns of a call whose key or tags cannot be written.
func (m *method) warnNoText(ctx context.Context, k Key) {
	m.c.warn(ctx, "cachegen: a read bypasses the cache, because an argument has no text", "method", m.o.Method, "key", string(key.Bytes(k)))
}

// warnNoTagText warns of an answer that cannot be kept.
func (m *method) warnNoTagText(ctx context.Context, key string) {
	m.c.warn(ctx, "cachegen: an answer is not kept, because one of its tags has no text", "method", m.o.Method, "key", key)
}

func (m *method) codecError(ctx context.Context, key string, err error) {
	if err == errAbsent || err == errUnknown {
		return
	}
	m.counts.codecErrors.Add(1)
	m.c.warn(ctx, "cachegen: an entry could not be coded; it costs a load", "method", m.o.Method, "key", key, "error", err)
}

func (m *method) redisError(ctx context.Context, doing, key string, err error) {
	m.counts.redisErrors.Add(1)
	m.c.warn(ctx, "cachegen: Redis failed; the read goes on without", "doing", doing, "method", m.o.Method, "key", key, "error", err)
}
