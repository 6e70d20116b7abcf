package store

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// After three failures in a row nobody tries, but for one in each pause.
func TestBreakerLetsOneTryInEachPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b Breaker
		for range breakerFailures {
			require.True(t, b.Allow())
			b.Report(false)
		}
		require.False(t, b.Allow(), "it has only just failed")
		for range 3 {
			time.Sleep(breakerPause - time.Nanosecond)
			require.False(t, b.Allow(), "the pause is not over")
			time.Sleep(time.Nanosecond)
			require.True(t, b.Allow(), "nobody tries after the pause")
			require.False(t, b.Allow(), "two try in one pause")
			b.Report(false)
		}
	})
}

// One answer closes the breaker, and failures are counted anew.
func TestBreakerClosesWithOneAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b Breaker
		for range breakerFailures {
			b.Report(false)
		}
		time.Sleep(breakerPause)
		require.True(t, b.Allow())
		b.Report(true)
		require.True(t, b.Allow())
		for range breakerFailures - 1 {
			b.Report(false)
			require.True(t, b.Allow(), "open after fewer failures in a row than it takes")
		}
		b.Report(false)
		require.False(t, b.Allow())
	})
}

// A try that is never reported, because its caller gave up, does not keep the next from trying.
func TestBreakerOutlivesATryThatIsNotReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b Breaker
		for range breakerFailures {
			b.Report(false)
		}
		time.Sleep(breakerPause)
		require.True(t, b.Allow())
		time.Sleep(breakerPause)
		require.True(t, b.Allow())
	})
}

// A caller that gives up soon says nothing of a server whose answers take longer than it waited.
func TestBreakerGoesByFairWaits(t *testing.T) {
	var b Breaker
	require.False(t, b.fair(leastFair-1))
	require.True(t, b.fair(leastFair))
	b.took(100 * time.Millisecond)
	require.False(t, b.fair(150*time.Millisecond), "an answer has taken two thirds of that")
	require.True(t, b.fair(200*time.Millisecond))
	for range 500 {
		b.took(time.Millisecond)
	}
	require.True(t, b.fair(leastFair), "one slow answer is not forgotten")
}
