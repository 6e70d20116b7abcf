package runtime

import (
	"context"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/local"
)

// ReadOptions describes a cached method. Generated code fills it in.
type ReadOptions[V any] struct {
	Method string // ContactRepository.Get
	Prefix string // contact:list
	// Fingerprint of the result type: a changed type reads and writes other keys.
	Version  string
	TTL      time.Duration // how long an answer may be served
	NotFound time.Duration // how long "not found" may be served; 0: it is not remembered
	Global   bool          // tenant=global: the entries are shared by all tenants
	Strong   bool          // strong: never answered from a local copy
	// Local=: how long a local copy may be kept at most; 0: as long as the entry, negative: none is
	// kept.
	Local time.Duration
	Tags  []string // tags=: the literal prefixes that tags of this method begin with
	// Jitter=: by how many percent at most the life of an entry is shortened at random.
	Jitter int
	NoLock bool // lock=off: another process that loads the same key is not waited for
	Chunk  int  // chunk=: how many items of a batch one load asks for at most; 0: all

	// Encode writes a result, and Decode makes it again. If one of them is nil, reflection does
	// both. Options.Codec replaces them. A read with them and a read without must not have one
	// Version: generated code writes unexported fields, which reflection cannot.
	Encode func(*Encoder, V)
	Decode func(*Decoder) V

	// Generic says that V depends on the arguments of a generic type. NewRead panics if reflection
	// cannot carry V; for other types the generator reports that.
	Generic bool

	// Missing reports a value that says "not found", beside nil pointers and errors: that of a
	// method which returns (T, bool, error).
	Missing func(V) bool

	// Clone copies a value so deeply that neither copy can be used to change the other. With it,
	// the in-process tier holds values; without, it holds their encoded form.
	Clone func(V) V
}

// Read is a cached method. It is safe for concurrent use.
//
// It is the part of a method that knows the type of its results, and no more than that: the
// compiler makes it anew for nearly every type, in the package that uses it.
type Read[V any] struct {
	m     method
	clone func(V) V
}

// NewRead describes a cached method to the cache. Generated constructors call it.
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

// Key begins the key of a call: the application, the tenant of the context or the global one, and
// the prefix.
func (r *Read[V]) Key(ctx context.Context, buf *KeyBuffer) Key { return r.m.key(ctx, buf) }

// KeyFor begins the key of a call for a tenant that is one of its arguments. An empty tenant counts
// as none.
func (r *Read[V]) KeyFor(ctx context.Context, tenant string, buf *KeyBuffer) Key {
	return r.m.keyFor(ctx, tenant, buf)
}

// Lookup answers from the in-process tier. With ok, the answer is v and err; without, Load has to
// be called.
//
// It is as long as a hit is fast: every function between here and the copy is 3 ns of 75.
func (r *Read[V]) Lookup(ctx context.Context, k Key) (v V, ok bool, err error) {
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

// Load answers a call that Lookup did not: from Redis, from the load of another caller, or by
// calling load. The load runs on a context of its own, which carries the values of ctx and ends
// after Options.LoadTimeout; when ctx ends first, Load returns its error and the load goes on. A
// panic in load is raised in every caller that waits for it.
func (r *Read[V]) Load(ctx context.Context, k Key, load func(context.Context) (V, error)) (V, error) {
	answer, err := r.m.answer(ctx, k, nil, load)
	return as[V](answer), err
}

// LoadTagged is Load for a method with tags. The function args adds those that arguments say,
// result those that a result says; either may be nil.
func (r *Read[V]) LoadTagged(ctx context.Context, k Key, args func(*Tags), result func(*Tags, V), load func(context.Context) (V, error)) (V, error) {
	t := tagging{args: args}
	if result != nil {
		t.result = result
	}
	answer, err := r.m.answer(ctx, k, &t, load)
	return as[V](answer), err
}

// Put begins to write an entry of the read through, for the tenant of the context. Generated code
// calls it before the write.
func (r *Read[V]) Put(i *Invalidation) *Put[V] { return r.PutIn(i, TenantScope{}) }

// PutIn is Put for a given scope: Global, or TenantOf one.
func (r *Read[V]) PutIn(i *Invalidation, in TenantScope) *Put[V] { return &Put[V]{r.m.put(i, in)} }
