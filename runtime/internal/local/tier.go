// Package local is the in-process tier: copies of entries, and what this process knows of their
// invalidations.
//
// A copy answers only while all of this holds: it has not expired, its shard has a lease (View), no
// stripe of its fields is newer than it (Stripes), and none of them is blocked.
package local

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/cachegen/cachegen/runtime/internal/path"
)

// overhead is about what a copy takes beside its key and payload.
const overhead = 256

// Copy is an entry of the in-process tier. Once it is there, nothing but gone changes.
type Copy struct {
	Key     string
	Payload []byte // of an answer that is kept encoded
	Value   any    // one that is kept decoded
	Weight  int    // bytes of the encoded payload

	stamp   uint64
	expires time.Duration // on the clock of the tier
	stripes []uint16
	shard   uint8
	gone    atomic.Bool
}

// size is about how many bytes a copy takes.
func (c *Copy) size() uint32 {
	return uint32(min(len(c.Key)+c.Weight+2*len(c.stripes)+overhead, 1<<31))
}

// otterCache is otter, by its methods. A package that names a type compiles what that leads to, and
// generic types anew; every package with generated code names a cache, which has a Tier.
type otterCache interface {
	GetIfPresent(hash uint64) (*Copy, bool)
	Set(hash uint64, c *Copy) (*Copy, bool)
}

// Tier is the in-process tier. Copies are found by a hash of their key and valid only with the key
// itself, so neither a look-up nor a collision of hashes needs the key as a string. It is safe for
// concurrent use.
type Tier struct {
	Stripes *Stripes
	Views   [path.Shards]View

	seed    maphash.Seed
	entries otterCache
	recent  recent
	epoch   time.Time
	blocked blockedStripes

	// Of a cache without Redis.
	seq    atomic.Uint64
	order  sync.Mutex // held while seq is raised together with stripes
	writes writes
}

// New makes a tier for that many bytes, the stripes of which a seed assigns.
func New(maxBytes int64, seed uint64) (*Tier, error) {
	t := &Tier{seed: maphash.MakeSeed(), Stripes: NewStripes(seed), epoch: time.Now()}
	t.recent.half = maxBytes / 2
	var err error
	t.entries, err = otter.New(&otter.Options[uint64, *Copy]{
		MaximumWeight:    uint64(maxBytes),
		Weigher:          func(_ uint64, c *Copy) uint32 { return c.size() },
		OnAtomicDeletion: func(d otter.DeletionEvent[uint64, *Copy]) { t.recent.drop(d.Key, d.Value) },
		// The default starts goroutines, which would outlive Close.
		Executor: func(fn func()) { fn() },
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Now is the tier's clock: monotonic, from when the tier was made.
func (t *Tier) Now() time.Duration { return time.Since(t.epoch) }

func (t *Tier) hash(key []byte) uint64 { return maphash.Bytes(t.seed, key) }

// Get returns the copy under a key if it may still be served.
func (t *Tier) Get(key []byte) *Copy {
	// The clock is read first, and the key, which has only just been put together, is on its way to
	// the cache meanwhile: to read it at once in larger pieces than it was written in would take
	// the processor longer than the hash.
	now := t.Now()
	hash := t.hash(key)
	slot := t.recent.slot(hash)
	var c *Copy
	if slot != nil {
		c = slot.Load()
	}
	if c == nil || c.Key != string(key) {
		was := c
		var ok bool
		if c, ok = t.entries.GetIfPresent(hash); !ok || c.Key != string(key) {
			return nil
		}
		// Now and then: two keys of one slot must not write it all the time.
		if slot != nil && (was == nil || now%8 == 0) {
			remember(slot, c)
		}
	}
	v := &t.Views[c.shard]
	if now >= c.expires || int64(now) >= v.Lease.Load() || c.stamp < v.Least.Load() ||
		t.Stripes.In(int(c.shard)).Stale(c.stripes, c.stamp) {
		return nil
	}
	if t.blocked.any.Load() && t.blocked.covers(int(c.shard), c.stripes) {
		return nil
	}
	return c
}

// Put stores a copy of an entry under a stamp. It goes stale with the target, and with the stripes
// of tags.
func (t *Tier) Put(target *path.Target, tags []uint16, stamp uint64, ttl time.Duration, c *Copy) {
	c.Key, c.stamp, c.stripes, c.shard = target.Key, stamp, Merge(target.Stripes, tags), uint8(target.Shard)
	c.expires = t.Now() + ttl
	t.recent.used.Add(int64(c.size()))
	t.entries.Set(maphash.String(t.seed, target.Key), c)
}

// Raise raises the stripes of an invalidation in a shard.
func (t *Tier) Raise(shard int, s path.Set, seq uint64) {
	for _, field := range s.Fields() {
		t.Stripes.raise(shard, s.Tenant, field, seq)
	}
}
