package sqlc

import (
	"context"
	"database/sql"
	_ "embed"
	"testing"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/examples/internal/recipetest"
	"github.com/cachegen/cachegen/runtime"
)

//go:embed schema.sql
var schema string

func TestRecipe(t *testing.T) {
	db, err := sql.Open("sqlite", t.TempDir()+"/contacts.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.ExecContext(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	ada := CreateContactParams{ID: "42", Name: "Ada", City: "London"}
	if err := New(db).CreateContact(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	cache := cachetest.New(t, runtime.Options{})
	contacts := NewCachedContactQuerier(New(db), cache)
	recipetest.Check(t, recipetest.Recipe{
		Cache: cache,
		Read:  "ContactQuerier.GetContact",
		Name: func(ctx context.Context) (string, error) {
			c, err := contacts.GetContact(ctx, "42")
			return c.Name, err
		},
		Rename: func(ctx context.Context, name string) error {
			return contacts.RenameContact(ctx, RenameContactParams{ID: "42", Name: name})
		},
		RenameInTx: func(ctx context.Context, name string, end error) error {
			return InTx(ctx, cache, db, nil, func(ctx context.Context, contacts ContactQuerier) error {
				err := contacts.RenameContact(ctx, RenameContactParams{ID: "42", Name: name})
				if err != nil {
					return err
				}
				return end
			})
		},
	})
}
