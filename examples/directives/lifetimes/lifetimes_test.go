package lifetimes_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen/cachegen/examples/directives/lifetimes"
	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/runtime"
)

// market is a RateRepository of which every answer is new.
type market struct{ lifetimes.RateRepository }

func (market) Rate(_ context.Context, currency string) (lifetimes.Rate, error) {
	return lifetimes.Rate{Currency: currency, At: time.Now()}, nil
}

func (market) Quote(_ context.Context, currency string) (lifetimes.Rate, error) {
	return lifetimes.Rate{Currency: currency, At: time.Now()}, nil
}

func (market) Currencies(context.Context) ([]string, error) { return []string{"CHF", "EUR"}, nil }

func (market) Rounding(context.Context, string) (*lifetimes.Rounding, error) {
	return &lifetimes.Rounding{Round: func(micros int64) int64 { return micros / 10_000 * 10_000 }}, nil
}

func TestRoundingLivesInTheProcess(t *testing.T) {
	cache := cachetest.New(t, runtime.Options{})
	rates := lifetimes.NewCachedRateRepository(market{}, cache)
	ctx := runtime.WithTenant(t.Context(), "acme")
	for range 3 {
		if r, err := rates.Rounding(ctx, "CHF"); err != nil || r.Round(1_234_567) != 1_230_000 {
			t.Error(err)
		}
	}
	cachetest.WantLoads(t, cache, "RateRepository.Rounding", 1)
}

func TestAnswersExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := cachetest.New(t, runtime.Options{})
		rates := lifetimes.NewCachedRateRepository(market{}, cache)
		ctx := runtime.WithTenant(t.Context(), "acme")
		read := func() {
			t.Helper()
			if _, err := rates.Rate(ctx, "CHF"); err != nil {
				t.Error(err)
			}
			if _, err := rates.Quote(ctx, "CHF"); err != nil {
				t.Error(err)
			}
		}
		read()
		time.Sleep(lifetimes.QuoteTTL - time.Second)
		read()
		cachetest.WantLoads(t, cache, "RateRepository.Quote", 1)
		time.Sleep(2 * time.Second)
		read()
		cachetest.WantLoads(t, cache, "RateRepository.Quote", 2)
		cachetest.WantLoads(t, cache, "RateRepository.Rate", 1)
		time.Sleep(10 * time.Minute)
		read()
		cachetest.WantLoads(t, cache, "RateRepository.Rate", 2)
	})
}

func TestShareHandsOutOneValue(t *testing.T) {
	cache := cachetest.New(t, runtime.Options{})
	rates := lifetimes.NewCachedRateRepository(market{}, cache)
	ctx := runtime.WithTenant(t.Context(), "acme")
	if _, err := rates.Currencies(ctx); err != nil {
		t.Fatal(err)
	}
	first, err := rates.Currencies(ctx)
	if err != nil {
		t.Fatal(err)
	}
	second, err := rates.Currencies(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if &first[0] != &second[0] {
		t.Error("two callers have got two copies")
	}
}
