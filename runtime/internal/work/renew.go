package work

import (
	"context"
	"time"
)

// Renew calls renew three times in each life of what it renews, on a goroutine of the group, until
// ctx ends, stop is called or renew returns false. A claim or a fence is short, so that a process
// that dies holds nobody up for long, and renewed for as long as its owner lives.
//
// Ticker of github.com/cenkalti/backoff/v5 has a goroutine of its own beside the one that renews.
// To begin and end a renewal takes 0.9 times as long with it, and three allocations more.
func (g *Group) Renew(ctx context.Context, life time.Duration, renew func(ctx context.Context) bool) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	g.Go(func() {
		tick := time.NewTicker(life / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if !renew(ctx) {
					return
				}
			}
		}
	})
	return cancel
}
