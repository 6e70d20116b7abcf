// Package batches answers methods for many items from one entry for each.
package batches

import "context"

//go:generate go tool cachegen

// Contact is a person.
type Contact struct{ ID, Name string }

// ContactRepository stores contacts.
//
//cache:ttl=10m
type ContactRepository interface {
	//cache:prefix=contact
	Get(ctx context.Context, id string) (*Contact, error)

	// GetMany returns those that there are. It has its entries in common with Get.
	//cache:prefix=contact batch={ids} chunk=500 notfound=30s
	GetMany(ctx context.Context, ids []string) (map[string]*Contact, error)

	// Search returns those that there are, by name.
	//cache:prefix=contact batch={ids} by={result.ID} notfound=30s
	Search(ctx context.Context, ids []string) ([]*Contact, error)

	// Scores has one element for each id, in the order of the ids.
	//cache:prefix=score batch={ids} by=position
	Scores(ctx context.Context, ids []string) ([]int, error)

	//cache:invalidate=contact:{c.ID},score:{c.ID}
	Save(ctx context.Context, c *Contact) error
}
