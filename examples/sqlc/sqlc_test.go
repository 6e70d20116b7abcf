package sqlc

import (
	"database/sql"
	_ "embed"
	"errors"
	"testing"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/runtime"
)

//go:embed schema.sql
var schema string

// TestDirectivesOfQueries: what query.sql says is cached, for each tenant apart, and is stale after
// the writes that it names.
func TestDirectivesOfQueries(t *testing.T) {
	ctx := t.Context()
	db, err := sql.Open("sqlite", t.TempDir()+"/contacts.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.ExecContext(ctx, schema); err != nil {
		t.Fatal(err)
	}
	cache := cachetest.New(t, runtime.Options{})
	contacts := NewCachedQuerier(New(db), cache)

	get := GetContactParams{TenantID: "acme", ID: "42"}
	wantName := func(want string) {
		t.Helper()
		for range 2 {
			if c, err := contacts.GetContact(ctx, get); err != nil || c.Name != want {
				t.Errorf("the contact is %q, %v, want %q", c.Name, err, want)
			}
			city := ContactsInCityParams{TenantID: "acme", City: "London"}
			list, err := contacts.ContactsInCity(ctx, city)
			if err != nil || len(list) != 1 || list[0].Name != want {
				t.Errorf("the contacts in London are %v, %v, want %q", list, err, want)
			}
		}
	}
	for range 2 {
		if _, err := contacts.GetContact(ctx, get); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("before there is a contact: %v", err)
		}
	}
	for tenant, name := range map[string]string{"acme": "Ada", "globex": "Grace"} {
		c := CreateContactParams{TenantID: tenant, ID: "42", Name: name, City: "London"}
		if err := contacts.CreateContact(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	wantName("Ada")

	rename := RenameContactParams{TenantID: "acme", ID: "42", Name: "Ada King"}
	if err := contacts.RenameContact(ctx, rename); err != nil {
		t.Fatal(err)
	}
	wantName("Ada King")
	cachetest.WantLoads(t, cache, "Querier.GetContact", 3)
	cachetest.WantLoads(t, cache, "Querier.ContactsInCity", 2)

	// The batch shares the entry of the contact, and asks for the other one alone.
	linus := CreateContactParams{TenantID: "acme", ID: "43", Name: "Linus", City: "Helsinki"}
	if err := contacts.CreateContact(ctx, linus); err != nil {
		t.Fatal(err)
	}
	many := GetContactsParams{TenantID: "acme", Ids: []string{"43", "42", "44"}}
	for range 2 {
		list, err := contacts.GetContacts(ctx, many)
		if err != nil || len(list) != 2 {
			t.Fatalf("the contacts are %v, %v", list, err)
		}
		for _, c := range list {
			if want := map[string]string{"42": "Ada King", "43": "Linus"}[c.ID]; c.Name != want {
				t.Errorf("contact %s is %q, want %q", c.ID, c.Name, want)
			}
		}
	}
	got, err := contacts.GetContact(ctx, GetContactParams{TenantID: "acme", ID: "43"})
	if err != nil || got.Name != "Linus" {
		t.Errorf("the contact is %v, %v", got, err)
	}
	cachetest.WantLoads(t, cache, "Querier.GetContact", 3)

	rename.TenantID = "globex"
	if err := contacts.RenameContact(ctx, rename); err != nil {
		t.Fatal(err)
	}
	wantName("Ada King")
	cachetest.WantLoads(t, cache, "Querier.GetContact", 3)

	for range 2 {
		if n, err := contacts.CountContacts(ctx, "acme"); n != 2 || err != nil {
			t.Errorf("acme has %d contacts, %v", n, err)
		}
	}
	cachetest.WantLoads(t, cache, "Querier.CountContacts", 1)
}
