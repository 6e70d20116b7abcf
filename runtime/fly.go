package runtime

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/store"
	"github.com/cachegen/cachegen/runtime/internal/work"
)

// detach returns the context of a load: the caller's values, and an end of its own.
func (c *Cache) detach(ctx context.Context) (context.Context, context.CancelFunc) {
	over, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.o.loadTimeout)
	stop := context.AfterFunc(c.ending, cancel)
	return over, func() {
		stop()
		cancel()
	}
}

// fly runs the flights of items that nobody else in this process is loading.
func (c *call) fly(over context.Context, list []*item) {
	out := outcome{batch: c.m.batched}
	returned := false
	defer func() {
		if !returned {
			c.failed(over, list, &out, recover())
		}
		// A failed flight counts as fresh: no waiter may take it for an older answer.
		out.asOf = c.m.c.flights.tick()
		// Backwards: the caller returns with the first that it sees, and its next call must not
		// join another that is over.
		for _, it := range slices.Backward(list) {
			c.end(it, out)
		}
	}()
	for _, it := range list {
		if it.flight.prev != nil {
			select {
			case <-it.flight.prev.done:
			case <-over.Done():
			}
		}
	}
	switch {
	case c.m.c.redis == nil:
		out.err = c.flyEmbedded(over, list)
	case c.m.o.InProcess:
		out.err = c.flyInProcess(over, list)
	default:
		out.err = c.flyRedis(over, list)
	}
	returned = true
}

// failed notes that a load panicked, or ended in runtime.Goexit.
func (c *call) failed(over context.Context, list []*item, out *outcome, panicked any) {
	message, err := "cachegen: a load did not return", errGoexit
	if out.panicked = panicked; panicked != nil {
		message, err = "cachegen: a load panicked", loadPanic(panicked)
	} else {
		out.exited = true
	}
	c.m.c.o.logger.ErrorContext(over, message, "method", c.m.o.Method, "key", list[0].Key, "error", err)
}

// end publishes what has become of an item.
func (c *call) end(it *item, out outcome) {
	if !it.ended {
		it.ended = true
		c.m.c.flights.end(it.Key, it.flight, out)
	}
}

// found is the outcome for those who have joined.
func (c *call) found(it *item, asOf uint64) outcome {
	out := outcome{asOf: asOf, batch: c.m.batched}
	if c.m.batched && it.part.none {
		out.absent = it.payload
	} else {
		out.payload, out.kept, out.err = it.payload, it.kept, it.part.err
	}
	return out
}

// flyEmbedded loads in a cache without Redis.
//
// Between this read's look-up and its place in flights, another flight may have put the entry in
// and left:
//
//  1. this read looks the key up: nothing
//  2. the other flight puts the entry in, and leaves flights
//  3. this read finds no flight, and starts one
//
// So the look-up is repeated now that nobody else loads the key.
func (c *call) flyEmbedded(over context.Context, list []*item) error {
	m := c.m
	var rest []*item
	for _, it := range list {
		if c.fromLocal(it) {
			continue
		}
		it.seen = &store.Snapshot{Seq: m.c.local.Seq(), Bypass: it.seen.Bypass}
		rest = append(rest, it)
	}
	if len(rest) == 0 {
		return nil
	}
	return c.loadTogether(over, rest)
}

// fromLocal ends the flight of an item with a copy that has been put in since the look-up.
func (c *call) fromLocal(it *item) bool {
	asOf := c.m.c.flights.tick()
	e := c.m.c.local.Get([]byte(it.Key))
	if e == nil {
		return false
	}
	p, payload, bad := c.m.openCopy(e)
	if bad != nil {
		return false
	}
	it.part, it.payload, it.kept, it.source = p, payload, e.Value, SourceLocal
	c.end(it, c.found(it, asOf))
	return true
}

func newToken() entry.Token { return entry.Token(rand.Uint64() | 1<<32) }

// The pauses between looks for what another process is loading.
const (
	pollPause    = time.Millisecond
	pollPauseMax = 50 * time.Millisecond
)

// flyRedis claims the entries, loads those it gets, and waits for the processes that hold the
// others. Those are waited for last, when what this one has claimed is loaded and stored: two
// processes with half of each other's items both come to an end.
func (c *call) flyRedis(over context.Context, list []*item) error {
	by := newToken()
	pause := work.NewBackoff(pollPause, pollPauseMax, 150)
	for {
		ready, left, wait := c.claim(over, list, by)
		if len(ready) > 0 {
			if err := c.loadTogether(over, ready); err != nil {
				return err
			}
			wait = false
		}
		if len(left) == 0 {
			return nil
		}
		if wait {
			select {
			case <-time.After(pause.Next()):
			case <-over.Done():
				return fmt.Errorf("cachegen: another process has been loading %s for longer than Options.LoadTimeout: %w",
					left[0].Key, context.Cause(over))
			}
		}
		if list = c.lookAgain(over, left); len(list) == 0 {
			return nil
		}
		idle := len(ready) == 0 && !wait && len(list) == len(left) // what claims say is not to be seen
		if idle && !slices.ContainsFunc(list, bypassed) && !c.budget.Again() {
			c.m.redisError(over, "claim", list[0].Key, store.ErrUnsettled)
			withoutCache(list)
		}
	}
}

// bypassed reports that an item will be loaded without the cache.
func bypassed(it *item) bool { return it.seen.Bypass }

// withoutCache has items loaded without the cache.
func withoutCache(list []*item) {
	for _, it := range list {
		it.seen = &store.Snapshot{Bypass: true}
	}
}

// lookAgain looks for what another process has loaded, and returns what is still missing. Redis is
// well, it is a load that is waited for: to look again does not count against the time to wait for
// Redis.
func (c *call) lookAgain(over context.Context, list []*item) (missing []*item) {
	restore := c.budget.Keep()
	asOf := c.m.c.flights.tick()
	if err := c.look(over, list); err != nil {
		withoutCache(list)
		return list
	}
	restore()
	for _, it := range list {
		if c.fromRedis(over, it) {
			c.end(it, c.found(it, asOf))
		} else {
			missing = append(missing, it)
		}
	}
	return missing
}

// claim tries to get each of the items for this call. Ready are those to load now: claimed, or
// without the cache having a part in it. With wait, the others are held by loads elsewhere; else
// there is something to see.
func (c *call) claim(over context.Context, list []*item, by entry.Token) (ready, left []*item, wait bool) {
	m := c.m
	ask := make([]*item, 0, len(list))
	for _, it := range list {
		if it.seen.Bypass {
			ready = append(ready, it)
		} else {
			ask = append(ask, it)
		}
	}
	if len(ask) == 0 {
		return ready, nil, false
	}
	bypass := func(it *item) {
		it.seen = &store.Snapshot{Bypass: true}
		ready = append(ready, it)
	}
	failed := func(it *item, err error) {
		m.redisError(over, "claim", it.Key, err)
		bypass(it)
		it.unanswered = store.TimedOut(err)
	}
	wait = true
	for some := range lookedAtTogether(ask) {
		answered := true
		outdated, err := m.c.redis.Prepare(over, c.budget, &some[0].Target, some[0].seen)
		switch {
		case err != nil:
			for _, it := range some {
				failed(it, err)
			}
			continue
		case outdated:
			left, wait = append(left, some...), false
			continue
		}
		for i, claim := range m.c.redis.Claim(over, c.budget, targetsOf(some), by, seenOf(some)) {
			it := some[i]
			switch {
			case claim.Err != nil:
				answered = false
				failed(it, claim.Err)
				it.tried = by
			case claim.State == store.ClaimTaken:
				it.loading.claim = claim
				ready = append(ready, it)
			case claim.State == store.ClaimWritten, claim.State == store.ClaimHeld && m.o.NoLock:
				// A write may take its time, and ask for this key itself. What is loaded without a
				// claim is not stored: nobody could say whether it was loaded before an
				// invalidation.
				bypass(it)
			case claim.State == store.ClaimHeld && it.heldInVain(claim.Till):
				m.redisError(over, "claim", it.Key, errDeadClaim)
				bypass(it)
			default:
				wait = wait && claim.State == store.ClaimHeld
				left = append(left, it)
			}
		}
		if answered && len(some) < len(ask) {
			c.budget.Renew() // it is one piece of many
		}
	}
	return inOrder(ready), left, wait && len(left) > 0
}

// errDeadClaim is a claim that nobody renews and that does not lapse.
var errDeadClaim = errors.New("nobody renews the claim on an entry, and it does not lapse; see whether the server's clock has been set back")

// heldInVain reports that another's claim has stood for twice its life without being renewed. A
// load that is alive renews its claim, and the server's clock lets others lapse, unless it is set
// back.
func (l *loading) heldInVain(till string) bool {
	if l.held != till {
		l.held, l.heldSince = till, time.Now()
	}
	return time.Since(l.heldSince) > 2*store.ClaimLife
}

// lookedAtTogether splits a list where the items have snapshots of different looks at the state of
// their shard and tenant: each look has its own answer to whether what it saw is still there.
func lookedAtTogether(list []*item) func(yield func([]*item) bool) {
	return func(yield func([]*item) bool) {
		for len(list) > 0 {
			first, n := list[0].seen, 1
			for n < len(list) && first.SameState(list[n].seen) {
				n++
			}
			if !yield(list[:n:n]) {
				return
			}
			list = list[n:]
		}
	}
}

func seenOf(list []*item) []*store.Snapshot {
	seen := make([]*store.Snapshot, len(list))
	for i, it := range list {
		seen[i] = it.seen
	}
	return seen
}

// inOrder puts items in the order of the caller.
func inOrder(list []*item) []*item {
	if len(list) > 1 {
		slices.SortFunc(list, func(a, b *item) int { return a.at[0] - b.at[0] })
	}
	return list
}
