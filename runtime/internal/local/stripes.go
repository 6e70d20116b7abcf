package local

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"

	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

// Stripes remember, for every field, at least the newest stamp that this process knows of. A field
// has its stripe by hash; fields that share one cost each other misses, never a stale value.
//
// Each shard has stripes of its own, made when the first is raised. Its numbers do not compare with
// those of others: a copy would be void until its own shard had counted past the stamp of another,
// which in a quiet one is never.
//
// A map of stamps has no collisions, but grows with each path, and a hit hashes names: Map of
// github.com/puzpuzpuz/xsync/v4 takes 7.4 times as long for a hit's four fields, by hashes made
// before 3.7 times, sync.Map 16 times. 100,000 paths fill half a MiB here, as any number does, and
// 3.7 to 15 MiB there. A Bloom filter holds no stamps.
type Stripes struct {
	seed   uint64
	shards [path.Shards]atomic.Pointer[ShardStripes]
}

// ShardStripes are the stripes of one shard.
type ShardStripes struct {
	stamps [65536]atomic.Uint64
	// every is the newest stamp that covered every tenant: until there is one, those stripes need
	// no look.
	every atomic.Uint64
}

var noStamps = new(ShardStripes)

// NewStripes makes stripes that a seed assigns to fields: always the same, or with 0 at random.
//
// The hash is xxhash, which the Redis client brings along, and not maphash, which has no seed that
// a test could repeat. It is not cryptographic. Whoever finds paths that collide, in spite of a
// random seed, makes others miss, as their own writes could.
func NewStripes(seed uint64) *Stripes {
	for seed == 0 {
		seed = rand.Uint64()
	}
	return &Stripes{seed: seed}
}

// tenantEnd stands between tenant and field in what is hashed. It stands in neither: both are
// escaped.
var tenantEnd = []byte{0}

// Index is the stripe of a field.
func (s *Stripes) Index(tenant, field string) uint16 {
	var d xxhash.Digest
	d.ResetWithSeed(s.seed)
	_, _ = d.WriteString(tenant) // never fails
	_, _ = d.Write(tenantEnd)
	_, _ = d.WriteString(field)
	return uint16(d.Sum64())
}

// Cover lists the stripes of fields: first those of the tenant, then as many of every tenant.
func (s *Stripes) Cover(tenant string, fields []string) []uint16 {
	if len(fields) == 0 {
		return nil
	}
	list := make([]uint16, 0, 2*len(fields))
	for _, t := range [...]string{tenant, key.Every} {
		for _, field := range fields {
			list = append(list, s.Index(t, field))
		}
	}
	return list
}

// Merge joins two lists as Cover makes them.
func Merge(a, b []uint16) []uint16 {
	if len(b) == 0 {
		return a
	}
	return slices.Concat(a[:len(a)/2], b[:len(b)/2], a[len(a)/2:], b[len(b)/2:])
}

// Of lists the stripes of an invalidation.
func (s *Stripes) Of(set path.Set) []uint16 {
	fields := set.Fields()
	list := make([]uint16, len(fields))
	for i, field := range fields {
		list[i] = s.Index(set.Tenant, field)
	}
	return list
}

// In returns the stripes of a shard, to look at.
func (s *Stripes) In(shard int) *ShardStripes {
	if m := s.shards[shard].Load(); m != nil {
		return m
	}
	return noStamps
}

// raise stamps a field.
func (s *Stripes) raise(shard int, tenant, field string, stamp uint64) {
	m := s.shards[shard].Load()
	if m == nil {
		s.shards[shard].CompareAndSwap(nil, new(ShardStripes))
		m = s.shards[shard].Load()
	}
	Raise(&m.stamps[s.Index(tenant, field)], stamp)
	if tenant == key.Every {
		// After the stripe: who sees no stamp here may have missed one that is not in force yet.
		Raise(&m.every, stamp)
	}
}

// Stale reports that one of the stripes, as Cover lists them, is newer than a stamp.
func (m *ShardStripes) Stale(list []uint16, stamp uint64) bool {
	if m.every.Load() <= stamp {
		list = list[:len(list)/2]
	}
	for _, i := range list {
		if m.stamps[i].Load() > stamp {
			return true
		}
	}
	return false
}

// Newest is the highest stamp among these stripes.
func (m *ShardStripes) Newest(list []uint16) uint64 {
	var newest uint64
	for _, i := range list {
		newest = max(newest, m.stamps[i].Load())
	}
	return newest
}

// Raise sets a number that only grows.
func Raise(at *atomic.Uint64, to uint64) {
	for old := at.Load(); old < to && !at.CompareAndSwap(old, to); old = at.Load() {
	}
}
