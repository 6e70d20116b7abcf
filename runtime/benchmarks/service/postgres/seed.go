package postgres

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cachegen/cachegen/runtime/benchmarks/service/crm"
)

// Tenant is whose rows Seed writes.
const Tenant = "acme"

// Size is how many rows of each kind a tenant has. A company has Contacts/Companies contacts, and a
// contact Deals/Contacts deals of three items each, on average.
type Size struct{ Contacts, Companies, Deals, Owners, Products, Categories int }

// Sized is a CRM of that many contacts: 20 at a company, three deals each, a colleague for 100 of
// them, and a product for each ten.
func Sized(contacts int) Size {
	return Size{
		Contacts: contacts, Companies: max(1, contacts/20), Deals: 3 * contacts, Owners: max(1, contacts/100),
		Products: max(1, contacts/10), Categories: max(1, contacts/500),
	}
}

// ContactID names the contact of a number, from 0; the others likewise.
func ContactID(n int) string { return fmt.Sprintf("contact-%06d", n) }

// CompanyID names a company.
func CompanyID(n int) string { return fmt.Sprintf("company-%05d", n) }

// DealID names a deal.
func DealID(n int) string { return fmt.Sprintf("deal-%06d", n) }

// OwnerID names a colleague.
func OwnerID(n int) string { return fmt.Sprintf("owner-%03d", n) }

// ProductID names a product.
func ProductID(n int) string { return fmt.Sprintf("product-%05d", n) }

// Category names a category of products.
func Category(n int) string { return fmt.Sprintf("category-%02d", n) }

var (
	stages     = []string{"lead", "prospect", "customer", "former"}
	dealStages = []crm.Stage{crm.Lead, crm.Offer, crm.Won, crm.Lost}
	began      = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
)

// pick is one of a list.
func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// Contact makes the contact of a number: about 750 bytes as JSON. The same number makes the same
// contact.
func Contact(n int, size Size) *crm.Contact {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	first := pick(r, []string{"Ada", "Alan", "Barbara", "Edsger", "Frances", "Grace", "Joan", "Ken", "Lise", "Margaret"})
	last := pick(r, []string{"Allen", "Clarke", "Dijkstra", "Hamilton", "Hopper", "Liskov", "Lovelace", "Meitner", "Thompson", "Turing"})
	company := r.IntN(size.Companies)
	c := &crm.Contact{
		ID: ContactID(n), CompanyID: CompanyID(company), OwnerID: OwnerID(n % size.Owners),
		Name: fmt.Sprintf("%s %s %d", first, last, n), Title: pick(r, []string{"Head of Purchasing", "Chief Engineer", "Office Manager"}),
		Email: fmt.Sprintf("%s.%s.%d@company-%d.example", first, last, n, company),
		Stage: pick(r, stages), Source: pick(r, []string{"fair", "referral", "website", "import"}), Score: r.IntN(100),
		Street: fmt.Sprintf("%d Station Road", 1+r.IntN(200)), City: pick(r, []string{"London", "Bremen", "Lyon", "Porto"}),
		PostalCode: fmt.Sprintf("%05d", r.IntN(100_000)), Country: pick(r, []string{"GB", "DE", "FR", "PT"}),
		Labels: []string{"newsletter", pick(r, []string{"vip", "press", "partner"})},
		Custom: map[string]string{"segment": pick(r, []string{"enterprise", "midmarket"}), "language": "en", "last_campaign": "spring-2026"},
		Notes: "Prefers to be called in the morning. Asked for an offer that covers maintenance for three years, " +
			"and for two references from the same industry. The contract with the present supplier ends in autumn.",
		Created: began.Add(time.Duration(n) * time.Minute), Updated: began.Add(time.Duration(n) * time.Hour),
	}
	if n%4 != 0 {
		c.Phone = new(fmt.Sprintf("+44 20 7946 %04d", r.IntN(10_000)))
	}
	return c
}

// Seed writes the rows of a tenant, and has the database plan for them.
func (d *Database) Seed(ctx context.Context, size Size) error {
	r := rand.New(rand.NewPCG(2, 3))
	for _, table := range []struct {
		name    string
		columns []string
		n       int
		row     func(n int) []any
	}{
		{"contacts", []string{"tenant_id", "id", "company_id", "owner_id", "name", "title", "email", "phone", "stage", "source", "score",
			"street", "city", "postal_code", "country", "labels", "custom", "notes", "created", "updated"},
			size.Contacts, func(n int) []any {
				c := Contact(n, size)
				return []any{Tenant, c.ID, c.CompanyID, c.OwnerID, c.Name, c.Title, c.Email, c.Phone, c.Stage, c.Source, c.Score,
					c.Street, c.City, c.PostalCode, c.Country, c.Labels, c.Custom, c.Notes, c.Created, c.Updated}
			}},
		{"products", []string{"tenant_id", "id", "sku", "category", "name", "price", "stock", "attributes", "updated"},
			size.Products, func(n int) []any {
				return []any{Tenant, ProductID(n), fmt.Sprintf("SKU-%d", 10_000+n), Category(n % size.Categories), fmt.Sprintf("Product %d", n),
					int64(100 + r.IntN(100_000)), r.IntN(500), map[string]string{"weight": "2 kg", "material": "steel", "color": "grey"}, began}
			}},
		{"deals", []string{"tenant_id", "id", "contact_id", "owner_id", "title", "stage", "amount", "expected", "closed", "updated"},
			size.Deals, func(n int) []any {
				contact := n % size.Contacts
				stage := pick(r, dealStages)
				var closed *time.Time
				if stage == crm.Won || stage == crm.Lost {
					closed = new(began.Add(time.Duration(n) * time.Minute))
				}
				return []any{Tenant, DealID(n), ContactID(contact), OwnerID(contact % size.Owners), fmt.Sprintf("Offer %d, second edition", n),
					string(stage), int64(1000 + r.IntN(1_000_000)), began.Add(time.Duration(r.IntN(365*24)) * time.Hour), closed, began}
			}},
		{"deal_items", []string{"tenant_id", "deal_id", "position", "product_id", "quantity", "price"},
			3 * size.Deals, func(n int) []any {
				return []any{Tenant, DealID(n / 3), n % 3, ProductID(r.IntN(size.Products)), 1 + r.IntN(20), int64(100 + r.IntN(100_000))}
			}},
	} {
		rows := pgx.CopyFromSlice(table.n, func(n int) ([]any, error) { return table.row(n), nil })
		if _, err := d.Writes.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, rows); err != nil {
			return fmt.Errorf("fill %s: %w", table.name, err)
		}
	}
	return d.Vacuum(ctx)
}
