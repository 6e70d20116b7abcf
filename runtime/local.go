package runtime

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
)

// copyOverhead is about what an entry of the in-process tier takes beside its key and payload.
const copyOverhead = 256

// localCopy is an entry of the in-process tier. Once it is there, nothing but gone changes.
type localCopy struct {
	key     string
	stamp   uint64
	expires time.Duration // on the clock of the tier
	stripes []uint16
	shard   uint8
	weight  int    // bytes of the encoded payload
	payload []byte // of an answer that is kept encoded
	value   any    // a pointer to one that is kept decoded
	gone    atomic.Bool
}

// size is about how many bytes a copy takes.
func (e *localCopy) size() uint32 {
	return uint32(min(len(e.key)+e.weight+2*len(e.stripes)+copyOverhead, 1<<31))
}

// table is otter, by its methods: a package that names a type compiles what that leads to, and generic types anew. Every package with generated code
// names Cache.
type table interface {
	GetIfPresent(hash uint64) (*localCopy, bool)
	Set(hash uint64, e *localCopy) (*localCopy, bool)
}

// local is the in-process tier. Entries are found by a hash of their key and valid only with the key itself, so neither a lookup nor a
// collision of hashes needs the key as a string.
type local struct {
	seed    maphash.Seed
	entries table
	front   front
	stripes *stripes
	epoch   time.Time
	views   [shardCount]view
	seq     atomic.Uint64 // the counter of a cache without Redis
	order   sync.Mutex    // held while it is raised together with stripes
	writes  writes        // in a cache without Redis
	blocked blocks        // what may not be answered from, because it is not known to be in force everywhere
}

func newLocal(maxBytes int64, seed uint64) (*local, error) {
	l := &local{seed: maphash.MakeSeed(), stripes: newStripes(seed), epoch: time.Now()}
	l.front.half = maxBytes / 2
	var err error
	l.entries, err = otter.New(&otter.Options[uint64, *localCopy]{
		MaximumWeight:    uint64(maxBytes),
		Weigher:          func(_ uint64, e *localCopy) uint32 { return e.size() },
		OnAtomicDeletion: func(d otter.DeletionEvent[uint64, *localCopy]) { l.front.drop(d.Key, d.Value) },
		Executor:         func(fn func()) { fn() }, // the default starts goroutines, which would outlive Close
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// now is the tier's clock: monotonic, from when the tier was made.
func (l *local) now() time.Duration { return time.Since(l.epoch) }

func (l *local) hash(key []byte) uint64 { return maphash.Bytes(l.seed, key) }

// get returns the copy under a key if it may still be served.
func (l *local) get(key []byte) *localCopy {
	// The clock is read first, and the key, which has only just been put together, is on its way to the cache meanwhile: to read it at once
	// in larger pieces than it was written in would take the processor longer than the hash.
	now := l.now()
	hash := l.hash(key)
	slot := l.front.slot(hash)
	var e *localCopy
	if slot != nil {
		e = slot.Load()
	}
	if e == nil || e.key != string(key) {
		was := e
		var ok bool
		if e, ok = l.entries.GetIfPresent(hash); !ok || e.key != string(key) {
			return nil
		}
		if slot != nil && (was == nil || now%8 == 0) { // now and then: two keys of one slot must not write it all the time
			keepInFront(slot, e)
		}
	}
	v := &l.views[e.shard]
	if now >= e.expires || int64(now) >= v.lease.Load() || e.stamp < v.least.Load() || l.stripes.in(int(e.shard)).stale(e.stripes, e.stamp) {
		return nil
	}
	if l.blocked.any.Load() && l.blocked.covers(e.stripes) {
		return nil
	}
	return e
}

func (l *local) put(t *target, stamp uint64, ttl time.Duration, e *localCopy) {
	e.key, e.stamp, e.stripes, e.shard = t.key, stamp, t.stripes, uint8(t.shard)
	e.expires = l.now() + ttl
	l.front.used.Add(int64(e.size()))
	l.entries.Set(maphash.String(l.seed, t.key), e)
}

// invalidate stamps paths in a cache without Redis, where the counter and the stripes are the authority.
//
// The counter is raised before the stripes. A load that takes its stamp in between took it after the write that is being announced, so its
// value is not stale, and it passes; one that took it before does not.
func (l *local) invalidate(s stale) {
	l.order.Lock()
	defer l.order.Unlock()
	l.raise(0, s, l.seq.Add(1))
}

// raise raises the stripes of an invalidation in a shard.
func (l *local) raise(shard int, s stale, seq uint64) {
	for _, field := range s.fields() {
		l.stripes.raise(shard, s.tenant, field, seq)
	}
}
