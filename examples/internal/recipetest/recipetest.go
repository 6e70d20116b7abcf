// Package recipetest checks that a recipe caches, and that its transactions invalidate when they
// commit.
package recipetest

import (
	"context"
	"errors"
	"testing"

	"github.com/cachegen/cachegen/runtime"
)

// Recipe is a table with one contact, which is called Ada, and the decorator of its repository.
type Recipe struct {
	Cache *runtime.Cache
	Read  string // the method that Name calls: ContactRepository.Get

	// Name reads the contact through the decorator.
	Name func(context.Context) (string, error)
	// Rename writes it through the decorator.
	Rename func(ctx context.Context, name string) error
	// RenameInTx writes it through the decorator in a transaction, which ends with the error.
	RenameInTx func(ctx context.Context, name string, end error) error
}

// Check runs a recipe.
func Check(t *testing.T, r Recipe) {
	t.Helper()
	ctx := runtime.WithTenant(t.Context(), "acme")
	want := func(name string, loads uint64) {
		t.Helper()
		for range 2 {
			if got, err := r.Name(ctx); err != nil || got != name {
				t.Errorf("the contact is %q (%v), want %q", got, err, name)
			}
		}
		if got := r.Cache.Stats().Method(r.Read).Loads; got != loads {
			t.Errorf("%s has been loaded %d times, want %d", r.Read, got, loads)
		}
	}
	want("Ada", 1)

	if err := r.Rename(ctx, "Ada King"); err != nil {
		t.Fatal(err)
	}
	want("Ada King", 2)

	if err := r.RenameInTx(ctx, "Ada Lovelace", nil); err != nil {
		t.Fatal(err)
	}
	want("Ada Lovelace", 3)

	failed := errors.New("the second write failed")
	if err := r.RenameInTx(ctx, "nobody", failed); !errors.Is(err, failed) {
		t.Errorf("the transaction returns %v, want %v", err, failed)
	}
	if got, err := r.Name(ctx); err != nil || got != "Ada Lovelace" {
		t.Errorf("after a rollback the contact is %q (%v)", got, err)
	}
}
