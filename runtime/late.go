package runtime

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/store"
	"github.com/cachegen/cachegen/runtime/internal/work"
)

// lateFills bounds what is stored late: how much at once, and what waits for that.
type lateFills struct {
	room  chan struct{}
	bytes atomic.Int64 // of the results that wait or are being stored
}

const (
	lateAtOnce = 16
	lateBytes  = 16 << 20
	lateWait   = 2 * time.Second // for Redis, for each
	lateTries  = 2               // after the state of the tenant was made anew
)

func newLateFills() *lateFills { return &lateFills{room: make(chan struct{}, lateAtOnce)} }

// stampLate is the stamp of a load that begins now and has no claim, because Redis has not answered
// in the time that the caller had: as far as this process has applied the log, before the load. 0:
// it does not follow the log, or the result may not be stored for another reason.
func (c *call) stampLate(it *item) (since store.Point) {
	if it.unanswered {
		v := &c.m.c.local.Views[it.Shard]
		// In this order, so that a number of an earlier record never comes with a later epoch.
		since.Epoch = entry.Epoch(v.Epoch.Load())
		since.Seq = v.Applied.Load()
	}
	return since
}

// storeUnclaimed stores what was loaded without a claim, when nobody waits for it any more. Its
// stamp is from before the load, as any other. But an exact invalidation from between the load and
// the claim has deleted nothing, and leaves no stamp on a single server: only the log tells of it.
//
//  1. the load reads the old row
//  2. a write commits and invalidates the entry: there is no claim that it could delete
//  3. the entry is claimed, and filled with the old row
//
// So this process looks at the counter after the claim, waits until it has applied the log as far,
// and looks at its stripes.
func (c *call) storeUnclaimed(over context.Context, list []*item) {
	late := c.m.c.late
	size := int64(toStore{fill: list}.size())
	if late.bytes.Add(size) > lateBytes {
		late.bytes.Add(-size)
		return
	}
	defer late.bytes.Add(-size)
	select {
	case late.room <- struct{}{}:
		defer func() { <-late.room }()
	case <-over.Done():
		return
	}
	b := store.NewBudget(over, lateWait)
	claimed := c.claimLate(over, b, list)
	fill, release := c.unchanged(over, b, claimed)
	c.m.counts.fillsRefused.Add(uint64(len(release)))
	c.storeNow(over, b, toStore{fill: fill, release: release}, func() {})
}

// claimLate claims what nobody has stored, and nothing has made stale, since the load.
func (c *call) claimLate(over context.Context, b *store.Budget, list []*item) (claimed []*item) {
	for range lateTries {
		fresh, changed := c.lookLate(over, b, list)
		c.m.counts.fillsRefused.Add(uint64(len(changed)))
		var again []*item
		for some := range lookedAtTogether(fresh) {
			outdated, err := c.m.c.redis.Prepare(over, b, &some[0].Target, some[0].seen)
			switch {
			case err != nil:
				c.m.redisError(over, "claim", some[0].Key, err)
				continue
			case outdated:
				again = append(again, some...)
				continue
			}
			for _, it := range some {
				it.seen.Seq = it.lateSince.Seq
			}
			by := some[0].tried
			if by == 0 {
				by = newToken()
			}
			for i, claim := range c.m.c.redis.Claim(over, b, targetsOf(some), by, seenOf(some)) {
				if claim.Err != nil {
					c.m.redisError(over, "claim", some[i].Key, claim.Err)
				} else if claim.State == store.ClaimTaken {
					some[i].claim = claim
					claimed = append(claimed, some[i])
				}
			}
		}
		list = again
	}
	return claimed
}

// lookLate takes new snapshots. Fresh are the items that nobody has stored since their load, and
// nothing has made stale as far as a snapshot shows.
func (c *call) lookLate(over context.Context, b *store.Budget, list []*item) (fresh, changed []*item) {
	if len(list) == 0 {
		return nil, nil
	}
	seen, err := c.m.c.redis.Read(over, b, targetsOf(list), false)
	if err != nil {
		c.m.redisError(over, "read", list[0].Key, err)
	}
	for i, it := range list {
		it.seen = &seen[i]
		switch {
		case it.seen.Valid():
		case it.seen.Bypass, it.seen.Epoch != it.lateSince.Epoch, it.seen.MinStamp > it.lateSince.Seq:
			changed = append(changed, it)
		default:
			fresh = append(fresh, it)
		}
	}
	return fresh, changed
}

// unchanged splits what was claimed into what nothing has made stale between its load and its
// claim, and the rest.
func (c *call) unchanged(over context.Context, b *store.Budget, list []*item) (same, changed []*item) {
	fresh, changed := c.lookLate(over, b, list)
	for _, it := range fresh {
		if c.applied(over, it) && !c.staleByLog(it) {
			it.seen.Seq = it.lateSince.Seq
			same = append(same, it)
		} else {
			changed = append(changed, it)
		}
	}
	return same, changed
}

// staleByLog reports that something has made an item stale since its load, or may have, as far as
// this process has applied the log.
func (c *call) staleByLog(it *item) bool {
	tier := c.m.c.local
	tags, stripes := c.m.c.stripesOf(it.Tenant, it.tags), tier.Stripes.In(it.Shard)
	return tier.Views[it.Shard].Least.Load() > it.lateSince.Seq || c.m.blocked(&it.Target) || tier.Blocked(it.Shard, tags) ||
		stripes.Stale(it.Stripes, it.lateSince.Seq) || stripes.Stale(tags, it.lateSince.Seq)
}

// applied waits until this process has applied the log as far as the snapshot of an item goes. It
// reports false if that takes longer than its claim lives.
func (c *call) applied(over context.Context, it *item) bool {
	pause := work.NewBackoff(pollPause, pollPauseMax, 150)
	for begun := time.Now(); time.Since(begun) < store.ClaimLife/2; {
		if c.m.c.local.Views[it.Shard].Applied.Load() >= it.seen.Seq {
			return true
		}
		select {
		case <-time.After(pause.Next()):
		case <-over.Done():
			return false
		}
	}
	return false
}
