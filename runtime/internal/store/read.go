package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unsafe"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

// Read takes a snapshot of each entry and of what makes it stale, in one round trip. With copies,
// it asks how long they live, so that local copies can be kept. The entries are of one tenant. A
// snapshot that could not be taken is Bypass; the error says why. Many entries are asked for in
// pieces, each with a look of its own at the state.
func (s *Store) Read(ctx context.Context, b *Budget, targets []*path.Target, copies bool) ([]Snapshot, error) {
	const most = pieceLen - 1 // and the record
	if len(targets) <= most {
		return s.readPiece(ctx, b, targets, copies)
	}
	list, errs := make([]Snapshot, 0, len(targets)), []error(nil)
	for piece := range slices.Chunk(targets, most) {
		some, err := s.readPiece(ctx, b, piece, copies)
		if err != nil {
			errs = append(errs, err)
		} else {
			b.Renew()
		}
		list = append(list, some...)
	}
	return list, errors.Join(errs...)
}

func (s *Store) readPiece(ctx context.Context, b *Budget, targets []*path.Target, copies bool) ([]Snapshot, error) {
	n := targets[0].Shard
	meet := s.mustMeet(n, clock())
	for {
		q := s.ask(targets, copies)
		q.meet = meet
		list, again, err := s.look(ctx, b, targets, q)
		if !again {
			return list, err
		}
		if !b.Again() {
			for i := range list {
				list[i] = Snapshot{Bypass: true}
			}
			return list, ErrUnsettled
		}
		// Unless another has met the server meanwhile.
		meet = q.met.fresh(q.asked) || !s.meetings[n].Load().fresh(clock())
	}
}

// question is what a read asks: the record of a shard, the table of a tenant, and entries.
type question struct {
	fields        []string
	where         [][]int
	shard         int
	asked         time.Duration // by clock
	met           *meeting      // the last that is known of
	meet          bool          // whether the server is met first
	record, table []any         // commands
	keys          []string      // of the record, and of the entries
	every         bool          // whether the record is asked for marks of all tenants
	lives         bool          // whether the entries are asked how long they live
	last          bool          // whether the connection is dropped after the answer
	seen, applied uint64        // of the view, from before the question
	now           marks         // the answer about the state
}

// ask makes the question about some entries.
func (s *Store) ask(targets []*path.Target, copies bool) *question {
	first := targets[0]
	view := &s.local.Views[first.Shard]
	state := &s.keys[first.Shard]
	q := &question{shard: first.Shard, asked: clock(), met: s.meetings[first.Shard].Load(), every: view.Every.Load(), seen: view.Seen.Load(), applied: view.Applied.Load()}
	q.lives = copies && q.applied != 0
	q.fields, q.where = fieldsOf(targets)
	// HMGet would put each of the words on the heap, the constant ones too.
	q.record = append(make([]any, 0, 7+len(q.fields)), "hmget", state.boxed, "seq", "floor", "every", "met", "epoch")
	q.table = append(make([]any, 0, 2+len(q.fields)), "hmget", state.table+first.Tenant)
	for _, field := range q.fields {
		q.table = append(q.table, field)
		// Else nothing has been invalidated for every tenant, and there are no such fields.
		if q.every {
			q.record = append(q.record, key.Every+field)
		}
	}
	q.keys = append(make([]string, 0, 1+len(targets)), state.record)
	for _, target := range targets {
		q.keys = append(q.keys, target.Key)
	}
	return q
}

// readReply is what one server says to a question.
type readReply struct {
	state   stateReply
	entries entriesReply
	unmet   error // why the server, which has answered, is not believed
}

// look asks once. With again, the state has changed under the question, and it has to be asked
// anew.
func (s *Store) look(ctx context.Context, b *Budget, targets []*path.Target, q *question) (list []Snapshot, again bool, err error) {
	q.last = !s.spread && b.last()
	replies := perServer(ctx, s, b, q.keys, func(ctx context.Context, list []int) (readReply, error) {
		return s.send(ctx, q, list)
	})
	list = make([]Snapshot, len(targets))
	for i := range list {
		list[i].Bypass = true
	}
	for _, r := range replies {
		switch unmet := r.reply.unmet; {
		case unmet == errOther:
			err := s.remake(ctx, s.client, b, q.shard)
			return list, err == nil, err
		case unmet != nil:
			return list, false, unmet
		}
	}
	state, err := stateOf(replies)
	if !state.asked() { // and without it nothing says what is valid
		return list, false, err
	}
	now, again, bad := s.marksOf(ctx, b, targets[0], q, state)
	if again || bad != nil {
		return list, again, errors.Join(err, bad)
	}
	for _, r := range replies {
		if r.err == nil {
			s.fillIn(list, q, now, r.list, &r.reply)
		}
	}
	again, bad = s.checkTags(ctx, b, targets, list)
	return list, again, errors.Join(err, bad)
}

// send asks one server for its part of a question, in one pipeline.
func (s *Store) send(ctx context.Context, q *question, list []int) (r readReply, err error) {
	met, r := s.sendOnce(ctx, q, list, false)
	if met != nil && isUnknown(met) {
		met, r = s.sendOnce(ctx, q, list, true)
	}
	if r.entries.lives && r.entries.n > 0 {
		s.heed(r.entries.pttl(0).Err()) // without it the read goes on
	}
	if err := cmp.Or(r.state.failed(), r.entries.failed()); err != nil || met == nil {
		return r, err
	}
	r.unmet = s.met(q.shard, q.asked, met)
	return r, nil
}

// sendOnce sends a question, with the text of the script that meets a server or with its hash.
// Whether the user may run INFO is asked once: scripts can tell nobody.
func (s *Store) sendOnce(ctx context.Context, q *question, list []int, text bool) (met *redis.Cmd, r readReply) {
	pipe := s.client.Pipeline()
	var info *redis.Cmd
	if list[0] == 0 {
		if q.meet {
			met = s.meet(ctx, pipe, q.shard, text)
			if !s.informed.Load() {
				info = pipe.Do(ctx, "INFO", "replication")
			}
		}
		r.state = stateReply{redis.NewSliceCmd(ctx, q.record...), redis.NewSliceCmd(ctx, q.table...)}
		_ = pipe.BatchProcess(ctx, r.state.record, r.state.table) // it only queues them
		list = list[1:]
	}
	r.entries = s.askEntries(ctx, pipe, q, list)
	if q.last {
		_ = pipe.Do(ctx, "QUIT") // the server closes the connection once it has answered
	}
	_, _ = pipe.Exec(ctx) // each command holds its own error
	if info != nil && isReply(info.Err()) {
		s.informed.Store(true)
		s.heed(info.Err())
	}
	return met, r
}

// stateOf finds the state among the replies.
func stateOf(replies []served[readReply]) (state stateReply, err error) {
	for _, r := range replies {
		if r.err != nil {
			err = errors.Join(err, r.err)
		} else if r.reply.state.asked() {
			state = r.reply.state
		}
	}
	return state, err
}

// marksOf reads the state, and mends what is wrong with it; then it has to be looked at again.
func (s *Store) marksOf(ctx context.Context, b *Budget, first *path.Target, q *question, state stateReply) (now *marks, again bool, err error) {
	view, record := &s.local.Views[first.Shard], s.says(state.record)
	now = &q.now
	now.init(first.Tenant, q.fields, q.where)
	now.applyRecord(record[0], record[1], record[4], record[5:])
	now.applyTable(s.says(state.table))
	if now.floor != 0 && !s.knows(q.shard, record[3], q.asked, q.met) {
		return nil, true, nil
	}
	if record[2] != nil && !q.every {
		view.Every.Store(true)
		return nil, true, nil // once in a process
	}
	if now.floor != 0 && now.seq < q.seen {
		// The server has forgotten numbers that it gave out: a failover lost writes.
		_, err := s.raiseFloor(ctx, b, first.Shard, q.seen)
		return nil, err == nil, err
	}
	local.Raise(&view.Seen, now.seq)
	if now.fenced() {
		// Those whose time has passed are closed, and looked at again: another may have been opened
		// since.
		stands, err := s.closeLapsed(ctx, b, first, now.open.Set)
		if err != nil || !stands {
			return nil, err == nil, err
		}
	}
	return now, false, nil
}

// fillIn makes the snapshots of the entries that one server was asked for.
func (s *Store) fillIn(list []Snapshot, q *question, now *marks, asked []int, r *readReply) {
	if r.state.asked() {
		asked = asked[1:]
	}
	for n, at := range asked {
		i := at - 1
		minStamp, fenced := now.of(i)
		if fenced {
			continue
		}
		snap := &list[i]
		*snap = Snapshot{Seq: now.seq, Floor: now.floor, Epoch: now.epoch, TableExists: now.tableExists, MinStamp: minStamp}
		if ttl := r.entries.life(n); ttl > 0 {
			snap.TTL, snap.CopyStamp = ttl, q.applied
		}
		raw, err := r.entries.value(n)
		if err != nil {
			snap.Err = fmt.Errorf("%w: %w", entry.ErrCorrupt, err)
		} else {
			snap.Entry, snap.Err = entry.Parse(raw, s.codec)
		}
		if snap.Entry.Stamp > now.seq {
			// No stamp, or one from after the look at the counter: a claim replaces it, unless
			// there is a newer one by then.
			snap.Entry.Payload = nil
		}
	}
}

// entriesReply is what a server says to a read of n entries.
type entriesReply struct {
	n     int
	mget  *redis.SliceCmd // nil: there is a GET for each
	each  []redis.Cmder   // those for each entry, in turn: GET, PTTL
	lives bool            // whether PTTL is among them
}

// askEntries asks for the entries of the keys whose positions are in list. A cluster, which allows
// MGET within one slot only, and a single entry are asked with GET.
func (s *Store) askEntries(ctx context.Context, pipe redis.Pipeliner, q *question, list []int) entriesReply {
	r := entriesReply{n: len(list), lives: q.lives}
	if r.n == 0 {
		return r
	}
	words := make([]any, 0, 4*r.n) // of all commands, and each key on the heap once
	command := func(name string, key any) []any {
		words = append(words, name, key)
		return words[len(words)-2:]
	}
	together := !s.spread && r.n > 1
	var mget []any
	if together {
		mget = append(make([]any, 0, 1+r.n), "mget")
	}
	r.each = make([]redis.Cmder, 0, 2*r.n)
	for _, i := range list {
		key := any(q.keys[i])
		if together {
			mget = append(mget, key)
		} else {
			r.each = append(r.each, redis.NewStringCmd(ctx, command("get", key)...))
		}
		if q.lives {
			r.each = append(r.each, redis.NewDurationCmd(ctx, time.Millisecond, command("pttl", key)...))
		}
	}
	if together {
		r.mget = redis.NewSliceCmd(ctx, mget...)
		_ = pipe.Process(ctx, r.mget) // it only queues, here and below
	}
	_ = pipe.BatchProcess(ctx, r.each...)
	return r
}

// stride is how many of the commands for each there are.
func (r *entriesReply) stride() int { return len(r.each) / r.n }

// get is the GET of the i-th entry.
func (r *entriesReply) get(i int) *redis.StringCmd { return r.each[i*r.stride()].(*redis.StringCmd) }

// failed is why the server did not answer.
func (r *entriesReply) failed() error {
	if r.mget != nil {
		return r.mget.Err()
	}
	for i := range r.n {
		// There is no entry; or a key of its name holds something else, which is a corrupt entry.
		err := r.get(i).Err()
		if err != nil && err != redis.Nil && !redis.HasErrorPrefix(err, "WRONGTYPE") {
			return err
		}
	}
	return nil
}

// value is the i-th entry, nil if there is none. MGET says of a key that holds something else that
// there is none.
func (r *entriesReply) value(i int) ([]byte, error) {
	if r.mget != nil {
		text, _ := r.mget.Val()[i].(string)
		return bytesOf(text), nil
	}
	raw, err := r.get(i).Bytes()
	if err == redis.Nil {
		return nil, nil
	}
	return raw, err
}

// life is how long the i-th entry lives; 0 if that was not asked for or the answer was an error.
func (r *entriesReply) life(i int) time.Duration {
	if !r.lives {
		return 0
	}
	return r.pttl(i).Val() // 0 with an error
}

func (r *entriesReply) pttl(i int) *redis.DurationCmd {
	return r.each[(i+1)*r.stride()-1].(*redis.DurationCmd)
}

// bytesOf is a string's bytes, which must not be changed: what the client returns for GET as well.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
