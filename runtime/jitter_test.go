package runtime_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// Entries live for as long as their ttl, or less by up to the jitter, all over that range; puts and
// remembered errors too.
func TestJitterSpreadsExpiry(t *testing.T) {
	const ttl, entries = 100 * time.Minute, 200
	_, b := startRedis(t)
	s := newStore()
	repo := decorate(s, b.newCache(t), func(o *runtime.ReadOptions) { o.TTL, o.NotFound, o.Jitter = ttl, ttl, 20 })
	lives := func() (shortest, longest, sum time.Duration) {
		shortest = 2 * ttl
		keys, err := b.admin().Keys(context.Background(), "test:acme:contact:*").Result()
		require.NoError(t, err)
		require.Len(t, keys, entries)
		for _, key := range keys {
			life := b.admin().PTTL(context.Background(), key).Val()
			shortest, longest, sum = min(shortest, life), max(longest, life), sum+life
		}
		return shortest, longest, sum
	}
	for _, kind := range []string{"missing", "put", "loaded"} {
		for n := range entries {
			switch c := (contact{ID: fmt.Sprint(n), Name: "x"}); kind {
			case "missing":
				_, err := repo.Get(acme(), c.ID)
				require.ErrorIs(t, err, errNotFound)
			case "put":
				repo.PutContact(acme(), c, true)
			default:
				require.NoError(t, repo.Update(acme(), c))
				get(t, repo, c.ID)
			}
		}
		shortest, longest, sum := lives()
		// Of 200 evenly spread over 20 minutes, none is in a given tenth of them once in 10^9 runs;
		// their mean is off by 2 minutes once in 10^6.
		require.GreaterOrEqual(t, shortest, 80*time.Minute-time.Minute, kind)
		require.LessOrEqual(t, shortest, 82*time.Minute, kind)
		require.LessOrEqual(t, longest, ttl, kind)
		require.GreaterOrEqual(t, longest, 98*time.Minute-time.Minute, kind)
		require.InDelta(t, (90 * time.Minute).Seconds(), (sum / entries).Seconds(), 120, kind)
	}
}

// So do the items of a batch, each by itself, though one load brought them all.
func TestJitterSpreadsExpiryOfABatch(t *testing.T) {
	const ttl = 100 * time.Minute
	_, b := startRedis(t)
	ids := make([]string, 200)
	for n := range ids {
		ids[n] = fmt.Sprint(n)
	}
	r := decorateMany(rows(ids[:100]...), b.newCache(t), func(o *runtime.ReadOptions) { o.TTL, o.NotFound, o.Jitter = ttl, ttl, 20 })
	names(t, r, ids...)
	require.Len(t, r.called(), 1)
	for _, kind := range [][]string{ids[:100], ids[100:]} {
		shortest, longest := 2*ttl, time.Duration(0)
		for _, id := range kind {
			life := b.admin().PTTL(context.Background(), "test:acme:contact:"+id+":v00c0ffee").Val()
			shortest, longest = min(shortest, life), max(longest, life)
		}
		// Of 100 evenly spread over 20 minutes, none is in a given fifth of them once in 10^9 runs.
		require.GreaterOrEqual(t, shortest, 80*time.Minute-time.Minute)
		require.LessOrEqual(t, shortest, 84*time.Minute)
		require.LessOrEqual(t, longest, ttl)
		require.GreaterOrEqual(t, longest, 96*time.Minute-time.Minute)
	}
}

// Without Redis it is the copy in the process that expires.
func TestJitterOfCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		repo := decorate(s, backend{name: "embedded"}.newCache(t), func(o *runtime.ReadOptions) { o.TTL, o.Jitter = 2*time.Second, 99 })
		for n := range 100 {
			s.set(contact{ID: fmt.Sprint(n)})
			get(t, repo, fmt.Sprint(n))
		}
		before := s.loads.Load()
		time.Sleep(time.Second)
		for n := range 100 {
			get(t, repo, fmt.Sprint(n))
		}
		expired := s.loads.Load() - before
		require.Greater(t, expired, int64(10), "half of them should have expired halfway")
		require.Less(t, expired, int64(90), "half of them should have expired halfway")
	})
}

// With lock=off a process does not wait for the load of another, and does not store what it loads
// beside it.
func TestLockOff(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "old"})
		off := func(o *runtime.ReadOptions) { o.NoLock = true }
		slow, fast := decorate(s, b.newCache(t), off), decorate(s, b.newCache(t), off)
		read, goOn := make(chan struct{}), make(chan struct{})
		s.setHook(func(context.Context, string) { close(read); <-goOn })
		done := make(chan struct{})
		go func() { _, _ = slow.Get(acme(), "42"); close(done) }()
		<-read
		s.setHook(nil)
		for range 2 {
			before := s.loads.Load()
			started := time.Now()
			require.Equal(t, "old", get(t, fast, "42").Name)
			require.Less(t, time.Since(started), time.Second, "it waited")
			require.Equal(t, before+1, s.loads.Load(), "it stored what it loaded without a claim")
		}
		close(goOn)
		<-done
		before := s.loads.Load()
		get(t, fast, "42")
		require.Equal(t, before, s.loads.Load(), "the load that had the claim was not stored")
	})
}
