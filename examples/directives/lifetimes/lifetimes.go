// Package lifetimes says how long answers are kept, and where.
package lifetimes

import (
	"context"
	"time"
)

//go:generate go tool cachegen

// Rate is what one unit of a currency costs.
type Rate struct {
	Currency string
	Micros   int64
	At       time.Time
}

// Rounding is how amounts of a currency are rounded.
type Rounding struct{ Round func(micros int64) int64 }

// QuoteTTL is how long a quote holds.
const QuoteTTL = 90 * time.Second

// RateRepository reads exchange rates.
//
//cache:ttl=10m ttlonly
type RateRepository interface {
	// Rate is kept for the ttl of the type.
	//cache:prefix=rate
	Rate(ctx context.Context, currency string) (Rate, error)

	// Quote has a ttl of its own, a constant.
	//cache:ttl=QuoteTTL prefix=quote
	Quote(ctx context.Context, currency string) (Rate, error)

	// Rates are many and expire at different moments, between 54 and 60 minutes after their load.
	//cache:ttl=1h jitter=10% prefix=rates
	Rates(ctx context.Context, day string) ([]Rate, error)

	// Limit is read by one process now and by another next, so a copy here lives for 5 s only.
	//cache:ttl=1h local=5s prefix=limit
	Limit(ctx context.Context, currency string) (int64, error)

	// Balance must never be stale: every read asks Redis.
	//cache:strong prefix=balance
	Balance(ctx context.Context, account string) (int64, error)

	// Currencies are large, and nobody changes them: all callers share one value.
	//cache:share prefix=currencies
	Currencies(ctx context.Context) ([]string, error)

	// Headline loads fast, so no process waits for the load of another.
	//cache:lock=off prefix=headline
	Headline(ctx context.Context) (string, error)

	// Rounding holds a func, which has no encoding: it lives in each process alone.
	//cache:tiers=local share prefix=rounding
	Rounding(ctx context.Context, currency string) (*Rounding, error)
}
