package pgx

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/examples/internal/recipetest"
	"github.com/cachegen/cachegen/examples/internal/services"
	"github.com/cachegen/cachegen/runtime"
)

func TestRecipe(t *testing.T) {
	dsn, schema := services.Postgres(t)
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.RuntimeParams["search_path"] = schema
	db, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	for _, statement := range []string{
		"CREATE SCHEMA " + schema,
		"CREATE TABLE contacts (id text PRIMARY KEY, name text NOT NULL)",
		"INSERT INTO contacts VALUES ('42', 'Ada')",
	} {
		if _, err := db.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
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
			return InTx(ctx, cache, db, func(ctx context.Context, contacts ContactRepository) error {
				if err := contacts.Save(ctx, &Contact{ID: "42", Name: name}); err != nil {
					return err
				}
				return end
			})
		},
	})
}
