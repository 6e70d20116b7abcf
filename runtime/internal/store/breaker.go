package store

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	breakerFailures = 3
	breakerPause    = 500 * time.Millisecond
)

// Breaker keeps reads from waiting again and again for a Redis that does not answer. After a few
// failures in a row, reads go past it; each breakerPause one of them tries.
//
// A try whose caller gives up says nothing of Redis and is never reported. That blocks
// github.com/sony/gobreaker/v2 for good after one, and github.com/failsafe-go/failsafe-go after as
// many as it takes failures to open. A round trip that is answered takes 35 times as long with the
// former, an allocation with it, and 8.4 times with the latter: 381 ns and 92 ns of some 20,000.
type Breaker struct {
	failures atomic.Int32
	until    atomic.Int64 // unix nanoseconds
	slow     atomic.Int64 // about the longest that an answer has taken of late, in nanoseconds
}

// leastFair is the shortest wait whose end says that a server does not answer.
const leastFair = 10 * time.Millisecond

// fair reports that a server which is well would have answered in that time.
func (b *Breaker) fair(waited time.Duration) bool {
	return waited >= max(leastFair, 2*time.Duration(b.slow.Load()))
}

// took notes how long an answer took. What was slow once is forgotten after some hundred answers.
func (b *Breaker) took(d time.Duration) {
	slow := time.Duration(b.slow.Load())
	switch step := (slow - d) / 64; {
	case d > slow:
		b.slow.Store(int64(d))
	case step > 0:
		b.slow.Store(int64(slow - step))
	}
}

// Allow reports whether to try.
func (b *Breaker) Allow() bool {
	if b.failures.Load() < breakerFailures {
		return true
	}
	until, now := b.until.Load(), time.Now().UnixNano()
	return now >= until && b.until.CompareAndSwap(until, now+int64(breakerPause))
}

// Report notes whether a round trip was answered.
func (b *Breaker) Report(answered bool) {
	if answered {
		if b.failures.Load() != 0 {
			b.failures.Store(0)
		}
		return
	}
	if b.failures.Add(1) == breakerFailures {
		b.until.Store(time.Now().Add(breakerPause).UnixNano())
	}
}

// server returns the breaker of the server that has a key. The nodes of a cluster fail one by one.
func (s *Store) server(key string) *Breaker {
	// Before the cluster has answered once, asking where a key is can block.
	if s.nodes == nil || !s.mapped.Load() {
		return &s.breaker
	}
	node, err := s.nodes.MasterForKey(context.Background(), key)
	if err != nil {
		return &s.breaker
	}
	addr := node.Options().Addr
	if b, ok := s.breakers.Load(addr); ok {
		return b.(*Breaker)
	}
	b, _ := s.breakers.LoadOrStore(addr, new(Breaker))
	return b.(*Breaker)
}

// report notes how a round trip to a server ended, and how long it took if it was answered.
func (s *Store) report(at *Breaker, err error, took time.Duration) {
	serves := err == nil || isReply(err)
	for _, refusal := range []string{"CLUSTERDOWN", "LOADING", "MASTERDOWN"} {
		serves = serves && (err == nil || !redis.HasErrorPrefix(err, refusal))
	}
	at.Report(serves)
	if serves {
		at.took(took)
	}
	switch {
	case s.nodes == nil:
	case !serves:
		// The client asks again where the slots are when a node says so, which a dead node does
		// not, or else once a minute.
		s.nodes.ReloadState(context.Background())
	case !s.mapped.Load():
		s.mapped.Store(true)
	}
}
