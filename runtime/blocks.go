package runtime

import (
	"sync"
	"sync/atomic"
)

// blocks are stripes from which nothing may be answered, counted: invalidations of this process that Redis has not accepted yet, and, without
// a Redis, open fences.
type blocks struct {
	any   atomic.Bool // whether there are any, for the path that cannot wait for a lock
	mu    sync.RWMutex
	count map[uint16]int
}

func (b *blocks) add(list []uint16) { b.change(list, 1) }

func (b *blocks) remove(list []uint16) { b.change(list, -1) }

func (b *blocks) change(list []uint16, by int) {
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

func (b *blocks) covers(list []uint16) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for _, i := range list {
		if b.count[i] > 0 {
			return true
		}
	}
	return false
}

// of lists the stripes of an invalidation.
func (s *stripes) of(o stale) []uint16 {
	fields := o.fields()
	list := make([]uint16, len(fields))
	for i, field := range fields {
		list[i] = s.index(o.tenant, field)
	}
	return list
}
