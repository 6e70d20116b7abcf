package crm

import (
	"context"
	"time"
)

// Contact is a person at a company that a tenant does business with.
type Contact struct {
	ID         string
	CompanyID  string
	OwnerID    string // the colleague who looks after the contact
	Name       string
	Title      string
	Email      string
	Phone      *string // nil: not known
	Stage      string  // lead, prospect, customer, former
	Source     string
	Score      int
	Street     string
	City       string
	PostalCode string
	Country    string
	Labels     []string
	Custom     map[string]string
	Notes      string
	Created    time.Time
	Updated    time.Time
}

// ContactFilter narrows the contacts of a company. With an empty Stage it lets all through.
type ContactFilter struct {
	CompanyID string
	Stage     string
}

// ContactRepository stores a tenant's contacts.
//
//cache:ttl=1h
type ContactRepository interface {
	// Get returns the contact, or ErrNotFound.
	//cache:prefix=contact notfound=30s
	Get(ctx context.Context, id string) (*Contact, error)

	// GetMany returns those of the contacts that there are, by id. It has its entries in common
	// with Get.
	//cache:prefix=contact batch={ids} notfound=30s
	GetMany(ctx context.Context, ids []string) (map[string]*Contact, error)

	// List returns a page of the contacts of a company that pass the filter, by name. Pages count
	// from 1.
	//cache:prefix=contact:list key={f.CompanyID}:{f.Stage}:{page} tags=contact:{result.ID}
	List(ctx context.Context, f ContactFilter, page int) ([]*Contact, error)

	// Update stores a changed contact and sets Updated, or returns ErrNotFound. A contact that
	// changes its company leaves the lists of the old one by its tag.
	//cache:invalidate=contact:{c.ID},contact:list:{c.CompanyID}:*
	Update(ctx context.Context, c *Contact) error
}
