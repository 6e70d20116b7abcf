package transactions_test

import (
	"context"
	"maps"
	"testing"

	"github.com/cachegen/cachegen/examples/directives/transactions"
	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/runtime"
)

// memory has the names that are committed, or those that a transaction sees.
type memory map[string]string

func (m memory) Get(_ context.Context, id string) (*transactions.Contact, error) {
	return &transactions.Contact{ID: id, Name: m[id]}, nil
}

func (m memory) Save(_ context.Context, c *transactions.Contact) error {
	m[c.ID] = c.Name
	return nil
}

func (m memory) WithTx(tx *transactions.Tx) transactions.ContactRepository { return memory(tx.Names) }

func (m memory) InTx(_ context.Context, f func(transactions.ContactRepository) error) error {
	tx := &transactions.Tx{Names: maps.Clone(m)}
	if err := f(m.WithTx(tx)); err != nil {
		return err
	}
	maps.Copy(m, tx.Names)
	return nil
}

// TestTransactions: inside, reads see what the transaction has written; outside, it is stale when
// it has committed, and not before.
func TestTransactions(t *testing.T) {
	cache := cachetest.New(t, runtime.Options{})
	ctx := runtime.WithTenant(t.Context(), "acme")
	stored := memory{"42": "Ada"}
	contacts := transactions.NewCachedContactRepository(stored, cache)
	want := func(repo transactions.ContactRepository, ctx context.Context, name string) {
		t.Helper()
		if c, err := repo.Get(ctx, "42"); err != nil || c.Name != name {
			t.Errorf("the contact is %v, %v, want %q", c, err, name)
		}
	}
	write := func(repo transactions.ContactRepository, name string) error {
		before, err := contacts.Get(ctx, "42")
		if err != nil {
			return err
		}
		err = repo.Save(ctx, &transactions.Contact{ID: "42", Name: name})
		want(repo, ctx, name)
		want(contacts, ctx, before.Name)
		return err
	}

	err := contacts.InTx(ctx, func(tx transactions.ContactRepository) error { return write(tx, "Ada King") })
	if err != nil {
		t.Fatal(err)
	}
	want(contacts, ctx, "Ada King")

	err = cache.Transact(ctx, func(within context.Context) error {
		tx := &transactions.Tx{Names: maps.Clone(stored)}
		if err := contacts.WithTx(tx).Save(within, &transactions.Contact{ID: "42", Name: "Ada Lovelace"}); err != nil {
			return err
		}
		want(contacts.WithTx(tx), ctx, "Ada Lovelace")
		want(contacts, ctx, "Ada King")
		maps.Copy(stored, tx.Names)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want(contacts, ctx, "Ada Lovelace")
}
