package runtime

import (
	"hash/maphash"
	"sync/atomic"
)

// stripes remember, for every scope, at least the newest stamp that this process knows of. A scope has its stripe by hash; scopes that share
// one cost each other misses, never a stale value.
type stripes struct {
	seed   maphash.Seed
	stamps [65536]atomic.Uint64
}

func newStripes() *stripes { return &stripes{seed: maphash.MakeSeed()} }

func (s *stripes) index(tenant, path string) uint16 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	h.WriteString(tenant)
	h.WriteByte(0) // stands in neither: both are escaped
	h.WriteString(path)
	return uint16(h.Sum64())
}

// covering lists the stripes that can make an entry of that tenant stale.
func (s *stripes) covering(tenant string, scopes []string) []uint16 {
	list := make([]uint16, 0, 2*len(scopes)+2)
	for _, path := range scopes {
		list = append(list, s.index(tenant, path), s.index(everyTenant, path))
	}
	own := entryField(scopes[len(scopes)-1])
	return append(list, s.index(tenant, own), s.index(everyTenant, own))
}

// raise stamps a scope, or an entry by its entryField.
func (s *stripes) raise(tenant, field string, stamp uint64) {
	stripe := &s.stamps[s.index(tenant, field)]
	for {
		old := stripe.Load()
		if old >= stamp || stripe.CompareAndSwap(old, stamp) {
			return
		}
	}
}

// newest is the highest stamp among these stripes.
func (s *stripes) newest(list []uint16) uint64 {
	var newest uint64
	for _, i := range list {
		newest = max(newest, s.stamps[i].Load())
	}
	return newest
}
