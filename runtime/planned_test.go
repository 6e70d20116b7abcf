package runtime_test

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// Sentinels promote a replica because they are told to: the old primary is well, and goes on as one
// for those who have not heard. In some runs there were stale strong reads for as long as that, 52
// to 65 ms; writes wait for the others since (TestWritesWaitAfterAFailover). How long it takes is
// in nobody's hands, but within a second all have heard.
func TestPlannedFailover(t *testing.T) {
	t.Parallel()
	group := redistest.StartGroup(t, 3)
	old := group.Primary()
	s := newStore(contact{ID: "42", Name: "0"})
	newCache := func() *runtime.Cache {
		return backend{"sentinel", group.Client(t)}.newCache(t, func(o *runtime.Options) { o.StrictInvalidation = true }, prompt)
	}
	var acknowledged atomic.Int64
	var over atomic.Bool
	var reads, stale, refused, first, last atomic.Int64
	var playing sync.WaitGroup
	writer := decorate(s, newCache())
	playing.Go(func() {
		for n := int64(1); !over.Load(); n++ {
			if err := writer.UpdateAll(acme(), contact{ID: "42", Name: fmt.Sprint(n)}); err == nil {
				acknowledged.Store(n)
			} else {
				refused.Add(1)
			}
			time.Sleep(500 * time.Microsecond) // leave the processor to others
		}
	})
	for range 3 {
		reader := decorate(s, newCache())
		for range 2 {
			playing.Go(func() {
				for !over.Load() {
					least := acknowledged.Load()
					got, err := reader.Get(acme(), "42")
					if !assert.NoError(t, err) {
						return
					}
					reads.Add(1)
					if n, _ := strconv.ParseInt(got.Name, 10, 64); n < least {
						stale.Add(1)
						first.CompareAndSwap(0, monotonic())
						last.Store(monotonic())
					}
				}
			})
		}
	}
	time.Sleep(500 * time.Millisecond) // of use, before and after
	group.Failover()
	require.Eventually(t, func() bool { return group.Primary() != old }, 10*time.Second, time.Millisecond)
	time.Sleep(2 * time.Second)
	over.Store(true)
	playing.Wait()
	t.Logf("stale for %v", time.Duration(last.Load()-first.Load()))
	t.Logf("%d reads, %d stale, %d writes of %d not acknowledged", reads.Load(), stale.Load(), refused.Load(), acknowledged.Load())
	require.Less(t, time.Duration(last.Load()-first.Load()), time.Second)
}
