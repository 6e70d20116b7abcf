package runtime_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A process whose server is a millisecond away never sees the counter of a busy shard where it has
// applied it: something has always happened since. It has its lease all the same, because it has
// heard of all that the counter stood for.
func TestBusyShardKeepsItsLease(t *testing.T) {
	leased, rate := busyShard(t, 500*time.Microsecond, 2*time.Second)
	t.Logf("%.1f %% of the time under a lease, with %.0f invalidations/s", 100*leased, rate)
	require.Greater(t, leased, 0.9, "invalidations of other entries, %.0f a second, cost the lease", rate)
}

// busyShard measures for how much of the time the copies of a shard may answer, in a process whose
// packets take a while, and while its shard is invalidated as often as the machine can.
func busyShard(t *testing.T, delay, long time.Duration) (leased, rate float64) {
	server, b := startRedis(t)
	p := newProxy(t, server.Addr)
	s := newStore(contact{ID: "42"})
	c := backend{"redis", client(t, p.addr())}.newCache(t)
	repo := decorate(s, c, local)
	warm(t, repo, c, "42")
	p.slow(delay)
	var n atomic.Int64
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for worker := range 16 {
		other := b.newCache(t)
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := other.Invalidate(acme(), fmt.Sprintf("other:%d:%d", worker, i%1000)); err != nil {
					t.Error(err)
					return
				}
				n.Add(1)
			}
		})
	}
	time.Sleep(1200 * time.Millisecond) // what was leased before is over
	began, before := time.Now(), n.Load()
	samples, held := 0, 0
	for time.Since(began) < long {
		samples++
		if c.Stats().Follower.Leased > 0 {
			held++
		}
		time.Sleep(time.Millisecond) // a sample is enough
	}
	rate = float64(n.Load()-before) / time.Since(began).Seconds()
	close(stop)
	wg.Wait()
	require.Zero(t, c.Stats().Follower.Gaps)
	return float64(held) / float64(samples), rate
}
