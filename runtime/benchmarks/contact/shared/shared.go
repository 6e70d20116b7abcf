// Package shared is the repository of contacts that callers share.
package shared

import (
	"context"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
)

//go:generate go tool cachegen

// Contacts hand out the cached contact itself, which callers must not change.
//
//cache:ttl=10m prefix=shared tenant=global share
type Contacts interface {
	//cache:key={id}
	Get(ctx context.Context, id string) (*contact.Contact, error)

	//cache:batch={ids}
	GetMany(ctx context.Context, ids []string) (map[string]*contact.Contact, error)

	//cache:invalidate=shared:{id}
	Update(ctx context.Context, id string, v *contact.Contact) error

	//cache:invalidate=shared:*
	UpdateAll(ctx context.Context) error
}
