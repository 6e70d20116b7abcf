package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/cachegen/cachegen/examples/crm/crm"
)

// Deals is the deal repository of a database.
type Deals struct{ db *sql.DB }

var _ crm.DealRepository = (*Deals)(nil)

// NewDeals returns the deals in db.
func NewDeals(db *sql.DB) *Deals { return &Deals{db} }

const (
	dealColumns = "id, contact_id, title, stage, amount, items, closed"
	selectDeals = "SELECT " + dealColumns + " FROM deals"
)

func scanDeal(row scanner) (crm.Deal, error) {
	var d crm.Deal
	err := row.Scan(&d.ID, &d.ContactID, &d.Title, &d.Stage, &d.Amount, asJSON{&d.Items}, &d.Closed)
	return d, err
}

// Get implements [crm.DealRepository].
func (s *Deals) Get(ctx context.Context, id string) (*crm.Deal, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	d, err := scanDeal(s.db.QueryRowContext(ctx, selectDeals+" WHERE tenant_id = $1 AND id = $2", tenant, id))
	if err != nil {
		return nil, found(err, "deal", id)
	}
	return &d, nil
}

// List implements [crm.DealRepository].
func (s *Deals) List(ctx context.Context, f crm.DealFilter, number int) ([]crm.Deal, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	w := ofTenant(tenant)
	if f.Stage != "" {
		w.and("stage = $%d", f.Stage)
	}
	if f.ContactID != "" {
		w.and("contact_id = $%d", f.ContactID)
	}
	return all(ctx, s.db, scanDeal, selectDeals+w.String()+" ORDER BY id"+page(number), w.args...)
}

// Pipeline implements [crm.DealRepository].
func (s *Deals) Pipeline(ctx context.Context) (map[crm.Stage]crm.Cents, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	type sum struct {
		stage  crm.Stage
		amount crm.Cents
	}
	scanSum := func(row scanner) (s sum, err error) { return s, row.Scan(&s.stage, &s.amount) }
	sums, err := all(ctx, s.db, scanSum, "SELECT stage, CAST(sum(amount) AS BIGINT) FROM deals WHERE tenant_id = $1 GROUP BY stage", tenant)
	if err != nil {
		return nil, err
	}
	pipeline := make(map[crm.Stage]crm.Cents, len(sums))
	for _, s := range sums {
		pipeline[s.stage] = s.amount
	}
	return pipeline, nil
}

// Move implements [crm.DealRepository].
func (s *Deals) Move(ctx context.Context, id string, to crm.Stage) (*crm.Deal, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	var closed *time.Time
	if to == crm.Won || to == crm.Lost {
		closed = new(now())
	}
	d, err := scanDeal(s.db.QueryRowContext(ctx, `
		UPDATE deals SET stage = $3, closed = $4
		WHERE tenant_id = $1 AND id = $2
		RETURNING `+dealColumns, tenant, id, to, closed))
	if err != nil {
		return nil, found(err, "deal", id)
	}
	return &d, nil
}
