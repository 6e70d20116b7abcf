package runtime

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// view is what this process knows of a shard.
type view struct {
	applied atomic.Uint64 // every invalidation up to this number has raised its stripes; 0: the shard is not followed
	least   atomic.Uint64 // copies with a lower stamp are void
	lease   atomic.Int64  // on the clock of the tier: until when local copies may answer
	seen    atomic.Uint64 // the highest number that any answer has shown
	every   atomic.Bool   // something has been invalidated for every tenant, ever
	wanted  atomic.Int64  // when a read last asked for the shard to be followed
}

func raise(at *atomic.Uint64, to uint64) {
	for old := at.Load(); old < to && !at.CompareAndSwap(old, to); old = at.Load() {
	}
}

const (
	logBatch      = 1000
	unfollowAfter = 5 * time.Minute
	followGrace   = time.Second // for an answer to a blocking read to arrive
)

// follower keeps the in-process tier coherent: it reads the log of invalidations, raises stripes, and renews the lease under which local
// copies may answer for as long as Redis confirms that nothing was missed.
type follower struct {
	tier      *redisTier
	local     *local
	client    redis.UniversalClient // made when the first shard is wanted
	own       bool                  // the client is ours to close
	sentinel  bool                  // the client asks sentinels where to connect
	asked     atomic.Int64          // when it did so for the connection that it has, on the clock of the tier
	staleness time.Duration
	warn      func(ctx context.Context, message string, args ...any)
	ctx       context.Context
	cancel    context.CancelFunc
	work      *group

	mu      sync.Mutex
	running map[int]bool // loops, by their first shard; on a single server there is one loop, for all shards
	kick    chan struct{}

	connected        atomic.Int64 // loops that got their last answer
	gaps, reconnects atomic.Uint64
}

// dial makes the client for blocking reads, which must not take connections from the application's pool.
func (f *follower) dial() {
	switch c := f.tier.client.(type) {
	case *redis.Client:
		o := *c.Options()
		o.PoolSize, o.MinIdleConns, o.MaxIdleConns, o.MaxRetries, o.ContextTimeoutEnabled = 1, 0, 1, -1, true
		o.PipelinePoolSize = -1 // pipelines go over the same connection
		o.PushNotificationProcessor, o.MaintNotificationsConfig = nil, &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
		if o.Addr == sentinelAddr {
			// When the sentinels promote another server, the old one can go on as a master for seconds, confirming leases while nobody
			// tells it of invalidations any more. Only a new connection asks the sentinels who is master.
			o.ConnMaxLifetime = max(f.staleness/2, time.Millisecond)
			dial := o.Dialer
			o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
				asked := int64(f.local.now())
				conn, err := dial(ctx, network, addr)
				if err == nil {
					f.asked.Store(asked)
				}
				return conn, err
			}
			f.sentinel = true
		}
		f.client, f.own = redis.NewClient(&o), true
	case *redis.ClusterClient:
		o := *c.Options()
		o.PoolSize, o.MinIdleConns, o.MaxIdleConns, o.ContextTimeoutEnabled = shardCount, 0, shardCount, true
		o.PipelinePoolSize = -1
		o.PushNotificationProcessor, o.MaintNotificationsConfig = nil, &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
		f.client, f.own = redis.NewClusterClient(&o), true
	default:
		f.client = c
	}
}

// sentinelAddr is what redis.NewFailoverClient has for an address.
const sentinelAddr = "FailoverClient"

func newFollower(c *Cache, redis *redisTier, staleness time.Duration) *follower {
	f := &follower{
		tier: redis, local: c.local, staleness: staleness, warn: c.warn, work: &c.work,
		running: make(map[int]bool), kick: make(chan struct{}, 1),
	}
	f.ctx, f.cancel = context.WithCancel(c.ending)
	return f
}

// stop ends following. It does not wait.
func (f *follower) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cancel()
	if f.own && f.client != nil {
		_ = f.client.Close() // interrupts blocking reads
	}
}

// redial drops the connection to a server that was demoted, which need not end it. A new one leads to the new master. Not in a cluster, where
// several loops use the client.
func (f *follower) redial() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.own && f.ctx.Err() == nil {
		_ = f.client.Close()
		f.dial()
	}
}

// want asks for a shard to be followed. It is called by reads that would keep a copy.
func (f *follower) want(n int) {
	v := &f.local.views[n]
	now := int64(f.local.now())
	if was := v.wanted.Load(); was != 0 && now-was < int64(unfollowAfter/4) {
		return
	}
	v.wanted.Store(max(now, 1))
	loop := 0
	if f.tier.cluster {
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
		f.work.Go(func() { f.run(loop) })
	}
}

// shards lists the shards of a loop that are wanted. With none, the loop is over.
func (f *follower) shards(loop int) []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	from, to := loop, loop+1
	if !f.tier.cluster {
		from, to = 0, shardCount
	}
	var list []int
	now := int64(f.local.now())
	for n := from; n < to; n++ {
		v := &f.local.views[n]
		switch was := v.wanted.Load(); {
		case was == 0:
		case now-was > int64(unfollowAfter):
			v.wanted.Store(0)
			v.applied.Store(0)
		default:
			list = append(list, n)
		}
	}
	if len(list) == 0 {
		delete(f.running, loop)
	}
	return list
}

func (f *follower) run(loop int) {
	floors := make(map[int]uint64)
	healthy := false
	defer func() {
		if healthy {
			f.connected.Add(-1)
		}
	}()
	for pause := 20 * time.Millisecond; f.ctx.Err() == nil; {
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
			pause = 20 * time.Millisecond
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
		case <-time.After(pause/2 + rand.N(pause)):
		}
		pause = min(2*pause, 2*time.Second)
	}
}

// round asks where the counters are, renews leases, and waits for what comes next.
func (f *follower) round(shards []int, floors map[int]uint64) error {
	sent := f.local.now()
	ctx, cancel := context.WithTimeout(f.ctx, followGrace)
	defer cancel()
	pipe := f.client.Pipeline()
	records := make([]*redis.SliceCmd, len(shards))
	before := make([]uint64, len(shards))
	for i, n := range shards {
		before[i] = f.local.views[n].seen.Load()
		records[i] = pipe.HMGet(ctx, f.tier.state(n, "")[0], "seq", "floor")
	}
	var role *redis.Cmd
	if !f.tier.cluster { // there, a node that is no master any more says MOVED
		role = pipe.Do(ctx, "ROLE")
	}
	_, err := pipe.Exec(ctx)
	for _, r := range records {
		if r.Err() != nil {
			return r.Err()
		}
	}
	if err != nil && !isReply(err) {
		return err
	}
	// A master that was demoted goes on answering, and confirms leases that nobody asks it about any more.
	if role != nil {
		if answer, err := role.Slice(); err == nil && len(answer) > 0 && answer[0] != "master" {
			f.redial()
			return fmt.Errorf("the server is a %v now", answer[0])
		}
	}
	if f.sentinel {
		sent = min(sent, time.Duration(f.asked.Load()))
	}
	until := int64(sent + f.staleness)
	behind := make(map[int]uint64)
	streams := make([]string, 0, 2*len(shards))
	var ids []string
	var reading []int
	for i, n := range shards {
		v := &f.local.views[n]
		r := records[i].Val()
		seq, floor := number(r[0]), number(r[1])
		if seq == 0 || floor == 0 {
			delete(floors, n)
			continue // no record: the first load makes one
		}
		applied := v.applied.Load()
		switch {
		case seq < before[i]:
			if err := f.regressed(n); err != nil {
				return err
			}
			delete(floors, n)
			continue
		case floors[n] != floor || applied == 0:
			// Whatever happened before is unknown: no copy from before counts.
			raise(&v.least, seq)
			raise(&v.seen, seq)
			v.applied.Store(seq)
			floors[n] = floor
			fallthrough
		case seq <= applied: // less, where this process has stamped one itself in the meantime
			v.lease.Store(until)
		default:
			behind[n] = seq
		}
		streams = append(streams, f.tier.state(n, "")[2])
		ids = append(ids, strconv.FormatUint(v.applied.Load(), 10)+"-0")
		reading = append(reading, n)
	}
	block := max(f.staleness/4, time.Millisecond)
	if len(behind) > 0 {
		block = -1 // what is missing is there already
	}
	if len(reading) == 0 {
		select {
		case <-f.kick:
		case <-time.After(block):
		case <-f.ctx.Done():
		}
		return nil
	}
	return f.read(reading, append(streams, ids...), block, behind, until)
}

// read applies what the logs hold beyond what was applied. A shard that was behind its counter has its lease when it has come as far, no matter what
// was counted since: in a busy one, a millisecond away, there always is something.
func (f *follower) read(shards []int, streams []string, block time.Duration, behind map[int]uint64, until int64) error {
	ctx, cancel := context.WithTimeout(f.ctx, max(block, 0)+followGrace)
	defer cancel()
	answer, err := f.client.XRead(ctx, &redis.XReadArgs{Streams: streams, Count: logBatch, Block: block}).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	full := make(map[int]bool)
	for _, stream := range answer {
		for i, n := range shards {
			if streams[i] != stream.Stream {
				continue
			}
			full[n] = len(stream.Messages) == logBatch
			for _, m := range stream.Messages {
				if err := f.apply(n, m); err != nil {
					return err
				}
			}
		}
	}
	for n, seq := range behind {
		v := &f.local.views[n]
		if applied := v.applied.Load(); applied < seq && !full[n] {
			// The counter has moved and the log does not say why.
			f.gaps.Add(1)
			raise(&v.least, seq)
			v.applied.CompareAndSwap(applied, seq)
		}
		if v.applied.Load() >= seq {
			v.lease.Store(until)
		}
	}
	return nil
}

// apply raises the stripes of one invalidation.
func (f *follower) apply(n int, m redis.XMessage) error {
	v := &f.local.views[n]
	id, _, _ := cutID(m.ID)
	raise(&v.seen, id)
	applied := v.applied.Load()
	if id <= applied {
		return nil // this process's own, applied when it was sent
	}
	switch before := number(m.Values["p"]); {
	case before < applied:
		return f.regressed(n)
	case before > applied:
		f.gaps.Add(1)
		raise(&v.least, id)
	}
	tenant, _ := m.Values["t"].(string)
	paths, _ := m.Values["w"].(string)
	f.local.raise(n, parseStale(tenant, paths), id)
	v.applied.CompareAndSwap(applied, id)
	return nil
}

// cutID cuts the counter out of the id of a message.
func cutID(id string) (seq uint64, rest string, err error) {
	for i := range len(id) {
		if id[i] == '-' {
			rest = id[i:]
			id = id[:i]
			break
		}
	}
	seq, err = strconv.ParseUint(id, 10, 64)
	return seq, rest, err
}

// regressed is called when the server has forgotten what this process has seen.
func (f *follower) regressed(n int) error {
	v := &f.local.views[n]
	v.lease.Store(0)
	floor, err := f.tier.raiseFloor(f.ctx, n, v.seen.Load())
	if err != nil {
		return err
	}
	raise(&v.least, floor)
	v.applied.Store(0)
	if !f.tier.cluster {
		f.redial() // it may be that this connection alone is to a server of the past
	}
	return nil
}
