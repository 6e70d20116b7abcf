package crm

import "context"

type Contact struct{ ID, Email, City string }

type ContactRepository interface {
	//cache:tll=600 prefix=contact // want `unknown option "tll"; did you mean "ttl"\?`
	Get(ctx context.Context, id string) (*Contact, error)

	//cache:ttl=600 prefix=email // want `ByEmail is stale after Delete`
	ByEmail(ctx context.Context, email string) (*Contact, error)

	//cache:ttl=600 prefix=city
	InCity(ctx context.Context, city string) (*Contact, error)

	//cache:invalidate=city:{id}
	Delete(ctx context.Context, id string) error

	//cache:invalidate=contact:{c.Id} // want `Contact has no field or method Id; did you mean ID\?`
	Save(ctx context.Context, c *Contact) error

	Update(ctx context.Context, c *Contact) error // want `Update looks like a write`
}

// cache:ttl=600 prefix=contact // want `a directive begins with`
