// Package contact is what the comparison caches: contacts of a CRM, the repository that has them,
// and the wrapper that cachegen generates for it.
package contact

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Contact has 19 fields and is about 750 bytes as JSON. It refers to a slice, a map and a time, so
// a copy of its own takes more than an assignment.
type Contact struct {
	ID         string            `json:"id"`
	Version    int               `json:"version"` // grows with each write
	Region     string            `json:"region"`
	OwnerID    string            `json:"owner_id"`
	FirstName  string            `json:"first_name"`
	LastName   string            `json:"last_name"`
	Email      string            `json:"email"`
	Phone      string            `json:"phone"`
	Company    string            `json:"company"`
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
	c := NewCard(id, version)
	call := c.LastCall
	return &Contact{
		ID: c.ID, Version: c.Version, Region: c.Region, OwnerID: c.OwnerID, FirstName: c.FirstName,
		LastName: c.LastName, Email: c.Email, Phone: c.Phone, Company: c.Company, Title: c.Title,
		Stage: c.Stage, Address: c.Address, Score: c.Score, Revenue: c.Revenue, Subscribed: c.Subscribed,
		Tags:     []string{"vip", "newsletter", "berlin", "renewal"},
		Custom:   map[string]string{"source": "trade fair", "segment": "enterprise", "language": "en"},
		LastCall: &call,
		Notes:    c.Notes,
	}
}

// Clone is the deep copy that one writes by hand.
func (c *Contact) Clone() *Contact {
	if c == nil {
		return nil
	}
	out := *c
	out.Tags = slices.Clone(c.Tags)
	out.Custom = maps.Clone(c.Custom)
	if c.LastCall != nil {
		call := *c.LastCall
		out.LastCall = &call
	}
	return &out
}

// Card is the same contact without references: assignment copies it. It too has 19 fields and is
// about 750 bytes as JSON.
type Card struct {
	ID         string    `json:"id"`
	Version    int       `json:"version"`
	Region     string    `json:"region"`
	OwnerID    string    `json:"owner_id"`
	FirstName  string    `json:"first_name"`
	LastName   string    `json:"last_name"`
	Email      string    `json:"email"`
	Phone      string    `json:"phone"`
	Company    string    `json:"company"`
	Title      string    `json:"title"`
	Stage      string    `json:"stage"`
	Address    string    `json:"address"`
	Score      int       `json:"score"`
	Revenue    float64   `json:"revenue"`
	Subscribed bool      `json:"subscribed"`
	Tags       string    `json:"tags"`
	Custom     string    `json:"custom"`
	LastCall   time.Time `json:"last_call"`
	Notes      string    `json:"notes"`
}

// Rev is Version, for code that knows a type parameter only.
func (c Card) Rev() int { return c.Version }

// NewCard makes a card of a version.
func NewCard(id string, version int) Card {
	return Card{
		ID: id, Version: version, Region: "south-east", OwnerID: "user-0042", FirstName: "Ada", LastName: "Lovelace",
		Email: fmt.Sprintf("ada.%s@example.com", id), Phone: "+44 20 7946 0958", Company: "Analytical Engines Ltd",
		Title: "Head of Computation", Stage: "negotiation", Address: "12 St James's Square, London SW1Y 4JH",
		Score: 87, Revenue: 12500.75, Subscribed: true,
		Tags:     "vip,newsletter,berlin,renewal",
		Custom:   "source=trade fair,segment=enterprise,language=en",
		LastCall: time.Date(2026, 7, 14, 9, 30, 15, 123456000, time.UTC),
		Notes: "Called, wants the offer by Friday. Sent the offer; follow up next week. Asked for a reference in the " +
			"same industry, and for the terms of a contract over three years. The purchase is decided by two.",
	}
}

// ID names the nth contact.
func ID(n int) string { return fmt.Sprintf("c-%07d", n) }
