package runtime_test

import (
	"context"
	"errors"
	"fmt"
)

// What the examples share: a repository as an application declares it, and a table that prints what
// it is asked. The decorator is generated.

//go:generate go run github.com/cachegen/cachegen/cmd/cachegen

// ErrNoContact reports a contact that does not exist.
var ErrNoContact = errors.New("no such contact")

// Contact is a person.
type Contact struct{ ID, Name string }

// ContactRepository stores the contacts of a tenant.
type ContactRepository interface {
	// Get returns the contact, or ErrNoContact.
	//cache:ttl=10m prefix=contact notfound=30s
	Get(ctx context.Context, id string) (*Contact, error)

	// Save creates or replaces the contact.
	//cache:invalidate=contact:{c.ID}
	Save(ctx context.Context, c *Contact) error
}

// ContactTable stands for a table of a database: names by id.
type ContactTable map[string]string

// NewContactTable returns a table with one contact, ada.
func NewContactTable() ContactTable { return ContactTable{"ada": "Ada Lovelace"} }

// Get prints that it selects.
func (t ContactTable) Get(_ context.Context, id string) (*Contact, error) {
	fmt.Println("SELECT", id)
	name, ok := t[id]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNoContact, id)
	}
	return &Contact{id, name}, nil
}

// Save prints that it updates.
func (t ContactTable) Save(_ context.Context, c *Contact) error {
	fmt.Println("UPDATE", c.ID)
	t[c.ID] = c.Name
	return nil
}

// show prints what a read of a contact returned.
func show(c *Contact, err error) {
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	fmt.Println(c.Name)
}
