package runtime

import (
	"context"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/local"
)

// ReadOptions is for generated code: it describes a cached method.
type ReadOptions[V any] struct {
	Method   string        // ContactRepository.Get
	Prefix   string        // contact:list
	Version  string        // fingerprint of V: a changed type reads and writes other keys
	TTL      time.Duration // how long an answer may be served
	NotFound time.Duration // how long "not found" may be served; 0: it is not remembered
	Global   bool          // all tenants share the entries
	Strong   bool          // no copy in this process answers for Redis
	Local    time.Duration // longest life of such a copy; 0: the entry's; negative: none is kept
	Tags     []string      // the literal prefixes that tags of this method begin with
	Jitter   int           // most percent by which the life of an entry is shortened at random
	NoLock   bool          // a load in another process is not waited for
	Chunk    int           // most items of a batch in one load; 0: all

	// Encode writes a result, and Decode reads it. If either is nil, reflection does both.
	// Options.Codec replaces them. A read with them and a read without must differ in Version,
	// because generated code writes unexported fields and reflection cannot.
	Encode func(*Encoder, V)
	Decode func(*Decoder) V

	// Generic says that V depends on a type parameter. Then NewRead panics if reflection cannot
	// carry V; for other types the generator reports that.
	Generic bool

	// Missing reports that a value means "not found", as a nil pointer does. It is for methods that
	// return (T, bool, error).
	Missing func(V) bool

	// Clone returns a copy that shares nothing with the value that a caller could change. Without
	// it, copies in this process are kept encoded.
	Clone func(V) V
}

// Read is for generated code: a cached method with results of type V. It is safe for concurrent
// use.
type Read[V any] struct {
	// Read is the part of a method that knows V, and no more than that: the compiler makes it anew
	// for nearly every type, in the package that uses it.
	m     method
	clone func(V) V
}

// NewRead makes the Read of a method.
func NewRead[V any](c *Cache, o ReadOptions[V]) *Read[V] {
	r := &Read[V]{clone: o.Clone}
	describe(&r.m, c, &o, false)
	return r
}

func describe[V any](m *method, c *Cache, o *ReadOptions[V], batched bool) {
	m.describe(c, &methodOptions{
		name: o.Method, prefix: o.Prefix, version: o.Version,
		ttl: o.TTL, notFound: o.NotFound, local: o.Local,
		global: o.Global, strong: o.Strong,
		tags: o.Tags, jitter: o.Jitter, noLock: o.NoLock, chunk: o.Chunk, generic: o.Generic,
	}, resultOf(o), batched)
}

// Key begins the key of a call: application, tenant, prefix.
func (r *Read[V]) Key(ctx context.Context, buf *KeyBuffer) Key { return r.m.key(ctx, buf) }

// KeyFor begins the key of a call whose tenant is an argument. An empty tenant counts as none.
func (r *Read[V]) KeyFor(ctx context.Context, tenant string, buf *KeyBuffer) Key {
	return r.m.keyFor(ctx, tenant, buf)
}

// Lookup answers from the copies in this process. If ok, the answer is v and err; else the caller
// calls Load.
func (r *Read[V]) Lookup(ctx context.Context, k Key) (v V, ok bool, err error) {
	// This is long so that a hit is fast: every function between here and the copy is 3 ns of 75.
	m := &r.m
	if key.FaultOf(k) != key.OK || !m.local || m.c.closed.Load() {
		return v, false, nil
	}
	var e *local.Copy
	if !m.observed {
		if e = m.c.local.Get(key.Finish(k, m.version)); e == nil {
			return v, false, nil
		}
	}
	switch {
	case e == nil || e.Payload != nil:
		found, ok, err := m.lookup(ctx, k, e)
		return as[V](found), ok, err
	case e.Value == nil: // of an interface
	case m.plain:
		v = e.Value.(V) // and not as[V], which copies twice
	default:
		v = r.clone(e.Value.(V))
	}
	m.counts.localHits.add(k)
	return v, true, nil
}

// Load answers from Redis, from the load of another caller, or by calling load on a context with
// the values of ctx and a deadline of [Options.LoadTimeout]. If ctx ends first, Load returns its
// error and the load continues. A panic in load is raised in every caller that waits for it.
func (r *Read[V]) Load(ctx context.Context, k Key, load func(context.Context) (V, error)) (V, error) {
	answer, err := r.m.answer(ctx, k, nil, load)
	return as[V](answer), err
}

// LoadTagged is Load for a method with tags: args adds those of the arguments, result those of the
// result. Either may be nil.
func (r *Read[V]) LoadTagged(ctx context.Context, k Key, args func(*Tags), result func(*Tags, V), load func(context.Context) (V, error)) (V, error) {
	t := tagging{args: args}
	if result != nil {
		t.result = result
	}
	answer, err := r.m.answer(ctx, k, &t, load)
	return as[V](answer), err
}

// Put begins to store an entry of the read, for the tenant of the context. It is called before the
// write.
func (r *Read[V]) Put(i *Invalidation) *Put[V] { return r.PutIn(i, TenantScope{}) }

// PutIn is Put in a given scope: [Global], or [TenantOf] one tenant.
func (r *Read[V]) PutIn(i *Invalidation, in TenantScope) *Put[V] { return &Put[V]{r.m.put(i, in)} }
