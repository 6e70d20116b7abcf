package runtime_test

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

var (
	hugeFlag     = flag.Int("huge", 32, "how many MiB the value of TestHugeValueIsStoredOffThePath has")
	hugeWaitFlag = flag.Duration("huge-wait", 10*time.Second, "how long its reads of other keys wait for Redis")
)

// A value takes longer to be stored than a read may wait for Redis. Its caller does not wait for
// that, the value is stored, and the reads of other keys notice nothing: the breaker stays closed.
//
// That holds for 200 MiB and the default Options.RedisTimeout as well: -huge=200 -huge-wait=250ms.
func TestHugeValueIsStoredOffThePath(t *testing.T) {
	const (
		mark   = "hugevalue"             // which shows a fill to the proxy
		stored = 2200 * time.Millisecond // longer than a round trip of a small value may take
	)
	wait := *hugeWaitFlag
	size := *hugeFlag << 20
	server, near := startRedis(t)
	p := newProxy(t, server.Addr)
	// The client would give up by itself, and begin again.
	through := redis.NewClient(&redis.Options{Addr: p.addr(), WriteTimeout: time.Minute, ReadTimeout: time.Minute})
	t.Cleanup(func() { _ = through.Close() })
	c := backend{"redis", through}.newCache(t, patience(wait))
	huge := contact{ID: "huge", Name: strings.Repeat(mark, size/len(mark))}
	s := newStore(huge)
	repo := decorate(s, c)
	var loaded time.Time
	s.setHook(func(_ context.Context, id string) {
		if id == huge.ID {
			loaded = time.Now()
		}
	})

	var small, reads atomic.Int64
	stop := make(chan struct{})
	var all sync.WaitGroup
	halt := sync.OnceFunc(func() { close(stop); all.Wait() })
	defer halt()
	for reader := range 8 {
		all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				id := fmt.Sprint("small", reader, "/", n/10) // one miss, nine hits
				if n%10 == 0 {
					s.set(contact{ID: id, Name: id})
					small.Add(1)
				}
				got, err := repo.Get(acme(), id)
				if err != nil || got.Name != id {
					t.Errorf("read of %s: %v, %v", id, got, err)
					return
				}
				reads.Add(1)
			}
		})
	}
	require.Eventually(t, func() bool { return reads.Load() > 100 }, 10*time.Second, time.Millisecond)

	p.stall(mark)
	got := get(t, repo, huge.ID)
	answered := time.Since(loaded)
	require.Less(t, answered, stored, "the caller waits for its fill")
	require.Equal(t, len(huge.Name), len(got.Name))
	require.Eventually(t, p.stalls, 10*time.Second, time.Millisecond, "nothing is stored")
	before := reads.Load()
	time.Sleep(stored) // the fill is under way for that long
	require.Greater(t, reads.Load(), before, "others wait for the fill")
	p.open()
	opened := time.Now()
	length := func() int64 {
		n, err := near.admin().StrLen(context.Background(), "test:acme:contact:huge:v00c0ffee").Result()
		require.NoError(t, err)
		return n
	}
	require.Eventually(t, func() bool { return length() >= int64(len(huge.Name)) }, 30*time.Second, 5*time.Millisecond, "the load was in vain")
	took := time.Since(opened)
	halt()

	other := near.newCache(t, patience(10*time.Second)) // to get it takes as long as it takes
	began := time.Now()
	require.True(t, huge.Name == get(t, decorate(s, other), huge.ID).Name)
	twice := s.loads.Load() - small.Load() - 1
	t.Logf("%d MiB: answered %v after the load, stored in %v, read by another in %v; %d reads of %d small values meanwhile, %d loaded twice, %d past the cache",
		*hugeFlag, answered, took, time.Since(began), reads.Load(), small.Load(), twice, c.Stats().Bypassed)
	closeCache(t, c)
	require.EqualValues(t, 1, other.Stats().RedisHits)
	for _, stats := range []runtime.Stats{c.Stats(), other.Stats()} {
		require.Zero(t, stats.Bypassed, "the breaker is open")
	}
	if wait >= time.Second { // a busy machine makes eight readers wait for 250 ms once
		require.Zero(t, twice)
		require.Zero(t, c.Stats().FillsRefused)
	}
}
