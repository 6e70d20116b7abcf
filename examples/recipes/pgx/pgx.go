// Package pgx caches a repository that uses pgx.
package pgx

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/cachegen/cachegen/runtime"
)

//go:generate go tool cachegen

// Contact is a row.
type Contact struct{ ID, Name string }

// ContactRepository is what the application uses.
//
//cache:ttl=10m
type ContactRepository interface {
	// Get returns the contact, or pgx.ErrNoRows, which counts as not found by default: it wraps
	// sql.ErrNoRows.
	//cache:prefix=contact notfound=30s
	Get(ctx context.Context, id string) (*Contact, error)

	//cache:invalidate=contact:{c.ID}
	Save(ctx context.Context, c *Contact) error
}

// conn is a pool or a transaction.
type conn interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Contacts is the repository of a pool, or of a transaction.
type Contacts struct{ db conn }

// Get implements [ContactRepository].
func (s Contacts) Get(ctx context.Context, id string) (*Contact, error) {
	c := new(Contact)
	row := s.db.QueryRow(ctx, "SELECT id, name FROM contacts WHERE id = $1", id)
	if err := row.Scan(&c.ID, &c.Name); err != nil {
		return nil, err
	}
	return c, nil
}

// Save implements [ContactRepository].
func (s Contacts) Save(ctx context.Context, c *Contact) error {
	_, err := s.db.Exec(ctx, `INSERT INTO contacts (id, name) VALUES ($1, $2)
		ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name`, c.ID, c.Name)
	return err
}

// InTx runs f in a transaction of pgx. What f writes is stale when it has committed.
func InTx(ctx context.Context, cache *runtime.Cache, db *pgxpool.Pool,
	f func(context.Context, ContactRepository) error) error {
	return cache.Transact(ctx, func(ctx context.Context) error {
		return pgx.BeginFunc(ctx, db, func(dbTx pgx.Tx) error {
			return f(ctx, NewCachedContactRepository(Contacts{dbTx}, cache))
		})
	})
}
