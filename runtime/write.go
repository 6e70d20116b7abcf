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
	Method string // ContactRepository.Update
}

// Write is a method that makes entries stale.
type Write struct {
	c      *Cache
	method string
	counts *counters
}

// NewWrite describes a writing method to the cache. Generated constructors call it.
func NewWrite(c *Cache, o WriteOptions) *Write {
	return &Write{c: c, method: o.Method, counts: c.counters(o.Method)}
}

// Begin starts the invalidation of one call. It is not safe for concurrent use.
func (w *Write) Begin(ctx context.Context) *Invalidation { return w.c.begin(ctx, w.counts, w.method) }

func (c *Cache) begin(ctx context.Context, counts *counters, method string) *Invalidation {
	return &Invalidation{c: c, ctx: ctx, counts: counts, method: method}
}

// Invalidation collects what one call of a writing method makes stale, and sends it.
type Invalidation struct {
	c      *Cache
	ctx    context.Context
	counts *counters
	method string
	own    string // the tenant of the context, encoded; "" before it was asked for
	stale  []stale
}

// stale is what is invalidated in one tenant.
type stale struct {
	tenant          string // encoded
	scopes, entries []string
}

// tenant is the tenant of the context; without one, an invalidation covers them all.
func (i *Invalidation) tenant() string {
	if i.own == "" {
		tenant, err := i.c.tenantOf(i.ctx)
		if err != nil {
			i.c.noTenant(i.ctx, i.counts, i.method, err)
			i.own = everyTenant
		} else {
			i.own = string(appendTenant(nil, tenant))
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
	b := append([]byte(i.c.head), tenant...)
	b = append(b, separator)
	path := int32(len(b))
	b = appendPrefix(b, prefix)
	return Key{b: b, path: path, args: int32(len(b))}
}

// Entry makes exactly that entry stale.
func (i *Invalidation) Entry(k Key) { i.addKey(k, false) }

// Scope makes everything under the path stale, and the entry at it.
func (i *Invalidation) Scope(k Key) { i.addKey(k, true) }

func (i *Invalidation) addKey(k Key, all bool) {
	paths := k.reach()
	if k.bad != fine {
		// What cannot be named cannot be left out: everything under what could be named is stale.
		i.c.o.Logger.WarnContext(i.ctx, "cachegen: invalidating all of a prefix, because an argument has no text", "method", i.method, "path", string(k.b))
		paths, all = []string{string(k.b[k.path:k.args])}, true
	}
	i.add(k.tenant(), paths, all)
}

func (i *Invalidation) add(tenant string, paths []string, all bool) {
	at := slices.IndexFunc(i.stale, func(s stale) bool { return s.tenant == tenant })
	if at < 0 {
		at = len(i.stale)
		i.stale = append(i.stale, stale{tenant: tenant})
	}
	list := &i.stale[at].entries
	if all {
		list = &i.stale[at].scopes
	}
	for _, path := range paths {
		if !slices.Contains(*list, path) {
			*list = append(*list, path)
		}
	}
}

// End sends the invalidation and returns when it is in force. The context's cancellation does not stop it: the write has happened.
// A failure is logged and counted.
func (i *Invalidation) End(*error) {
	_ = i.send() // logged there
}

func (i *Invalidation) send() error {
	started := time.Now()
	var errs []error
	for _, s := range i.stale {
		i.counts.invalidations.Add(uint64(len(s.scopes) + len(s.entries)))
		if err := i.c.invalidate(context.WithoutCancel(i.ctx), s); err != nil {
			i.counts.redisErrors.Add(1)
			errs = append(errs, err)
		}
	}
	err := errors.Join(errs...)
	if err != nil {
		err = fmt.Errorf("cachegen: invalidation by %s: %w", i.method, err)
		i.c.o.Logger.ErrorContext(i.ctx, "cachegen: invalidation failed", "method", i.method, "error", err)
	}
	if i.c.o.Observe != nil {
		i.c.o.Observe(i.ctx, Event{Method: i.method, Paths: i.paths(), Source: SourceWrite, Took: time.Since(started), Err: err})
	}
	return err
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

func (c *Cache) invalidate(ctx context.Context, s stale) error {
	if c.redis != nil {
		return c.redis.invalidate(ctx, s.tenant, s.scopes, s.entries)
	}
	c.local.invalidate(s)
	return nil
}

// noTenant counts a call without a tenant, and tells of the first.
func (c *Cache) noTenant(ctx context.Context, counts *counters, method string, err error) {
	counts.noTenant.Add(1)
	c.warnTenant.Do(func() {
		c.o.Logger.WarnContext(ctx, "cachegen: no tenant: reads bypass the cache, invalidations cover every tenant; "+
			"call runtime.WithTenant, set Options.Tenant, or declare tenant=global (logged once)", "method", method, "error", err)
	})
}
