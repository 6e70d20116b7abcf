package runtime

import (
	"context"
	"sync/atomic"
	"time"
)

// ReadOptions is for generated code: it describes a cached method.
type ReadOptions struct {
	Method   Method        // example.com/crm/store.ContactRepository.Get
	Prefix   string        // contact:list
	Version  string        // fingerprint of the results: a changed type reads and writes other keys
	Result   *Result       // how the results are written, read back and copied
	TTL      time.Duration // how long an answer may be served, at most a hundred years
	NotFound time.Duration // how long "not found" may be served; 0: it is not remembered
	Global   bool          // all tenants share the entries
	Strong   bool          // no copy in this process answers for Redis
	Local    time.Duration // longest life of such a copy; 0: the entry's; negative: none is kept
	Tags     []string      // the literal prefixes that tags of this method begin with
	Jitter   int           // most percent by which the life of an entry is shortened at random
	NoLock   bool          // a load in another process is not waited for
	Chunk    int           // most items of a batch in one load; 0: all

	// Shared says that callers share one value, which none of them changes, instead of each having
	// a copy of its own.
	Shared bool

	// InProcess says that entries live in this process alone, so results need no encoding: a lease
	// and the log of invalidations keep them as they keep local copies, and without a lease each
	// read loads. NewRead panics if the read is Strong, if Local is negative, or if Result has no
	// clone and the read is not Shared. NewBatch panics. A put of such a read invalidates.
	InProcess bool

	// Generic says that the results depend on a type parameter. Then NewRead panics if reflection
	// cannot carry them; for other types the generator reports that.
	Generic bool

	// Missing reports that a result means "not found", as a nil pointer does. It is for methods
	// that return (T, bool, error).
	Missing func(result any) bool
}

// Read is for generated code: a cached method. It is safe for concurrent use.
//
// A Read handles results as any: what depended on their type would be compiled anew for nearly
// every type, in the package that uses it.
type Read struct {
	m      method
	within atomic.Pointer[Read] // what InTx returns; nil until it is called
}

// NewRead makes the Read of a method.
func NewRead(c *Cache, o ReadOptions) *Read {
	r := new(Read)
	r.m.describe(c, &o, false)
	return r
}

// NewBatch is for generated code: it makes the Read of a method that answers for many items, from
// an entry for each. A single read of the same prefix has the same entries.
func NewBatch(c *Cache, o ReadOptions) *Read {
	r := new(Read)
	r.m.describe(c, &o, true)
	return r
}

// InTx returns the Read of the same method of a repository inside a transaction. Its calls bypass
// the cache, because they may see rows that nobody else sees yet, and what is put to it is
// invalidated.
func (r *Read) InTx() *Read {
	if r.m.inTx {
		return r
	}
	if in := r.within.Load(); in != nil {
		return in
	}
	in := &Read{m: r.m}
	in.m.inTx = true
	r.within.Store(in) // two that are made at once are alike
	return in
}

// Key begins the key of a call: application, tenant, prefix.
func (r *Read) Key(ctx context.Context, buf *KeyBuffer) Key { return r.m.key(ctx, buf) }

// KeyFor begins the key of a call whose tenant is an argument. An empty tenant counts as none.
func (r *Read) KeyFor(ctx context.Context, tenant string, buf *KeyBuffer) Key {
	return r.m.keyFor(ctx, tenant, buf)
}

// Put begins to store an entry of the read, for the tenant of the context. It is called before the
// write.
func (r *Read) Put(i *Invalidation) *Put { return r.PutIn(i, TenantScope{}) }

// PutIn is Put in a given scope: [Global], or [TenantOf] one tenant.
func (r *Read) PutIn(i *Invalidation, in TenantScope) *Put { return r.m.put(i, in) }

// Lookup answers from the copies in this process. If ok, the answer is v and err; else the caller
// calls Load. The dynamic type of v is that of the results, unless that is an interface. Others
// have v too: the caller copies it before it gives it away, unless it refers to nothing, is shared,
// or is of a [Result] without a clone.
func (r *Read) Lookup(ctx context.Context, k Key) (v any, ok bool, err error) {
	return r.m.lookup(ctx, k)
}

// Load answers from Redis, from the load of another caller, or by calling load on a context with
// the values of ctx and a deadline of [Options.LoadTimeout]. If ctx ends first, Load returns its
// error and the load continues. A panic in load is raised in every caller that waits for it. The
// dynamic type of v is that of the results, unless that is an interface.
func (r *Read) Load(ctx context.Context, k Key, load func(context.Context) (any, error)) (v any, err error) {
	v, err = r.m.answer(ctx, k, nil, load)
	return r.m.result.known(v), err
}

// LoadTagged is Load for a method with tags: args adds those of the arguments, result those of the
// result. Either may be nil.
func (r *Read) LoadTagged(
	ctx context.Context, k Key, args func(*Tags), result func(*Tags, any), load func(context.Context) (any, error),
) (v any, err error) {
	v, err = r.m.answer(ctx, k, &tagging{args, result}, load)
	return r.m.result.known(v), err
}
