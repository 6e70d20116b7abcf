package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// open returns a breaker that has just been opened, at a time of clock.
func open(now time.Duration) *Breaker {
	b := new(Breaker)
	for range breakerFailures {
		b.failed(now)
	}
	return b
}

// After three waits in vain in a row nobody tries. The one that opens the breaker says so, for a
// probe.
func TestBreakerOpensAfterSomeFailures(t *testing.T) {
	var b Breaker
	for range 3 {
		for range breakerFailures - 1 {
			require.False(t, b.failed(time.Hour))
			require.True(t, b.Allow(), "open after fewer failures in a row than it takes")
		}
		b.Answer(time.Minute, 0)
	}
	require.False(t, b.failed(time.Hour))
	require.False(t, b.failed(time.Hour))
	require.True(t, b.failed(time.Hour), "nobody is told that it is open")
	require.False(t, b.Allow())
	require.False(t, b.failed(time.Hour), "it has been open already")
	b.Answer(2*time.Hour, 0)
	require.True(t, b.Allow(), "one answer closes it")
}

// A wait in vain says nothing of a server that has answered others meanwhile.
func TestBreakerIgnoresWaitsWhileOthersAreAnswered(t *testing.T) {
	var b Breaker
	b.Answer(time.Minute, time.Millisecond)
	for range 10 {
		require.False(t, b.failed(time.Minute-time.Second))
	}
	require.True(t, b.Allow())
	for range breakerFailures {
		b.failed(time.Minute + 1)
	}
	require.False(t, b.Allow())
}

// While the breaker is open, a probe is due once in each pause.
func TestProbesHaveAPause(t *testing.T) {
	b := open(time.Hour)
	b.probed.Store(int64(time.Hour))
	require.False(t, b.due(time.Hour+breakerPause-1))
	require.True(t, b.due(time.Hour+breakerPause))
	require.True(t, new(Breaker).due(clock()), "the first must not wait")
}

// A caller that gives up soon says nothing of a server whose answers take longer than it waited.
func TestBreakerGoesByFairWaits(t *testing.T) {
	var b Breaker
	require.False(t, b.fair(leastFair-1))
	require.True(t, b.fair(leastFair))
	b.Answer(1, 100*time.Millisecond)
	require.False(t, b.fair(150*time.Millisecond), "an answer has taken two thirds of that")
	require.True(t, b.fair(200*time.Millisecond))
	for range 500 {
		b.Answer(1, time.Millisecond)
	}
	require.True(t, b.fair(leastFair), "one slow answer is not forgotten")
}
