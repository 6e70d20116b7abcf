package sqlc

import "database/sql"

// Contacts is Querier in and out of transactions. It stands in a file of its own, because sqlc
// overwrites its files. WithTx of Queries returns *Queries, so Store is what implements it.
type Contacts interface {
	Querier
	//cache:tx
	WithTx(tx *sql.Tx) Contacts
}

// Store is Queries as Contacts.
type Store struct{ *Queries }

// WithTx returns the Store of a transaction.
func (s Store) WithTx(tx *sql.Tx) Contacts { return Store{s.Queries.WithTx(tx)} }
