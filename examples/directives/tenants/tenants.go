// Package tenants says whose entries reads and writes are about.
package tenants

import "context"

//go:generate go tool cachegen

// Plan is what an organisation pays for.
type Plan struct{ Name string }

// User belongs to one organisation.
type User struct{ ID, Name string }

// PlanRepository stores the plans on offer, which are the same for everybody.
//
//cache:tenant=global ttl=24h
type PlanRepository interface {
	//cache:prefix=plan
	Get(ctx context.Context, name string) (Plan, error)

	//cache:invalidate=plan:{p.Name}
	Set(ctx context.Context, p Plan) error
}

// UserRepository names the organisation in its arguments.
//
//cache:ttl=10m
type UserRepository interface {
	//cache:prefix=user tenant={orgID}
	Get(ctx context.Context, orgID, id string) (*User, error)

	//cache:invalidate=user:{u.ID} tenant={orgID}
	Save(ctx context.Context, orgID string, u *User) error

	// Anonymize changes the users of all organisations.
	//cache:invalidate=user:* tenant=*
	Anonymize(ctx context.Context) error
}
