package sqlstore

import (
	"context"
	"database/sql"

	"github.com/cachegen/cachegen/examples/crm/crm"
)

// Categories is the category repository of a database.
type Categories struct{ db *sql.DB }

var _ crm.CategoryRepository = (*Categories)(nil)

// NewCategories returns the categories in db.
func NewCategories(db *sql.DB) *Categories { return &Categories{db} }

func scanCategory(row scanner) (crm.Category, error) {
	var c crm.Category
	err := row.Scan(&c.ID, &c.ParentID, &c.Name)
	return c, err
}

// Children implements [crm.CategoryRepository].
func (s *Categories) Children(ctx context.Context, parentID *string) ([]crm.Category, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	return all(ctx, s.db, scanCategory, `
		SELECT id, parent_id, name FROM categories
		WHERE tenant_id = $1 AND parent_id IS NOT DISTINCT FROM $2
		ORDER BY name, id`, tenant, parentID)
}

// Rename implements [crm.CategoryRepository].
func (s *Categories) Rename(ctx context.Context, id, name string) error {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return err
	}
	result, err := s.db.ExecContext(ctx, "UPDATE categories SET name = $3 WHERE tenant_id = $1 AND id = $2", tenant, id, name)
	return changed(result, err, "category", id)
}
