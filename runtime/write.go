package runtime

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// WriteOptions describes a writing method. Generated code fills it in.
type WriteOptions struct {
	Method string        // ContactRepository.Update
	Settle time.Duration // settle=: for how long after the write nothing is stored
}

// Write is a method that makes entries stale. It is safe for concurrent use.
type Write struct {
	c      *Cache
	o      WriteOptions
	counts *counters
}

// NewWrite describes a writing method to the cache. Generated constructors call it.
func NewWrite(c *Cache, o WriteOptions) *Write {
	return &Write{c: c, o: o, counts: c.counters(o.Method)}
}

// Begin starts the invalidation of one call. The Invalidation is not safe for concurrent use.
func (w *Write) Begin(ctx context.Context) *Invalidation {
	return &Invalidation{c: w.c, ctx: ctx, counts: w.counts, method: w.o.Method, settle: w.o.Settle}
}

// Invalidation collects what one call of a writing method makes stale, and sends it.
type Invalidation struct {
	c      *Cache
	ctx    context.Context
	counts *counters
	method string
	settle time.Duration
	own    string // the tenant of the context, encoded; "" before it was asked for
	stale  []stale
	fences []*fence
	puts   []*put
}

// tenant is the tenant of the context; without one, an invalidation covers them all.
func (i *Invalidation) tenant() string {
	if i.own == "" {
		tenant, err := i.c.tenantOf(i.ctx)
		if err != nil {
			i.c.noTenant(i.ctx, i.counts, i.method, err)
			i.own = everyTenant
		} else {
			i.own = encodeTenant(tenant)
		}
	}
	return i.own
}

// Path begins a path in the tenant of the context. The prefix is literal, its segments separated by colons.
func (i *Invalidation) Path(prefix string) Key { return i.path(i.tenant(), prefix) }

// PathIn begins a path in a given scope of tenants.
func (i *Invalidation) PathIn(scope TenantScope, prefix string) Key {
	if scope.encoded == "" {
		return i.Path(prefix)
	}
	return i.path(scope.encoded, prefix)
}

func (i *Invalidation) path(tenant, prefix string) Key {
	k := new(KeyBuffer)
	k.begin(i.c.head, tenant, string(appendPrefix([]byte{separator}, prefix)))
	return k
}

// Entry makes exactly that entry stale.
func (i *Invalidation) Entry(k Key) { i.addKey(k, false) }

// Scope makes everything under the path stale, and the entry at it.
func (i *Invalidation) Scope(k Key) { i.addKey(k, true) }

func (i *Invalidation) addKey(k Key, all bool) {
	paths := reach(k.bytes()[k.path:], all)
	if k.bad != fine {
		// What cannot be named cannot be left out: everything under what could be named is stale.
		i.c.o.logger.WarnContext(i.ctx, "cachegen: invalidating all of a prefix, because an argument has no text", "method", i.method, "path", string(k.bytes()))
		paths, all = []string{string(k.bytes()[k.path:k.args])}, true
	}
	i.add(k.tenant(), paths, all)
}

func (i *Invalidation) add(tenant string, paths []string, all bool) {
	s := stale{tenant: tenant, entries: paths}
	if all {
		s = stale{tenant: tenant, scopes: paths}
	}
	i.stale = merge(i.stale, s)
}

// Open fences what was collected so far: from now on nothing cached answers under it and no load is stored, until End. Generated code calls it
// before the write of a method with fence. If Redis does not accept the fence the write goes on without; End invalidates in any case.
func (i *Invalidation) Open() {
	for _, s := range i.stale {
		i.fences = append(i.fences, i.c.openFence(i.ctx, i.counts, i.method, s))
	}
}

// End sends the invalidation and returns when it is in force, whatever became of the context: the write has happened. Inside a transaction
// (Cache.Begin) it waits for the commit. A failure is logged, counted and retried in the background; with Options.StrictInvalidation it is
// also stored in *err, unless that holds an error already.
func (i *Invalidation) End(err *error) {
	failed := i.send()
	if failed != nil && i.c.o.strict && err != nil && *err == nil {
		*err = failed
	}
}

func (i *Invalidation) send() error {
	if tx := txOf(i.ctx); tx != nil && tx.adopt(i) {
		return nil // of what it puts, the commit invalidates the entry
	}
	return i.apply(i.ctx)
}

// apply puts the invalidation in force.
func (i *Invalidation) apply(ctx context.Context) error {
	started := time.Now()
	var errs []error
	done := make([]stale, 0, len(i.puts))
	for _, p := range i.puts {
		done = append(done, p.settle(ctx))
	}
	for _, s := range i.stale {
		i.counts.invalidations.Add(uint64(len(s.scopes) + len(s.entries)))
		for n, f := range i.fences {
			if f != nil && f.tenant == s.tenant {
				// What the fence covers is closed by closing it; what was collected since is stamped beside it.
				if err := i.c.closeFence(ctx, f, i.settle); err != nil {
					i.c.lost(i.counts, f.stale, i.settle)
					errs = append(errs, err)
				}
				i.fences[n] = nil
				s = s.without(f.stale)
			}
		}
		for _, put := range done {
			if put.tenant == s.tenant {
				s = s.without(put)
			}
		}
		if len(s.scopes)+len(s.entries) == 0 {
			continue
		}
		if err := i.c.invalidate(ctx, s, i.settle); err != nil {
			i.c.lost(i.counts, s, i.settle)
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

// drop closes the fences of a write that was rolled back. Nothing it would have invalidated has changed.
func (i *Invalidation) drop(ctx context.Context) {
	for n, f := range i.fences {
		if f != nil {
			if err := i.c.closeFence(ctx, f, 0); err != nil {
				i.c.lost(i.counts, f.stale, 0)
			}
			i.fences[n] = nil
		}
	}
}

// paths lists what is invalidated in the form of keys and patterns.
func (i *Invalidation) paths() []string {
	var list []string
	for _, s := range i.stale {
		head := i.c.head + s.tenant + string(separator)
		for _, path := range s.entries {
			list = append(list, head+path)
		}
		for _, path := range s.scopes {
			if path != "" {
				path += string(separator)
			}
			list = append(list, head+path+"*")
		}
	}
	return list
}

// InvalidationError says that a write has been done, but that Redis has not accepted its invalidation: other processes may answer with what they
// have cached until a retry succeeds or the entries expire. This process does not answer from it meanwhile. errors.Is and errors.As see the cause.
type InvalidationError struct {
	Method string   // ContactRepository.Update
	Paths  []string // app:tenant:contact:42, app:tenant:contact:list:*
	err    error
}

func (e *InvalidationError) Error() string {
	return fmt.Sprintf("cachegen: %s: %v not yet invalidated (it is retried in the background): %v", e.Method, e.Paths, e.err)
}

// Unwrap returns why Redis did not accept the invalidation.
func (e *InvalidationError) Unwrap() error { return e.err }

// invalidate stamps paths, in Redis or in this process.
func (c *Cache) invalidate(ctx context.Context, s stale, settle time.Duration) error {
	if c.redis == nil {
		c.local.invalidate(s)
		if settle > 0 {
			c.settle(s, settle)
		}
		return nil
	}
	return c.redis.invalidate(context.WithoutCancel(ctx), s, modeStamp, settle, brief)
}

// noTenant counts a call without a tenant, and tells of the first.
func (c *Cache) noTenant(ctx context.Context, counts *counters, method string, err error) {
	counts.noTenant.Add(1)
	c.warnTenant.Do(func() {
		c.o.logger.WarnContext(ctx, "cachegen: no tenant: reads bypass the cache, invalidations cover every tenant; "+
			"call runtime.WithTenant, set Options.Tenant, or declare tenant=global (logged once)", "method", method, "error", err)
	})
}

// merge adds an invalidation to a list with one for each tenant.
func merge(list []stale, s stale) []stale {
	if at := slices.IndexFunc(list, func(o stale) bool { return o.tenant == s.tenant }); at >= 0 {
		list[at].add(s)
		return list
	}
	return append(list, stale{s.tenant, slices.Clone(s.scopes), slices.Clone(s.entries)})
}
