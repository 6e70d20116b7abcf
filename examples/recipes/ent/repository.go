// Package entrepo caches a repository that uses ent.
package entrepo

import (
	"context"

	"github.com/cachegen/cachegen/examples/recipes/ent/ent"
	"github.com/cachegen/cachegen/runtime"
)

//go:generate go tool cachegen

// Contact is what the application sees. An entity of ent holds its client, which cannot be cached.
type Contact struct{ ID, Name string }

// ContactRepository is what the application uses.
//
//cache:ttl=10m
type ContactRepository interface {
	// Get returns the contact, or an error that ent.IsNotFound accepts, from the cache too.
	//cache:prefix=contact notfound=30s
	Get(ctx context.Context, id string) (*Contact, error)

	//cache:invalidate=contact:{id}
	Rename(ctx context.Context, id, name string) error
}

// Contacts is the repository of a client, or of the client of a transaction.
type Contacts struct{ client *ent.ContactClient }

// Get implements [ContactRepository].
func (s Contacts) Get(ctx context.Context, id string) (*Contact, error) {
	c, err := s.client.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return &Contact{ID: c.ID, Name: c.Name}, nil
}

// Rename implements [ContactRepository].
func (s Contacts) Rename(ctx context.Context, id, name string) error {
	return s.client.UpdateOneID(id).SetName(name).Exec(ctx)
}

// InTx runs f in a transaction of ent. What f writes is stale when it has committed.
func InTx(ctx context.Context, cache *runtime.Cache, client *ent.Client,
	f func(context.Context, ContactRepository) error) error {
	return cache.Transact(ctx, func(ctx context.Context) error {
		dbTx, err := client.Tx(ctx)
		if err != nil {
			return err
		}
		defer dbTx.Rollback() // does nothing after a commit
		if err := f(ctx, NewCachedContactRepository(Contacts{dbTx.Contact}, cache)); err != nil {
			return err
		}
		return dbTx.Commit()
	})
}
