package bun

import (
	"context"
	"database/sql"
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/examples/internal/recipetest"
	"github.com/cachegen/cachegen/runtime"
)

func TestRecipe(t *testing.T) {
	sqlDB, err := sql.Open("sqlite", t.TempDir()+"/contacts.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sqlDB.Close() })
	db := bun.NewDB(sqlDB, sqlitedialect.New())
	if _, err := db.NewCreateTable().Model((*Contact)(nil)).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := (Contacts{db}).Save(t.Context(), &Contact{ID: "42", Name: "Ada"}); err != nil {
		t.Fatal(err)
	}
	cache := cachetest.New(t, runtime.Options{})
	contacts := NewCachedContactRepository(Contacts{db}, cache)
	recipetest.Check(t, recipetest.Recipe{
		Cache: cache,
		Read:  "ContactRepository.Get",
		Name: func(ctx context.Context) (string, error) {
			c, err := contacts.Get(ctx, "42")
			if err != nil {
				return "", err
			}
			return c.Name, nil
		},
		Rename: func(ctx context.Context, name string) error {
			return contacts.Save(ctx, &Contact{ID: "42", Name: name})
		},
		RenameInTx: func(ctx context.Context, name string, end error) error {
			return InTx(ctx, cache, db, nil, func(ctx context.Context, contacts ContactRepository) error {
				if err := contacts.Save(ctx, &Contact{ID: "42", Name: name}); err != nil {
					return err
				}
				return end
			})
		},
	})
}
