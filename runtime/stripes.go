package runtime

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
)

// stripes remember, for every scope, at least the newest stamp that this process knows of. A scope has its stripe by hash; scopes that share
// one cost each other misses, never a stale value.
//
// Each shard has stripes of its own, made when the first is raised. Its numbers do not compare with those of others: a copy would be void until
// its own shard had counted past the stamp of another, which in a quiet one is never.
type stripes struct {
	seed   uint64
	shards [shardCount]atomic.Pointer[stamps]
}

type stamps struct {
	stripes [65536]atomic.Uint64
	every   atomic.Uint64 // the newest stamp that covered every tenant: until there is one, those stripes need no look
}

var noStamps = new(stamps)

// in returns the stamps of a shard, to look at.
func (s *stripes) in(shard int) *stamps {
	if m := s.shards[shard].Load(); m != nil {
		return m
	}
	return noStamps
}

// newStripes makes stripes that a seed assigns to scopes: always the same, or with 0 at random.
//
// The hash is xxhash, which the Redis client brings along, and not maphash, which has no seed that a test could repeat. It is not cryptographic.
// Whoever finds paths that collide, in spite of a random seed, makes others miss, as their own writes could.
func newStripes(seed uint64) *stripes {
	for seed == 0 {
		seed = rand.Uint64()
	}
	return &stripes{seed: seed}
}

// tenantEnd stands between tenant and path in what is hashed. It stands in neither: both are escaped.
var tenantEnd = []byte{0}

func (s *stripes) index(tenant, path string) uint16 {
	var d xxhash.Digest
	d.ResetWithSeed(s.seed)
	_, _ = d.WriteString(tenant) // never fails
	_, _ = d.Write(tenantEnd)
	_, _ = d.WriteString(path)
	return uint16(d.Sum64())
}

// covering lists the stripes that can make an entry of that tenant stale: first those of the tenant, then as many of every tenant.
func (s *stripes) covering(tenant string, scopes []string) []uint16 {
	return s.cover(tenant, append(slices.Clip(scopes), entryField(scopes[len(scopes)-1])))
}

// cover lists the stripes of fields: first those of the tenant, then as many of every tenant.
func (s *stripes) cover(tenant string, fields []string) []uint16 {
	list := make([]uint16, 0, 2*len(fields))
	for _, t := range []string{tenant, everyTenant} {
		for _, field := range fields {
			list = append(list, s.index(t, field))
		}
	}
	return list
}

// raise stamps a scope, or an entry by its entryField.
func (s *stripes) raise(shard int, tenant, field string, stamp uint64) {
	m := s.shards[shard].Load()
	if m == nil {
		s.shards[shard].CompareAndSwap(nil, new(stamps))
		m = s.shards[shard].Load()
	}
	raise(&m.stripes[s.index(tenant, field)], stamp)
	if tenant == everyTenant {
		raise(&m.every, stamp) // after the stripe: who sees no stamp here may have missed one that is not in force yet
	}
}

// stale reports that one of the stripes, as covering lists them, is newer than a stamp.
func (m *stamps) stale(list []uint16, stamp uint64) bool {
	if m.every.Load() <= stamp {
		list = list[:len(list)/2]
	}
	for _, i := range list {
		if m.stripes[i].Load() > stamp {
			return true
		}
	}
	return false
}

// newest is the highest stamp among these stripes.
func (m *stamps) newest(list []uint16) uint64 {
	var newest uint64
	for _, i := range list {
		newest = max(newest, m.stripes[i].Load())
	}
	return newest
}
