package gormcache_test

import (
	"context"
	"log"
	"os"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/gormcache"
)

// One plugin for all writes of a program, beside the decorators or without them.
func Example() {
	cache, err := runtime.New(runtime.Options{App: "crm"})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	db, err := gorm.Open(postgres.Open(os.Getenv("DATABASE")))
	if err != nil {
		log.Fatal(err)
	}
	err = db.Use(gormcache.New(cache,
		gormcache.Entity(&Contact{}, "contact", gormcache.Also("contact:list:*")),
		gormcache.Entity(&Phone{}, "contact", gormcache.By("ContactID")),
		gormcache.Table("contact_tags", "contact:*"),
	))
	if err != nil {
		log.Fatal(err)
	}

	ctx := runtime.WithTenant(context.Background(), "acme")
	err = db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return tx.Model(&Contact{ID: 42}).Update("name", "Ada").Error
	}) // contact:42 is stale now, and all under contact:list
	if err != nil {
		log.Fatal(err)
	}
}
