package runtime

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// The steps of the protocol for many entries of one tenant: each is one pipeline, or one for each node of a cluster, side by side.

// served is what one server answered about the keys whose indexes are in list.
type served[T any] struct {
	list  []int
	reply T
	err   error
}

// spread sends the commands about each key to the server that has it, and waits for all.
func spread[T any](ctx context.Context, t *redisTier, b *budget, keys []string, trip func(ctx context.Context, list []int) (T, error)) []served[T] {
	var at []*breaker
	var parts []served[T]
	for i, key := range keys {
		server := t.server(key)
		n := slices.Index(at, server)
		if n < 0 {
			n = len(at)
			at, parts = append(at, server), append(parts, served[T]{})
		}
		if parts[n].list == nil {
			parts[n].list = make([]int, 0, len(keys))
		}
		parts[n].list = append(parts[n].list, i)
	}
	ask := func(n int, b *budget) {
		p := &parts[n]
		p.reply, p.err = await(ctx, t, at[n], b, func(ctx context.Context) (T, error) { return trip(ctx, p.list) })
	}
	if len(parts) == 1 {
		ask(0, b)
		return parts
	}
	left := make(chan *budget, len(parts))
	for n := range parts {
		var own *budget
		if b != nil {
			own = &budget{b.left}
		}
		t.trips.Go(func() {
			ask(n, own)
			left <- own
		})
	}
	for range parts {
		if own := <-left; own != nil {
			b.left = min(b.left, own.left)
		}
	}
	return parts
}

// manyReply is what a server says to a read of many entries.
type manyReply struct {
	state  *stateReply     // nil: it was not asked for
	values []any           // string, nil where there is none, or an error, in the order of the list without the state
	lives  []time.Duration // nil: not asked for
}

// readMany does for entries of one tenant what read does for one. What could not be asked has a snapshot apart; the error says why.
func (t *redisTier) readMany(ctx context.Context, b *budget, targets []*target, copies bool) ([]snapshot, error) {
	first := targets[0]
	keys := t.state(first.shard, first.tenant)
	view := &t.local.views[first.shard]
	fields, where := fieldsOf(targets)
	every := view.every.Load()
	// HMGet would copy all of it once more.
	askRecord := append(make([]any, 0, 5+len(fields)), "hmget", keys[0], "seq", "floor", "every")
	askTable := append(make([]any, 0, 2+len(fields)), "hmget", keys[1])
	for _, field := range fields {
		askTable = append(askTable, field)
		if every {
			askRecord = append(askRecord, everyTenant+field)
		}
	}
	seen, applied := view.seen.Load(), view.applied.Load()
	asked := make([]string, 1, len(targets)+1)
	asked[0] = keys[0]
	for _, target := range targets {
		asked = append(asked, target.key)
	}
	replies := spread(ctx, t, b, asked, func(ctx context.Context, list []int) (manyReply, error) {
		var r manyReply
		pipe := t.client.Pipeline()
		if list[0] == 0 {
			r.state = &stateReply{redis.NewSliceCmd(ctx, askRecord...), redis.NewSliceCmd(ctx, askTable...)}
			_ = pipe.BatchProcess(ctx, r.state.record, r.state.table) // it only queues them
			list = list[1:]
		}
		read := t.readValues(ctx, pipe, asked, list, copies && applied != 0)
		_, _ = pipe.Exec(ctx) // each command holds its own error
		if r.state != nil {
			if err := r.state.failed(); err != nil {
				return r, err
			}
		}
		var err error
		r.values, r.lives, err = read()
		return r, err
	})

	list := make([]snapshot, len(targets))
	for i := range list {
		list[i].apart = true
	}
	var state *stateReply
	var errs []error
	for _, r := range replies {
		if r.err != nil {
			errs = append(errs, r.err)
		} else if r.reply.state != nil {
			state = r.reply.state
		}
	}
	if state == nil { // and without it nothing says what is valid
		return list, errors.Join(errs...)
	}
	record, table := state.record.Val(), state.table.Val()
	seq, floor := number(record[0]), number(record[1])
	if seq == 0 {
		floor = 0
	}
	switch {
	case record[2] != nil && !every:
		view.every.Store(true)
		return t.readMany(ctx, b, targets, copies) // once in a process
	case floor != 0 && seq < seen:
		if _, err := t.raiseFloor(ctx, first.shard, seen); err != nil {
			return list, err
		}
		return t.readMany(ctx, b, targets, copies)
	}
	raise(&view.seen, seq)

	now := newStamped(first.tenant, floor, fields, where)
	now.add(record[3:])
	now.add(table)
	if now.fenced() {
		if stands, err := t.closeLapsed(ctx, b, first, now.open); err != nil {
			return list, err
		} else if !stands {
			return t.readMany(ctx, b, targets, copies)
		}
	}
	for _, r := range replies {
		if r.err != nil {
			continue
		}
		entries := r.list
		if r.reply.state != nil {
			entries = entries[1:]
		}
		for n, at := range entries {
			i := at - 1
			least, fenced := now.of(i)
			if fenced {
				continue
			}
			s := &list[i]
			*s = snapshot{seq: seq, floor: floor, fresh: table[0] != nil, least: least}
			if r.reply.lives != nil && r.reply.lives[n] > 0 {
				s.ttl, s.copy = r.reply.lives[n], applied
			}
			switch v := r.reply.values[n].(type) {
			case string:
				s.entry, s.err = parseStored(bytesOf(v), t.codec)
			case error:
				s.err = fmt.Errorf("%w: %w", errCorrupt, v)
			}
		}
	}
	again, err := t.tagged(ctx, b, targets, func(i int) *snapshot { return &list[i] })
	if again {
		return t.readMany(ctx, b, targets, copies)
	}
	return list, errors.Join(append(errs, err)...)
}

// fieldsOf lists the stamps that can make the targets stale, the whole tenant's first, and says where each target's are. Neighbours have most of
// their scopes in common.
func fieldsOf(targets []*target) (fields []string, where [][]int) {
	where = make([][]int, len(targets))
	fields = make([]string, 0, len(targets[0].fields)+2*len(targets))
	var room slab[int]
	var before []string
	for i, target := range targets {
		own := target.all()
		where[i] = room.take(len(own), len(targets)-i)
		for n, field := range own {
			if n < len(before) && before[n] == field {
				where[i][n] = where[i-1][n]
				continue
			}
			where[i][n] = len(fields)
			fields = append(fields, field)
		}
		before = own
	}
	return fields, where
}

// readValues asks for entries, those of keys whose indexes are in list, and returns what reads the answers once the pipeline has run. A key
// that holds something else is a corrupt entry; MGET, which a single server allows, says that there is none.
func (t *redisTier) readValues(ctx context.Context, pipe redis.Pipeliner, keys []string, list []int, lives bool) func() ([]any, []time.Duration, error) {
	if len(list) == 0 {
		return func() ([]any, []time.Duration, error) { return nil, nil, nil }
	}
	var (
		together *redis.SliceCmd
		gets     []*redis.StringCmd
		ttls     []*redis.DurationCmd
		cmds     []redis.Cmder
		words    slab[any]
	)
	names := append(make([]any, 0, 1+len(list)), "mget")
	for _, i := range list {
		names = append(names, keys[i])
	}
	command := func(name string, n int) []any {
		args := words.take(2, len(list)-n)
		args[0], args[1] = name, names[1+n] // which is on the heap already
		return args
	}
	if t.cluster {
		for n := range list {
			cmd := redis.NewStringCmd(ctx, command("get", n)...)
			gets, cmds = append(gets, cmd), append(cmds, cmd)
		}
	} else {
		together = redis.NewSliceCmd(ctx, names...)
		cmds = append(cmds, together)
	}
	if lives {
		ttls = make([]*redis.DurationCmd, len(list))
		cmds = slices.Grow(cmds, len(list))
		for n := range list {
			ttls[n] = redis.NewDurationCmd(ctx, time.Millisecond, command("pttl", n)...)
			cmds = append(cmds, ttls[n])
		}
	}
	_ = pipe.BatchProcess(ctx, cmds...) // it only queues them
	return func() (values []any, left []time.Duration, err error) {
		if together != nil {
			if values, err = together.Result(); err != nil {
				return nil, nil, err
			}
		}
		for _, cmd := range gets {
			if err := (entryReply{value: cmd}).failed(); err != nil {
				return nil, nil, err
			}
			switch v, err := cmd.Result(); err {
			case nil:
				values = append(values, v)
			case redis.Nil:
				values = append(values, nil)
			default:
				values = append(values, err)
			}
		}
		if ttls != nil {
			left = make([]time.Duration, len(ttls))
		}
		for n, cmd := range ttls {
			left[n] = cmd.Val() // 0 if it failed: no local copy is kept
		}
		return values, left, nil
	}
}

// runMany runs a script on each of the keys, with arguments of its own, and returns the replies in the order of the keys.
func (t *redisTier) runMany(ctx context.Context, b *budget, s *redis.Script, keys []string, args func(i int) []any) ([]*redis.Cmd, []error) {
	cmds, errs := make([]*redis.Cmd, len(keys)), make([]error, len(keys))
	for _, r := range spread(ctx, t, b, keys, func(ctx context.Context, list []int) ([]*redis.Cmd, error) {
		reply := make([]*redis.Cmd, len(list))
		pipe := t.client.Pipeline()
		for n, i := range list {
			reply[n] = s.EvalSha(ctx, pipe, keys[i:i+1], args(i)...)
		}
		_, _ = pipe.Exec(ctx)
		again := t.client.Pipeline()
		for n, i := range list {
			if redis.HasErrorPrefix(reply[n].Err(), "NOSCRIPT") {
				reply[n] = s.Eval(ctx, again, keys[i:i+1], args(i)...)
			}
		}
		if again.Len() > 0 {
			_, _ = again.Exec(ctx)
		}
		for _, cmd := range reply {
			if !isReply(cmd.Err()) {
				return reply, cmd.Err()
			}
		}
		return reply, nil
	}) {
		for n, i := range r.list {
			errs[i] = r.err
			if r.err == nil {
				cmds[i], errs[i] = r.reply[n], r.reply[n].Err()
			}
		}
	}
	return cmds, errs
}

// claimReply is what became of one claim.
type claimReply struct {
	state claimed
	by    token
	err   error
}

// claimMany claims entries for one load.
func (t *redisTier) claimMany(ctx context.Context, b *budget, targets []*target, by token, seen []*snapshot) []claimReply {
	fenced := func() (bool, error) { return false, nil }
	if t.cluster {
		fields, _ := fieldsOf(targets)
		fenced = t.lookForFences(ctx, *b, targets[0], fields)
	}
	cmds, errs := t.runMany(ctx, b, claimScript, keysOf(targets), func(i int) []any {
		s := seen[i]
		return []any{by.bytes(), s.seq, s.least, s.entry.stamp, claimLife.Milliseconds()}
	})
	claims := make([]claimReply, len(targets))
	defer func() {
		if again, bad := fenced(); again {
			t.unclaim(ctx, b, targets, claims, bad)
		}
	}()
	for i, cmd := range cmds {
		c := &claims[i]
		c.by, c.err = by, errs[i]
		if c.err != nil {
			continue
		}
		var reply []any
		if reply, c.err = list(cmd); c.err != nil {
			continue
		}
		state, _ := reply[0].(int64)
		c.state = claimed(state)
		if held, _ := reply[1].(string); len(held) == 8 {
			c.by = token(binary.BigEndian.Uint64([]byte(held)))
		}
	}
	return claims
}

// unclaim gives up what was claimed while a fence may have been opened: the load needs a new snapshot, or fails.
func (t *redisTier) unclaim(ctx context.Context, b *budget, targets []*target, claims []claimReply, bad error) {
	var taken []*claimReply
	var at []*target
	var by []token
	for i := range claims {
		if c := &claims[i]; c.err == nil && c.state == claimTaken {
			taken, at, by = append(taken, c), append(at, targets[i]), append(by, c.by)
			c.state, c.err = claimNewer, bad
		}
	}
	if len(taken) == 0 {
		return
	}
	if err := t.releaseMany(ctx, b, at, by); err != nil {
		for _, c := range taken {
			c.err = cmp.Or(c.err, err)
		}
	}
}

// filling is one result to be stored.
type filling struct {
	*target
	by      token
	stamp   uint64
	tags    []string
	payload []byte
	ttl     time.Duration
}

// fillMany stores what a load brought, each entry by itself, and reports which were.
func (t *redisTier) fillMany(ctx context.Context, b *budget, fillings []filling) (stored []bool, errs []error) {
	keys := make([]string, len(fillings))
	for i, f := range fillings {
		keys[i] = f.key
	}
	cmds, errs := t.runMany(ctx, b, fillScript, keys, func(i int) []any {
		f := &fillings[i]
		value := appendStored(make([]byte, 0, valueLen+len(f.payload)), f.stamp, t.codec, f.tags, f.payload)
		return []any{f.by.bytes(), value, max(f.ttl.Milliseconds(), 1)}
	})
	stored = make([]bool, len(fillings))
	for i, cmd := range cmds {
		if errs[i] == nil {
			n, err := cmd.Int()
			stored[i], errs[i] = n == 1, err
		}
	}
	return stored, errs
}

// releaseMany gives up claims; renewMany extends those that still stand.
func (t *redisTier) releaseMany(ctx context.Context, b *budget, targets []*target, by []token) error {
	_, errs := t.runMany(ctx, b, releaseScript, keysOf(targets), func(i int) []any { return []any{by[i].bytes()} })
	return cmp.Or(errs...)
}

func (t *redisTier) renewMany(ctx context.Context, targets []*target, by []token) error {
	_, errs := t.runMany(ctx, nil, renewScript, keysOf(targets), func(i int) []any { return []any{by[i].bytes(), claimLife.Milliseconds()} })
	return cmp.Or(errs...)
}

func keysOf(targets []*target) []string {
	keys := make([]string, len(targets))
	for i, t := range targets {
		keys[i] = t.key
	}
	return keys
}
