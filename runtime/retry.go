package runtime

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/store"
	"github.com/cachegen/cachegen/runtime/internal/work"
)

// The pauses between tries of invalidations that Redis has not accepted. The longest is short:
// while they last, what waits is stale for other processes although Redis is back.
const (
	retryPause    = 50 * time.Millisecond
	retryPauseMax = 250 * time.Millisecond
)

// What is kept of invalidations that wait. Past that, larger ones take their place: all of a
// tenant, all of a shard. They cost loads, and what is kept has a bound however long Redis is away.
const (
	mostWaitingOfTenant = 10_000 // paths
	mostWaiting         = 20_000 // paths of a cache
	mostWaitingTenants  = 250    // of a shard
)

// retries are invalidations that Redis has not accepted yet. What they cover is not answered from
// the cache by this process until it has. What failed of one tenant goes as one. Each shard is
// retried for itself, so that no server delays what another would accept.
//
// github.com/cenkalti/backoff/v5 retries each call for itself: a thousand invalidations that wait
// are a thousand goroutines, here one, and as many round trips once Redis is back, here two. To add
// them takes 0.4 times as long here.
type retries struct {
	shards [path.Shards]shardRetries
	paths  atomic.Int64 // that wait, or are on their way to Redis
}

// shardRetries are those of one shard.
type shardRetries struct {
	mu      sync.Mutex
	waiting map[retryKey]*path.Growing
	running bool
}

// retryKey says which invalidations can go as one.
type retryKey struct {
	tenant string
	settle time.Duration
}

// everything is all of a tenant, as what an invalidation covers.
func everything(tenant string) path.Set { return path.Set{Tenant: tenant, Scopes: []string{""}} }

// coversAll reports that a set is everything of its tenant.
func coversAll(g *path.Growing) bool { return len(g.Scopes) == 1 && g.Scopes[0] == "" }

// retryLater takes over an invalidation that failed. A fence that could not be closed is stamped,
// and lapses: nobody knows whether the close was done, and closing twice would take another
// writer's fence.
func (c *Cache) retryLater(counts *counters, s path.Set, settle time.Duration, err error) {
	counts.redisErrors.Add(1)
	for _, n := range store.Missing(s, err) {
		r := &c.retries.shards[n]
		r.mu.Lock()
		c.keep(n, retryKey{s.Tenant, settle}, s)
		if !r.running && c.ending.Err() == nil {
			r.running = true
			c.work.Go(func() { c.retry(n) })
		}
		r.mu.Unlock()
	}
}

// keep adds to what waits in a shard, and blocks it. The caller holds the lock of the shard.
func (c *Cache) keep(n int, k retryKey, s path.Set) {
	r := &c.retries.shards[n]
	for other, kept := range r.waiting {
		if coversAll(kept) && other.settle >= k.settle && (other.tenant == k.tenant || other.tenant == key.Every) {
			return
		}
	}
	if r.waiting == nil {
		r.waiting = make(map[retryKey]*path.Growing)
	}
	kept := r.waiting[k]
	if kept == nil {
		kept = &path.Growing{Set: path.Set{Tenant: k.tenant}}
		r.waiting[k] = kept
	}
	fresh := kept.Add(s)
	c.local.Block(n, fresh)
	waiting := c.retries.paths.Add(int64(fresh.Len()))
	switch {
	case len(r.waiting) > mostWaitingTenants:
		c.keepInstead(n, key.Every, func(retryKey) bool { return true })
	case kept.Len() > 1 && (kept.Len() > mostWaitingOfTenant || waiting > mostWaiting || slices.Contains(fresh.Scopes, "")):
		c.keepInstead(n, k.tenant, func(other retryKey) bool { return other.tenant == k.tenant })
	}
}

// keepInstead replaces what some keys hold by everything of a tenant, with the longest of their
// holds. The caller holds the lock of the shard.
func (c *Cache) keepInstead(n int, tenant string, replaced func(retryKey) bool) {
	r := &c.retries.shards[n]
	all := &path.Growing{Set: everything(tenant)}
	c.local.Block(n, all.Set) // before anything is unblocked
	c.retries.paths.Add(1)
	var settle time.Duration
	for k, kept := range r.waiting {
		if replaced(k) {
			settle = max(settle, k.settle)
			c.unblock(n, kept.Set)
			delete(r.waiting, k)
		}
	}
	r.waiting[retryKey{tenant, settle}] = all
}

// unblock ends the wait of paths.
func (c *Cache) unblock(n int, s path.Set) {
	c.local.Unblock(n, s)
	c.retries.paths.Add(-int64(s.Len()))
}

// retry runs until nothing is waiting in a shard, or the cache has ended.
func (c *Cache) retry(n int) {
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
		c.retryOnce(n)
		if c.retries.shards[n].rest() || c.ending.Err() != nil {
			return
		}
	}
}

// retryOnce sends what waits in a shard.
func (c *Cache) retryOnce(n int) {
	taken := c.retries.shards[n].take()
	keys, list := make([]retryKey, 0, len(taken)), make([]store.Waiting, 0, len(taken))
	for k, kept := range taken {
		keys, list = append(keys, k), append(list, store.Waiting{Set: kept.Set, Hold: k.settle})
	}
	done, _ := c.redis.Retry(c.ending, n, list) // the write has said why
	for i, w := range list[:done] {
		c.unblock(n, w.Set)
		delete(taken, keys[i])
	}
	if len(taken) > 0 {
		c.putBack(n, taken)
	}
}

// take returns what is waiting. What fails from here on waits apart from it: it needs a stamp of
// its own.
func (r *shardRetries) take() map[retryKey]*path.Growing {
	r.mu.Lock()
	defer r.mu.Unlock()
	waiting := r.waiting
	r.waiting = nil
	return waiting
}

// putBack returns what failed again to what is waiting.
func (c *Cache) putBack(n int, taken map[retryKey]*path.Growing) {
	r := &c.retries.shards[n]
	r.mu.Lock()
	defer r.mu.Unlock()
	fresh := r.waiting
	r.waiting = taken
	for k, kept := range fresh {
		c.keep(n, k, kept.Set)
		c.unblock(n, kept.Set) // keep has blocked what was not kept already
	}
}

// rest reports that nothing is waiting, and that the shard's goroutine ends.
func (r *shardRetries) rest() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) == 0 {
		r.running = false
	}
	return !r.running
}

// pending counts the paths that wait for a retry.
func (c *Cache) pending() int { return int(c.retries.paths.Load()) }
