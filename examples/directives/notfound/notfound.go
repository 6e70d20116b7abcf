// Package notfound remembers that there is nothing.
package notfound

import (
	"context"
	"errors"
)

//go:generate go tool cachegen

// ErrNotFound is listed in Options.NotFound.
var ErrNotFound = errors.New("no such user")

// User is a person.
type User struct{ ID, Name string }

// UserRepository stores users.
//
//cache:ttl=10m notfound=30s
type UserRepository interface {
	// Get returns ErrNotFound where there is no user.
	//cache:prefix=user
	Get(ctx context.Context, id string) (*User, error)

	// Nick returns nil where there is none.
	//cache:prefix=nick tags=user:{result.ID}
	Nick(ctx context.Context, nick string) (*User, error)

	// Age reports whether it is known.
	//cache:prefix=age
	Age(ctx context.Context, id string) (int, bool, error)

	//cache:invalidate=user:{u.ID},age:{u.ID},nick:*
	Save(ctx context.Context, u *User) error
}
