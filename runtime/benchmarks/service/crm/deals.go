package crm

import (
	"context"
	"time"
)

// Stage is how far a deal has come.
type Stage string

// The stages of a deal.
const (
	Lead  Stage = "lead"
	Offer Stage = "offer"
	Won   Stage = "won"
	Lost  Stage = "lost"
)

// Deal is something that a tenant hopes to sell to a contact.
type Deal struct {
	ID        string
	ContactID string
	OwnerID   string
	Title     string
	Stage     Stage
	Amount    Cents
	Items     []DealItem
	Expected  time.Time
	Closed    *time.Time // nil: still open
	Updated   time.Time
}

// DealItem is one position of a deal.
type DealItem struct {
	ProductID string
	Quantity  int
	Price     Cents // of one
}

// PipelineLine is a line of the pipeline of a colleague: what the open deals of one stage hold of
// one category of products.
type PipelineLine struct {
	Stage    Stage
	Category string
	Deals    int
	Quantity int64
	Revenue  Cents
}

// DealRepository stores a tenant's deals.
//
//cache:ttl=1h
type DealRepository interface {
	// Get returns the deal, or ErrNotFound.
	//cache:prefix=deal
	Get(ctx context.Context, id string) (*Deal, error)

	// OfContact returns the deals of a contact, the latest first.
	//cache:prefix=deal:list
	OfContact(ctx context.Context, contactID string) ([]*Deal, error)

	// Pipeline joins the open deals of a colleague with their items and products, and adds them up
	// by stage and category.
	//cache:prefix=deal:pipeline
	Pipeline(ctx context.Context, ownerID string) ([]PipelineLine, error)

	// Move puts the deal into another stage and returns it, or ErrNotFound. Won and lost deals are
	// closed. The pipeline of its owner and the deals of its contact go stale.
	//cache:invalidate=deal:{id},deal:list:{result.ContactID},deal:pipeline:{result.OwnerID}
	Move(ctx context.Context, id string, to Stage) (*Deal, error)
}
