// Package tags makes a read stale with what is in its result.
package tags

import "context"

//go:generate go tool cachegen

// Contact is a person.
type Contact struct{ ID, Email, City string }

// ContactRepository stores contacts. They are written by id, and also read by email and by city.
//
//cache:ttl=10m
type ContactRepository interface {
	//cache:prefix=contact
	Get(ctx context.Context, id string) (*Contact, error)

	//cache:prefix=email tags=contact:{result.ID}
	ByEmail(ctx context.Context, email string) (*Contact, error)

	//cache:prefix=city tags=contact:{result.ID}
	InCity(ctx context.Context, city string) ([]*Contact, error)

	// Save knows the new email and the new city only. The entry under the old email, and the list
	// of the old city, have a tag. The list of the new city is named.
	//cache:invalidate=contact:{c.ID},city:{c.City}
	Save(ctx context.Context, c *Contact) error
}
