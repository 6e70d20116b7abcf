package work

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

const life = 3 * time.Second

// What is renewed is renewed once in each third of its life, until it is stopped.
func TestRenewsThreeTimesInALife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		started := time.Now()
		var at []time.Duration
		stop := g.Renew(context.Background(), life, func(context.Context) bool {
			at = append(at, time.Since(started))
			return true
		})
		time.Sleep(life + life/6)
		stop()
		require.NoError(t, g.Wait(context.Background()))
		require.Equal(t, []time.Duration{life / 3, 2 * life / 3, life}, at)
	})
}

func TestRenewalEndsWhenRenewSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		turns := 0
		stop := g.Renew(context.Background(), life, func(context.Context) bool {
			turns++
			return turns < 2
		})
		defer stop()
		require.NoError(t, g.Wait(context.Background()), "the goroutine of a lost claim stays")
		require.Equal(t, 2, turns)
	})
}

func TestRenewalEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		ctx, cancel := context.WithTimeout(context.Background(), life/2)
		defer cancel()
		turns := 0
		stop := g.Renew(ctx, life, func(context.Context) bool {
			turns++
			return true
		})
		defer stop()
		require.NoError(t, g.Wait(context.Background()))
		require.Equal(t, 1, turns)
	})
}

// To stop a renewal cuts short the round trip that it is in.
func TestStopEndsARenewalThatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g Group
		started := time.Now()
		stop := g.Renew(context.Background(), life, func(ctx context.Context) bool {
			<-ctx.Done()
			return true
		})
		time.Sleep(life / 2)
		stop()
		require.NoError(t, g.Wait(context.Background()))
		require.Equal(t, life/2, time.Since(started))
	})
}
