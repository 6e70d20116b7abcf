package local

import (
	"sync"
	"sync/atomic"

	"github.com/cachegen/cachegen/runtime/internal/path"
)

// blockedStripes are stripes from which nothing may be answered, counted: invalidations of this
// process that Redis has not accepted yet, and, without a Redis, open fences.
type blockedStripes struct {
	any   atomic.Bool // whether there are any, for the path that cannot wait for a lock
	mu    sync.RWMutex
	count map[uint16]int
}

// Block keeps everything from being answered that an invalidation covers, until as many calls of
// Unblock.
func (t *Tier) Block(s path.Set) { t.blocked.change(t.Stripes.Of(s), 1) }

// Unblock takes a Block back.
func (t *Tier) Unblock(s path.Set) { t.blocked.change(t.Stripes.Of(s), -1) }

// Blocked reports that nothing under these stripes may be answered from what is cached: this
// process knows of an invalidation that is not in force yet.
func (t *Tier) Blocked(stripes []uint16) bool {
	return t.blocked.any.Load() && t.blocked.covers(stripes)
}

func (b *blockedStripes) change(list []uint16, by int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.count == nil {
		b.count = make(map[uint16]int)
	}
	for _, i := range list {
		if b.count[i] += by; b.count[i] == 0 {
			delete(b.count, i)
		}
	}
	b.any.Store(len(b.count) > 0)
}

func (b *blockedStripes) covers(list []uint16) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, i := range list {
		if b.count[i] > 0 {
			return true
		}
	}
	return false
}
