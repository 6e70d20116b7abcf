package work

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// size is how many goroutines the group has.
func (g *Group) size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n
}

// Jobs that come one by one run on one goroutine.
func TestWorkersAreUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		closing := make(chan struct{})
		w := NewWorkers(&g, closing)
		ran := 0
		for range 100 {
			w.Go(func() { ran++ })
			synctest.Wait()
		}
		require.Equal(t, 100, ran)
		require.Equal(t, 1, g.size())
		close(closing)
		require.NoError(t, g.Wait(context.Background()))
	})
}

// No job waits for another, however many there are; few of the goroutines stay.
func TestJobsDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		closing := make(chan struct{})
		w := NewWorkers(&g, closing)
		const jobs = 10 * maxIdle
		var running atomic.Int32
		release := make(chan struct{})
		for range jobs {
			w.Go(func() {
				running.Add(1)
				<-release
			})
		}
		synctest.Wait()
		require.EqualValues(t, jobs, running.Load())
		close(release)
		synctest.Wait()
		require.Equal(t, maxIdle, g.size())

		done := 0
		w.Go(func() { done++ })
		synctest.Wait()
		require.Equal(t, 1, done)
		require.Equal(t, maxIdle, g.size(), "a goroutine was started while others were idle")
		close(closing)
		require.NoError(t, g.Wait(context.Background()))
	})
}

// After closing, idle goroutines leave at once and busy ones with the end of their job; jobs still
// run, and leave nothing.
func TestWorkersLeaveWhenClosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		closing := make(chan struct{})
		w := NewWorkers(&g, closing)
		w.Go(func() {})
		w.Go(func() { time.Sleep(time.Second) })
		synctest.Wait()
		require.Equal(t, 2, g.size())
		close(closing)
		synctest.Wait()
		require.Equal(t, 1, g.size(), "an idle goroutine stays")
		require.NoError(t, g.Wait(context.Background()))

		ran := false
		w.Go(func() { ran = true })
		require.NoError(t, g.Wait(context.Background()))
		require.True(t, ran)
	})
}
