package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/cachegen/cachegen/examples/crm/crm"
	"github.com/cachegen/cachegen/examples/crm/sqlstore"
	"github.com/cachegen/cachegen/examples/internal/services"
)

// onBoth runs a test on a freshly seeded SQLite and PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, db *sql.DB)) {
	t.Run("SQLite", func(t *testing.T) {
		db, err := sqlstore.OpenSQLite(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		seeded(t, db, test)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		dsn, schema := services.Postgres(t)
		db, err := sqlstore.OpenPostgres(t.Context(), dsn, schema)
		if err != nil {
			t.Fatal(err)
		}
		seeded(t, db, test)
	})
}

func seeded(t *testing.T, db *sql.DB, test func(t *testing.T, db *sql.DB)) {
	defer db.Close()
	if err := sqlstore.Seed(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	test(t, db)
}

func acme(t *testing.T) context.Context   { return crm.WithTenant(t.Context(), "acme") }
func globex(t *testing.T) context.Context { return crm.WithTenant(t.Context(), "globex") }

func TestAllFieldsComeBack(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		contact, err := sqlstore.NewContacts(db).Get(acme(t), "ada")
		created := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
		same(t, contact, &crm.Contact{
			ID: "ada", Name: "Ada Lovelace", Company: "Analytical", Email: "ada@analytical.example", Phone: new("+44 20 5550100"),
			Labels: []string{"vip", "press"}, Created: created, Updated: created,
		}, err)

		deal, err := sqlstore.NewDeals(db).Get(acme(t), "d3")
		same(t, deal, &crm.Deal{
			ID: "d3", ContactID: "bob", Title: "Rope and pulleys", Stage: crm.Won, Amount: 875_00,
			Items:  []crm.DealItem{{ProductID: "rope", Quantity: 5}, {ProductID: "pulley", Quantity: 10}},
			Closed: new(time.Date(2026, 3, 1, 15, 0, 0, 0, time.UTC)),
		}, err)

		product, err := sqlstore.NewProducts(db).Get(acme(t), "skates")
		same(t, product, &crm.Product{
			ID: "skates", CategoryID: "vehicle", Name: "Jet skates", Price: 199_00, Attributes: map[string]string{},
			Discontinued: new(time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)),
		}, err)

		setting, err := sqlstore.NewSettings(db).Get(t.Context(), "vat")
		same(t, setting, crm.Setting{Name: "vat", Value: "19", Updated: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}, err)
	})
}

func TestWritesCanBeReadBack(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		ctx, contacts := acme(t), sqlstore.NewContacts(db)
		joan := &crm.Contact{Name: "Joan Didion", Labels: []string{"author"}}
		if err := contacts.Create(ctx, joan); err != nil {
			t.Fatal(err)
		}
		if joan.ID == "" || joan.Created.IsZero() {
			t.Errorf("Create left ID %q and Created %v", joan.ID, joan.Created)
		}
		stored, err := contacts.Get(ctx, joan.ID)
		same(t, stored, joan, err)

		joan.Phone = new("+1 212 5550103")
		if err := contacts.Update(ctx, joan); err != nil {
			t.Fatal(err)
		}
		stored, err = contacts.Get(ctx, joan.ID)
		same(t, stored, joan, err)

		if err := contacts.Delete(ctx, joan.ID); err != nil {
			t.Fatal(err)
		}
		_, err = contacts.Get(ctx, joan.ID)
		notFound(t, "Get after Delete", err)

		deals := sqlstore.NewDeals(db)
		moved, err := deals.Move(ctx, "d1", crm.Won)
		if err != nil || moved.Stage != crm.Won || moved.Closed == nil {
			t.Fatalf("Move = %+v, %v; want a closed deal", moved, err)
		}
		deal, err := deals.Get(ctx, "d1")
		same(t, deal, moved, err)

		products := sqlstore.NewProducts(db)
		if err := products.SetPrice(ctx, "anvil", 1); err != nil {
			t.Fatal(err)
		}
		anvil, err := products.Get(ctx, "anvil")
		same(t, anvil.Price, 1, err)

		categories := sqlstore.NewCategories(db)
		if err := categories.Rename(ctx, "tools", "Gear"); err != nil {
			t.Fatal(err)
		}
		children, err := categories.Children(ctx, new("goods"))
		same(t, children[0].Name, "Gear", err)

		settings := sqlstore.NewSettings(db)
		for _, value := range []string{"en", "fr"} {
			if err := settings.Set(ctx, "language", value); err != nil {
				t.Fatal(err)
			}
			language, err := settings.Get(ctx, "language")
			same(t, language.Value, value, err)
		}
	})
}

// Both tenants have a contact, a deal and a product of the same id, and acme's other rows are not
// there for globex.
func TestTenantsDoNotSeeEachOther(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		contacts, deals := sqlstore.NewContacts(db), sqlstore.NewDeals(db)
		products, categories := sqlstore.NewProducts(db), sqlstore.NewCategories(db)

		ada, err := contacts.Get(globex(t), "ada")
		same(t, ada.Name, "Ada Yonath", err)
		_, err = contacts.Get(globex(t), "grace")
		notFound(t, "Get of acme's contact", err)
		list, err := contacts.List(globex(t), crm.ContactFilter{}, 1)
		same(t, len(list), 2, err)

		pipeline, err := deals.Pipeline(globex(t))
		same(t, pipeline, map[crm.Stage]crm.Cents{crm.Lead: 150_00}, err)
		page, err := products.List(globex(t), crm.ProductFilter{}, 1)
		same(t, page.Total, 1, err)
		top, err := categories.Children(globex(t), nil)
		same(t, top, []crm.Category{{ID: "lab", Name: "Laboratory"}}, err)

		ada.Name = "Ada E. Yonath"
		if err := contacts.Update(globex(t), ada); err != nil {
			t.Fatal(err)
		}
		if err := contacts.Delete(globex(t), "ada"); err != nil {
			t.Fatal(err)
		}
		if _, err := deals.Move(globex(t), "d1", crm.Lost); err != nil {
			t.Fatal(err)
		}
		if err := products.SetPrice(globex(t), "anvil", 1); err != nil {
			t.Fatal(err)
		}
		ada, err = contacts.Get(acme(t), "ada")
		same(t, ada.Name, "Ada Lovelace", err)
		deal, err := deals.Get(acme(t), "d1")
		same(t, deal.Stage, crm.Offer, err)
		anvil, err := products.Get(acme(t), "anvil")
		same(t, anvil.Price, 300_00, err)
	})
}

func TestNoTenantNoRows(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		_, get := sqlstore.NewContacts(db).Get(t.Context(), "ada")
		_, list := sqlstore.NewDeals(db).List(t.Context(), crm.DealFilter{}, 1)
		for _, err := range []error{get, list, sqlstore.NewProducts(db).SetPrice(t.Context(), "anvil", 1)} {
			if !errors.Is(err, crm.ErrNoTenant) {
				t.Errorf("without a tenant: %v; want %v", err, crm.ErrNoTenant)
			}
		}
	})
}

func TestFiltersAndPages(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		ctx := acme(t)
		for _, tt := range []struct {
			filter crm.ContactFilter
			page   int
			want   []string
		}{
			{crm.ContactFilter{}, 1, []string{"ada", "alan", "bob"}},
			{crm.ContactFilter{}, 2, []string{"grace", "joan"}},
			{crm.ContactFilter{}, 3, nil},
			{crm.ContactFilter{}, 0, []string{"ada", "alan", "bob"}},
			{crm.ContactFilter{Company: "Bombe"}, 1, []string{"alan", "joan"}},
			{crm.ContactFilter{Search: "a"}, 1, []string{"ada", "alan"}},
			{crm.ContactFilter{Search: "A", Company: "Bombe"}, 1, []string{"alan"}},
			{crm.ContactFilter{Search: "%"}, 1, nil},
		} {
			contacts, err := sqlstore.NewContacts(db).List(ctx, tt.filter, tt.page)
			var ids []string
			for _, c := range contacts {
				ids = append(ids, c.ID)
			}
			same(t, ids, tt.want, err)
		}
		for n, want := range map[int][]string{0: nil, 2: {"joan", "grace"}, 9: {"joan", "grace", "bob", "alan", "ada"}} {
			contacts, err := sqlstore.NewContacts(db).Newest(ctx, n)
			var ids []string
			for _, c := range contacts {
				ids = append(ids, c.ID)
			}
			same(t, ids, want, err)
		}
		for _, tt := range []struct{ ids, want []string }{
			{nil, nil},
			{[]string{"joan", "nobody", "ada", "ada"}, []string{"ada", "joan"}},
			{[]string{"lise"}, nil}, // of globex
		} {
			contacts, err := sqlstore.NewContacts(db).GetMany(ctx, tt.ids)
			for id, c := range contacts {
				same(t, c.ID, id, nil)
			}
			same(t, slices.Sorted(maps.Keys(contacts)), tt.want, err)
		}
		for _, tt := range []struct {
			filter crm.DealFilter
			page   int
			want   []string
		}{
			{crm.DealFilter{}, 2, []string{"d4", "d5", "d6"}},
			{crm.DealFilter{Stage: crm.Offer}, 1, []string{"d1", "d4", "d5"}},
			{crm.DealFilter{Stage: crm.Offer}, 2, []string{"d6"}},
			{crm.DealFilter{Stage: crm.Offer, ContactID: "ada"}, 1, []string{"d1", "d6"}},
		} {
			deals, err := sqlstore.NewDeals(db).List(ctx, tt.filter, tt.page)
			var ids []string
			for _, d := range deals {
				ids = append(ids, d.ID)
			}
			same(t, ids, tt.want, err)
		}
		for _, tt := range []struct {
			filter      crm.ProductFilter
			page        int
			first, last string
			total       int
		}{
			{crm.ProductFilter{}, 1, "anvil", "skates", 8},
			{crm.ProductFilter{CategoryID: "tools"}, 2, "pulley", "rope", 5},
			{crm.ProductFilter{CategoryID: "tools", MaxPrice: new(crm.Cents(8500))}, 2, "rope", "rope", 4},
			{crm.ProductFilter{MaxPrice: new(crm.Cents(4500))}, 1, "hammer", "pulley", 3},
		} {
			page, err := sqlstore.NewProducts(db).List(ctx, tt.filter, tt.page)
			same(t, page.Total, tt.total, err)
			same(t, page.Products[0].ID, tt.first, nil)
			same(t, page.Products[len(page.Products)-1].ID, tt.last, nil)
		}
	})
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	onBoth(t, func(t *testing.T, db *sql.DB) {
		ctx, contacts, products := acme(t), sqlstore.NewContacts(db), sqlstore.NewProducts(db)
		_, err := contacts.Get(ctx, "nobody")
		notFound(t, "Contacts.Get", err)
		notFound(t, "Contacts.Update", contacts.Update(ctx, &crm.Contact{ID: "nobody"}))
		notFound(t, "Contacts.Delete", contacts.Delete(ctx, "nobody"))
		_, err = sqlstore.NewDeals(db).Get(ctx, "nothing")
		notFound(t, "Deals.Get", err)
		_, err = sqlstore.NewDeals(db).Move(ctx, "nothing", crm.Won)
		notFound(t, "Deals.Move", err)
		_, err = products.Get(ctx, "nothing")
		notFound(t, "Products.Get", err)
		notFound(t, "Products.SetPrice", products.SetPrice(ctx, "nothing", 1))
		notFound(t, "Categories.Rename", sqlstore.NewCategories(db).Rename(ctx, "nothing", "x"))
		_, err = sqlstore.NewSettings(db).Get(ctx, "nothing")
		notFound(t, "Settings.Get", err)
	})
}

func same[T any](t *testing.T, got, want T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func notFound(t *testing.T, call string, err error) {
	t.Helper()
	if !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("%s: %v; want %v", call, err, crm.ErrNotFound)
	}
}
