// Package bun caches a repository that uses bun.
package bun

import (
	"context"
	"database/sql"

	"github.com/uptrace/bun"

	"github.com/cachegen/cachegen/runtime"
)

//go:generate go tool cachegen

// Contact is a row.
type Contact struct {
	ID   string `bun:",pk"`
	Name string
}

// ContactRepository is what the application uses.
//
//cache:ttl=10m
type ContactRepository interface {
	// Get returns the contact, or sql.ErrNoRows, which counts as not found by default.
	//cache:prefix=contact notfound=30s
	Get(ctx context.Context, id string) (*Contact, error)

	//cache:invalidate=contact:{c.ID}
	Save(ctx context.Context, c *Contact) error
}

// Contacts is the repository of a database, or of a transaction: bun.IDB is both.
type Contacts struct{ db bun.IDB }

// Get implements [ContactRepository].
func (s Contacts) Get(ctx context.Context, id string) (*Contact, error) {
	c := new(Contact)
	if err := s.db.NewSelect().Model(c).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Save implements [ContactRepository].
func (s Contacts) Save(ctx context.Context, c *Contact) error {
	_, err := s.db.NewInsert().Model(c).On("CONFLICT (id) DO UPDATE").Set("name = EXCLUDED.name").Exec(ctx)
	return err
}

// InTx runs f in a transaction of bun. What f writes is stale when it has committed.
func InTx(ctx context.Context, cache *runtime.Cache, db *bun.DB, o *sql.TxOptions,
	f func(context.Context, ContactRepository) error) error {
	return cache.Transact(ctx, func(ctx context.Context) error {
		return db.RunInTx(ctx, o, func(ctx context.Context, dbTx bun.Tx) error {
			return f(ctx, NewCachedContactRepository(Contacts{dbTx}, cache))
		})
	})
}
