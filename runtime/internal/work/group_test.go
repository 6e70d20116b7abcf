package work

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEmptyGroupIsNotWaitedFor(t *testing.T) {
	var g Group
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.NoError(t, g.Wait(ctx), "an empty group needs no time")
}

func TestWaitReturnsWithTheLastGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		for n := range 3 {
			g.Go(func() { time.Sleep(time.Duration(n) * time.Second) })
		}
		started := time.Now()
		require.NoError(t, g.Wait(context.Background()))
		require.Equal(t, 2*time.Second, time.Since(started))
	})
}

// A wait ends with its context; the group can be waited for again.
func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		g.Go(func() { time.Sleep(time.Minute) })
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		require.ErrorIs(t, g.Wait(ctx), context.DeadlineExceeded)
		require.NoError(t, g.Wait(context.Background()))
	})
}

// The group may grow while somebody waits for it, who then waits for the newcomer too.
func TestGroupGrowsWhileItIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		g.Go(func() {
			time.Sleep(time.Second)
			g.Go(func() { time.Sleep(time.Second) })
		})
		started := time.Now()
		require.NoError(t, g.Wait(context.Background()))
		require.Equal(t, 2*time.Second, time.Since(started))

		g.Go(func() { time.Sleep(time.Second) })
		require.NoError(t, g.Wait(context.Background()))
		require.Equal(t, 3*time.Second, time.Since(started), "a group that was empty is not waited for again")
	})
}

func TestAllWhoWaitAreWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g, waiters Group
		g.Go(func() { time.Sleep(time.Second) })
		for range 3 {
			waiters.Go(func() {
				if err := g.Wait(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, waiters.Wait(ctx))
	})
}

// A goroutine that ends in runtime.Goexit leaves the group too.
func TestGoroutineThatExitsLeavesTheGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		g.Go(runtime.Goexit)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, g.Wait(ctx))
	})
}
