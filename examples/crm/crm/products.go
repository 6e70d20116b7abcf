package crm

import (
	"context"
	"time"
)

// Product is something a tenant sells.
type Product struct {
	ID           string
	CategoryID   string
	Name         string
	Price        Cents
	Stock        int
	Attributes   map[string]string
	Discontinued *time.Time // nil: still sold
}

// ProductFilter narrows a list of products. Its zero value lets everything through.
type ProductFilter struct {
	CategoryID string
	MaxPrice   *Cents // nil: any price
}

// ProductPage is a page of a list of products.
type ProductPage struct {
	Products []Product
	Total    int // on all pages
}

// ProductRepository stores a tenant's products.
//
//cache:ttl=1h
type ProductRepository interface {
	// Get returns the product, or ErrNotFound.
	//cache:prefix=product
	Get(ctx context.Context, id string) (*Product, error)

	// List returns a page of the products that pass the filter, by name. Pages count from 1.
	//cache:prefix=product:list
	List(ctx context.Context, filter ProductFilter, page int) (ProductPage, error)

	// SetPrice changes the price of a product, or returns ErrNotFound.
	//cache:invalidate=product:{id},product:list:*
	SetPrice(ctx context.Context, id string, price Cents) error
}
