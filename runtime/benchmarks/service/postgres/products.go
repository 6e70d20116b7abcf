package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/cachegen/cachegen/runtime/benchmarks/service/crm"
)

// Products is the product repository of a database.
type Products struct{ db *Pools }

var _ crm.ProductRepository = (*Products)(nil)

// NewProducts returns the products of a database.
func NewProducts(db *Pools) *Products { return &Products{db} }

const selectProducts = "SELECT id, sku, category, name, price, stock, attributes, updated FROM products "

func scanProduct(row pgx.CollectableRow) (*crm.Product, error) {
	p := new(crm.Product)
	err := row.Scan(&p.ID, &p.SKU, &p.Category, &p.Name, &p.Price, &p.Stock, &p.Attributes, &p.Updated)
	return p, err
}

// Get implements [crm.ProductRepository].
func (s *Products) Get(ctx context.Context, id string) (*crm.Product, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	return one(ctx, s.db.Reads, scanProduct, selectProducts+"WHERE tenant_id = $1 AND id = $2", tenant, id)
}

// InCategory implements [crm.ProductRepository].
func (s *Products) InCategory(ctx context.Context, category string, page int) ([]*crm.Product, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	return all(ctx, s.db.Reads, scanProduct, selectProducts+`
		WHERE tenant_id = $1 AND category = $2
		ORDER BY name, id LIMIT $3 OFFSET $4`, tenant, category, crm.PageSize, (page-1)*crm.PageSize)
}

// SetPrice implements [crm.ProductRepository].
func (s *Products) SetPrice(ctx context.Context, id string, price crm.Cents) error {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return err
	}
	tag, err := s.db.Writes.Exec(ctx, "UPDATE products SET price = $3, updated = $4 WHERE tenant_id = $1 AND id = $2", tenant, id, price, now())
	if err == nil && tag.RowsAffected() == 0 {
		return crm.ErrNotFound
	}
	return err
}
