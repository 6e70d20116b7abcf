package runtime

import (
	"sync/atomic"
	"time"
)

// Counts is what happened, in numbers of calls since New. Of a batch each item counts, as if it
// were a read of its own; an item that has to be fetched and is asked for twice counts once.
type Counts struct {
	LocalHits uint64 // answered by the in-process tier
	RedisHits uint64 // answered by Redis
	Misses    uint64 // reads that found no valid entry
	Loads     uint64 // calls of the inner repository for a miss
	// Of these, the ones that returned an error that was not remembered, or panicked.
	LoadErrors   uint64
	Shared       uint64 // reads answered by the load of another caller
	Bypassed     uint64 // reads past the cache: no tenant, no usable key, or the cache closed
	FillsRefused uint64 // results not stored, because an invalidation came in between
	Puts         uint64 // entries stored by a write
	// Loads of batches whose answer could not be told apart by item: it was returned as it was, and
	// not stored.
	Unsplit uint64

	Invalidations uint64 // paths made stale, by a method or by Cache.Invalidate
	NoTenant      uint64 // reads and invalidations without a tenant

	RedisErrors uint64 // failed or timed out round trips, reads answered all the same
	// Results or entries that the codec could not turn into the other, corrupt entries included.
	CodecErrors uint64
}

// Hits is the number of reads answered without a load.
func (c Counts) Hits() uint64 { return c.LocalHits + c.RedisHits + c.Shared }

// Reads is the number of reads that ended in an answer.
func (c Counts) Reads() uint64 { return c.Hits() + c.Loads + c.Bypassed }

func (c *Counts) add(d Counts) {
	c.LocalHits += d.LocalHits
	c.RedisHits += d.RedisHits
	c.Misses += d.Misses
	c.Loads += d.Loads
	c.LoadErrors += d.LoadErrors
	c.Shared += d.Shared
	c.Bypassed += d.Bypassed
	c.FillsRefused += d.FillsRefused
	c.Puts += d.Puts
	c.Unsplit += d.Unsplit
	c.Invalidations += d.Invalidations
	c.NoTenant += d.NoTenant
	c.RedisErrors += d.RedisErrors
	c.CodecErrors += d.CodecErrors
}

// Stats is a snapshot of a cache's counters. Counters are read one by one: under load they need not
// add up to the call.
type Stats struct {
	Counts // of the whole cache
	// By method, ContactRepository.Get; types of one name in two packages are counted together.
	Methods map[string]Counts

	// Pending is how many invalidated paths wait for Redis to accept them. It is 0 unless Redis
	// fails.
	Pending int
	// Follower is how this process follows the invalidations of others. Zero in a cache without
	// Redis.
	Follower FollowerStats
}

// FollowerStats is the state of what keeps local copies coherent with Redis.
type FollowerStats struct {
	Shards      int           // followed, of 16; each tenant is in one
	Connections int           // on which the last answer came in time
	Leased      int           // shards whose local copies may answer now
	Lag         time.Duration // the longest since a leased shard was last confirmed to be complete
	Gaps        uint64        // times that a part of the log was missed, and the copies of a shard dropped
	Regressions uint64        // times that Redis had forgotten invalidations, which voids a shard's entries
	Reconnects  uint64        // times that a connection was lost
}

// counters are the counters of one method.
type counters struct {
	localHits                                                                           stripedCounter
	redisHits, misses, loads, loadErrors, shared, bypassed, fillsRefused, puts, unsplit atomic.Uint64
	invalidations, noTenant, redisErrors, codecErrors                                   atomic.Uint64
}

func (c *counters) snapshot() Counts {
	return Counts{
		LocalHits:     c.localHits.sum(),
		RedisHits:     c.redisHits.Load(),
		Misses:        c.misses.Load(),
		Loads:         c.loads.Load(),
		LoadErrors:    c.loadErrors.Load(),
		Shared:        c.shared.Load(),
		Bypassed:      c.bypassed.Load(),
		FillsRefused:  c.fillsRefused.Load(),
		Puts:          c.puts.Load(),
		Unsplit:       c.unsplit.Load(),
		Invalidations: c.invalidations.Load(),
		NoTenant:      c.noTenant.Load(),
		RedisErrors:   c.redisErrors.Load(),
		CodecErrors:   c.codecErrors.Load(),
	}
}

// Stats returns the counters since New. It is safe for concurrent use.
func (c *Cache) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Stats{Methods: make(map[string]Counts, len(c.methods))}
	for name, m := range c.methods {
		counts := m.snapshot()
		s.Methods[name] = counts
		s.Counts.add(counts)
	}
	s.Pending = c.retries.pending()
	if c.follow != nil {
		s.Follower = FollowerStats(c.follow.Stats())
	}
	return s
}

// counters returns the counters of a method; all instances of a method share them. Every generated
// constructor comes by here first.
func (c *Cache) counters(method string) *counters {
	if c == nil {
		panic("cachegen: " + method + " was given a nil *Cache; New returns one only with an error")
	}
	if c.methods == nil {
		panic("cachegen: " + method + " was given a Cache that New did not make")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.methods[method]
	if m == nil {
		m = new(counters)
		c.methods[method] = m
	}
	return m
}
