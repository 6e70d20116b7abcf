package runtime_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// traffic is three caches in use, each by two clients who read and write, and whose calls are
// remembered, and by one who only reads: no read fails, whatever happens to the servers meanwhile.
type traffic struct {
	part    part
	over    atomic.Bool
	players []*registers
	finish  []func() []call
	readers sync.WaitGroup
	reads   atomic.Int64
}

// startTraffic starts it, with clients like the script.
func startTraffic(t *testing.T, connect func() backend, p part, like script) *traffic {
	tr := &traffic{part: p}
	t.Cleanup(func() { tr.over.Store(true) })
	on := func() bool { return !tr.over.Load() }
	seed, db := seed(t), newTable()
	for i := range 3 {
		cache := connect().newCache(t, func(o *runtime.Options) { o.StrictInvalidation, o.Staleness = true, p.Staleness }, prompt)
		tr.players = append(tr.players, newRegisters(i, db, cache, p.Strong, &chaos{seed: mix(seed + uint64(i)), most: p.Pause}))
	}
	like.Seed, like.Group, like.on = seed, "h", on
	for i, r := range tr.players {
		var scripts []script
		for n := range 2 {
			like.Client = 2*i + n + 1
			scripts = append(scripts, like)
		}
		tr.finish = append(tr.finish, r.start(scripts))
		tr.readers.Go(func() {
			for ; on(); tr.reads.Add(1) {
				if _, err := r.read(register{"tenant0", "h", "0"}); err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("a read returned an error: %v", err)
				}
				time.Sleep(2 * time.Millisecond) // leave the processor to others
			}
		})
	}
	return tr
}

// end ends it, and returns the calls.
func (tr *traffic) end() (history []call) {
	tr.over.Store(true)
	for _, f := range tr.finish {
		history = append(history, f()...)
	}
	tr.readers.Wait()
	return history
}

// check holds a history to the promise. All invalidations have been accepted, and the caches work.
func (tr *traffic) check(t *testing.T, history []call) {
	bound := time.Duration(0)
	if !tr.part.Strong {
		bound = tr.part.Staleness
	}
	require.NoError(t, promise{Bound: bound}.verdict(history))
	for _, r := range tr.players {
		require.Eventually(t, func() bool { return r.cache.Stats().Pending == 0 }, 5*time.Second, time.Millisecond)
	}
	stays(t, func() (int64, error) {
		before := tr.players[0].cache.Stats().Loads
		_, err := tr.players[0].read(register{"tenant0", "h", "0"})
		return int64(tr.players[0].cache.Stats().Loads - before), err
	})
}

// stays waits until reads load nothing any more.
func stays(t testing.TB, read func() (loads int64, err error)) {
	t.Helper()
	require.Eventually(t, func() bool {
		loads, err := read()
		require.NoError(t, err)
		return loads == 0
	}, 15*time.Second, 5*time.Millisecond, "the cache does not work afterwards")
}

// inUse is traffic while something happens to the servers, and holds what comes before and after
// that to the promise. What is acknowledged while it is prepared has to be seen afterwards. What
// happens is over when it returns; from then on a second is left for every process to ask the
// server that there is now.
func inUse(t *testing.T, strong bool, connect func() backend, tenants int, prepare, happen func()) *traffic {
	tr := startTraffic(t, connect, part{Strong: strong, Pause: time.Millisecond, Staleness: 300 * time.Millisecond},
		script{Tenants: tenants, IDs: 3, Pause: 3 * time.Millisecond})
	time.Sleep(500 * time.Millisecond) // some history before it
	prepare()
	from := monotonic()
	happen()
	to := monotonic() + int64(time.Second)
	time.Sleep(3 * time.Second) // and some after it
	var history []call
	after := 0
	for _, c := range tr.end() {
		switch during := c.End > from && c.Start < to; {
		case !during:
			if c.Start >= to {
				after++
			}
		case c.Kind == callRead:
			continue
		default:
			c.Failed, c.Proc = true, -1 // it may or may not have been lost
		}
		history = append(history, c)
	}
	t.Logf("%d calls, %d of them afterwards; it took %v", len(history), after, time.Duration(to-from)-time.Second)
	require.Greater(t, after, 50)
	tr.check(t, history)
	return tr
}
