package entcache_test

import (
	"context"
	"log"
	"os"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/entcache"
	"github.com/cachegen/cachegen/runtime/entcache/internal/ent"
	"github.com/cachegen/cachegen/runtime/entcache/internal/ent/contact"
)

// One hook for all writes of a program, beside the decorators or without them.
func Example() {
	cache, err := runtime.New(runtime.Options{App: "crm"})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	driver, err := entsql.Open(dialect.Postgres, os.Getenv("DATABASE"))
	if err != nil {
		log.Fatal(err)
	}
	hooks, err := entcache.New(cache,
		entcache.Entity[*ent.ContactMutation]("contact", contact.Table, "contact:list:*"),
		entcache.Table(contact.TagsTable, "contact:*"),
	)
	if err != nil {
		log.Fatal(err)
	}
	client := ent.NewClient(ent.Driver(hooks.Driver(driver)))
	client.Use(hooks.Hook)

	ctx := runtime.WithTenant(context.Background(), "acme")
	if err := client.Contact.UpdateOneID(42).SetName("Ada").Exec(ctx); err != nil {
		log.Fatal(err)
	} // contact:42 is stale now, and all under contact:list
}
