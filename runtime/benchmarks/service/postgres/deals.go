package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cachegen/cachegen/runtime/benchmarks/service/crm"
)

// Deals is the deal repository of a database.
type Deals struct{ db *Pools }

var _ crm.DealRepository = (*Deals)(nil)

// NewDeals returns the deals of a database.
func NewDeals(db *Pools) *Deals { return &Deals{db} }

// dealColumns has the items of a deal as JSON, so that a deal is one row.
const dealColumns = `
	id, contact_id, owner_id, title, stage, amount, expected, closed, updated,
	(SELECT coalesce(jsonb_agg(jsonb_build_object('ProductID', i.product_id, 'Quantity', i.quantity, 'Price', i.price) ORDER BY i.position), '[]')
	FROM deal_items i WHERE i.tenant_id = deals.tenant_id AND i.deal_id = deals.id)`

func scanDeal(row pgx.CollectableRow) (*crm.Deal, error) {
	d := new(crm.Deal)
	err := row.Scan(&d.ID, &d.ContactID, &d.OwnerID, &d.Title, &d.Stage, &d.Amount, &d.Expected, &d.Closed, &d.Updated, &d.Items)
	return d, err
}

// Get implements [crm.DealRepository].
func (s *Deals) Get(ctx context.Context, id string) (*crm.Deal, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	return one(ctx, s.db.Reads, scanDeal, "SELECT "+dealColumns+" FROM deals WHERE tenant_id = $1 AND id = $2", tenant, id)
}

// OfContact implements [crm.DealRepository].
func (s *Deals) OfContact(ctx context.Context, contactID string) ([]*crm.Deal, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	return all(ctx, s.db.Reads, scanDeal,
		"SELECT "+dealColumns+" FROM deals WHERE tenant_id = $1 AND contact_id = $2 ORDER BY expected DESC, id", tenant, contactID)
}

// Pipeline implements [crm.DealRepository].
func (s *Deals) Pipeline(ctx context.Context, ownerID string) ([]crm.PipelineLine, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	return all(ctx, s.db.Reads, pgx.RowToStructByPos[crm.PipelineLine], `
		SELECT d.stage, p.category, count(DISTINCT d.id), sum(i.quantity), sum(i.quantity * i.price)::bigint
		FROM deals d
		JOIN deal_items i ON i.tenant_id = d.tenant_id AND i.deal_id = d.id
		JOIN products p ON p.tenant_id = i.tenant_id AND p.id = i.product_id
		WHERE d.tenant_id = $1 AND d.owner_id = $2 AND d.stage IN ('lead', 'offer')
		GROUP BY d.stage, p.category ORDER BY d.stage, p.category`, tenant, ownerID)
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
	return one(ctx, s.db.Writes, scanDeal,
		"UPDATE deals SET stage = $3, closed = $4, updated = $5 WHERE tenant_id = $1 AND id = $2 RETURNING "+dealColumns, tenant, id, to, closed, now())
}
