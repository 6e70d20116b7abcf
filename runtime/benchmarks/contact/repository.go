package contact

import "context"

//go:generate go tool cachegen

// A Repository has records. The source of truth is one, and so is each cache in front of it.
// Implementations are safe for concurrent use.
type Repository[T any] interface {
	// Get returns a record.
	Get(ctx context.Context, id string) (T, error)

	// GetMany returns records by their id, without those that there are not.
	GetMany(ctx context.Context, ids []string) (map[string]T, error)

	// Update writes a record.
	Update(ctx context.Context, id string, v T) error

	// UpdateAll writes every record anew, as an import does. A cache in front drops everything
	// under the prefix of the contacts.
	UpdateAll(ctx context.Context) error
}

// Contacts are handed out as pointers to a copy of the caller's own.
//
//cache:ttl=10m prefix=contact tenant=global
type Contacts interface {
	//cache:key={id}
	Get(ctx context.Context, id string) (*Contact, error)

	//cache:batch={ids}
	GetMany(ctx context.Context, ids []string) (map[string]*Contact, error)

	//cache:invalidate=contact:{id}
	Update(ctx context.Context, id string, v *Contact) error

	//cache:invalidate=contact:*
	UpdateAll(ctx context.Context) error
}

// Cards are handed out as values.
//
//cache:ttl=10m prefix=card tenant=global
type Cards interface {
	//cache:key={id}
	Get(ctx context.Context, id string) (Card, error)

	//cache:batch={ids}
	GetMany(ctx context.Context, ids []string) (map[string]Card, error)

	//cache:invalidate=card:{id}
	Update(ctx context.Context, id string, v Card) error

	//cache:invalidate=card:*
	UpdateAll(ctx context.Context) error
}
