package runtime

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/store"
)

// call is one call of a cached method: a read of some items, each from an entry of its own. A
// single read has one. What the process has copies of is answered before there is a call.
//
// Its steps stand in the order in which they are taken in find.go (look, join a load), fly.go
// (claim) and load.go (load, store).
type call struct {
	m       *method
	started time.Time
	start   uint64 // on the clock of flights
	budget  *store.Budget
	from    repository
	// asked and targets are memory for look, which runs on one goroutine at a time: the caller's,
	// or that of the flights that it waits for.
	asked   []*item
	targets []*path.Target
}

// repository is the inner method, as a call sees it.
type repository interface {
	// load asks for items, and fills in their parts.
	load(ctx context.Context, list []*item) error
	// own is called before a load that may outlive its caller.
	own()
}

// item is what a call asks for.
type item struct {
	path.Target
	at         []int                                  // where it stands among the items of a batch
	resultTags func(v any) (tags []string, text bool) // the tags that a result says; nil: none

	// Of the round that looks for it.
	seen         *store.Snapshot
	unanswered   bool // Redis took longer than the caller had for it
	flight       *flight
	mine, proven bool

	// What has become of it. The flight of the item writes them before it ends, if it is mine.
	part    part
	payload []byte
	kept    any // of a read InProcess: the value, which no caller has
	source  Source
	done    bool // they can be read: the call has not given up waiting

	*loading // if it is mine
}

// loading is what an item needs only while this call loads it.
type loading struct {
	claim store.Claim // By is 0: there is none
	tags  []string    // of its result
	ttl   time.Duration
	out   outcome
	ended bool

	lateSince store.Point // the stamp of what may be stored late, else 0
	held      string      // the deadline of another's claim
	heldSince time.Time   // when that was first seen
	tried     entry.Token // the claim that Redis may have granted without being heard
}

// copyOf is the target for what outlives a batch, which is cut from what all its items share.
func (it *item) copyOf() *path.Target {
	if it.at == nil {
		return &it.Target
	}
	own := it.Target
	own.Key, own.Stripes = strings.Clone(it.Key), slices.Clone(it.Stripes)
	return &own
}

// singleCall is a call for one item, in one piece of memory.
type singleCall struct {
	call
	item   item
	list   [2]*item
	target [1]*path.Target
	loader func(context.Context) (any, error)
}

// answer is Read.Load, or with tags Read.LoadTagged.
func (m *method) answer(ctx context.Context, k Key, tags *tagging, load func(context.Context) (any, error)) (any, error) {
	started := time.Now()
	var known *Tags
	if tags != nil && key.FaultOf(k) == key.OK {
		known = tags.known(k)
	}
	if key.FaultOf(k) != key.OK || m.c.closed.Load() {
		if key.FaultOf(k) == key.NoText {
			m.warnNoText(ctx, k)
		}
		return m.bypass(ctx, 1, started, func() (any, error) { return load(ctx) })
	}
	finished := string(key.Finish(k, m.version))
	if runningIn(ctx).loads(finished) {
		return m.bypass(ctx, 1, started, func() (any, error) { return load(ctx) })
	}
	c := &singleCall{loader: load}
	c.call = call{m: m, started: started, budget: store.NewBudget(ctx, m.c.o.redisTimeout), from: c}
	c.asked, c.targets = c.list[1:1], c.target[:0]
	it := &c.item
	it.Target = *path.NewTarget(k, finished)
	if m.c.redis != nil {
		it.Shard = path.ShardOf(it.Tenant)
		if m.local {
			m.c.follow.Want(it.Shard)
		}
	}
	it.Stripes = m.c.local.Stripes.Cover(it.Tenant, it.Fields)
	if tags != nil {
		m.addTags(it, known, tags.result)
	}
	c.list[0] = it
	err := c.find(ctx, c.list[:1])
	c.observe(ctx, c.list[:1], err)
	if !it.done {
		return nil, err
	}
	if err == nil {
		err = it.part.err
	}
	return it.part.value, err
}

// own does nothing: what the function that loads refers to, generated code has copied.
func (c *singleCall) own() {}

// load calls the inner repository. An error that notfound= remembers is an answer.
func (c *singleCall) load(ctx context.Context, list []*item) error {
	it := list[0]
	v, err := c.loader(ctx)
	it.part = part{value: v, err: err, there: true}
	if err != nil && c.m.o.NotFound > 0 && it.loading != nil {
		if payload, ok := c.m.c.o.appendMissing(nil, err); ok {
			it.payload = payload
			return nil
		}
	}
	return err
}

// observe reports each item to the observer.
func (c *call) observe(ctx context.Context, list []*item, err error) {
	if c.m.c.o.observe == nil || err == errUnsplit {
		return
	}
	for _, it := range list {
		source, answer := SourceLoad, err
		if it.done { // else a load may still be writing there
			source = it.source
			if err == nil {
				answer = it.part.err
			}
		}
		c.m.observe(ctx, it.Key, source, c.started, answer)
	}
}
