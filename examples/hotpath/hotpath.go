// Package hotpath holds the price of a hit in the process, through generated code, to what it
// should be: nothing on the heap for a result that assignment copies, and for any other what its
// copy takes.
package hotpath

import (
	"context"
	"time"
)

//go:generate go tool cachegen

// Price refers to nothing: its copy is an assignment.
type Price struct {
	Cents    int64
	Currency [3]byte
	Until    time.Time
}

// Contact is copied by one allocation.
type Contact struct {
	ID, Name, Email string
	Created         time.Time
}

// Order is copied by one allocation for each of its parts: itself, its items, its customer, and the
// two of its notes.
type Order struct {
	ID       string
	Items    []Item
	Customer *Contact
	Notes    map[string]string
}

// Item is a line of an order.
type Item struct {
	SKU   string
	Count int
}

// Shop is what is cached.
//
//cache:ttl=10m ttlonly
type Shop interface {
	//cache:prefix=price
	Price(ctx context.Context, sku string) (Price, error)

	//cache:prefix=contact
	Contact(ctx context.Context, id string) (*Contact, error)

	//cache:prefix=contact key=by:{id}:{page} share
	Shared(ctx context.Context, id string, page int) (*Contact, error)

	//cache:prefix=contact key=of:{city}
	Contacts(ctx context.Context, city string) ([]*Contact, error)

	//cache:prefix=order
	Order(ctx context.Context, id string) (*Order, error)
}
