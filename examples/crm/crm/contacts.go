package crm

import (
	"context"
	"time"
)

// Contact is a person that a tenant does business with.
type Contact struct {
	ID      string
	Name    string
	Company string
	Email   string
	Phone   *string // nil: not known
	Labels  []string
	Created time.Time
	Updated time.Time
}

// ContactFilter narrows a list of contacts. Its zero value lets everybody through.
type ContactFilter struct {
	Company string
	Search  string // what the name starts with, in any case
}

// ContactRepository stores a tenant's contacts.
type ContactRepository interface {
	// Get returns the contact, or ErrNotFound.
	//cache:ttl=600 prefix=contact notfound=30s
	Get(ctx context.Context, id string) (*Contact, error)

	// GetMany returns those of the contacts that there are, by id. It has its entries in common
	// with Get.
	//cache:ttl=600 prefix=contact batch={ids} notfound=30s
	GetMany(ctx context.Context, ids []string) (map[string]*Contact, error)

	// List returns a page of the contacts that pass the filter, by name. Pages count from 1.
	//cache:ttl=10m prefix=contact:list
	List(ctx context.Context, filter ContactFilter, page int) ([]*Contact, error)

	// Newest returns the n contacts that were created last, the latest first. Who is among them
	// changes with a new contact only; what they are like, with each of them.
	//cache:ttl=10m prefix=contact:newest tags=contact:{result.ID}
	Newest(ctx context.Context, n int) ([]*Contact, error)

	// Create stores a new contact. It sets Created and Updated, and the ID unless there is one.
	//cache:invalidate=contact:{c.ID}
	//cache:invalidate=contact:list:*,contact:newest:*
	Create(ctx context.Context, c *Contact) error

	// Update stores a changed contact and sets Updated, or returns ErrNotFound.
	//cache:invalidate=contact:{c.ID}
	//cache:invalidate=contact:list:*
	Update(ctx context.Context, c *Contact) error

	// Delete removes the contact, or returns ErrNotFound.
	//cache:invalidate=contact:{id},contact:list:*
	Delete(ctx context.Context, id string) error
}
