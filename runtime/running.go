package runtime

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// loadLimit bounds how many loads run at once: while Redis is cold or gone, every read is a query.
// Each load has an element in it while it runs.
//
// Weighted of golang.org/x/sync/semaphore would do, too; its holders are all of one weight here,
// for which a channel is enough.
type loadLimit chan struct{}

// running is a load on its way, and the context that it runs on.
//
// While a load waits for another read of the cache it leaves its room to others: perhaps to the
// very load that it waits for. So whoever has room gets on, and the limit stops nothing for good.
type running struct {
	context.Context
	limit  loadLimit
	list   []*item
	within *running // the load that this one is part of

	mu      sync.Mutex
	waiting int  // reads of the cache that it waits for
	room    bool // it has an element in limit
	over    bool
}

type runningKey struct{}

// Value is that of the context, and finds the load.
func (r *running) Value(key any) any {
	if key == (runningKey{}) {
		return r
	}
	return r.Context.Value(key)
}

// runningIn returns the load that a context belongs to, or nil.
func runningIn(ctx context.Context) *running {
	r, _ := ctx.Value(runningKey{}).(*running)
	return r
}

// loads reports that the load, or one that it is part of, is for the entry: to wait for that would
// be to wait for itself.
func (r *running) loads(key string) bool {
	for ; r != nil; r = r.within {
		if slices.ContainsFunc(r.list, func(it *item) bool { return it.Key == key }) {
			r.mu.Lock()
			over := r.over // and what it has started goes on
			r.mu.Unlock()
			if !over {
				return true
			}
		}
	}
	return false
}

// pause leaves the room of the load until resume is called, which waits for room again for as long
// as the context allows. Several reads may be waited for side by side.
func (r *running) pause(ctx context.Context) (resume func()) {
	if r == nil {
		return func() {}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting++
	r.leave()
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.waiting--; r.waiting > 0 || r.over {
			return
		}
		select {
		case r.limit <- struct{}{}:
			r.room = true
		case <-ctx.Done():
		}
	}
}

// leave gives up the room of the load, if it has any. The caller holds r.mu.
func (r *running) leave() {
	if r.room {
		r.room = false
		<-r.limit
	}
}

func (r *running) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	r.leave()
}

// room waits until a load of some items may begin.
func (c *call) room(ctx context.Context, list []*item) (*running, error) {
	limit := c.m.c.loads
	select {
	case limit <- struct{}{}:
	default:
		c.m.counts.queued.Add(uint64(len(list)))
		select {
		case limit <- struct{}{}:
		case <-ctx.Done():
			return nil, fmt.Errorf("cachegen: Options.MaxLoads (%d) loads were running, and none ended in time: %w", cap(limit), ctx.Err())
		}
	}
	return &running{Context: ctx, limit: limit, list: list, within: runningIn(ctx), room: true}, nil
}
