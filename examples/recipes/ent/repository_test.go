package entrepo

import (
	"context"
	"database/sql"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/examples/internal/recipetest"
	"github.com/cachegen/cachegen/examples/recipes/ent/ent"
	"github.com/cachegen/cachegen/runtime"
)

func TestRecipe(t *testing.T) {
	db, err := sql.Open("sqlite", "file:"+t.TempDir()+"/contacts.db?_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	client := ent.NewClient(ent.Driver(entsql.OpenDB(dialect.SQLite, db)))
	t.Cleanup(func() { client.Close() })
	if err := client.Schema.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := client.Contact.Create().SetID("42").SetName("Ada").Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	cache := cachetest.New(t, runtime.Options{IsNotFound: ent.IsNotFound})
	contacts := NewCachedContactRepository(Contacts{client.Contact}, cache)
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
		Rename: func(ctx context.Context, name string) error { return contacts.Rename(ctx, "42", name) },
		RenameInTx: func(ctx context.Context, name string, end error) error {
			return InTx(ctx, cache, client, func(ctx context.Context, contacts ContactRepository) error {
				if err := contacts.Rename(ctx, "42", name); err != nil {
					return err
				}
				return end
			})
		},
	})

	loads := cache.Stats().Method("ContactRepository.Get").Loads
	for range 2 {
		_, err := contacts.Get(runtime.WithTenant(t.Context(), "acme"), "nobody")
		if !ent.IsNotFound(err) || err.Error() != "ent: contact not found" {
			t.Fatalf("got %v", err)
		}
	}
	cachetest.WantLoads(t, cache, "ContactRepository.Get", loads+1)
}
