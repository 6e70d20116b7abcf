package gorm

import (
	"context"
	"testing"

	"github.com/glebarez/sqlite"
	"gorm.io/gorm"

	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/examples/internal/recipetest"
	"github.com/cachegen/cachegen/runtime"
)

func TestRecipe(t *testing.T) {
	db, err := gorm.Open(sqlite.Open(t.TempDir()+"/contacts.db"), new(gorm.Config))
	if err != nil {
		t.Fatal(err)
	}
	if sqlDB, err := db.DB(); err != nil {
		t.Fatal(err)
	} else {
		t.Cleanup(func() { sqlDB.Close() })
	}
	if err := db.AutoMigrate(new(Contact)); err != nil {
		t.Fatal(err)
	}
	if err := db.Create(&Contact{ID: "42", Name: "Ada"}).Error; err != nil {
		t.Fatal(err)
	}
	cache := cachetest.New(t, runtime.Options{NotFound: []error{gorm.ErrRecordNotFound}})
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
