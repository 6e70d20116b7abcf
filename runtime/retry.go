package runtime

import (
	"sync"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/store"
	"github.com/cachegen/cachegen/runtime/internal/work"
)

// The pauses between tries of invalidations that Redis has not accepted.
const (
	retryPause    = 50 * time.Millisecond
	retryPauseMax = 5 * time.Second
)

// retries are invalidations that Redis has not accepted yet. What they cover is not answered from
// the cache by this process until it has. What failed of one tenant goes as one.
//
// github.com/cenkalti/backoff/v5 retries each call for itself: a thousand invalidations that wait
// are a thousand goroutines, here one, and as many round trips once Redis is back, here two. To add
// them takes 1.5 times as long here, because each path is kept once.
type retries struct {
	mu      sync.Mutex
	waiting map[retryKey]path.Set
	trying  int // paths on their way to Redis
	running bool
}

// retryKey says which invalidations can go as one.
type retryKey struct {
	tenant string
	settle time.Duration
}

// retryLater takes over an invalidation that failed. A fence that could not be closed is stamped,
// and lapses: nobody knows whether the close was done, and closing twice would take another
// writer's fence.
func (c *Cache) retryLater(counts *counters, s path.Set, settle time.Duration) {
	counts.redisErrors.Add(1)
	r := &c.retries
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == nil {
		r.waiting = make(map[retryKey]path.Set)
	}
	key := retryKey{s.Tenant, settle}
	already := r.waiting[key]
	fresh := s.Without(already)
	c.local.Block(fresh)
	already.Tenant = s.Tenant
	already.Add(fresh)
	r.waiting[key] = already
	if !r.running && c.ending.Err() == nil {
		r.running = true
		c.work.Go(c.retry)
	}
}

// retry runs until nothing is waiting, or the cache has ended.
func (c *Cache) retry() {
	r := &c.retries
	for pause := work.NewBackoff(retryPause, retryPauseMax, 200); ; {
		select {
		case <-time.After(pause.Next()):
		case <-c.closing.Done():
			// Close waits for this: try at a steady pace for as long as it does.
			select {
			case <-time.After(retryPause):
			case <-c.ending.Done():
			}
		}
		for key, s := range r.take() {
			if err := c.redis.Invalidate(c.ending, nil, s, store.Stamp, key.settle); err != nil {
				c.putBack(key, s)
			} else {
				c.local.Unblock(s)
			}
		}
		if r.rest() || c.ending.Err() != nil {
			return
		}
	}
}

// take returns what is waiting. What fails from here on waits apart from it: it needs a stamp of
// its own.
func (r *retries) take() map[retryKey]path.Set {
	r.mu.Lock()
	defer r.mu.Unlock()
	waiting := r.waiting
	r.waiting = make(map[retryKey]path.Set)
	r.trying = count(waiting)
	return waiting
}

// putBack returns what failed again to what is waiting.
func (c *Cache) putBack(key retryKey, s path.Set) {
	r := &c.retries
	r.mu.Lock()
	defer r.mu.Unlock()
	again := r.waiting[key]
	again.Tenant = s.Tenant
	overlap := s.Without(s.Without(again))
	c.local.Unblock(overlap) // counted twice
	again.Add(s)
	r.waiting[key] = again
}

// rest ends a round, and reports that nothing is waiting.
func (r *retries) rest() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trying = 0
	if len(r.waiting) == 0 {
		r.running = false
	}
	return !r.running
}

// pending counts the paths that wait for a retry.
func (r *retries) pending() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return count(r.waiting) + r.trying
}

func count(waiting map[retryKey]path.Set) (n int) {
	for _, s := range waiting {
		n += s.Len()
	}
	return n
}
