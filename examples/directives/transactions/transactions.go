// Package transactions has methods that hand out the repository itself, inside a transaction.
package transactions

import "context"

//go:generate go tool cachegen

// Tx is a transaction of the database.
type Tx struct{ Names map[string]string }

// Contact is a person.
type Contact struct{ ID, Name string }

// ContactRepository stores contacts.
//
//cache:ttl=10m
type ContactRepository interface {
	//cache:prefix=contact
	Get(ctx context.Context, id string) (*Contact, error)

	//cache:invalidate=contact:{c.ID}
	Save(ctx context.Context, c *Contact) error

	// WithTx returns the repository in a transaction that the caller commits.
	//cache:tx
	WithTx(tx *Tx) ContactRepository

	// InTx calls f with the repository in a transaction that it commits.
	//cache:tx
	InTx(ctx context.Context, f func(ContactRepository) error) error
}
