package hotpath

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/cachegen/cachegen/runtime"
)

type store struct{ loads int }

func (s *store) Price(ctx context.Context, sku string) (Price, error) {
	s.loads++
	return Price{Cents: 999, Currency: [3]byte{'E', 'U', 'R'}, Until: time.Unix(1<<31, 0)}, nil
}

func (s *store) Contact(ctx context.Context, id string) (*Contact, error) {
	s.loads++
	return &Contact{ID: id, Name: "Ada", Email: "ada@example.com"}, nil
}

func (s *store) Shared(ctx context.Context, id string, page int) (*Contact, error) {
	return s.Contact(ctx, id)
}

func (s *store) Contacts(ctx context.Context, city string) ([]*Contact, error) {
	ada, err := s.Contact(ctx, "ada")
	return []*Contact{ada, {ID: "bob"}}, err
}

func (s *store) Order(ctx context.Context, id string) (*Order, error) {
	customer, err := s.Contact(ctx, "ada")
	return &Order{ID: id, Items: []Item{{"a", 1}, {"b", 2}}, Customer: customer, Notes: map[string]string{"to": "door"}}, err
}

// shop is a cached shop in this process, a context for it, and what it is in front of.
func shop(t testing.TB) (context.Context, *CachedShop, *store) {
	return shopOf(t, runtime.Options{App: "shop"})
}

func shopOf(t testing.TB, o runtime.Options) (context.Context, *CachedShop, *store) {
	t.Helper()
	o.Seed = 1
	cache, err := runtime.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cache.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	inner := &store{}
	return runtime.WithTenant(context.Background(), "acme"), NewCachedShop(inner, cache), inner
}

// TestAllocations counts what a hit takes from the heap.
func TestAllocations(t *testing.T) {
	ctx, cached, inner := shop(t)
	for _, c := range []struct {
		name string
		hit  func() error
		want float64
	}{
		{"a value", func() error { _, err := cached.Price(ctx, "42"); return err }, 0},
		{"a pointer", func() error { _, err := cached.Contact(ctx, "ada"); return err }, 1},
		{"a shared pointer", func() error { _, err := cached.Shared(ctx, "ada", 7); return err }, 0},
		{"a slice of two", func() error { _, err := cached.Contacts(ctx, "Bremen"); return err }, 3},
		{"a tree", func() error { _, err := cached.Order(ctx, "1"); return err }, 5},
	} {
		if err := c.hit(); err != nil {
			t.Fatal(err)
		}
		inner.loads = 0
		got := testing.AllocsPerRun(1000, func() {
			if err := c.hit(); err != nil {
				t.Error(err)
			}
		})
		if got != c.want {
			t.Errorf("a hit of %s takes %v allocations, want %v", c.name, got, c.want)
		}
		if inner.loads != 0 {
			t.Errorf("%s: %d loads, want hits", c.name, inner.loads)
		}
	}
}

// bare is the cache that is below all of this, asked by a string.
func bare(t testing.TB) (lookup func()) { return bareOf(t, 0) }

// bareOf is the same among others, of which it has no room for all.
func bareOf(t testing.TB, others int) (lookup func()) {
	t.Helper()
	c := otter.Must(&otter.Options[string, *Contact]{MaximumSize: 100, Executor: func(f func()) { f() }})
	const key = "shop:acme:contact:ada"
	c.Set(key, &Contact{ID: "ada"})
	for n := range others {
		c.GetIfPresent(key)
		c.Set(key+strconv.Itoa(n), &Contact{})
	}
	return func() {
		if _, ok := c.GetIfPresent(key); !ok {
			t.Fatal("miss")
		}
	}
}

// measure times hits, and bare look-ups in turn with them: the metric x-otter says how many of
// these a hit takes.
func measure(b *testing.B, hit func()) { measureBeside(b, bare(b), hit) }

func measureBeside(b *testing.B, lookup, hit func()) {
	hit()
	const turn = 1000
	var below time.Duration
	var looked, n int
	b.ReportAllocs()
	for b.Loop() {
		if n++; n%turn == 0 {
			b.StopTimer()
			started := time.Now()
			for range turn {
				lookup()
			}
			below += time.Since(started)
			looked += turn
			b.StartTimer()
		}
		hit()
	}
	if looked > 0 {
		b.ReportMetric(float64(b.Elapsed())/float64(n)/(float64(below)/float64(looked)), "x-otter")
	}
}

func BenchmarkLocalHitValue(b *testing.B) {
	ctx, cached, _ := shop(b)
	measure(b, func() {
		if _, err := cached.Price(ctx, "42"); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkLocalHitOfMany is of a cache whose room is in use, where the cache below has to note
// what is read.
func BenchmarkLocalHitOfMany(b *testing.B) {
	ctx, cached, _ := shopOf(b, runtime.Options{App: "shop", MaxBytes: 64 << 10})
	hit := func() {
		if _, err := cached.Price(ctx, "42"); err != nil {
			b.Fatal(err)
		}
	}
	for n := range 10_000 {
		hit()
		if _, err := cached.Price(ctx, strconv.Itoa(1000+n)); err != nil {
			b.Fatal(err)
		}
	}
	measureBeside(b, bareOf(b, 10_000), hit)
}

// BenchmarkLocalHitSideBySide is of goroutines that read the same.
func BenchmarkLocalHitSideBySide(b *testing.B) {
	ctx, cached, _ := shop(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := cached.Price(ctx, "42"); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkLocalHitPointer(b *testing.B) {
	ctx, cached, _ := shop(b)
	measure(b, func() {
		if _, err := cached.Contact(ctx, "ada"); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkOtter(b *testing.B) {
	measure(b, bare(b))
}
