package sqlstore

import (
	"context"
	"database/sql"

	"github.com/cachegen/cachegen/examples/crm/crm"
)

// Products is the product repository of a database.
type Products struct{ db *sql.DB }

var _ crm.ProductRepository = (*Products)(nil)

// NewProducts returns the products in db.
func NewProducts(db *sql.DB) *Products { return &Products{db} }

const selectProducts = "SELECT id, category_id, name, price, stock, attributes, discontinued FROM products"

func scanProduct(row scanner) (crm.Product, error) {
	var p crm.Product
	err := row.Scan(&p.ID, &p.CategoryID, &p.Name, &p.Price, &p.Stock, asJSON{&p.Attributes}, &p.Discontinued)
	return p, err
}

// Get implements [crm.ProductRepository].
func (s *Products) Get(ctx context.Context, id string) (*crm.Product, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	p, err := scanProduct(s.db.QueryRowContext(ctx, selectProducts+" WHERE tenant_id = $1 AND id = $2", tenant, id))
	if err != nil {
		return nil, found(err, "product", id)
	}
	return &p, nil
}

// List implements [crm.ProductRepository].
func (s *Products) List(ctx context.Context, filter crm.ProductFilter, number int) (crm.ProductPage, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return crm.ProductPage{}, err
	}
	w := ofTenant(tenant)
	if filter.CategoryID != "" {
		w.and("category_id = $%d", filter.CategoryID)
	}
	if filter.MaxPrice != nil {
		w.and("price <= $%d", *filter.MaxPrice)
	}
	var result crm.ProductPage
	err = s.db.QueryRowContext(ctx, "SELECT count(*) FROM products"+w.String(), w.args...).Scan(&result.Total)
	if err != nil {
		return crm.ProductPage{}, err
	}
	result.Products, err = all(ctx, s.db, scanProduct, selectProducts+w.String()+" ORDER BY name, id"+page(number), w.args...)
	if err != nil {
		return crm.ProductPage{}, err
	}
	return result, nil
}

// SetPrice implements [crm.ProductRepository].
func (s *Products) SetPrice(ctx context.Context, id string, price crm.Cents) error {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return err
	}
	result, err := s.db.ExecContext(ctx, "UPDATE products SET price = $3 WHERE tenant_id = $1 AND id = $2", tenant, id, price)
	return changed(result, err, "product", id)
}
