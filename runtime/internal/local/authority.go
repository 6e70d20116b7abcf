package local

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/cachegen/cachegen/runtime/internal/path"
)

// A cache without Redis is the authority itself: one counter, and the stripes of shard 0.

// Rule makes the tier the authority: its copies need no lease.
func (t *Tier) Rule() { t.Views[0].Lease.Store(math.MaxInt64) }

// Seq is how many invalidations there were.
func (t *Tier) Seq() uint64 { return t.seq.Load() }

// Invalidate stamps paths.
//
// The counter is raised before the stripes. A load that takes its stamp in between took it after
// the write that is being announced, so its value is not stale, and it passes; one that took it
// before does not.
func (t *Tier) Invalidate(s path.Set) { t.InvalidateIf(func() path.Set { return s }) }

// InvalidateIf stamps the paths that choose returns, which is asked while no other invalidation can
// come in between. It returns the stamp of them all; none are stamped if there are none.
func (t *Tier) InvalidateIf(choose func() path.Set) (stamp uint64) {
	t.order.Lock()
	defer t.order.Unlock()
	s := choose()
	if s.Len() == 0 {
		return 0
	}
	stamp = t.seq.Add(1)
	t.Raise(0, s, stamp)
	return stamp
}

// writes are the running writes that will put an entry.
type writes struct {
	mu    sync.Mutex
	byKey map[string]*Write
}

// Write is a running write that will put an entry.
type Write struct{ overlapped atomic.Bool }

// Overlapped reports that another write of the entry has begun meanwhile.
func (w *Write) Overlapped() bool { return w.overlapped.Load() }

// BeginWrite returns nil if another write of the entry is running. That one will not put either.
func (t *Tier) BeginWrite(key string) *Write {
	ws := &t.writes
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if other := ws.byKey[key]; other != nil {
		other.overlapped.Store(true)
		return nil
	}
	if ws.byKey == nil {
		ws.byKey = make(map[string]*Write)
	}
	w := new(Write)
	ws.byKey[key] = w
	return w
}

// EndWrite ends what BeginWrite began.
func (t *Tier) EndWrite(key string, w *Write) {
	ws := &t.writes
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.byKey[key] == w {
		delete(ws.byKey, key)
	}
}
