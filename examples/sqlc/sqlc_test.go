package sqlc

import (
	"context"
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

func open(t *testing.T) *sql.DB {
	db, err := sql.Open("sqlite", t.TempDir()+"/contacts.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.ExecContext(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestWithTx: what is written through WithTx is stale when it has committed, and not after a
// rollback.
func TestWithTx(t *testing.T) {
	db := open(t)
	cache := cachetest.New(t, runtime.Options{})
	contacts := NewCachedContacts(Store{New(db)}, cache)
	ada := CreateContactParams{TenantID: "acme", ID: "42", Name: "Ada", City: "London"}
	if err := contacts.CreateContact(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	get := GetContactParams{TenantID: "acme", ID: "42"}
	wantName := func(repo Contacts, ctx context.Context, want string) {
		t.Helper()
		if c, err := repo.GetContact(ctx, get); err != nil || c.Name != want {
			t.Errorf("the contact is %q, %v, want %q", c.Name, err, want)
		}
	}
	failed := errors.New("failed")
	for name, want := range map[string]error{"Ada King": nil, "nobody": failed} {
		before, err := contacts.GetContact(t.Context(), get)
		if err != nil {
			t.Fatal(err)
		}
		err = runtime.InTx(t.Context(), cache, db, nil, func(ctx context.Context, tx *sql.Tx) error {
			in := contacts.WithTx(tx)
			if err := in.RenameContact(ctx, RenameContactParams{TenantID: "acme", ID: "42", Name: name}); err != nil {
				return err
			}
			wantName(in, ctx, name)
			wantName(contacts, t.Context(), before.Name)
			return want
		})
		if !errors.Is(err, want) {
			t.Fatalf("the transaction ends with %v, want %v", err, want)
		}
		if want != nil {
			name = before.Name
		}
		wantName(contacts, t.Context(), name)
	}
}

// TestDirectivesOfQueries: what query.sql says is cached, for each tenant apart, and is stale after
// the writes that it names.
func TestDirectivesOfQueries(t *testing.T) {
	ctx := t.Context()
	db := open(t)
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
