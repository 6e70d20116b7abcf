package runtime

import (
	"context"
	"errors"
	"fmt"

	"github.com/cachegen/cachegen/runtime/internal/key"
)

// scopeKey is under which a context holds its scope. Pointers are what interfaces compare fastest.
type scopeKey *struct{}

// scope is what a context says about the calls under it.
type scope struct {
	tenant  string
	encoded string // as it stands in a key
	tx      *Tx
}

// scopeContext is a context with a scope. It spares a call of WithTenant one allocation and a read
// one look-up.
type scopeContext struct {
	context.Context
	scope scope
}

func (c *scopeContext) Value(k any) any {
	if k == any(scopeKey(nil)) {
		return &c.scope
	}
	return c.Context.Value(k)
}

var noScope = new(scope)

func scopeOf(ctx context.Context) *scope {
	if c, ok := ctx.(*scopeContext); ok {
		return &c.scope
	}
	return scopeIn(ctx)
}

// scopeIn looks for a scope under what was put around it.
func scopeIn(ctx context.Context) *scope {
	if s, ok := ctx.Value(scopeKey(nil)).(*scope); ok {
		return s
	}
	return noScope
}

func txOf(ctx context.Context) *Tx { return scopeOf(ctx).tx }

// WithTenant returns a context whose reads and invalidations are about that tenant, whatever
// [Options.Tenant] says. The tenant "" is none, so that a missing header never becomes a scope that
// strangers share: unless Options.Tenant finds a tenant, reads bypass the cache and invalidations
// cover every tenant.
func WithTenant(ctx context.Context, tenant string) context.Context {
	return &scopeContext{ctx, scope{tenant: tenant, encoded: key.EncodeTenant(tenant), tx: txOf(ctx)}}
}

// errNoTenant is why a read without a tenant bypasses the cache.
var errNoTenant = errors.New("no tenant in the context")

// tenantOf returns the tenant that a call is about, or why there is none.
func (c *Cache) tenantOf(ctx context.Context) (string, error) { return c.tenantIn(ctx, scopeOf(ctx)) }

func (c *Cache) tenantIn(ctx context.Context, s *scope) (string, error) {
	tenant := s.tenant
	if tenant == "" && c.o.tenant != nil {
		var err error
		if tenant, err = c.o.tenant(ctx); err != nil {
			return "", fmt.Errorf("Options.Tenant: %w", err)
		}
	}
	if tenant == "" {
		return "", errNoTenant
	}
	return tenant, nil
}

// TenantScope says whose entries an invalidation covers. The zero value is the tenant of the
// context.
type TenantScope struct{ encoded string }

// The scopes that are no single tenant.
var (
	// Global is the scope of reads with tenant=global.
	Global = TenantScope{key.Global}
	// AllTenants is every tenant and the global scope.
	AllTenants = TenantScope{key.Every}
)

// TenantOf returns the scope of one tenant. The tenant "" is none: its scope is [AllTenants].
func TenantOf(tenant string) TenantScope {
	if tenant == "" {
		return AllTenants
	}
	return TenantScope{key.EncodeTenant(tenant)}
}

// noTenant counts a call without a tenant, and tells of the first.
func (c *Cache) noTenant(ctx context.Context, counts *counters, method Method, err error) {
	counts.noTenant.Add(1)
	c.warnTenant.Do(func() {
		c.o.logger.WarnContext(ctx, "cachegen: no tenant: reads bypass the cache, invalidations cover every tenant; "+
			"call runtime.WithTenant, set Options.Tenant, or declare tenant=global (logged once)", "method", method, "error", err)
	})
}
