package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cachegen/cachegen/runtime/benchmarks/service/crm"
)

// Contacts is the contact repository of a database.
type Contacts struct{ db *Pools }

var _ crm.ContactRepository = (*Contacts)(nil)

// NewContacts returns the contacts of a database.
func NewContacts(db *Pools) *Contacts { return &Contacts{db} }

const selectContacts = `
	SELECT id, company_id, owner_id, name, title, email, phone, stage, source, score, street, city, postal_code, country,
		labels, custom, notes, created, updated
	FROM contacts `

func scanContact(row pgx.CollectableRow) (*crm.Contact, error) {
	c := new(crm.Contact)
	err := row.Scan(&c.ID, &c.CompanyID, &c.OwnerID, &c.Name, &c.Title, &c.Email, &c.Phone, &c.Stage, &c.Source, &c.Score, &c.Street, &c.City,
		&c.PostalCode, &c.Country, &c.Labels, &c.Custom, &c.Notes, &c.Created, &c.Updated)
	return c, err
}

// Get implements [crm.ContactRepository].
func (s *Contacts) Get(ctx context.Context, id string) (*crm.Contact, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	return one(ctx, s.db.Reads, scanContact, selectContacts+"WHERE tenant_id = $1 AND id = $2", tenant, id)
}

// GetMany implements [crm.ContactRepository].
func (s *Contacts) GetMany(ctx context.Context, ids []string) (map[string]*crm.Contact, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	list, err := all(ctx, s.db.Reads, scanContact, selectContacts+"WHERE tenant_id = $1 AND id = ANY($2)", tenant, ids)
	contacts := make(map[string]*crm.Contact, len(list))
	for _, c := range list {
		contacts[c.ID] = c
	}
	return contacts, err
}

// List implements [crm.ContactRepository].
func (s *Contacts) List(ctx context.Context, f crm.ContactFilter, page int) ([]*crm.Contact, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	return all(ctx, s.db.Reads, scanContact, selectContacts+`
		WHERE tenant_id = $1 AND company_id = $2 AND ($3 = '' OR stage = $3)
		ORDER BY name, id LIMIT $4 OFFSET $5`, tenant, f.CompanyID, f.Stage, crm.PageSize, (page-1)*crm.PageSize)
}

// Update implements [crm.ContactRepository].
func (s *Contacts) Update(ctx context.Context, c *crm.Contact) error {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return err
	}
	c.Updated = now()
	tag, err := s.db.Writes.Exec(ctx, `
		UPDATE contacts SET company_id = $3, owner_id = $4, name = $5, title = $6, email = $7, phone = $8, stage = $9, source = $10, score = $11,
			street = $12, city = $13, postal_code = $14, country = $15, labels = $16, custom = $17, notes = $18, updated = $19
		WHERE tenant_id = $1 AND id = $2`,
		tenant, c.ID, c.CompanyID, c.OwnerID, c.Name, c.Title, c.Email, c.Phone, c.Stage, c.Source, c.Score,
		c.Street, c.City, c.PostalCode, c.Country, c.Labels, c.Custom, c.Notes, c.Updated)
	if err == nil && tag.RowsAffected() == 0 {
		return crm.ErrNotFound
	}
	return err
}

// now is the time to the microsecond, as PostgreSQL keeps it.
func now() time.Time { return time.Now().Truncate(time.Microsecond) }
