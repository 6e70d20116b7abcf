package runtime

import (
	"sync"
	"sync/atomic"
	"time"
)

// Counts are the numbers of calls since [New]. Each item of a batch counts as a read of its own. An
// item that is asked for twice counts once if this process has no copy of it, and in a batch by
// identity.
type Counts struct {
	LocalHits    uint64 // reads answered by a copy in this process
	RedisHits    uint64 // reads answered by an entry in Redis
	Misses       uint64 // reads that found no valid entry
	Loads        uint64 // calls of the inner repository for a miss
	Queued       uint64 // loads that had to wait, because Options.MaxLoads were running
	LoadErrors   uint64 // loads that panicked or returned an error that was not remembered
	Shared       uint64 // reads answered by the load of another caller
	Bypassed     uint64 // reads past the cache, as SourceBypass says
	FillsRefused uint64 // results not stored, because an invalidation came in between
	Puts         uint64 // entries stored by a write
	// Loads of a batch that returned something of no item, or several rows of one. That was not
	// stored; without an identity, nothing of the load was.
	Unsplit uint64

	Invalidations uint64 // paths made stale, by a method or by Cache.Invalidate
	NoTenant      uint64 // reads and invalidations without a tenant

	RedisErrors uint64 // round trips that failed or timed out; reads were answered all the same
	CodecErrors uint64 // results that could not be encoded, entries that could not be decoded
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
	c.Queued += d.Queued
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

// Stats is a snapshot of a cache's counters. They are read one by one, so under load their sums may
// be off by some calls.
type Stats struct {
	Counts // of the whole cache

	// Methods has the counts of each method that a generated constructor has declared, and of
	// Cache.Invalidate.
	Methods map[Method]Counts

	// Pending is how many invalidated paths wait for Redis to accept them: 0 unless Redis fails. Of
	// very many, all of a tenant or of a shard is kept instead, which counts as one.
	Pending int

	// Follower is how this process follows the invalidations of others. It is zero without Redis.
	Follower FollowerStats
}

// Method returns the counts of the methods that a pattern matches, added up: ContactRepository.Get,
// ContactRepository.*, as in [Method.Matches]. They are zero if it matches none.
func (s Stats) Method(pattern string) Counts {
	var sum Counts
	for m, counts := range s.Methods {
		if m.Matches(pattern) {
			sum.add(counts)
		}
	}
	return sum
}

// FollowerStats says how this process follows the invalidations of others. Redis holds them in 16
// shards; each tenant is in one.
type FollowerStats struct {
	Shards      int           // shards that this process follows
	Connections int           // connections on which the last answer came in time
	Leased      int           // shards whose copies in this process may answer now
	Lag         time.Duration // longest time since Redis confirmed that a leased shard is complete
	Gaps        uint64        // parts of a log that were missed: each drops the copies of a shard
	Regressions uint64        // times that Redis forgot invalidations: each voids a shard's entries
	Reconnects  uint64        // connections that were lost
}

// counters are the counters of one method.
type counters struct {
	described described // of a read, when it was last made
	warnTx    sync.Once // of a write: see Invalidation.warnTooEarly

	localHits                                                                                   stripedCounter
	redisHits, misses, loads, queued, loadErrors, shared, bypassed, fillsRefused, puts, unsplit atomic.Uint64
	invalidations, noTenant, redisErrors, codecErrors                                           atomic.Uint64
}

func (c *counters) snapshot() Counts {
	return Counts{
		LocalHits:     c.localHits.sum(),
		RedisHits:     c.redisHits.Load(),
		Misses:        c.misses.Load(),
		Loads:         c.loads.Load(),
		Queued:        c.queued.Load(),
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

// Stats returns the counters since [New].
func (c *Cache) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Stats{Methods: make(map[Method]Counts, len(c.methods))}
	for name, m := range c.methods {
		counts := m.snapshot()
		s.Methods[name] = counts
		s.Counts.add(counts)
	}
	s.Pending = c.pending()
	if c.follow != nil {
		s.Follower = FollowerStats(c.follow.Stats())
	}
	return s
}

// counters returns the counters of a method; all instances of a method share them. Every generated
// constructor comes by here first.
func (c *Cache) counters(method Method) *counters {
	c.refuseNone(method)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.countersOf(method)
}

// refuseNone panics if there is no cache, or one that New did not make.
func (c *Cache) refuseNone(method Method) {
	if c == nil {
		panic("cachegen: " + string(method) + " was given a nil *Cache; New returns one only with an error")
	}
	if c.methods == nil {
		panic("cachegen: " + string(method) + " was given a Cache that New did not make")
	}
}

// countersOf is counters for a caller that holds c.mu.
func (c *Cache) countersOf(method Method) *counters {
	m := c.methods[method]
	if m == nil {
		m = new(counters)
		c.methods[method] = m
	}
	return m
}
