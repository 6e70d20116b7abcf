package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/work"
)

const (
	unfollowAfter = 5 * time.Minute // without a read that would keep a copy
	followGrace   = time.Second     // for an answer to a blocking read to arrive
)

// Follower keeps the in-process tier coherent: it reads the log of invalidations, raises stripes,
// and renews the lease under which local copies may answer for as long as Redis confirms that
// nothing was missed. It is safe for concurrent use.
type Follower struct {
	store    *Store
	local    *local.Tier
	client   redis.UniversalClient // made when the first shard is wanted
	own      bool                  // the client is ours to close
	sentinel bool                  // the client asks sentinels where to connect
	// The logs are not waited for: there is no connection for that, or no permission.
	polls atomic.Bool
	// The logs may not be read.
	blind atomic.Bool
	// When it did so for the connection that it has, on the clock of the tier.
	asked     atomic.Int64
	staleness time.Duration
	warn      func(ctx context.Context, message string, args ...any)
	ctx       context.Context
	cancel    context.CancelFunc
	group     *work.Group

	mu sync.Mutex
	// Loops, by their first shard; on a single server there is one loop, for all shards.
	running map[int]bool
	kick    chan struct{}

	connected        atomic.Int64 // loops that got their last answer
	gaps, reconnects atomic.Uint64
}

// NewFollower makes a follower of the shards that are read from, and that invalidations of this
// process are in. It ends with ctx, or Stop.
func NewFollower(ctx context.Context, s *Store, group *work.Group, staleness time.Duration, warn func(context.Context, string, ...any)) *Follower {
	f := &Follower{
		store: s, local: s.local, staleness: staleness, warn: warn, group: group,
		running: make(map[int]bool), kick: make(chan struct{}, 1),
	}
	f.ctx, f.cancel = context.WithCancel(ctx)
	s.stamped = f.wrote
	return f
}

// Stop ends following. It does not wait.
func (f *Follower) Stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cancel()
	if f.own && f.client != nil {
		_ = f.client.Close() // interrupts blocking reads
	}
}

// Want asks for a shard to be followed. Reads call it that would keep a copy.
func (f *Follower) Want(n int) {
	v := &f.local.Views[n]
	now := int64(f.local.Now())
	if was := v.Wanted.Load(); was != 0 && now-was < int64(unfollowAfter/4) {
		return
	}
	v.Wanted.Store(max(now, 1))
	loop := 0
	if f.store.spread {
		loop = n // keys of several shards cannot be read by one command
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case f.kick <- struct{}{}:
	default:
	}
	if !f.running[loop] && f.ctx.Err() == nil {
		if f.client == nil {
			f.dial()
		}
		f.running[loop] = true
		f.group.Go(func() { f.run(loop) })
	}
}

// wrote has a shard followed in which this process has invalidated something, for as long as an
// entry can live that this has made stale. Who knows tells a server what that has forgotten.
func (f *Follower) wrote(n int) {
	f.local.Views[n].Wrote.Store(max(int64(f.local.Now()), 1))
	f.Want(n)
}

// shards lists the shards of a loop that are wanted. With none, the loop is over.
func (f *Follower) shards(loop int) []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	from, to := loop, loop+1
	if !f.store.spread {
		from, to = 0, path.Shards
	}
	var list []int
	now := int64(f.local.Now())
	life := int64(time.Duration(f.store.stateTTL()) * time.Millisecond)
	for n := from; n < to; n++ {
		v := &f.local.Views[n]
		wrote := v.Wrote.Load()
		switch was := v.Wanted.Load(); {
		case was == 0:
		case now-was > int64(unfollowAfter) && (wrote == 0 || now-wrote > life):
			v.Wanted.Store(0)
			v.Applied.Store(0)
		default:
			list = append(list, n)
		}
	}
	if len(list) == 0 {
		delete(f.running, loop)
	}
	return list
}

// The pauses between tries while Redis does not answer.
const (
	reconnectPause    = 20 * time.Millisecond
	reconnectPauseMax = 2 * time.Second
)

// run follows the shards of a loop until none is wanted.
func (f *Follower) run(loop int) {
	floors := make(map[int]uint64)
	healthy := false
	defer func() {
		if healthy {
			f.connected.Add(-1)
		}
	}()
	pause := work.NewBackoff(reconnectPause, reconnectPauseMax, 200)
	for f.ctx.Err() == nil {
		shards := f.shards(loop)
		if len(shards) == 0 {
			return
		}
		err := f.round(shards, floors)
		switch {
		case err == nil && !healthy:
			healthy = true
			f.connected.Add(1)
		case err != nil && healthy:
			healthy = false
			f.connected.Add(-1)
			f.reconnects.Add(1)
		}
		if err == nil {
			pause = work.NewBackoff(reconnectPause, reconnectPauseMax, 200)
			continue
		}
		if f.ctx.Err() != nil {
			return
		}
		if c, ok := f.client.(*redis.ClusterClient); ok {
			c.ReloadState(f.ctx) // the dead master of a shard does not say where the new one is
		}
		f.warn(f.ctx, "cachegen: cannot follow the invalidations in Redis; local copies do not answer until it is back", "error", err)
		select {
		case <-f.ctx.Done():
		case <-time.After(pause.Next()):
		}
	}
}

// FollowerStats is how a process follows the invalidations of others; runtime.FollowerStats says
// what each number is.
type FollowerStats struct {
	Shards      int
	Connections int
	Leased      int
	Lag         time.Duration
	Gaps        uint64
	Regressions uint64
	Reconnects  uint64
}

// Stats returns the state of the follower.
func (f *Follower) Stats() FollowerStats {
	s := FollowerStats{
		Connections: int(f.connected.Load()),
		Gaps:        f.gaps.Load(),
		Regressions: f.store.Regressions(),
		Reconnects:  f.reconnects.Load(),
	}
	now := f.local.Now()
	for n := range f.local.Views {
		v := &f.local.Views[n]
		if v.Wanted.Load() == 0 {
			continue
		}
		s.Shards++
		if left := time.Duration(v.Lease.Load()) - now; left > 0 {
			s.Leased++
			s.Lag = max(s.Lag, f.staleness-left)
		}
	}
	return s
}
