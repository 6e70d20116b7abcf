// Package crm is the domain of a CRM of many tenants: contacts, deals and products, as the
// repositories of an application return them. The comments above their methods say what is cached.
package crm

import (
	"context"
	"errors"
)

//go:generate go tool cachegen

var (
	// ErrNotFound reports an entity that the tenant does not have.
	ErrNotFound = errors.New("not found")

	// ErrNoTenant reports a context that did not come from WithTenant.
	ErrNoTenant = errors.New("no tenant in the context")
)

// PageSize is the number of entities on a page of a list.
const PageSize = 20

// Cents is an amount of money.
type Cents int64

type tenantKey struct{}

// WithTenant returns a context for calls on behalf of a tenant.
func WithTenant(ctx context.Context, tenant string) context.Context {
	return context.WithValue(ctx, tenantKey{}, tenant)
}

// Tenant is the tenant that calls with ctx are for, or ErrNoTenant. The database and the cache both
// ask it, so they cannot disagree.
func Tenant(ctx context.Context) (string, error) {
	tenant, ok := ctx.Value(tenantKey{}).(string)
	if !ok || tenant == "" {
		return "", ErrNoTenant
	}
	return tenant, nil
}
