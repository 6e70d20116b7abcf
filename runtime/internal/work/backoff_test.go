package work

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Each pause is a half to one and a half times what it has grown to, and none is longer than one
// and a half times the limit.
func TestBackoffGrowsToItsLimit(t *testing.T) {
	for _, c := range []struct {
		percent int
		grown   []time.Duration
	}{
		{200, []time.Duration{40, 80, 160, 300, 300}},
		{150, []time.Duration{40, 60, 90, 135, 202, 300, 300}},
	} {
		shortest, longest := make([]time.Duration, len(c.grown)), make([]time.Duration, len(c.grown))
		for range 2000 {
			b := NewBackoff(40*time.Millisecond, 300*time.Millisecond, c.percent)
			for i, grown := range c.grown {
				grown *= time.Millisecond
				pause := b.Next()
				require.GreaterOrEqual(t, pause, grown/2)
				require.LessOrEqual(t, pause, (grown+time.Millisecond)*3/2)
				if shortest[i] == 0 || pause < shortest[i] {
					shortest[i] = pause
				}
				longest[i] = max(longest[i], pause)
			}
		}
		for i, grown := range c.grown {
			grown *= time.Millisecond
			require.Less(t, shortest[i], grown*6/10, "pause %d is not spread", i)
			require.Greater(t, longest[i], grown*14/10, "pause %d is not spread", i)
		}
	}
}
