// Package gorm caches a repository that uses GORM.
package gorm

import (
	"context"

	"gorm.io/gorm"

	"github.com/cachegen/cachegen/runtime"
)

//go:generate go tool cachegen

// Contact is a row.
type Contact struct {
	ID   string `gorm:"primaryKey"`
	Name string
}

// ContactRepository is what the application uses.
//
//cache:ttl=10m
type ContactRepository interface {
	// Get returns the contact, or gorm.ErrRecordNotFound, which Options.NotFound lists.
	//cache:prefix=contact notfound=30s
	Get(ctx context.Context, id string) (*Contact, error)

	//cache:invalidate=contact:{c.ID}
	Save(ctx context.Context, c *Contact) error
}

// Contacts is the repository of a database, or of a transaction.
type Contacts struct{ db *gorm.DB }

// Get implements [ContactRepository].
func (s Contacts) Get(ctx context.Context, id string) (*Contact, error) {
	c := new(Contact)
	if err := s.db.WithContext(ctx).First(c, "id = ?", id).Error; err != nil {
		return nil, err
	}
	return c, nil
}

// Save implements [ContactRepository].
func (s Contacts) Save(ctx context.Context, c *Contact) error {
	return s.db.WithContext(ctx).Save(c).Error
}

// InTx runs f in a transaction of GORM. What f writes is stale when it has committed.
func InTx(ctx context.Context, cache *runtime.Cache, db *gorm.DB,
	f func(context.Context, ContactRepository) error) error {
	return cache.Transact(ctx, func(ctx context.Context) error {
		return db.WithContext(ctx).Transaction(func(dbTx *gorm.DB) error {
			return f(ctx, NewCachedContactRepository(Contacts{dbTx}, cache))
		})
	})
}
