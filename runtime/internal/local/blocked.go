package local

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cachegen/cachegen/runtime/internal/path"
)

// blockedStripes are stripes from which nothing may be answered, counted: invalidations of this
// process that Redis has not accepted yet, and, without a Redis, open fences.
type blockedStripes struct {
	any   atomic.Bool // whether there are any, for the path that cannot wait for a lock
	mu    sync.RWMutex
	count map[blockedStripe]int
}

// blockedStripe is a stripe of a shard.
type blockedStripe struct{ shard, stripe uint16 }

// Block keeps everything of a shard from being answered that an invalidation covers, until as many
// calls of Unblock.
func (t *Tier) Block(shard int, s path.Set) { t.blocked.change(shard, t.Stripes.Of(s), 1) }

// Unblock takes a Block back.
func (t *Tier) Unblock(shard int, s path.Set) { t.blocked.change(shard, t.Stripes.Of(s), -1) }

// Blocked reports that nothing under these stripes of a shard may be answered from what is cached:
// this process knows of an invalidation that is not in force yet.
func (t *Tier) Blocked(shard int, stripes []uint16) bool {
	return t.blocked.any.Load() && t.blocked.covers(shard, stripes)
}

// blockedChunk is how many stripes are changed while readers wait.
const blockedChunk = 256

func (b *blockedStripes) change(shard int, list []uint16, by int) {
	for part := range slices.Chunk(list, blockedChunk) {
		b.changePart(uint16(shard), part, by)
	}
}

func (b *blockedStripes) changePart(shard uint16, list []uint16, by int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.count == nil {
		b.count = make(map[blockedStripe]int)
	}
	for _, i := range list {
		at := blockedStripe{shard, i}
		if b.count[at] += by; b.count[at] == 0 {
			delete(b.count, at)
		}
	}
	b.any.Store(len(b.count) > 0)
}

func (b *blockedStripes) covers(shard int, list []uint16) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, i := range list {
		if b.count[blockedStripe{uint16(shard), i}] > 0 {
			return true
		}
	}
	return false
}
