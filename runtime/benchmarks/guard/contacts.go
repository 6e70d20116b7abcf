// Package guard keeps what the generated wrappers have won: its tests fail when a hit takes more
// allocations, or more time beside the same work by hand.
package guard

import (
	"context"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/service/crm"
)

//go:generate go tool cachegen

// Price is a result that is a value: no copy of it shares memory.
type Price struct {
	Cents    int64
	Currency [3]byte
	Until    time.Time
}

// Shop is what the guard looks at: a read for each kind of result.
//
//cache:ttl=1h ttlonly
type Shop interface {
	// Price is a value.
	//cache:prefix=price
	Price(ctx context.Context, sku string) (Price, error)

	// Contact is a pointer, of which each caller gets a copy.
	//cache:prefix=contact
	Contact(ctx context.Context, id string) (*crm.Contact, error)

	// Shared is a pointer that all callers have in common.
	//cache:prefix=shared share
	Shared(ctx context.Context, id string) (*crm.Contact, error)

	// Remote is a contact that Redis alone has.
	//cache:prefix=remote local=off
	Remote(ctx context.Context, id string) (*crm.Contact, error)

	// RemoteMany is a batch of those.
	//cache:prefix=remote local=off batch={ids}
	RemoteMany(ctx context.Context, ids []string) (map[string]*crm.Contact, error)

	// Contacts is a batch of what Contact reads.
	//cache:prefix=contact batch={ids}
	Contacts(ctx context.Context, ids []string) (map[string]*crm.Contact, error)
}
