package crm

import (
	"context"
	"time"
)

// Product is something that a tenant sells.
type Product struct {
	ID         string
	SKU        string
	Category   string
	Name       string
	Price      Cents
	Stock      int
	Attributes map[string]string
	Updated    time.Time
}

// ProductRepository stores a tenant's products.
//
//cache:ttl=1h
type ProductRepository interface {
	// Get returns the product, or ErrNotFound.
	//cache:prefix=product
	Get(ctx context.Context, id string) (*Product, error)

	// InCategory returns a page of the products of a category, by name. Pages count from 1.
	//cache:prefix=product:list tags=product:{result.ID}
	InCategory(ctx context.Context, category string, page int) ([]*Product, error)

	// SetPrice changes the price of a product, or returns ErrNotFound. No list is ordered by price,
	// so the lists that go stale are those that the product is in.
	//cache:invalidate=product:{id}
	SetPrice(ctx context.Context, id string, price Cents) error
}
