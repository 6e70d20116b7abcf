package runtime

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

// method is a cached method, whatever the type of its results: they are V in an any. Read and Batch
// give it the type.
type method struct {
	c        *Cache
	o        methodOptions
	tail     string // :prefix, escaped
	version  string // :v and the version
	counts   *counters
	result   resultType
	codec    Codec // of Options; nil: result.encode and result.decode
	local    bool  // answers may come from the in-process tier
	observed bool  // the cache has an observer
	plain    bool  // results refer to nothing, and assignment copies them
	batched  bool  // an answer has a part for each of many items
}

// methodOptions are the ReadOptions that do not depend on the type of the results.
type methodOptions struct {
	name, prefix, version string
	ttl, notFound, local  time.Duration
	global, strong        bool
	tags                  []string
	jitter                int
	noLock                bool
	chunk                 int
	generic               bool
}

func (m *method) describe(c *Cache, o *methodOptions, result *resultType, batched bool) {
	*m = method{
		c:        c,
		o:        *o,
		tail:     string(key.AppendPrefix([]byte{key.Separator}, o.prefix)),
		version:  key.VersionTag + o.version,
		counts:   c.counters(o.name),
		result:   *result,
		codec:    c.o.codec,
		local:    c.redis == nil || !o.strong && o.local >= 0,
		plain:    refersToNothing(result.typ),
		observed: c.o.observe != nil,
		batched:  batched,
	}
	if m.codec == nil && m.result.encode == nil {
		m.result.byReflection(o)
	}
	if c.redis != nil {
		c.redis.Register(m.tail[1:], o.version, max(o.ttl, o.notFound))
		for _, prefix := range o.tags {
			c.redis.RegisterTags(string(key.AppendPrefix(nil, prefix)))
		}
	}
}

// key is Read.Key.
func (m *method) key(ctx context.Context, buf *KeyBuffer) Key {
	s := scopeOf(ctx)
	if m.o.global {
		return m.begin(buf, s, key.Global)
	}
	if s.encoded != "" {
		return m.begin(buf, s, s.encoded)
	}
	tenant, err := m.c.tenantIn(ctx, s)
	if err != nil {
		m.c.noTenant(ctx, m.counts, m.o.name, err)
		key.Fail(buf, key.NoTenant)
	}
	return m.begin(buf, s, key.EncodeTenant(tenant))
}

// keyFor is Read.KeyFor.
func (m *method) keyFor(ctx context.Context, tenant string, buf *KeyBuffer) Key {
	if tenant == "" {
		m.c.noTenant(ctx, m.counts, m.o.name, errNoTenant)
		key.Fail(buf, key.NoTenant)
	}
	return m.begin(buf, scopeOf(ctx), key.EncodeTenant(tenant))
}

func (m *method) begin(k Key, s *scope, tenant string) Key {
	key.Begin(k, m.c.head, tenant, m.tail)
	if s.tx != nil && s.tx.running() {
		key.Fail(k, key.InTx)
	}
	return k
}

// lookup is the slow half of Read.Lookup. It decodes c when c holds bytes; when c is nil (an
// observer is set) it does the whole look-up, so that it can time it.
func (m *method) lookup(ctx context.Context, k Key, c *local.Copy) (v any, ok bool, err error) {
	var started time.Time
	if m.observed {
		started = time.Now()
		if c = m.c.local.Get(key.Finish(k, m.version)); c == nil {
			return nil, false, nil
		}
	}
	var p part
	if c.Payload == nil {
		p.value = m.copy(c.Value)
	} else {
		var bad error
		if p, bad = m.open(c.Payload); bad != nil {
			m.codecError(ctx, c.Key, bad)
			return nil, false, nil
		}
	}
	m.counts.localHits.add(k)
	m.observe(ctx, c.Key, SourceLocal, started, p.err)
	return p.value, true, p.err
}

// blocked reports that nothing may be answered from what is cached: this process knows of an
// invalidation that is not in force yet.
func (m *method) blocked(t *path.Target) bool { return m.c.local.Blocked(t.Stripes) }

// keep puts a copy of an answer in the in-process tier, where it goes stale with the stripes of its
// tags too.
func (m *method) keep(t *path.Target, tags []uint16, stamp uint64, ttl time.Duration, payload []byte, v any) {
	if !m.keeps(stamp) {
		return
	}
	if m.o.local > 0 {
		ttl = min(ttl, m.o.local)
	}
	c := &local.Copy{Weight: len(payload), Payload: payload}
	if m.result.clone != nil && payload[0] == payloadValue {
		c.Payload, c.Value = nil, m.copy(v)
	}
	m.c.local.Put(t, tags, stamp, ttl, c)
}

// keeps reports whether a copy with that stamp may be kept.
func (m *method) keeps(stamp uint64) bool { return m.local && (m.c.redis == nil || stamp != 0) }

// jittered shortens the life of an entry at random, by up to jitter percent, so that entries that
// were stored together do not expire together. It never lengthens it: the ttl is how long an answer
// may be served.
func (m *method) jittered(ttl time.Duration) time.Duration {
	if most := ttl / 100 * time.Duration(m.o.jitter); most > 0 {
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
		m.c.o.observe(ctx, Event{Method: m.o.name, Key: key, Source: source, Took: time.Since(started), Err: err})
	}
}

// warnNoText warns of a call whose key or tags cannot be written.
func (m *method) warnNoText(ctx context.Context, k Key) {
	m.c.warn(ctx, "cachegen: a read bypasses the cache, because an argument has no text", "method", m.o.name, "key", string(key.Bytes(k)))
}

// warnNoTagText warns of an answer that cannot be kept.
func (m *method) warnNoTagText(ctx context.Context, key string) {
	m.c.warn(ctx, "cachegen: an answer is not kept, because one of its tags has no text", "method", m.o.name, "key", key)
}

func (m *method) codecError(ctx context.Context, key string, err error) {
	if err == errAbsent {
		return
	}
	m.counts.codecErrors.Add(1)
	m.c.warn(ctx, "cachegen: an entry could not be coded; it costs a load", "method", m.o.name, "key", key, "error", err)
}

func (m *method) redisError(ctx context.Context, doing, key string, err error) {
	m.counts.redisErrors.Add(1)
	m.c.warn(ctx, "cachegen: Redis failed; the read goes on without", "doing", doing, "method", m.o.name, "key", key, "error", err)
}
