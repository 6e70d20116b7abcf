package guard

import (
	"context"
	"math"
	"runtime"
	"testing"

	"github.com/cachegen/cachegen/runtime/benchmarks/service/postgres"
)

// allocations are how many a call makes, the mean of so many calls in a row. Whatever else happens
// in the process only adds to what is counted: a lease is renewed, a map grows, the collector
// empties a pool. So of many means the least is right.
func allocations(inRow int, call func()) float64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	least := math.Inf(1)
	for range calls / inRow {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range inRow {
			call()
		}
		runtime.ReadMemStats(&after)
		least = min(least, float64(after.Mallocs-before.Mallocs)/float64(inRow))
	}
	return least
}

const calls = 600

// want are the allocations of each kind of call. A number that went down is changed here, so that
// it does not come up again.
type want map[string]float64

// slack is by how much a miss may differ. It is a mean, because a part of what a miss starts in the
// background ends after it. With Redis a goroutine more or less has to wait, as they are scheduled.
// A hit is exact.
const slack, slackRedis = 0.5, 5

// TestAllocations counts those of a cache in this process.
func TestAllocations(t *testing.T) {
	testAllocations(t, newShop(t, nil), slack, want{
		"hit of a value":         0,
		"hit of a pointer":       5, // the contact, its phone, its labels, and two of its map
		"hit of a shared value":  0,
		"batch of 100 copies":    517, // 5 for each item, the map, and what makes the items its own
		"miss and fill":          39,
		"miss and fill of value": 35,
	})
}

// TestAllocationsRedis counts those of a cache with Redis, the client's included.
func TestAllocationsRedis(t *testing.T) {
	testAllocations(t, newShop(t, startRedis(t)), slackRedis, want{
		"hit of a value":         0,
		"hit of a pointer":       5,
		"hit of a shared value":  0,
		"batch of 100 copies":    517,
		"hit in Redis":           63,
		"batch of 100 in Redis":  1180,
		"miss and fill":          194,
		"miss and fill of value": 190,
	})
}

func testAllocations(t *testing.T, s *shop, slack float64, want want) {
	if raceEnabled {
		t.Skip("the race detector allocates, too")
	}
	ctx, ids, misses := s.ctx, contactIDs(), 0
	fresh := make([]string, 1000) // each is asked for once
	for i := range fresh {
		fresh[i] = postgres.ContactID(1000 + i)
	}
	miss := func() string { misses++; return fresh[misses-1] }
	for _, c := range []struct {
		name  string
		from  source
		miss  bool
		reads int
		call  func(context.Context) error
	}{
		{"hit of a value", localHit, false, 1, func(ctx context.Context) error { _, err := s.Price(ctx, "42"); return err }},
		{"hit of a pointer", localHit, false, 1, func(ctx context.Context) error { _, err := s.Contact(ctx, "42"); return err }},
		{"hit of a shared value", localHit, false, 1, func(ctx context.Context) error { _, err := s.Shared(ctx, "42"); return err }},
		{"batch of 100 copies", localHit, false, 100, func(ctx context.Context) error { _, err := s.Contacts(ctx, ids); return err }},
		{"hit in Redis", redisHit, false, 1, func(ctx context.Context) error { _, err := s.Remote(ctx, "42"); return err }},
		{"batch of 100 in Redis", redisHit, false, 100, func(ctx context.Context) error { _, err := s.RemoteMany(ctx, ids); return err }},
		{"miss and fill", load, true, 1, func(ctx context.Context) error { _, err := s.Contact(ctx, miss()); return err }},
		{"miss and fill of value", load, true, 1, func(ctx context.Context) error { _, err := s.Price(ctx, miss()); return err }},
	} {
		want, ok := want[c.name]
		if !ok {
			continue
		}
		misses = 0 // the reads of a contact and of a price have entries of their own
		call := func() {
			if err := c.call(ctx); err != nil {
				t.Fatal(err)
			}
		}
		inRow, slack := 20, slack
		if !c.miss {
			inRow, slack = 1, 0
			s.warm(t, c.from, c.reads, call)
		}
		before := c.from(s.cache.Stats().Counts)
		got := allocations(inRow, call)
		if from := c.from(s.cache.Stats().Counts) - before; from != uint64(calls*c.reads) {
			t.Errorf("%s: %d of %d reads were that", c.name, from, calls*c.reads)
		}
		t.Logf("%s: %v allocations", c.name, got)
		if math.Abs(got-want) > slack {
			t.Errorf("%s: %v allocations, want %v", c.name, got, want)
		}
	}
}
