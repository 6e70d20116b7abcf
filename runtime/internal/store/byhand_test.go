package store

import (
	"context"
	"testing"
	"time"
)

// What a budget and a breaker add to a round trip, which needs a context with a deadline anyway.
func BenchmarkByHandBudget(b *testing.B) {
	const wait = 250 * time.Millisecond
	trip := func(context.Context) (int, error) { return 1, nil }
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		s := &Store{direct: true}
		for b.Loop() {
			if _, err := roundTrip(context.Background(), s, &s.breaker, NewBudget(context.Background(), wait), trip); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("context", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ctx, cancel := context.WithTimeout(context.Background(), wait)
			if _, err := trip(ctx); err != nil {
				b.Fatal(err)
			}
			cancel()
		}
	})
}
