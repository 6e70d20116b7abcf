// Package peers has what users would pick instead of cachegen, and cachegen: one adapter for each,
// set up as its documentation advises, all behind one interface.
//
// A peer decorates a repository, as the wrapper that cachegen generates does: it answers reads from
// its cache, and a write goes to the repository and then makes stale what it changed. What a peer
// does not offer it refuses, with the reason; errors.Is(err, errors.ErrUnsupported) tells.
package peers

import (
	"errors"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
)

const (
	// TTL is how long entries live, in Redis and in the process.
	TTL = 10 * time.Minute
	// CopyTTL bounds the copies in the process of a peer whose documentation gives them a life of
	// their own, as that of go-redis/cache does.
	CopyTTL = time.Minute
	// Capacity is how many entries each in-process cache has room for: twice the keys of the
	// comparison, so that none of them evicts.
	Capacity = 20_000
	// Prefix begins the keys in Redis.
	Prefix = "contact:"
)

// A Peer is a cache in front of a repository.
type Peer[T any] interface {
	contact.Repository[T]
	// Close ends what the peer has started.
	Close() error
}

// Setup is what differs between the rows of the comparison.
type Setup struct {
	// Addr is the server's, as host:port. A peer that has no use for Redis ignores it.
	Addr string
	// Remote keeps no copies in the process, so that each hit is one in Redis.
	Remote bool
	// Shared hands out the cached value itself where the peer leaves that choice.
	Shared bool
}

// Hands says what a hit hands out.
type Hands int

const (
	// Own is a value that is the caller's alone.
	Own Hands = iota
	// Itself is the cached value, which all callers share.
	Itself
	// Either is Own, or Itself with Setup.Shared.
	Either
)

// An Opener makes a peer in front of a repository.
type Opener[T any] func(Setup, contact.Repository[T]) (Peer[T], error)

// refusal is an operation that a peer does not offer, and why.
type refusal string

func (r refusal) Error() string       { return string(r) }
func (r refusal) Is(err error) bool   { return err == errors.ErrUnsupported }
func (r refusal) Unsupported() string { return string(r) }

// Why returns the reason of a refusal, or "".
func Why(err error) string {
	var r refusal
	if errors.As(err, &r) {
		return string(r)
	}
	return ""
}

const (
	noBatch   = refusal("it has no batches")
	noPattern = refusal("it deletes keys, not prefixes")
	noRemote  = refusal("it always keeps entries in the process")
	noRedis   = refusal("it does not use Redis")
)
