package runtime

import (
	"context"
	"fmt"
	"reflect"
	"time"
)

// ReadOptions describes a cached method. Generated code fills it in.
type ReadOptions[V any] struct {
	Method   string        // ContactRepository.Get
	Prefix   string        // contact:list
	Version  string        // fingerprint of the result type: a changed type reads and writes other keys
	TTL      time.Duration // how long an answer may be served
	NotFound time.Duration // how long "not found" may be served; 0: it is not remembered
	Global   bool          // tenant=global: the entries are shared by all tenants
	Strong   bool          // strong: never answered from a local copy
	Local    time.Duration // local=: how long a local copy may be kept at most; 0: as long as the entry, negative: none is kept
	Tags     []string      // tags=: the literal prefixes that tags of this method begin with
	Jitter   int           // jitter=: by how many percent at most the life of an entry is shortened at random
	NoLock   bool          // lock=off: another process that loads the same key is not waited for
	Chunk    int           // chunk=: how many items of a batch one load asks for at most; 0: all

	// Encode writes a result, and Decode makes it again of what was written. They are the codec of this method, unless Options.Codec is set or one
	// of them is nil.
	Encode func(*Encoder, V)
	Decode func(*Decoder) V

	// Generic says that V depends on the arguments of a generic type: NewRead panics if the default codec cannot carry it, which the generator
	// finds out for other types.
	Generic bool

	// Missing reports a value that says "not found", beside nil pointers and errors: that of a method which returns (T, bool, error).
	Missing func(V) bool

	// Clone copies a value so deeply that neither copy can be used to change the other. With it, the in-process tier holds values; without, it
	// holds their encoded form.
	Clone func(V) V
}

// Read is a cached method. It is safe for concurrent use.
type Read[V any] struct {
	c       *Cache
	o       ReadOptions[V]
	tail    string // :prefix, escaped
	version string // :v and the version
	counts  *counters
	codec   resultCodec[V]
	pointer bool // V is a pointer type, so a nil one means "not found"
	local   bool // answers may come from the in-process tier
	plain   bool // V refers to nothing, and assignment copies it
}

// NewRead describes a cached method to the cache. Generated constructors call it.
func NewRead[V any](c *Cache, o ReadOptions[V]) *Read[V] {
	r := &Read[V]{
		c:       c,
		o:       o,
		tail:    string(appendPrefix([]byte{separator}, o.Prefix)),
		version: versionTag + o.Version,
		counts:  c.counters(o.Method),
		codec:   codecOf(&c.o, &o),
		pointer: reflect.TypeFor[V]().Kind() == reflect.Pointer,
		local:   c.redis == nil || !o.Strong && o.Local >= 0,
		plain:   refersToNothing(reflect.TypeFor[V]()),
	}
	if c.redis != nil {
		c.redis.register(r.tail[1:], o.Version, max(o.TTL, o.NotFound))
		for _, prefix := range o.Tags {
			c.redis.registerTags(string(appendPrefix(nil, prefix)))
		}
	}
	return r
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

// Key begins the key of a call: the application, the tenant of the context or the global one, and the prefix.
func (r *Read[V]) Key(ctx context.Context, buf *KeyBuffer) Key {
	s := scopeOf(ctx)
	if r.o.Global {
		return r.key(buf, s, globalTenant)
	}
	if s.encoded != "" {
		return r.key(buf, s, s.encoded)
	}
	tenant, err := r.c.tenantIn(ctx, s)
	if err != nil {
		r.c.noTenant(ctx, r.counts, r.o.Method, err)
		buf.bad = flawTenant
	}
	return r.key(buf, s, encodeTenant(tenant))
}

// KeyFor begins the key of a call for a tenant that is one of its arguments. An empty tenant counts as none.
func (r *Read[V]) KeyFor(ctx context.Context, tenant string, buf *KeyBuffer) Key {
	if tenant == "" {
		r.c.noTenant(ctx, r.counts, r.o.Method, errNoTenant)
		buf.bad = flawTenant
	}
	return r.key(buf, scopeOf(ctx), encodeTenant(tenant))
}

func (r *Read[V]) key(k *KeyBuffer, s *scope, tenant string) Key {
	k.begin(r.c.head, tenant, r.tail)
	if s.tx != nil && s.tx.running() {
		k.bad = flawTx
	}
	return k
}

// Lookup answers from the in-process tier. With ok, the answer is v and err; without, Load has to be called.
func (r *Read[V]) Lookup(ctx context.Context, k Key) (v V, ok bool, err error) {
	if k.bad != fine || !r.local || r.c.closed.Load() {
		return v, false, nil
	}
	var started time.Time
	if r.c.o.observe != nil {
		started = time.Now()
	}
	b := k.finish(r.version)
	e := r.c.local.get(b)
	if e == nil {
		return v, false, nil
	}
	if e.payload == nil {
		if p := e.value.(*V); r.plain {
			v = *p
		} else {
			v = r.o.Clone(*p)
		}
	} else {
		var bad error
		if v, err, bad = r.decode(e.payload); bad != nil {
			r.codecError(ctx, e.key, bad)
			return v, false, nil
		}
	}
	r.counts.localHits.add(k)
	if r.c.o.observe != nil {
		r.c.o.observe(ctx, Event{Method: r.o.Method, Key: e.key, Source: SourceLocal, Took: time.Since(started), Err: err})
	}
	return v, true, err
}

// Load answers a call that Lookup did not: from Redis, from the load of another caller, or by calling load. The load runs on a context of its
// own, which carries the values of ctx and ends after Options.LoadTimeout; when ctx ends first, Load returns its error and the load goes on.
// A panic in load is raised in every caller that waits for it.
func (r *Read[V]) Load(ctx context.Context, k Key, load func(context.Context) (V, error)) (V, error) {
	return r.answer(ctx, k, nil, load)
}

// answer is Load. The function tag, if there is one, completes the target.
func (r *Read[V]) answer(ctx context.Context, k Key, tag func(*target), load func(context.Context) (V, error)) (V, error) {
	started := time.Now()
	if k.bad != fine || r.c.closed.Load() {
		if k.bad == flawText {
			r.c.warn(ctx, "cachegen: a read bypasses the cache, because an argument has no text", "method", r.o.Method, "key", string(k.bytes()))
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
	if tag != nil {
		tag(t)
	}
	v, source, err := r.find(ctx, t, load)
	if r.c.o.observe != nil {
		r.c.o.observe(ctx, Event{Method: r.o.Method, Key: t.key, Source: source, Took: time.Since(started), Err: err})
	}
	return v, err
}

// bypass answers a call that the cache can have no part in.
func (r *Read[V]) bypass(ctx context.Context, started time.Time, load func(context.Context) (V, error)) (V, error) {
	r.counts.bypassed.Add(1)
	v, err := load(ctx)
	if r.c.o.observe != nil {
		r.c.o.observe(ctx, Event{Method: r.o.Method, Source: SourceBypass, Took: time.Since(started), Err: err})
	}
	return v, err
}

func (r *Read[V]) find(ctx context.Context, t *target, load func(context.Context) (V, error)) (v V, source Source, err error) {
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
			v, _ = out.value.(V)
			return v, out.source, out.err
		}
		if out.payload == nil && (out.err == nil || out.batch) {
			// There is no copy to be had of what the load returned, and nobody gets another caller's; or a batch failed, perhaps because of
			// another item, or did not find this one.
			r.counts.loads.Add(1)
			v, err := load(ctx)
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
func (r *Read[V]) look(ctx context.Context, b *budget, t *target) (*snapshot, error) {
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
func (r *Read[V]) blocked(t *target) bool {
	b := &r.c.local.blocked
	return b.any.Load() && b.covers(t.stripes)
}

// keep puts a copy of an answer in the in-process tier.
func (r *Read[V]) keep(t *target, stamp uint64, ttl time.Duration, payload []byte, v V) {
	if !r.keeps(stamp) {
		return
	}
	if r.o.Local > 0 {
		ttl = min(ttl, r.o.Local)
	}
	e := &localCopy{weight: len(payload), payload: payload}
	if r.o.Clone != nil && payload[0] == payloadValue {
		v = r.o.Clone(v)
		e.payload, e.value = nil, &v
	}
	r.c.local.put(t, stamp, ttl, e)
}

// keeps reports whether a copy with that stamp may be kept.
func (r *Read[V]) keeps(stamp uint64) bool { return r.local && (r.c.redis == nil || stamp != 0) }

// open returns a copy of what a local copy holds, and its encoded form.
func (r *Read[V]) open(e *localCopy) (v V, payload []byte, answer, bad error) {
	if e.payload != nil {
		v, answer, bad = r.decode(e.payload)
		return v, e.payload, answer, bad
	}
	v = r.o.Clone(*e.value.(*V))
	payload, bad = r.encode(v)
	return v, payload, nil, bad
}

// encode returns the payload of a value.
func (r *Read[V]) encode(v V) ([]byte, error) {
	if r.pointer && reflect.ValueOf(v).IsNil() {
		return []byte{payloadNil}, nil
	}
	dst := []byte{payloadValue}
	return r.codec.encode(dst, v)
}

// decode returns the answer that a payload holds: a value or a remembered error; bad says why it cannot be used.
func (r *Read[V]) decode(payload []byte) (v V, answer, bad error) {
	if len(payload) == 0 {
		return v, nil, errCorrupt
	}
	switch data := payload[1:]; payload[0] {
	case payloadNil:
		return v, nil, nil
	case payloadMissing:
		answer, bad = r.c.o.parseMissing(data)
		return v, answer, bad
	case payloadValue:
		v, bad = r.codec.decode(data)
		return v, nil, bad
	case payloadAbsent:
		return v, nil, errAbsent
	}
	return v, nil, fmt.Errorf("%w: payload of kind %q", errCorrupt, payload[0])
}

func (r *Read[V]) codecError(ctx context.Context, key string, err error) {
	if err == errAbsent {
		return
	}
	r.counts.codecErrors.Add(1)
	r.c.warn(ctx, "cachegen: an entry could not be coded; it costs a load", "method", r.o.Method, "key", key, "error", err)
}

func (r *Read[V]) redisError(ctx context.Context, doing, key string, err error) {
	r.counts.redisErrors.Add(1)
	r.c.warn(ctx, "cachegen: Redis failed; the read goes on without", "doing", doing, "method", r.o.Method, "key", key, "error", err)
}
