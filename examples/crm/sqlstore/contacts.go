package sqlstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"strings"

	"github.com/cachegen/cachegen/examples/crm/crm"
)

// Contacts is the contact repository of a database.
type Contacts struct{ db *sql.DB }

var _ crm.ContactRepository = (*Contacts)(nil)

// NewContacts returns the contacts in db.
func NewContacts(db *sql.DB) *Contacts { return &Contacts{db} }

const selectContacts = "SELECT id, name, company, email, phone, labels, created, updated FROM contacts"

func scanContact(row scanner) (*crm.Contact, error) {
	c := new(crm.Contact)
	err := row.Scan(&c.ID, &c.Name, &c.Company, &c.Email, &c.Phone, asJSON{&c.Labels}, &c.Created, &c.Updated)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Get implements [crm.ContactRepository].
func (s *Contacts) Get(ctx context.Context, id string) (*crm.Contact, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	c, err := scanContact(s.db.QueryRowContext(ctx, selectContacts+" WHERE tenant_id = $1 AND id = $2", tenant, id))
	return c, found(err, "contact", id)
}

// GetMany implements [crm.ContactRepository].
func (s *Contacts) GetMany(ctx context.Context, ids []string) (map[string]*crm.Contact, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	contacts := make(map[string]*crm.Contact, len(ids))
	if len(ids) == 0 {
		return contacts, nil
	}
	w := ofTenant(tenant)
	w.in("id", ids)
	list, err := all(ctx, s.db, scanContact, selectContacts+w.String(), w.args...)
	for _, c := range list {
		contacts[c.ID] = c
	}
	return contacts, err
}

var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// List implements [crm.ContactRepository].
func (s *Contacts) List(ctx context.Context, filter crm.ContactFilter, number int) ([]*crm.Contact, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	w := ofTenant(tenant)
	if filter.Company != "" {
		w.and("company = $%d", filter.Company)
	}
	if filter.Search != "" {
		w.and(`lower(name) LIKE $%d ESCAPE '\'`, likeEscapes.Replace(strings.ToLower(filter.Search))+"%")
	}
	return all(ctx, s.db, scanContact, selectContacts+w.String()+" ORDER BY name, id"+page(number), w.args...)
}

// Newest implements [crm.ContactRepository].
func (s *Contacts) Newest(ctx context.Context, n int) ([]*crm.Contact, error) {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return nil, err
	}
	return all(ctx, s.db, scanContact, selectContacts+" WHERE tenant_id = $1 ORDER BY created DESC, id LIMIT $2", tenant, n)
}

// Create implements [crm.ContactRepository].
func (s *Contacts) Create(ctx context.Context, c *crm.Contact) error {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return err
	}
	c.ID = cmp.Or(c.ID, rand.Text())
	c.Created = now()
	c.Updated = c.Created
	_, err = s.db.ExecContext(ctx, `
		INSERT INTO contacts (tenant_id, id, name, company, email, phone, labels, created, updated)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tenant, c.ID, c.Name, c.Company, c.Email, c.Phone, asJSON{c.Labels}, c.Created, c.Updated)
	return err
}

// Update implements [crm.ContactRepository].
func (s *Contacts) Update(ctx context.Context, c *crm.Contact) error {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return err
	}
	c.Updated = now()
	result, err := s.db.ExecContext(ctx, `
		UPDATE contacts SET name = $3, company = $4, email = $5, phone = $6, labels = $7, updated = $8
		WHERE tenant_id = $1 AND id = $2`,
		tenant, c.ID, c.Name, c.Company, c.Email, c.Phone, asJSON{c.Labels}, c.Updated)
	return changed(result, err, "contact", c.ID)
}

// Delete implements [crm.ContactRepository].
func (s *Contacts) Delete(ctx context.Context, id string) error {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		return err
	}
	result, err := s.db.ExecContext(ctx, "DELETE FROM contacts WHERE tenant_id = $1 AND id = $2", tenant, id)
	return changed(result, err, "contact", id)
}
