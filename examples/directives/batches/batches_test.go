package batches_test

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/cachegen/cachegen/examples/directives/batches"
	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/runtime"
)

// table notes what it is asked for.
type table struct{ asked [][]string }

func (s *table) Get(_ context.Context, id string) (*batches.Contact, error) {
	s.asked = append(s.asked, []string{id})
	return &batches.Contact{ID: id}, nil
}

func (s *table) GetMany(_ context.Context, ids []string) (map[string]*batches.Contact, error) {
	s.asked = append(s.asked, ids)
	found := make(map[string]*batches.Contact)
	for _, id := range ids {
		if id != "nobody" {
			found[id] = &batches.Contact{ID: id, Name: "the " + id}
		}
	}
	return found, nil
}

// Search sorts by name, and so not in the order of the ids.
func (s *table) Search(ctx context.Context, ids []string) ([]*batches.Contact, error) {
	found, err := s.GetMany(ctx, ids)
	return slices.SortedFunc(maps.Values(found), func(a, b *batches.Contact) int { return cmp.Compare(a.Name, b.Name) }), err
}

func (s *table) Scores(_ context.Context, ids []string) ([]int, error) {
	s.asked = append(s.asked, ids)
	scores := make([]int, len(ids))
	for i, id := range ids {
		scores[i] = len(id)
	}
	return scores, nil
}

func (s *table) Save(context.Context, *batches.Contact) error { return nil }

func TestOnlyWhatIsMissingIsLoaded(t *testing.T) {
	inner := new(table)
	contacts := batches.NewCachedContactRepository(inner, cachetest.New(t, runtime.Options{}))
	ctx := runtime.WithTenant(t.Context(), "acme")
	if _, err := contacts.Get(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := contacts.GetMany(ctx, []string{"ada", "nobody", "alan", "ada"})
		if err != nil || len(got) != 2 || got["ada"] == nil || got["alan"] == nil {
			t.Errorf("GetMany = %v, %v", got, err)
		}
	}
	if err := contacts.Save(ctx, &batches.Contact{ID: "alan"}); err != nil {
		t.Fatal(err)
	}
	if _, err := contacts.GetMany(ctx, []string{"ada", "alan"}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		scores, err := contacts.Scores(ctx, []string{"ada", "joan"})
		if err != nil || !reflect.DeepEqual(scores, []int{3, 4}) {
			t.Errorf("Scores = %v, %v", scores, err)
		}
	}
	want := [][]string{{"ada"}, {"nobody", "alan"}, {"alan"}, {"ada", "joan"}}
	if !reflect.DeepEqual(inner.asked, want) {
		t.Errorf("the repository was asked for %v, want %v", inner.asked, want)
	}
}

func TestRowsAreMatchedByWhatTheySay(t *testing.T) {
	inner := new(table)
	contacts := batches.NewCachedContactRepository(inner, cachetest.New(t, runtime.Options{}))
	ctx := runtime.WithTenant(t.Context(), "acme")
	search := func(want string, ids ...string) {
		t.Helper()
		list, err := contacts.Search(ctx, ids)
		got := ""
		for _, c := range list {
			got += c.ID + " "
		}
		if err != nil || got != want {
			t.Errorf("Search(%q) = %s, %v; want %s", ids, got, err, want)
		}
	}
	search("ada joan ", "joan", "nobody", "ada") // as the repository sorts them
	search("joan ada ", "joan", "nobody", "ada") // from the cache, in the order of the ids
	search("joan alan ada ", "joan", "alan", "ada")
	if c, err := contacts.Get(ctx, "ada"); err != nil || c.ID != "ada" {
		t.Errorf("Get = %v, %v", c, err)
	}
	want := [][]string{{"joan", "nobody", "ada"}, {"alan"}}
	if !reflect.DeepEqual(inner.asked, want) {
		t.Errorf("the repository was asked for %v, want %v", inner.asked, want)
	}
}
