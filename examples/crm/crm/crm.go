// Package crm is the domain of a small multi-tenant CRM: its entities and the repositories that
// store them.
//
// The comments above the repositories' methods say what may be cached and what makes it stale. From
// them, go generate writes the CachedXxxRepository decorators beside each file. Nothing else here
// knows that there is a cache.
package crm

import (
	"context"
	"errors"
)

// The decorators are written by cachegen, the mocks for the tests by two popular mock generators.
//
//go:generate go tool cachegen
//go:generate go tool mockgen -destination ../mocks/contacts.go -package mocks . ContactRepository
//go:generate go tool moq -out ../mocks/deals.go -pkg mocks . DealRepository

var (
	// ErrNotFound reports an entity that the tenant does not have.
	ErrNotFound = errors.New("not found")

	// ErrNoTenant reports a context that did not come from WithTenant.
	ErrNoTenant = errors.New("no tenant in the context")
)

// PageSize is the number of entities on a page of a list.
const PageSize = 3

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
