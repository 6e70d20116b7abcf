// Package through stores what a write has written.
package through

import "context"

//go:generate go tool cachegen

// Contact is a person.
type Contact struct{ ID, Name, City string }

// ContactRepository stores contacts.
//
//cache:ttl=10m
type ContactRepository interface {
	//cache:prefix=contact
	Get(ctx context.Context, id string) (*Contact, error)

	//cache:prefix=city
	InCity(ctx context.Context, city string) ([]*Contact, error)

	// Create returns the row, which is what Get would load.
	//cache:put=contact:{result.ID} invalidate=city:*
	Create(ctx context.Context, name string) (*Contact, error)

	// Update returns no row, so the parameter is stored.
	//cache:put=contact:{c.ID} invalidate=city:*
	Update(ctx context.Context, c *Contact) error

	// SaveAll stores each of the contacts.
	//cache:put=contact:{cs.ID} invalidate=city:*
	SaveAll(ctx context.Context, cs []*Contact) error
}
