// Package renamed is the next release of the contact: the company is now called the employer.
package renamed

import (
	"context"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
)

//go:generate go tool cachegen

// Contact is contact.Contact with Company renamed.
type Contact struct {
	ID         string            `json:"id"`
	Version    int               `json:"version"`
	Region     string            `json:"region"`
	OwnerID    string            `json:"owner_id"`
	FirstName  string            `json:"first_name"`
	LastName   string            `json:"last_name"`
	Email      string            `json:"email"`
	Phone      string            `json:"phone"`
	Employer   string            `json:"employer"`
	Title      string            `json:"title"`
	Stage      string            `json:"stage"`
	Address    string            `json:"address"`
	Score      int               `json:"score"`
	Revenue    float64           `json:"revenue"`
	Subscribed bool              `json:"subscribed"`
	Tags       []string          `json:"tags"`
	Custom     map[string]string `json:"custom"`
	LastCall   *time.Time        `json:"last_call"`
	Notes      string            `json:"notes"`
}

// Rev is Version, for code that knows a type parameter only.
func (c *Contact) Rev() int { return c.Version }

// New makes a contact of a version.
func New(id string, version int) *Contact {
	c := contact.New(id, version)
	return &Contact{
		c.ID, c.Version, c.Region, c.OwnerID, c.FirstName, c.LastName, c.Email, c.Phone, c.Company, c.Title,
		c.Stage, c.Address, c.Score, c.Revenue, c.Subscribed, c.Tags, c.Custom, c.LastCall, c.Notes,
	}
}

// Contacts is the repository of this release.
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
