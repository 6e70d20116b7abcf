package redistest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestClock(t *testing.T) {
	s, clock := StartWithClock(t)
	c, ctx := s.Admin(), context.Background()
	ahead := func() time.Duration {
		at, err := c.Time(ctx).Result()
		require.NoError(t, err)
		return time.Until(at)
	}
	require.InDelta(t, 0, ahead(), float64(time.Second))
	require.NoError(t, c.Set(ctx, "key", "value", 10*time.Second).Err())
	clock.Set(-time.Minute)
	require.InDelta(t, -time.Minute, ahead(), float64(time.Second))
	require.InDelta(t, 70*time.Second, c.PTTL(ctx, "key").Val(), float64(time.Second))
	clock.Set(time.Minute)
	require.InDelta(t, time.Minute, ahead(), float64(time.Second))
	require.Equal(t, int64(0), c.Exists(ctx, "key").Val(), "its time is over")
}
