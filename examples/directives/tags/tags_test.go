package tags_test

import (
	"context"
	"testing"

	"github.com/cachegen/cachegen/examples/directives/tags"
	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/runtime"
)

// table holds contacts by id.
type table map[string]tags.Contact

func (s table) Get(_ context.Context, id string) (*tags.Contact, error) {
	return s.find(func(c tags.Contact) bool { return c.ID == id }), nil
}

func (s table) ByEmail(_ context.Context, email string) (*tags.Contact, error) {
	return s.find(func(c tags.Contact) bool { return c.Email == email }), nil
}

func (s table) InCity(_ context.Context, city string) ([]*tags.Contact, error) {
	if c := s.find(func(c tags.Contact) bool { return c.City == city }); c != nil {
		return []*tags.Contact{c}, nil
	}
	return nil, nil
}

func (s table) Save(_ context.Context, c *tags.Contact) error {
	s[c.ID] = *c
	return nil
}

func (s table) find(is func(tags.Contact) bool) *tags.Contact {
	for _, c := range s {
		if is(c) {
			return &c
		}
	}
	return nil
}

func TestAMoveIsSeenEverywhere(t *testing.T) {
	cache := cachetest.New(t, runtime.Options{})
	contacts := tags.NewCachedContactRepository(table{}, cache)
	ctx := runtime.WithTenant(t.Context(), "acme")
	for _, c := range []tags.Contact{
		{ID: "42", Email: "ada@old.example", City: "London"},
		{ID: "42", Email: "ada@new.example", City: "Paris"},
	} {
		if err := contacts.Save(ctx, &c); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			for _, email := range []string{"ada@old.example", "ada@new.example"} {
				got, err := contacts.ByEmail(ctx, email)
				if found := got != nil; err != nil || found != (email == c.Email) {
					t.Errorf("ByEmail(%s) = %v, %v after Save(%v)", email, got, err, c)
				}
			}
			for _, city := range []string{"London", "Paris"} {
				got, err := contacts.InCity(ctx, city)
				if found := len(got) == 1; err != nil || found != (city == c.City) {
					t.Errorf("InCity(%s) = %v, %v after Save(%v)", city, got, err, c)
				}
			}
		}
	}
}
