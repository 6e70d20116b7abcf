package runtime

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/store"
)

// Invalidation is for generated code: it collects what one call of a writing method makes stale. It
// is not safe for concurrent use.
type Invalidation struct {
	c      *Cache
	ctx    context.Context
	counts *counters
	method Method
	settle time.Duration
	inTx   bool           // of a repository inside a transaction
	tx     *Tx            // which it waits for if the context has none
	budget store.Budget   // of all that the write asks of Redis
	own    string         // the tenant of the context, encoded; "" before it was asked for
	sets   []path.Growing // one for each tenant
	fences []*fence
	puts   []*puts // one for each tenant
}

// begin begins the invalidation of a call.
func (c *Cache) begin(ctx context.Context, counts *counters, method Method, settle time.Duration) *Invalidation {
	return &Invalidation{c: c, ctx: ctx, counts: counts, method: method, settle: settle, budget: *store.NewWriteBudget(ctx, c.o.redisTimeout)}
}

// tenant is the tenant of the context; without one, an invalidation covers them all.
func (i *Invalidation) tenant() string {
	if i.own == "" {
		tenant, err := i.c.tenantOf(i.ctx)
		if err != nil {
			i.c.noTenant(i.ctx, i.counts, i.method, err)
			i.own = key.Every
		} else {
			i.own = key.EncodeTenant(tenant)
		}
	}
	return i.own
}

// Path begins a path of the tenant of the context. The prefix is literal: segments and colons.
func (i *Invalidation) Path(prefix string) Key { return i.path(i.tenant(), prefix) }

// PathIn is Path in a given scope.
func (i *Invalidation) PathIn(scope TenantScope, prefix string) Key {
	if scope.encoded == "" {
		return i.Path(prefix)
	}
	return i.path(scope.encoded, prefix)
}

func (i *Invalidation) path(tenant, prefix string) Key {
	k := new(KeyBuffer)
	key.Begin(k, i.c.head, tenant, string(key.AppendPrefix([]byte{key.Separator}, prefix)))
	return k
}

// Entry makes the entry at the path stale.
func (i *Invalidation) Entry(k Key) { i.addKey(k, false) }

// Scope makes the entry at the path stale, and everything under it.
func (i *Invalidation) Scope(k Key) { i.addKey(k, true) }

func (i *Invalidation) addKey(k Key, all bool) {
	full, args := key.Path(k)
	paths := path.Reach(full, all)
	if key.FaultOf(k) != key.OK {
		// What cannot be named cannot be left out: everything under what could be named is stale.
		i.c.o.logger.WarnContext(i.ctx, "cachegen: invalidating all of a prefix, because an argument has no text", "method", i.method, "path", string(key.Bytes(k)))
		paths, all = []string{string(full[:args])}, true
	}
	i.add(key.Tenant(k), paths, all)
}

func (i *Invalidation) add(tenant string, paths []string, all bool) {
	s := path.Set{Tenant: tenant, Entries: paths}
	if all {
		s = path.Set{Tenant: tenant, Scopes: paths}
	}
	i.sets = path.Merge(i.sets, s)
}

// Open fences what was collected so far: until End nothing cached under it answers and no load is
// stored. It is called before the write. If Redis does not accept the fence, the write continues
// without it; End invalidates in any case.
func (i *Invalidation) Open() {
	for _, s := range i.sets {
		i.fences = append(i.fences, i.c.openFence(i.ctx, &i.budget, i.counts, i.method, s.Set))
	}
}

// End sends the invalidation and returns when it is in force, also when the context is cancelled:
// the write has happened. Inside a transaction, End leaves the invalidation to the commit. A
// failure is logged, counted and retried in the background. With [Options.StrictInvalidation] it is
// also stored in *err, unless that holds an error already.
func (i *Invalidation) End(err *error) {
	failed := i.send()
	if failed != nil && i.c.o.strict && err != nil && *err == nil {
		*err = failed
	}
}

func (i *Invalidation) send() error {
	for _, tx := range [...]*Tx{txOf(i.ctx), i.tx} {
		if tx != nil && tx.adopt(i) {
			return nil // of what it puts, the commit invalidates the entry
		}
	}
	if i.inTx && len(i.sets) > 0 {
		i.warnTooEarly()
	}
	return i.apply(i.ctx)
}

// warnTooEarly warns of a write inside a transaction whose commit the cache will not hear of. Until
// that commit, others load the old rows again, and store them.
func (i *Invalidation) warnTooEarly() {
	i.counts.warnTx.Do(func() {
		i.c.o.logger.WarnContext(i.ctx, "cachegen: a write in a transaction that the cache does not know of invalidates at once, and not at the commit; "+
			"call it with the context of runtime.InTx, Cache.Transact or Cache.Begin (logged once for each method)", "method", i.method)
	})
}

// apply puts the invalidation in force.
func (i *Invalidation) apply(ctx context.Context) error {
	started := time.Now()
	var errs []error
	done := make([]path.Set, 0, len(i.puts))
	for _, p := range i.puts {
		done = append(done, p.finish(ctx))
	}
	for _, set := range i.sets {
		s := set.Set
		i.counts.invalidations.Add(uint64(s.Len()))
		for n, f := range i.fences {
			if f != nil && f.Tenant == s.Tenant {
				// What the fence covers is closed by closing it; what was collected since is
				// stamped beside it.
				if err := i.c.closeFence(ctx, &i.budget, f, i.settle); err != nil {
					i.c.retryLater(i.counts, f.Set, i.settle, err)
					errs = append(errs, err)
				}
				i.fences[n] = nil
				s = s.Without(f.Set)
			}
		}
		for _, put := range done {
			if put.Tenant == s.Tenant {
				s = s.Without(put)
			}
		}
		if s.Len() == 0 {
			continue
		}
		if err := i.c.invalidate(ctx, &i.budget, s, i.settle); err != nil {
			i.c.retryLater(i.counts, s, i.settle, err)
			errs = append(errs, err)
		}
	}
	var err error
	if joined := errors.Join(errs...); joined != nil {
		err = &InvalidationError{Method: i.method, Paths: i.paths(), err: joined}
		i.c.o.logger.ErrorContext(ctx, "cachegen: an invalidation failed; it is retried in the background", "method", i.method, "error", joined)
	}
	if i.c.o.observe != nil {
		i.c.o.observe(ctx, Event{Method: i.method, Paths: i.paths(), Source: SourceWrite, Took: time.Since(started), Err: err})
	}
	return err
}

// drop closes the fences of a write that was rolled back. Nothing it would have invalidated has
// changed.
func (i *Invalidation) drop(ctx context.Context) {
	for n, f := range i.fences {
		if f != nil {
			if err := i.c.closeFence(ctx, &i.budget, f, 0); err != nil {
				i.c.retryLater(i.counts, f.Set, 0, err)
			}
			i.fences[n] = nil
		}
	}
}

// paths lists what is invalidated in the form of keys and patterns.
func (i *Invalidation) paths() []string {
	var list []string
	for _, s := range i.sets {
		head := i.c.head + s.Tenant + string(key.Separator)
		for _, entry := range s.Entries {
			list = append(list, head+entry)
		}
		for _, scope := range s.Scopes {
			if scope != "" {
				scope += string(key.Separator)
			}
			list = append(list, head+scope+path.Everything)
		}
	}
	return list
}

// InvalidationError says that a write was done but that Redis has not accepted its invalidation. A
// retry in the background continues. Until it succeeds, or the entries expire, other processes may
// answer from what they have cached; this process does not. Writers get it with
// [Options.StrictInvalidation], callers of [Cache.Invalidate] and [Cache.InvalidateIn] always.
type InvalidationError struct {
	Method Method   // of the writer, or Cache.Invalidate
	Paths  []string // app:tenant:contact:42, app:tenant:contact:list:*
	err    error
}

// Error names the method, the paths and the cause.
func (e *InvalidationError) Error() string {
	return fmt.Sprintf("cachegen: %s: %v not yet invalidated (it is retried in the background): %v", e.Method, e.Paths, e.err)
}

// Unwrap returns why Redis did not accept the invalidation.
func (e *InvalidationError) Unwrap() error { return e.err }

// invalidate stamps paths, in Redis or in this process.
func (c *Cache) invalidate(ctx context.Context, b *store.Budget, s path.Set, settle time.Duration) error {
	if c.redis == nil {
		c.local.Invalidate(s)
		if settle > 0 {
			c.settle(s, settle)
		}
		return nil
	}
	return c.redis.Invalidate(context.WithoutCancel(ctx), b, s, store.Stamp, settle)
}
