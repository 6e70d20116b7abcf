package runtime

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// read takes a snapshot of what makes the entry stale, and the entry, in one round trip.
func (t *redisTier) read(ctx context.Context, b *budget, target *target) (*snapshot, error) {
	fields, at := target.all(), t.at(target.shard)
	view := &t.local.views[target.shard]
	every := view.every.Load()
	seen, applied := view.seen.Load(), view.applied.Load()
	state, r, err := t.ask(ctx, b, at.state, target.key, func(ctx context.Context, pipe redis.Pipeliner) stateReply {
		// HMGet would put each of the words on the heap, the constant ones too.
		record := append(make([]any, 0, 5+len(fields)), "hmget", at.boxed, "seq", "floor", "every")
		table := append(make([]any, 0, 2+len(fields)), "hmget", at.table+target.tenant)
		for _, field := range fields {
			table = append(table, field)
			if every { // else nothing has been invalidated for every tenant, and there are no such fields
				record = append(record, everyTenant+field)
			}
		}
		r := stateReply{redis.NewSliceCmd(ctx, record...), redis.NewSliceCmd(ctx, table...)}
		_ = pipe.BatchProcess(ctx, r.record, r.table) // it only queues them
		return r
	}, func(ctx context.Context, pipe redis.Pipeliner) (r entryReply) {
		r.value = pipe.Get(ctx, target.key)
		if applied != 0 {
			r.ttl = pipe.PTTL(ctx, target.key)
		}
		return r
	})
	if err != nil {
		return nil, err
	}
	s := new(snapshot)
	record, table := state.record.Val(), state.table.Val()
	if s.seq, s.floor = number(record[0]), number(record[1]); s.seq == 0 {
		s.floor = 0
	}
	s.fresh = table[0] != nil
	s.least = s.floor
	open := stale{tenant: target.tenant}
	if record[2] != nil && !every {
		view.every.Store(true)
		return t.read(ctx, b, target) // once in a process
	}
	for i, v := range append(record[3:], table...) {
		stamp, fenced := markOf(v)
		s.least = max(s.least, stamp)
		if fenced {
			open.addField(fields[i%len(fields)])
		}
	}
	if s.floor != 0 && s.seq < seen {
		// The server has forgotten numbers that it gave out: a failover lost writes.
		if _, err := t.raiseFloor(ctx, target.shard, seen); err != nil {
			return nil, err
		}
		return t.read(ctx, b, target)
	}
	raise(&view.seen, s.seq)
	if len(open.scopes)+len(open.entries) > 0 {
		return t.lapse(ctx, b, target, open)
	}
	if r.ttl != nil && r.ttl.Err() == nil && r.ttl.Val() > 0 {
		s.ttl, s.copy = r.ttl.Val(), applied
	}
	raw, err := r.value.Bytes()
	if err != nil && err != redis.Nil {
		s.err = fmt.Errorf("%w: %w", errCorrupt, err)
		return s, nil
	}
	s.entry, s.err = parseStored(raw, t.codec)
	if len(s.entry.tags) > 0 {
		again, err := t.tagged(ctx, b, target.alone(), func(int) *snapshot { return s })
		switch {
		case err != nil:
			return nil, err
		case again:
			return t.read(ctx, b, target)
		}
	}
	return s, nil
}

type stateReply struct{ record, table *redis.SliceCmd }

func (r stateReply) failed() error { return cmp.Or(r.record.Err(), r.table.Err()) }

type entryReply struct {
	value *redis.StringCmd
	ttl   *redis.DurationCmd // nil: not asked for
}

func (r entryReply) failed() error {
	if err := r.value.Err(); err != nil && err != redis.Nil && !redis.HasErrorPrefix(err, "WRONGTYPE") {
		return err
	}
	return nil // there is no entry; or a key of its name holds something else, which is a corrupt entry
}

// ask sends the two halves of a read, about a shard's state and about an entry: in one pipeline, or side by side if they go to two nodes, so
// that it is known which of these does not answer. The order of the answers is looked after by lookForFences.
func (t *redisTier) ask(ctx context.Context, b *budget, stateKey, entryKey string,
	askState func(context.Context, redis.Pipeliner) stateReply, askEntry func(context.Context, redis.Pipeliner) entryReply,
) (state stateReply, entry entryReply, err error) {
	type reply struct {
		state stateReply
		entry entryReply
	}
	here, there := t.server(stateKey), t.server(entryKey)
	if here == there {
		r, err := await(ctx, t, here, b, func(ctx context.Context) (r reply, err error) {
			pipe := t.client.Pipeline()
			r.state, r.entry = askState(ctx, pipe), askEntry(ctx, pipe)
			_, _ = pipe.Exec(ctx) // each command holds its own error
			return r, cmp.Or(r.state.failed(), r.entry.failed())
		})
		return r.state, r.entry, err
	}
	type half struct {
		entryReply
		err error
	}
	other, left := make(chan half, 1), *b
	t.trips.Go(func() {
		r, err := await(ctx, t, there, &left, func(ctx context.Context) (entryReply, error) {
			pipe := t.client.Pipeline()
			r := askEntry(ctx, pipe)
			_, _ = pipe.Exec(ctx)
			return r, r.failed()
		})
		other <- half{r, err}
	})
	state, err = await(ctx, t, here, b, func(ctx context.Context) (stateReply, error) {
		pipe := t.client.Pipeline()
		r := askState(ctx, pipe)
		_, _ = pipe.Exec(ctx)
		return r, r.failed()
	})
	if err != nil {
		return state, entry, err
	}
	r := <-other // which waits no longer than this has
	b.left = min(b.left, left.left)
	return state, r.entryReply, r.err
}

// markOf reads a stamp, and whether a fence stands on it.
func markOf(v any) (stamp uint64, fenced bool) {
	text, _ := v.(string)
	text, _, fenced = strings.Cut(text, ";")
	return number(text), fenced
}

// lapse asks whether the fences that a read has run into are still open. If one is, the read stays apart; else their scopes have been stamped, and
// it looks again: another may have been opened since.
func (t *redisTier) lapse(ctx context.Context, b *budget, target *target, open stale) (*snapshot, error) {
	stands, err := t.closeLapsed(ctx, b, target, open)
	if err != nil {
		return nil, err
	}
	if stands {
		return &snapshot{apart: true}, nil
	}
	return t.read(ctx, b, target)
}

// closeLapsed closes those of some fences whose time has passed, and reports whether another still stands.
func (t *redisTier) closeLapsed(ctx context.Context, b *budget, target *target, open stale) (stands bool, err error) {
	reply, err := t.script(ctx, b, lapseScript, t.state(target.shard, target.tenant), open.words([]any{t.keep(), target.tenant}))
	return err == nil && reply[1] == "1", err
}

// raiseFloor puts the floor of a shard above a number that the server has forgotten.
func (t *redisTier) raiseFloor(ctx context.Context, n int, seen uint64) (floor uint64, err error) {
	reply, err := t.script(ctx, nil, raiseScript, t.state(n, ""), []any{t.keep(), seen})
	if err != nil {
		return 0, err
	}
	t.regressions.Add(1)
	floor = number(reply[1])
	v := &t.local.views[n]
	raise(&v.least, floor)
	raise(&v.seen, floor)
	return floor, nil
}
