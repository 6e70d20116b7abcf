package through_test

import (
	"context"
	"errors"
	"testing"

	"github.com/cachegen/cachegen/examples/directives/through"
	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/runtime"
)

type table struct{ err error }

func (s *table) Get(_ context.Context, id string) (*through.Contact, error) {
	return &through.Contact{ID: id, Name: "loaded"}, nil
}

func (s *table) InCity(context.Context, string) ([]*through.Contact, error) { return nil, nil }

func (s *table) Create(_ context.Context, name string) (*through.Contact, error) {
	return &through.Contact{ID: "42", Name: name}, s.err
}

func (s *table) Update(context.Context, *through.Contact) error { return s.err }

func (s *table) SaveAll(context.Context, []*through.Contact) error { return s.err }

func TestAReadAfterAWriteIsAHit(t *testing.T) {
	cache := cachetest.New(t, runtime.Options{})
	inner := new(table)
	contacts := through.NewCachedContactRepository(inner, cache)
	ctx := runtime.WithTenant(t.Context(), "acme")
	want := func(name string) {
		t.Helper()
		if c, err := contacts.Get(ctx, "42"); err != nil || c.Name != name {
			t.Errorf("Get = %v, %v; want %s", c, err, name)
		}
	}
	if _, err := contacts.Create(ctx, "created"); err != nil {
		t.Fatal(err)
	}
	want("created")
	if err := contacts.Update(ctx, &through.Contact{ID: "42", Name: "updated"}); err != nil {
		t.Fatal(err)
	}
	want("updated")
	if err := contacts.SaveAll(ctx, []*through.Contact{{ID: "7"}, {ID: "42", Name: "saved"}}); err != nil {
		t.Fatal(err)
	}
	want("saved")
	cachetest.WantLoads(t, cache, "ContactRepository.Get", 0)

	inner.err = errors.New("connection lost") // the write may have been applied or not
	if err := contacts.Update(ctx, &through.Contact{ID: "42", Name: "lost"}); err != inner.err {
		t.Fatal(err)
	}
	want("loaded")
}
