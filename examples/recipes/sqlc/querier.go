// Package sqlc caches queries that sqlc has generated.
package sqlc

import (
	"context"
	"database/sql"

	"github.com/cachegen/cachegen/runtime"
)

//go:generate go tool cachegen

// ContactQuerier has the methods of Queries that the application uses. It stands in a file of its
// own, because sqlc overwrites its files.
//
//cache:ttl=10m
type ContactQuerier interface {
	// GetContact returns the contact, or sql.ErrNoRows, which counts as not found by default.
	//cache:prefix=contact notfound=30s
	GetContact(ctx context.Context, id string) (Contact, error)

	//cache:prefix=contact:city tags=contact:{result.ID}
	ContactsInCity(ctx context.Context, city string) ([]Contact, error)

	//cache:invalidate=contact:{arg.ID},contact:city:{arg.City}
	CreateContact(ctx context.Context, arg CreateContactParams) error

	//cache:invalidate=contact:{arg.ID}
	RenameContact(ctx context.Context, arg RenameContactParams) error
}

var _ ContactQuerier = (*Queries)(nil)

// InTx runs f in a transaction. What f writes is stale when it has committed.
func InTx(ctx context.Context, cache *runtime.Cache, db *sql.DB, o *sql.TxOptions,
	f func(context.Context, ContactQuerier) error) error {
	return runtime.InTx(ctx, cache, db, o, func(ctx context.Context, tx *sql.Tx) error {
		return f(ctx, NewCachedContactQuerier(New(tx), cache))
	})
}
