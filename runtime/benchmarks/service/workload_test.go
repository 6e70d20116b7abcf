package service

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"testing"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/benchmarks/service/crm"
	"github.com/cachegen/cachegen/runtime/benchmarks/service/postgres"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// TestZipf compares how often ranks are drawn with their weights.
func TestZipf(t *testing.T) {
	for _, s := range []float64{0.8, 1, 1.1} {
		const ranks, draws = 1000, 200_000
		z, r, count := newZipf(ranks, s), rand.New(rand.NewPCG(1, 2)), make([]float64, ranks)
		for range draws {
			count[z.draw(r)]++
		}
		sum := 0.0
		for rank := range ranks {
			sum += math.Pow(float64(rank+1), -s)
		}
		for _, rank := range []int{0, 1, 9, 99} {
			want := draws * math.Pow(float64(rank+1), -s) / sum
			if got := count[rank]; math.Abs(got-want) > 5*math.Sqrt(want) {
				t.Errorf("exponent %v: rank %d was drawn %v times, want about %.0f", s, rank, got, want)
			}
		}
	}
}

// TestCachedIsDirect does what users do on cached repositories, half of it writes, and compares all
// that they could see with the database.
func TestCachedIsDirect(t *testing.T) {
	database, err := postgres.Create(t.Context(), dsn(os.Getenv("CACHEGEN_TEST_POSTGRES")))
	if err != nil {
		redistest.Require(t, "PostgreSQL: "+err.Error())
	}
	defer func() {
		if err := database.Drop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	size := postgres.Sized(200)
	if err := database.Seed(t.Context(), size); err != nil {
		t.Fatal(err)
	}
	cache, err := newCache(runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := cache.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	repos := direct(database.Pools)
	cached := repos.cached(cache)
	ctx := crm.WithTenant(t.Context(), postgres.Tenant)
	u := newUser(workload{Zipf: 0.8, Writes: 0.5, Contacts: size.Contacts}, 1)
	for range 300 {
		if err := u.do(ctx, cached); err != nil {
			t.Fatal(err)
		}
		got, want := seen(ctx, t, cached), seen(ctx, t, repos)
		for i := range want {
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Fatalf("cached\n%s\nin the database\n%s", text(t, got[i]), text(t, want[i]))
			}
		}
	}
	if s := cache.Stats(); s.LocalHits < s.Loads {
		t.Errorf("%d hits and %d loads: the cache was hardly asked", s.LocalHits, s.Loads)
	}
}

func text(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// seen is what some users could see.
func seen(ctx context.Context, t *testing.T, repos repositories) (list []any) {
	t.Helper()
	see := func(v any, err error) {
		t.Helper()
		if err != nil && !errors.Is(err, crm.ErrNotFound) {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	for n := range 5 {
		see(repos.contacts.Get(ctx, postgres.ContactID(n)))
		see(repos.contacts.List(ctx, crm.ContactFilter{CompanyID: postgres.CompanyID(n)}, 1))
		see(repos.contacts.List(ctx, crm.ContactFilter{CompanyID: postgres.CompanyID(n), Stage: "customer"}, 1))
		see(repos.deals.Get(ctx, postgres.DealID(n)))
		see(repos.deals.OfContact(ctx, postgres.ContactID(n)))
		see(repos.products.Get(ctx, postgres.ProductID(n)))
	}
	see(repos.contacts.GetMany(ctx, contactIDs(0, 20)))
	see(repos.contacts.Get(ctx, "nobody"))
	see(repos.deals.Pipeline(ctx, postgres.OwnerID(0)))
	see(repos.products.InCategory(ctx, postgres.Category(0), 1))
	return list
}
