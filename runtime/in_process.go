package runtime

import (
	"context"
	"errors"
	"fmt"

	"github.com/cachegen/cachegen/runtime/internal/store"
)

// weightInProcess is what [Options.MaxBytes] counts a result as that has no encoding: nobody knows
// what it refers to.
const weightInProcess = 1024

// errInProcess is an entry with bytes, to a read that has no use for them. One that has become
// InProcess finds those of before.
var errInProcess = errors.New("a read in the process alone has no encoding")

// refuseInProcess panics where entries in the process alone cannot be kept, or not be handed out.
func (m *method) refuseInProcess() {
	why := ""
	switch {
	case m.batched:
		why = "a batch keeps its entries encoded"
	case m.o.Strong || m.o.Local < 0:
		why = "it may not answer from a copy"
	case !m.decoded():
		why = fmt.Sprintf("%v has no clone, and its callers do not share it", m.result.typ)
	default:
		return
	}
	panic(fmt.Sprintf("cachegen: %s cannot keep its entries in the process alone: %s", m.o.Method, why))
}

// boundInProcess raises what a snapshot asks of a load to what a copy in this process would have to
// be. While there is a lease, a load that passes is as new as any copy that answers, so it can be
// joined: it is in this process that it will be kept.
func (c *call) boundInProcess(it *item) {
	tier := c.m.c.local
	v := &tier.Views[it.Shard]
	// In this order, as in Tier.Get: a lease says what the stripes have, not what they will have.
	it.seen.Complete = int64(tier.Now()) < v.Lease.Load()
	it.seen.MinStamp = max(it.seen.MinStamp, v.Least.Load(), tier.Stripes.In(it.Shard).Newest(it.Stripes))
}

// flyInProcess loads what is kept in this process alone. As in flyEmbedded, another flight may have
// kept it since the look-up.
//
// Nobody claims an entry. The stamp of a load is the shard's counter from before it, and the log of
// invalidations makes a copy stale that is older than one of its stripes. So the log has to be
// there, which is all that is written to Redis.
func (c *call) flyInProcess(over context.Context, list []*item) error {
	var rest []*item
	for _, it := range list {
		if !c.fromLocal(it) {
			c.prepareInProcess(over, it)
			rest = append(rest, it)
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return c.loadTogether(over, rest)
}

// prepareInProcess makes the state that the log belongs to. If that cannot be had, the item is
// loaded without the cache.
func (c *call) prepareInProcess(over context.Context, it *item) {
	one := []*item{it}
	for range 2 { // the first may have had to make it
		if it.seen.Bypass {
			return
		}
		outdated, err := c.m.c.redis.Prepare(over, c.budget, &it.Target, it.seen)
		if err != nil {
			c.m.redisError(over, "prepare", it.Key, err)
			break
		}
		if !outdated {
			return
		}
		if c.look(over, one) != nil {
			break
		}
	}
	it.seen = &store.Snapshot{Bypass: true}
}

// storeInProcess keeps what was loaded, as of the load and not of now: what was invalidated
// meanwhile is stale when the log says so, as a copy of an entry in Redis is. Behind a fence
// nothing is kept. The fences on the tags of a result are looked for when these are known.
func (c *call) storeInProcess(over context.Context, list []*item) {
	m := c.m
	var keep []*item
	for _, it := range list {
		switch {
		case it.ttl <= 0 || over.Err() != nil:
		case it.seen.Bypass:
			m.counts.fillsRefused.Add(1)
		default:
			keep = append(keep, it)
		}
	}
	keep, _ = c.mayFill(over, c.budget, keep)
	for _, it := range keep {
		if m.c.local.Views[it.Shard].Applied.Load() != 0 {
			c.keep(it, it.seen.Seq, it.ttl, m.c.stripesOf(it.Tenant, it.tags))
		}
	}
}
