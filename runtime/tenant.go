package runtime

import (
	"context"
	"errors"
	"fmt"
)

type tenantKey struct{}

// WithTenant returns a context in which every read and invalidation is about that tenant. It takes precedence over Options.Tenant.
// An empty tenant counts as none: reads bypass the cache, so that a missing header never becomes a scope that strangers share.
func WithTenant(ctx context.Context, tenant string) context.Context {
	return context.WithValue(ctx, tenantKey{}, tenant)
}

// errNoTenant is why a read without a tenant bypasses the cache.
var errNoTenant = errors.New("no tenant in the context")

// tenantOf returns the tenant that a call is about, or why there is none.
func (c *Cache) tenantOf(ctx context.Context) (string, error) {
	tenant, _ := ctx.Value(tenantKey{}).(string)
	if tenant == "" && c.o.Tenant != nil {
		var err error
		if tenant, err = c.o.Tenant(ctx); err != nil {
			return "", fmt.Errorf("Options.Tenant: %w", err)
		}
	}
	if tenant == "" {
		return "", errNoTenant
	}
	return tenant, nil
}

// TenantScope says whose entries an invalidation is about. The zero value is the tenant of the context.
type TenantScope struct{ encoded string }

var (
	// Global is the scope of reads declared tenant=global.
	Global = TenantScope{globalTenant}
	// AllTenants is every tenant, the global scope included.
	AllTenants = TenantScope{everyTenant}
)

// TenantOf is the scope of one tenant. An empty tenant counts as none, and an invalidation without a tenant covers all of them.
func TenantOf(tenant string) TenantScope {
	if tenant == "" {
		return AllTenants
	}
	return TenantScope{string(appendTenant(nil, tenant))}
}
