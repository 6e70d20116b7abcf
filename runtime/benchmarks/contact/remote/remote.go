// Package remote is the repository of contacts without copies in the process.
package remote

import (
	"context"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
)

//go:generate go tool cachegen

// Contacts are contact.Contacts without copies in the process: each hit is one in Redis.
//
//cache:ttl=10m prefix=remote tenant=global local=off
type Contacts interface {
	//cache:key={id}
	Get(ctx context.Context, id string) (*contact.Contact, error)

	//cache:batch={ids}
	GetMany(ctx context.Context, ids []string) (map[string]*contact.Contact, error)

	//cache:invalidate=remote:{id}
	Update(ctx context.Context, id string, v *contact.Contact) error

	//cache:invalidate=remote:*
	UpdateAll(ctx context.Context) error
}
