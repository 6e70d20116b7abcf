package runtime

import (
	"math/rand/v2"
	"sync"
	"time"
)

const (
	retryPause    = 50 * time.Millisecond
	retryPauseMax = 5 * time.Second
)

// retries are invalidations that Redis has not accepted yet. What they cover is not answered from the cache by this process until it has.
type retries struct {
	mu      sync.Mutex
	waiting map[retryKey]stale
	trying  int // paths on their way to Redis
	running bool
}

// retryKey says which invalidations can go as one.
type retryKey struct {
	tenant string
	settle time.Duration
}

// lost takes over an invalidation that failed. A fence that could not be closed is stamped, and lapses: nobody knows whether the close was
// done, and closing twice would take another writer's fence.
func (c *Cache) lost(counts *counters, s stale, settle time.Duration) {
	counts.redisErrors.Add(1)
	r := &c.retries
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == nil {
		r.waiting = make(map[retryKey]stale)
	}
	key := retryKey{s.tenant, settle}
	already := r.waiting[key]
	fresh := s.without(already)
	c.local.blocked.add(c.local.stripes.of(fresh))
	already.tenant = s.tenant
	already.add(fresh)
	r.waiting[key] = already
	if !r.running && c.ending.Err() == nil {
		r.running = true
		c.work.Go(c.retry)
	}
}

// retry runs until nothing is waiting, or the cache has ended.
func (c *Cache) retry() {
	r := &c.retries
	for pause := retryPause; ; pause = min(2*pause, retryPauseMax) {
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-c.closing:
			// Close waits for this: try at a steady pace for as long as it does.
			select {
			case <-time.After(retryPause):
			case <-c.ending.Done():
			}
		}
		r.mu.Lock()
		waiting := r.waiting
		r.waiting = make(map[retryKey]stale) // not the same map: what fails from here on needs a stamp of its own
		r.trying = count(waiting)
		r.mu.Unlock()
		for key, s := range waiting {
			err := c.redis.invalidate(c.ending, s, modeStamp, key.settle, patient)
			if err == nil {
				c.local.blocked.remove(c.local.stripes.of(s))
				continue
			}
			r.mu.Lock()
			again := r.waiting[key]
			again.tenant = s.tenant
			overlap := s.without(s.without(again))
			c.local.blocked.remove(c.local.stripes.of(overlap)) // counted twice
			again.add(s)
			r.waiting[key] = again
			r.mu.Unlock()
		}
		r.mu.Lock()
		r.trying = 0
		if len(r.waiting) == 0 || c.ending.Err() != nil {
			r.running = false
			r.mu.Unlock()
			return
		}
		r.mu.Unlock()
	}
}

// pending counts the paths that wait for a retry.
func (r *retries) pending() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return count(r.waiting) + r.trying
}

func count(waiting map[retryKey]stale) (n int) {
	for _, s := range waiting {
		n += len(s.scopes) + len(s.entries)
	}
	return n
}
