package runtime

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/wire"
)

// method is a cached method, whatever the type of its results: they are V in an any. Read gives it the type.
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

func (r *method) describe(c *Cache, o *methodOptions, result *resultType) {
	*r = method{
		c:        c,
		o:        *o,
		tail:     string(appendPrefix([]byte{separator}, o.prefix)),
		version:  versionTag + o.version,
		counts:   c.counters(o.name),
		result:   *result,
		codec:    c.o.codec,
		local:    c.redis == nil || !o.strong && o.local >= 0,
		plain:    refersToNothing(result.typ),
		observed: c.o.observe != nil,
	}
	if r.codec == nil && r.result.encode == nil {
		r.result.byReflection(o)
	}
	if c.redis != nil {
		c.redis.register(r.tail[1:], o.version, max(o.ttl, o.notFound))
		for _, prefix := range o.tags {
			c.redis.registerTags(string(appendPrefix(nil, prefix)))
		}
	}
}

// appendPrefix appends literal segments, each escaped.
func appendPrefix(dst []byte, prefix string) []byte {
	start := 0
	for i := 0; i <= len(prefix); i++ {
		if i == len(prefix) || prefix[i] == separator {
			dst = appendEscaped(dst, prefix[start:i])
			if i < len(prefix) {
				dst = append(dst, separator)
			}
			start = i + 1
		}
	}
	return dst
}

// key is Read.Key.
func (r *method) key(ctx context.Context, buf *KeyBuffer) Key {
	s := scopeOf(ctx)
	if r.o.global {
		return r.begin(buf, s, globalTenant)
	}
	if s.encoded != "" {
		return r.begin(buf, s, s.encoded)
	}
	tenant, err := r.c.tenantIn(ctx, s)
	if err != nil {
		r.c.noTenant(ctx, r.counts, r.o.name, err)
		buf.bad = flawTenant
	}
	return r.begin(buf, s, encodeTenant(tenant))
}

// keyFor is Read.KeyFor.
func (r *method) keyFor(ctx context.Context, tenant string, buf *KeyBuffer) Key {
	if tenant == "" {
		r.c.noTenant(ctx, r.counts, r.o.name, errNoTenant)
		buf.bad = flawTenant
	}
	return r.begin(buf, scopeOf(ctx), encodeTenant(tenant))
}

func (r *method) begin(k *KeyBuffer, s *scope, tenant string) Key {
	k.begin(r.c.head, tenant, r.tail)
	if s.tx != nil && s.tx.running() {
		k.bad = flawTx
	}
	return k
}

// lookup is Read.Lookup for what takes longer: a copy that is kept encoded, or with nil the whole of a look-up that an observer is told of.
func (r *method) lookup(ctx context.Context, k Key, e *localCopy) (v any, ok bool, err error) {
	var started time.Time
	if r.observed {
		started = time.Now()
		if e = r.c.local.get(k.finish(r.version)); e == nil {
			return nil, false, nil
		}
	}
	if e.payload == nil {
		v = r.copy(e.value)
	} else {
		var bad error
		if v, err, bad = r.decode(e.payload); bad != nil {
			r.codecError(ctx, e.key, bad)
			return nil, false, nil
		}
	}
	r.counts.localHits.add(k)
	r.observe(ctx, e.key, SourceLocal, started, err)
	return v, true, err
}

// answer is Read.Load, or with tags Read.LoadTagged.
func (r *method) answer(ctx context.Context, k Key, tags *tagging, load any) (any, error) {
	started := time.Now()
	var known *Tags
	if tags != nil && k.bad == fine {
		known = tags.known(k)
	}
	if k.bad != fine || r.c.closed.Load() {
		if k.bad == flawText {
			r.textless(ctx, k)
		}
		return r.bypass(ctx, started, load)
	}
	t := newTarget(k, string(k.finish(r.version)))
	if r.c.redis != nil {
		t.shard = shard(t.tenant)
		if r.local {
			r.c.follow.want(t.shard)
		}
	}
	t.stripes = r.c.local.stripes.covering(t.tenant, t.scopes)
	if tags != nil {
		var result func(*Tags, any)
		if tags.result != nil {
			result = func(t *Tags, v any) { r.result.tag(t, tags.result, v) }
		}
		r.tag(t, known, result)
	}
	v, source, err := r.find(ctx, t, load)
	if r.c.o.observe != nil {
		r.c.o.observe(ctx, Event{Method: r.o.name, Key: t.key, Source: source, Took: time.Since(started), Err: err})
	}
	return v, err
}

// textless warns of a call whose key or tags cannot be written.
func (r *method) textless(ctx context.Context, k Key) {
	r.c.warn(ctx, "cachegen: a read bypasses the cache, because an argument has no text", "method", r.o.name, "key", string(k.bytes()))
}

// bypass answers a call that the cache can have no part in.
func (r *method) bypass(ctx context.Context, started time.Time, load any) (any, error) {
	r.counts.bypassed.Add(1)
	v, err := r.result.load(ctx, load)
	if r.c.o.observe != nil {
		r.c.o.observe(ctx, Event{Method: r.o.name, Source: SourceBypass, Took: time.Since(started), Err: err})
	}
	return v, err
}

func (r *method) find(ctx context.Context, t *target, load any) (v any, source Source, err error) {
	if err := ctx.Err(); err != nil {
		return v, SourceLoad, err
	}
	start := r.c.flights.tick()
	b := &budget{r.c.o.redisTimeout}
	missed := false
	for {
		seen, err := r.look(ctx, b, t)
		if err != nil {
			return v, SourceLoad, err
		}
		if r.c.redis != nil && seen.valid() {
			v, answer, bad := r.decode(seen.entry.payload)
			if bad == nil {
				r.counts.redisHits.Add(1)
				r.keep(t.with(seen.tags), seen.copy, seen.ttl, seen.entry.payload, v)
				return v, SourceRedis, answer
			}
			r.codecError(ctx, t.key, bad)
		}
		if !missed {
			missed = true
			r.counts.misses.Add(1)
		}
		over, cancel := r.c.detach(ctx)
		f, mine, proven := r.c.flights.join(t, start, seen, over)
		if mine {
			r.c.work.Go(func() {
				defer cancel()
				r.fly(f, t, b, seen, load)
			})
		} else {
			cancel()
		}
		out, err := f.wait(ctx)
		if err != nil {
			return v, SourceLoad, err
		}
		if !proven && out.asOf <= start {
			continue // it found an answer in Redis that may be older than this read
		}
		out.rethrow()
		if mine {
			return out.value, out.source, out.err
		}
		if out.payload == nil && (out.err == nil || out.batch) {
			// There is no copy to be had of what the load returned, and nobody gets another caller's; or a batch failed, perhaps because of
			// another item, or did not find this one.
			r.counts.loads.Add(1)
			v, err := r.result.load(ctx, load)
			return v, SourceLoad, err
		}
		r.counts.shared.Add(1)
		if out.payload == nil {
			return v, SourceShared, out.err
		}
		v, answer, bad := r.decode(out.payload)
		if bad != nil {
			return v, SourceShared, bad
		}
		return v, SourceShared, answer
	}
}

// look takes a snapshot for a read.
func (r *method) look(ctx context.Context, b *budget, t *target) (*snapshot, error) {
	if r.c.redis == nil {
		return &snapshot{least: r.c.local.stripes.in(t.shard).newest(t.stripes), final: true, apart: r.blocked(t)}, nil
	}
	if r.blocked(t) {
		return &snapshot{apart: true}, nil
	}
	seen, err := r.c.redis.read(ctx, b, t)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r.redisError(ctx, "read", t.key, err)
		return &snapshot{apart: true}, nil
	}
	if seen.err != nil {
		r.codecError(ctx, t.key, seen.err)
	}
	return seen, nil
}

// blocked reports that nothing may be answered from what is cached: this process knows of an invalidation that is not in force yet.
func (r *method) blocked(t *target) bool {
	b := &r.c.local.blocked
	return b.any.Load() && b.covers(t.stripes)
}

// keep puts a copy of an answer in the in-process tier.
func (r *method) keep(t *target, stamp uint64, ttl time.Duration, payload []byte, v any) {
	if !r.keeps(stamp) {
		return
	}
	if r.o.local > 0 {
		ttl = min(ttl, r.o.local)
	}
	e := &localCopy{weight: len(payload), payload: payload}
	if r.result.clone != nil && payload[0] == payloadValue {
		e.payload, e.value = nil, r.copy(v)
	}
	r.c.local.put(t, stamp, ttl, e)
}

// keeps reports whether a copy with that stamp may be kept.
func (r *method) keeps(stamp uint64) bool { return r.local && (r.c.redis == nil || stamp != 0) }

// copy returns a value that shares nothing with v that anybody could change. There has to be a clone.
func (r *method) copy(v any) any {
	if r.plain {
		return v
	}
	return r.result.clone(v)
}

// open returns a copy of what a local copy holds, and its encoded form.
func (r *method) open(e *localCopy) (v any, payload []byte, answer, bad error) {
	if e.payload != nil {
		v, answer, bad = r.decode(e.payload)
		return v, e.payload, answer, bad
	}
	v = r.copy(e.value)
	payload, bad = r.encode(v)
	return v, payload, nil, bad
}

// encode returns the payload of a value.
func (r *method) encode(v any) ([]byte, error) {
	if r.result.isNil(v) {
		return []byte{payloadNil}, nil
	}
	dst := []byte{payloadValue}
	if r.codec != nil {
		return r.codec.Append(dst, v)
	}
	return wire.Append(dst, v, r.result.encode)
}

// decode returns the answer that a payload holds: a value or a remembered error; bad says why it cannot be used.
func (r *method) decode(payload []byte) (v any, answer, bad error) {
	if len(payload) == 0 {
		return nil, nil, errCorrupt
	}
	switch data := payload[1:]; payload[0] {
	case payloadNil:
		return nil, nil, nil
	case payloadMissing:
		answer, bad = r.c.o.parseMissing(data)
		return nil, answer, bad
	case payloadValue:
		if r.codec != nil {
			to := reflect.New(r.result.typ)
			bad = r.codec.Decode(data, to.Interface())
			return to.Elem().Interface(), nil, bad
		}
		v, bad = wire.Read(data, r.result.typ, r.result.decode)
		return v, nil, bad
	case payloadAbsent:
		return nil, nil, errAbsent
	}
	return nil, nil, fmt.Errorf("%w: payload of kind %q", errCorrupt, payload[0])
}

func (r *method) codecError(ctx context.Context, key string, err error) {
	if err == errAbsent {
		return
	}
	r.counts.codecErrors.Add(1)
	r.c.warn(ctx, "cachegen: an entry could not be coded; it costs a load", "method", r.o.name, "key", key, "error", err)
}

func (r *method) redisError(ctx context.Context, doing, key string, err error) {
	r.counts.redisErrors.Add(1)
	r.c.warn(ctx, "cachegen: Redis failed; the read goes on without", "doing", doing, "method", r.o.name, "key", key, "error", err)
}
