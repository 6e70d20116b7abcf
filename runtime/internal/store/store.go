// Package store is the state that processes share in Redis, in the steps that reads and writes
// take.
//
// Steps about entries take lists: entries of one tenant, for which each step is one pipeline, or
// one for each node of a cluster, side by side. A single read is a list of one. Package protocol is
// the model of what they do together, and the scripts in scripts/ are those parts of it that must
// not be interrupted.
package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/work"
)

// ClaimLife is how long a claim that is not renewed holds up others: its process has died.
const ClaimLife = 2 * time.Second

// Config is what a store needs to know.
type Config struct {
	Client      redis.UniversalClient
	App         string      // escaped
	Codec       entry.Codec // of the entries
	LoadTimeout time.Duration
	Local       *local.Tier
	Wait        time.Duration // how long a call waits for Redis at most
	Group       *work.Group
	Closing     context.Context
	Warn        func(ctx context.Context, message string, args ...any) // is safe for concurrent use
}

// Store is the state in Redis. It is safe for concurrent use.
type Store struct {
	client redis.UniversalClient
	kind
	direct  bool   // the client keeps the deadlines of contexts
	spread  bool   // keys may be on different servers: a cluster, or who knows what
	app     string // escaped
	keys    [path.Shards]stateKeys
	codec   entry.Codec
	local   *local.Tier
	wait    time.Duration
	group   *work.Group
	workers *work.Workers
	closing context.Context // over when the cache is closed

	breaker  Breaker
	mapped   atomic.Bool // the client knows where the slots of the cluster are
	breakers sync.Map    // of nodes, by address

	meetings [path.Shards]atomic.Pointer[meeting] // the last that is known of; nil: none
	meets    [path.Shards]atomic.Int64            // when a read last took one upon itself for all, by clock
	informed atomic.Bool                          // whether the user may run INFO has been asked
	refused  sync.Map                             // commands that it was logged of
	warn     func(ctx context.Context, message string, args ...any)

	holds       [path.Shards]atomic.Uint64 // in milliseconds: held
	regressions atomic.Uint64
	forgot      [path.Shards]atomic.Uint64 // the floor that the last of them left
	stamped     func(shard int)            // called when this process has stamped something in a shard

	mu sync.Mutex
	// By prefix: live versions, of this process and of others as far as known.
	versions map[string][]string
	own      []string      // prefix and version in turn: what this process registers
	longest  time.Duration // ttl of its longest-lived entries
	shards   [path.Shards]registration
}

// New makes a store. It does not touch the network.
func New(c Config) *Store {
	s := &Store{
		client:   c.Client,
		app:      c.App,
		keys:     newStateKeys(c.App),
		codec:    c.Codec,
		local:    c.Local,
		wait:     c.Wait,
		group:    c.Group,
		workers:  work.NewWorkers(c.Group, c.Closing.Done()),
		closing:  c.Closing,
		warn:     c.Warn,
		versions: make(map[string][]string),
		longest:  c.LoadTimeout,
		stamped:  func(int) {},
	}
	s.breaker.key = s.keys[0].record
	s.kind, _ = kindOf(c.Client) // Refuse has looked
	s.direct = s.single != nil && s.single.ContextTimeoutEnabled
	s.spread = s.single == nil
	return s
}

// Regressions counts the times that Redis had forgotten invalidations of a shard.
func (s *Store) Regressions() uint64 { return s.regressions.Load() }

// regressed counts one, whoever else of this process notices it: they all find the same floor.
func (s *Store) regressed(n int, floor uint64) {
	if was := s.forgot[n].Load(); floor > was && s.forgot[n].CompareAndSwap(was, floor) {
		s.regressions.Add(1)
	}
}
