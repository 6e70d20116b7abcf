package crm

import "context"

// Category is a shelf for products. Categories form a tree.
type Category struct {
	ID       string
	ParentID *string // nil: at the top
	Name     string
}

// CategoryRepository stores a tenant's categories.
//
//cache:ttl=24h
type CategoryRepository interface {
	// Children returns the categories right under the parent, by name; under nil are those at the
	// top.
	//cache:prefix=category
	Children(ctx context.Context, parentID *string) ([]Category, error)

	// Rename gives the category another name, or returns ErrNotFound. There are few categories and
	// they hardly ever change, so it drops all of the tenant's.
	//cache:invalidate=category:*
	Rename(ctx context.Context, id, name string) error
}
