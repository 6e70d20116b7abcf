package paths

import "github.com/cachegen/cachegen/cmd/cachegen/internal/model"

// Tenants says whose entries a read or a pattern is about, as far as it matters to whether they
// meet.
type Tenants uint8

// The scopes.
const (
	OneTenant    Tenants = iota // that of the context or of an argument
	NoTenant                    // tenant=global: entries that all tenants share
	AllTenants                  // tenant=*, of patterns only
	TenantScopes                // how many there are
)

// TenantsOf returns the scope of a tenant.
func TenantsOf(t model.Tenant) Tenants {
	switch t.(type) {
	case model.Global:
		return NoTenant
	case model.All:
		return AllTenants
	}
	return OneTenant
}

// SameTenants reports whether two scopes can be one: that of all tenants is nobody's.
func SameTenants(a, b model.Tenant) bool {
	_, globalA := a.(model.Global)
	_, globalB := b.(model.Global)
	return globalA == globalB
}

// TenantsMeet reports whether an invalidation for one tenant scope is about the entries of another.
func TenantsMeet(invalidation, read model.Tenant) bool {
	_, all := invalidation.(model.All)
	return all || SameTenants(invalidation, read)
}
