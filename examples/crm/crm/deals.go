package crm

import (
	"context"
	"time"
)

// DealTTL is how long answers about deals are kept.
const DealTTL = 10 * time.Minute

// Stage is how far a deal has come.
type Stage string

// The stages of a deal.
const (
	Lead  Stage = "lead"
	Offer Stage = "offer"
	Won   Stage = "won"
	Lost  Stage = "lost"
)

// Deal is something a tenant hopes to sell to a contact.
type Deal struct {
	ID        string
	ContactID string
	Title     string
	Stage     Stage
	Amount    Cents
	Items     []DealItem
	Closed    *time.Time // nil: still open
}

// DealItem is one position of a deal.
type DealItem struct {
	ProductID string
	Quantity  int
}

// DealFilter narrows a list of deals. Its zero value lets everything through.
type DealFilter struct {
	Stage     Stage
	ContactID string
}

// DealRepository stores a tenant's deals.
//
//cache:ttl=DealTTL
type DealRepository interface {
	// Get returns the deal, or ErrNotFound.
	//cache:prefix=deal
	Get(ctx context.Context, id string) (*Deal, error)

	// List returns a page of the deals that pass the filter, by id. Pages count from 1.
	//cache:prefix=deal:list key={f.Stage}:{f.ContactID}:{page}
	List(ctx context.Context, f DealFilter, page int) ([]Deal, error)

	// Pipeline adds up the amounts of each stage.
	//cache:prefix=pipeline
	Pipeline(ctx context.Context) (map[Stage]Cents, error)

	// Move puts the deal into another stage and returns it, or ErrNotFound. Won and lost deals are
	// closed. What it returns is what Get would load, so it is stored.
	//cache:put=deal:{id} invalidate=deal:list:*,pipeline
	Move(ctx context.Context, id string, to Stage) (*Deal, error)
}
