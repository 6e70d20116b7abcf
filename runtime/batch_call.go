package runtime

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/chunk"
	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/store"
)

// batchFuncs are what a call for many items has to do that needs to know the types of the items and
// of the answer, an any here.
type batchFuncs struct {
	count int // of the items
	item  func(k Key, i int) Key
	tags  *itemTagging // nil: there are none
	// The items at these positions, or with nil all of them as they are.
	load func(ctx context.Context, at []int) (any, error)
	// Takes an answer apart by the items that were asked for.
	split func(answer any, at []int) ([]part, bool)
	join  func([]part) any // makes an answer for all items
	own   func()           // makes the items those of the call, whatever the caller does to its own
	rows  *rowFuncs        // of an answer whose elements say which items they are, instead of split
}

func batchOf[K any, S ~[]K, R any](
	items *S, item func(Key, K) Key, tags *itemTagging, load func(context.Context, S) (R, error),
	split func(answer R, at []int) ([]part, bool), join func([]part) R,
) batchFuncs {
	return batchFuncs{
		count: len(*items),
		item:  func(k Key, i int) Key { return item(k, (*items)[i]) },
		tags:  tags,
		load: func(ctx context.Context, at []int) (any, error) {
			asked := *items
			if at != nil {
				asked = make(S, len(at))
				for n, i := range at {
					asked[n] = (*items)[i]
				}
			}
			answer, err := load(ctx, asked)
			return answer, err
		},
		split: func(answer any, at []int) ([]part, bool) { return split(As[R](answer), at) },
		join:  func(parts []part) any { return join(parts) },
		own:   func() { *items = slices.Clone(*items) },
	}
}

// batchCall is a call for many items.
type batchCall struct {
	call
	do    batchFuncs
	parts []part  // the answer, by position
	list  []*item // what is not in it from the start
	// whole is the answer of a load that asked for all that the call does, and which is returned as
	// it is: one that could not be split, or one of rows.
	whole atomic.Pointer[any]
	rows  *rows // of a call for rows
}

// errUnsplit is an answer for other items than were asked for.
var errUnsplit = errors.New("an answer for other items than were asked for")

// batch answers from the parts of what is cached and what load returns.
func (m *method) batch(ctx context.Context, k Key, do batchFuncs) (answer any, err error) {
	started := time.Now()
	bypass := func() (any, error) {
		return m.bypass(ctx, max(do.count, 1), started, func() (any, error) { return do.load(ctx, nil) })
	}
	if key.FaultOf(k) != key.OK || do.count == 0 || m.c.closed.Load() {
		return bypass()
	}
	c := &batchCall{do: do, parts: make([]part, do.count)}
	if do.rows != nil {
		c.rows = newRows(k, do.count)
	}
	c.call = call{m: m, started: started, budget: store.NewBudget(ctx, m.c.o.redisTimeout), from: c}
	if !c.addItems(ctx, k) {
		return bypass()
	}
	if r := runningIn(ctx); r != nil && slices.ContainsFunc(c.list, func(it *item) bool { return r.loads(it.Key) }) {
		return bypass()
	}
	if len(c.list) > 0 {
		err = c.find(ctx, c.list)
		c.observe(ctx, c.list, err)
	}
	switch {
	case err == errUnsplit:
		if p := c.whole.Load(); p != nil {
			m.observe(ctx, "", SourceLoad, started, nil)
			return *p, nil
		}
		return bypass()
	case err != nil:
		return nil, err
	}
	c.fillPositions()
	if c.rows != nil {
		if p := c.whole.Load(); p != nil {
			return *p, nil
		}
		c.parts = append(c.parts, c.rows.others...)
	}
	return do.join(c.parts), nil
}

func (c *batchCall) own() { c.do.own() }

// load calls the inner repository for some items, and splits its answer.
func (c *batchCall) load(ctx context.Context, list []*item) error {
	at := make([]int, len(list))
	for i, it := range list {
		at[i] = it.at[0]
	}
	answer, err := c.do.load(ctx, at)
	if err != nil {
		return err
	}
	if c.rows != nil {
		c.takeRows(ctx, list, answer)
		return nil
	}
	parts, ok := c.do.split(answer, at)
	if !ok {
		c.m.counts.unsplit.Add(1)
		c.m.c.warn(ctx, "cachegen: the answer of a batch is not remembered, because it does not have one part for each item", "method", c.m.o.Method)
		if len(at) == c.do.count {
			c.whole.Store(&answer)
		}
		return errUnsplit
	}
	for i, it := range list {
		it.part = parts[i]
	}
	return nil
}

// addItems answers what it can from the in-process tier, and lists the rest, each item once. It
// reports false if one of them has no key.
func (c *batchCall) addItems(ctx context.Context, k Key) bool {
	m, do, begun := c.m, &c.do, *k
	var (
		byKey  map[string]*item
		room   chunk.Allocator[item]
		places chunk.Allocator[int]
		build  = targetBuilder{stripes: m.c.local.Stripes}
	)
	for i := range do.count {
		*k = begun
		k = do.item(k, i)
		if key.FaultOf(k) != key.OK {
			m.warnNoText(ctx, k)
			return false
		}
		finished := key.Finish(k, m.version)
		if c.rows != nil && c.rows.asked(finished) {
			continue
		}
		if m.local && c.fromLocal(ctx, i, k, finished) {
			continue
		}
		if it, ok := byKey[string(finished)]; ok {
			it.at = append(it.at, i)
			continue
		}
		left := do.count - i
		if m.local {
			left = min(left, 8+len(c.list)) // the others may all be in the process
		}
		if byKey == nil {
			byKey, c.list = make(map[string]*item, left), make([]*item, 0, left)
		}
		it := &room.Take(1, left)[0]
		it.at = places.Take(1, left)
		it.at[0] = i
		build.target(&it.Target, k, finished, left)
		if do.tags != nil && !do.tags.tag(m, it, i) {
			m.warnNoText(ctx, k)
			return false
		}
		if n := len(c.list); n > 0 {
			it.Shard = c.list[n-1].Shard // they are of one tenant
		} else if m.c.redis != nil {
			it.Shard = path.ShardOf(it.Tenant)
		}
		byKey[it.Key] = it
		c.list = append(c.list, it)
		c.rows.ask(it.Key)
	}
	if len(c.list) > 0 && m.c.redis != nil && m.local {
		m.c.follow.Want(c.list[0].Shard)
	}
	return true
}

// fromLocal answers one position from the in-process tier.
func (c *batchCall) fromLocal(ctx context.Context, i int, k Key, finished []byte) bool {
	m := c.m
	e := m.c.local.Get(finished)
	if e == nil {
		return false
	}
	if e.Payload == nil {
		c.parts[i] = part{value: m.copy(e.Value), there: true}
	} else if p, bad := m.open(e.Payload); bad != nil {
		m.codecError(ctx, e.Key, bad)
		return false
	} else {
		c.parts[i] = p
	}
	c.rows.ask(e.Key)
	m.counts.localHits.add(k)
	m.observe(ctx, e.Key, SourceLocal, c.started, nil)
	return true
}

// fillPositions puts what was found where it was asked for; a position has a copy of its own.
func (c *batchCall) fillPositions() {
	for _, it := range c.list {
		for n, i := range it.at {
			p := it.part
			if n > 0 && !p.none {
				if c.m.decoded() {
					p.value = c.m.copy(p.value)
				} else if again, bad := c.m.open(it.payload); bad == nil {
					p = again
				}
			}
			c.parts[i] = p
		}
	}
}
