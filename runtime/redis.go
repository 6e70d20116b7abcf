package runtime

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

const (
	shardCount    = 16
	claimLife     = 2 * time.Second  // of a claim that is not renewed: how long a dead process can hold up the others
	registerEvery = 10 * time.Minute // a process that fills entries says so at least this often
	pathsPerStamp = 500              // Lua passes them on its stack
)

var (
	//go:embed scripts/prelude.lua
	preludeLua string
	//go:embed scripts/state.lua
	stateLua string
	//go:embed scripts/prepare.lua
	prepareLua string
	//go:embed scripts/claim.lua
	claimLua string
	//go:embed scripts/renew.lua
	renewLua string
	//go:embed scripts/writes.lua
	writesLua string
	//go:embed scripts/reserve.lua
	reserveLua string
	//go:embed scripts/put.lua
	putLua string
	//go:embed scripts/fill.lua
	fillLua string
	//go:embed scripts/release.lua
	releaseLua string
	//go:embed scripts/stamp.lua
	stampLua string
	//go:embed scripts/lapse.lua
	lapseLua string
	//go:embed scripts/hold.lua
	holdLua string
	//go:embed scripts/raise.lua
	raiseLua string

	prepareScript = redis.NewScript(preludeLua + stateLua + prepareLua)
	claimScript   = redis.NewScript(preludeLua + writesLua + claimLua)
	reserveScript = redis.NewScript(preludeLua + writesLua + reserveLua)
	renewScript   = redis.NewScript(preludeLua + renewLua)
	fillScript    = redis.NewScript(fillLua)
	releaseScript = redis.NewScript(releaseLua)
	stampScript   = redis.NewScript(preludeLua + stateLua + putLua + stampLua)
	lapseScript   = redis.NewScript(preludeLua + stateLua + lapseLua)
	holdScript    = redis.NewScript(preludeLua + stateLua + holdLua)
	raiseScript   = redis.NewScript(preludeLua + stateLua + raiseLua)
)

// target is an entry that a read is about.
type target struct {
	key     string
	tenant  string
	shard   int
	scopes  []string
	fields  []string // the scopes, and the entry's own
	stripes []uint16
	more    []string                             // fields of tags that the arguments say
	result  func(v any) (tags []string, ok bool) // those that a result says; nil: none
}

// snapshot is what a read has seen.
type snapshot struct {
	entry stored
	seq   uint64 // the counter
	floor uint64 // the number that the shard's record began with; 0: there is no record
	least uint64 // no value with a lower stamp is valid
	final bool   // least says it all; else an exact invalidation shows in the entry alone
	fresh bool   // the tenant's table is there
	apart bool   // the cache can have no part in this read: Redis could not be asked, or a fence is open
	ttl   time.Duration
	copy  uint64   // the stamp of a local copy of the entry; 0: none may be kept
	tags  []uint16 // stripes of the tags of the entry's result
	err   error    // of the entry, which cannot be used
}

// valid reports whether the entry may be served.
func (s *snapshot) valid() bool {
	return !s.apart && s.floor != 0 && s.fresh && s.entry.payload != nil && s.entry.stamp >= s.least
}

// redisTier is the state in Redis, which all processes share.
type redisTier struct {
	client  redis.UniversalClient
	direct  bool // the client keeps the deadlines of contexts
	cluster bool
	app     string // escaped
	keys    [shardCount]stateKeys
	codec   uint32
	timeout time.Duration
	local   *local
	trips   workers

	breaker  breaker
	nodes    *redis.ClusterClient // the client, if it is one
	mapped   atomic.Bool          // the client knows where the slots of the cluster are
	breakers sync.Map             // of nodes, by address

	regressions atomic.Uint64

	mu       sync.Mutex
	versions map[string][]string // by prefix: live versions, of this process and of others as far as known
	own      []string            // prefix and version in turn: what this process registers
	longest  time.Duration       // ttl of its longest-lived entries
	shards   [shardCount]registration
}

// registration says for which record of a shard the versions of this process are registered, and since when.
type registration struct {
	floor uint64
	own   int // how many of redisTier.own
	at    time.Time
}

func newRedisTier(o *Options, l *local, work *group, closing <-chan struct{}) *redisTier {
	t := &redisTier{
		local:    l,
		client:   o.Redis,
		app:      string(appendEscaped(nil, o.App)),
		codec:    codecTag(o.format()),
		timeout:  o.RedisTimeout,
		trips:    workers{jobs: make(chan func()), closing: closing, work: work},
		versions: make(map[string][]string),
		longest:  o.LoadTimeout,
	}
	t.keys = newStateKeys(t.app)
	switch c := o.Redis.(type) {
	case *redis.Client:
		t.direct = c.Options().ContextTimeoutEnabled
	case *redis.ClusterClient:
		t.cluster, t.nodes = true, c
	default: // a wrapper around who knows what
		t.cluster = true
	}
	return t
}

// register notes a version under which this process stores entries of a prefix, and how long they live.
func (t *redisTier) register(prefix, version string, ttl time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.longest = max(t.longest, ttl)
	if t.learn(prefix, version) {
		t.own = append(t.own, prefix, version)
		return
	}
	for i := 0; i < len(t.own); i += 2 {
		if t.own[i] == prefix && t.own[i+1] == version {
			return
		}
	}
	t.own = append(t.own, prefix, version)
}

// learn adds a live version and reports whether it is news. The caller holds t.mu.
func (t *redisTier) learn(prefix, version string) bool {
	if slices.Contains(t.versions[prefix], version) {
		return false
	}
	t.versions[prefix] = append(t.versions[prefix], version)
	return true
}

// keep is how long the state of a shard has to outlive its last use: longer than any entry and any load that could fill one.
func (t *redisTier) keep() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return (t.longest + t.longest/16 + 2*registerEvery).Milliseconds()
}

// shard is the shard of a tenant.
func shard(tenant string) int {
	h := fnv.New32a()
	h.Write([]byte(tenant))
	return int(h.Sum32() % shardCount)
}

// state names the keys of a shard: its record, the table of a tenant, the log of invalidations. No tenant can be named like them, because
// braces are escaped in a tenant.
func (t *redisTier) state(shard int, tenant string) []string {
	at := t.at(shard)
	return []string{at.state, at.table + tenant, at.log}
}

// stateKeys are the keys of a shard.
type stateKeys struct {
	state string
	boxed any    // state, as an argument of a command
	table string // up to the tenant
	log   string
}

func (t *redisTier) at(shard int) *stateKeys { return &t.keys[shard] }

func newStateKeys(app string) (all [shardCount]stateKeys) {
	for n := range all {
		base := app + ":{" + strconv.Itoa(n) + "}:"
		all[n] = stateKeys{base + "state", base + "state", base + "tenant:", base + "log"}
	}
	return all
}

// read takes a snapshot of what makes the entry stale, and the entry, in one round trip.
func (t *redisTier) read(ctx context.Context, b *budget, target *target) (*snapshot, error) {
	fields, at := target.fields, t.at(target.shard)
	if len(target.more) > 0 {
		fields = append(slices.Clip(fields), target.more...)
	}
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
	if len(s.entry.tags) > 0 && s.valid() {
		return t.tagged(ctx, b, target, s)
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
	reply, err := t.script(ctx, b, lapseScript, t.state(target.shard, target.tenant), open.words([]any{t.keep(), target.tenant}))
	if err != nil {
		return nil, err
	}
	if reply[1] == "1" {
		return &snapshot{apart: true}, nil
	}
	return t.read(ctx, b, target)
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

// isReply reports an answer of the server, be it an error, as opposed to a failure to get one.
func isReply(err error) bool {
	if err == nil {
		return true // before there is a reply, which is on the heap
	}
	var reply redis.Error
	return errors.As(err, &reply)
}

// number reads a field of HMGET; what is missing or no number is 0, which makes a record count as lost.
func number(v any) uint64 {
	s, _ := v.(string)
	if s == "" {
		return 0 // most fields are missing, and an error takes longer to make than a number to parse
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// prepare reports whether the snapshot was of a state that is no more, and the read has to look again: to take the new number for its stamp would
// be to overlook a fence that was opened before it. It makes sure that the shard's record and the tenant's table exist and that the record lists the versions of this process. Without
// that, an entry must not be filled: an exact invalidation would not know of it.
func (t *redisTier) prepare(ctx context.Context, b *budget, target *target, s *snapshot) (outdated bool, err error) {
	n := target.shard
	t.mu.Lock()
	own, registered := t.own, t.shards[n]
	t.mu.Unlock()
	known := s.floor != 0 && registered.floor == s.floor && registered.own == len(own) && time.Since(registered.at) < registerEvery
	if known && s.fresh {
		return false, nil
	}
	args := make([]any, 1, 1+len(own))
	args[0] = t.keep()
	for _, v := range own {
		args = append(args, v)
	}
	started := time.Now()
	reply, err := t.script(ctx, b, prepareScript, t.state(n, target.tenant), args)
	if err != nil {
		return false, err
	}
	floor := number(reply[1])
	t.mu.Lock()
	t.shards[n] = registration{floor, len(own), started}
	t.mu.Unlock()
	return !s.fresh || s.floor != floor, nil
}

type claimed int

const (
	claimHeld    claimed = iota // by another load
	claimTaken                  // by this one
	claimNewer                  // than the snapshot: there is a value now
	claimWritten                // by a write that will put its value
)

// claim reserves the entry for a load that takes its stamp from the snapshot. The claim that was taken stands under the token returned.
func (t *redisTier) claim(ctx context.Context, b *budget, target *target, by token, s *snapshot) (claimed, token, error) {
	if !t.cluster {
		return t.claimEntry(ctx, b, target, by, s)
	}
	fenced := t.lookForFences(ctx, *b, target, append(slices.Clip(target.fields), target.more...))
	state, by, err := t.claimEntry(ctx, b, target, by, s)
	if again, bad := fenced(); again && state == claimTaken && err == nil {
		if bad == nil {
			state = claimNewer
		}
		return state, by, cmp.Or(bad, t.release(ctx, b, target, by))
	}
	return state, by, err
}

func (t *redisTier) claimEntry(ctx context.Context, b *budget, target *target, by token, s *snapshot) (claimed, token, error) {
	args := []any{by.bytes(), s.seq, s.least, s.entry.stamp, claimLife.Milliseconds()}
	reply, err := t.script(ctx, b, claimScript, []string{target.key}, args)
	if err != nil {
		return claimHeld, by, err
	}
	state, _ := reply[0].(int64)
	if held, _ := reply[1].(string); len(held) == 8 {
		by = token(binary.BigEndian.Uint64([]byte(held)))
	}
	return claimed(state), by, nil
}

// renew extends a claim, and reports whether it still stands.
func (t *redisTier) renew(ctx context.Context, target *target, by token) (bool, error) {
	n, err := t.one(ctx, nil, renewScript, target.key, by.bytes(), claimLife.Milliseconds())
	return n == 1, err
}

// fill stores what a load brought, if nothing has invalidated the entry since its claim, and reports whether it did.
func (t *redisTier) fill(ctx context.Context, b *budget, target *target, by token, stamp uint64, tags []string, payload []byte, ttl time.Duration) (bool, error) {
	value := appendStored(make([]byte, 0, valueLen+len(payload)), stamp, t.codec, tags, payload)
	n, err := t.one(ctx, b, fillScript, target.key, by.bytes(), value, max(ttl.Milliseconds(), 1))
	return n == 1, err
}

// release gives up the claim of a load that brought nothing to store.
func (t *redisTier) release(ctx context.Context, b *budget, target *target, by token) error {
	_, err := t.one(ctx, b, releaseScript, target.key, by.bytes())
	return err
}

func (t token) bytes() []byte { return binary.BigEndian.AppendUint64(nil, uint64(t)) }

// mode is what an invalidation does to the fences of its paths.
type mode struct {
	name   string // stamp, mark, open or close
	writer string // whose fence it is
}

var (
	modeStamp = mode{name: "stamp"} // no fence
	modeMark  = mode{name: "mark"}  // as modeStamp, in a cluster
)

func modeOpen(writer string) mode  { return mode{"open", writer} }
func modeClose(writer string) mode { return mode{"close", writer} }

// patience is how an invalidation deals with a Redis that does not answer.
type patience bool

const (
	brief   patience = false // somebody waits for it, and it can be retried
	patient patience = true  // it is being retried
)

func (p patience) budget(t *redisTier) *budget {
	if p == patient {
		return nil
	}
	return &budget{t.timeout}
}

// invalidate stamps paths of one tenant, or of every tenant. It returns once Redis has accepted all of them. With a hold, nothing is stored
// under them for that long.
//
// Entries are deleted before they are stamped: a process that reads the old entry in between must not take it for newer than the stamp.
func (t *redisTier) invalidate(ctx context.Context, s stale, m mode, hold time.Duration, p patience) error {
	for len(s.scopes)+len(s.entries) > pathsPerStamp {
		first := stale{tenant: s.tenant}
		first.scopes, s.scopes = cut(s.scopes, pathsPerStamp)
		first.entries, s.entries = cut(s.entries, pathsPerStamp-len(first.scopes))
		if err := t.invalidate(ctx, first, m, hold, p); err != nil {
			return err
		}
	}
	if s.tenant == everyTenant {
		var shards errgroup.Group
		for n := range shardCount {
			shards.Go(func() error {
				_, err := t.stamp(ctx, n, s, m, hold, nil, p)
				return err
			})
		}
		return shards.Wait()
	}
	for deleted := map[string]bool{}; ; m, hold = modeStamp, 0 {
		var old []string
		t.mu.Lock()
		for _, path := range s.entries {
			for prefix := range leading(path) {
				for _, version := range t.versions[prefix] {
					key := t.app + ":" + s.tenant + ":" + path + versionTag + version
					if !deleted[key] {
						deleted[key] = true
						old = append(old, key)
					}
				}
			}
		}
		t.mu.Unlock()
		if t.cluster && len(old) > 0 {
			if err := t.delete(ctx, old, p); err != nil {
				return err
			}
			old = nil
		}
		news, err := t.stamp(ctx, shard(s.tenant), s, m, hold, old, p)
		if err != nil || !news {
			return err
		}
	}
}

func cut(list []string, n int) (head, tail []string) {
	n = min(n, len(list))
	return list[:n:n], list[n:]
}

// hold keeps fences open for longer.
func (t *redisTier) hold(ctx context.Context, s stale, writer string, hold time.Duration) error {
	shards := []int{shard(s.tenant)}
	if s.tenant == everyTenant {
		shards = shards[:0]
		for n := range shardCount {
			shards = append(shards, n)
		}
	}
	var errs []error
	for _, n := range shards {
		_, err := t.script(ctx, nil, holdScript, t.state(n, s.tenant), s.words([]any{t.keep(), s.tenant, hold.Milliseconds(), writer}))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// leading yields each leading run of segments of a path, itself included.
func leading(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range len(path) {
			if path[i] == separator && !yield(path[:i]) {
				return
			}
		}
		yield(path)
	}
}

// delete removes entries. In a cluster each has a node of its own.
func (t *redisTier) delete(ctx context.Context, keys []string, p patience) error {
	servers := make(map[*breaker][]string)
	for _, key := range keys {
		at := t.server(key)
		servers[at] = append(servers[at], key)
	}
	var all errgroup.Group
	for at, keys := range servers {
		all.Go(func() error {
			_, err := await(ctx, t, at, p.budget(t), func(ctx context.Context) (struct{}, error) {
				pipe := t.client.Pipeline()
				unlink(ctx, pipe, keys)
				_, err := pipe.Exec(ctx)
				return struct{}{}, err
			})
			return err
		})
	}
	return all.Wait()
}

func unlink(ctx context.Context, pipe redis.Pipeliner, keys []string) {
	for _, key := range keys {
		pipe.Unlink(ctx, key)
	}
}

// stamp runs the stamping script in one shard, and reports whether that told of a live version that was not known. The keys in first are
// removed before it in the same round trip, which only a single server does in that order.
func (t *redisTier) stamp(ctx context.Context, n int, s stale, m mode, hold time.Duration, first []string, p patience) (news bool, err error) {
	if t.cluster && m == modeStamp {
		m = modeMark
	}
	args := s.words([]any{t.keep(), s.tenant, m.name, hold.Milliseconds(), m.writer})
	keys := t.state(n, s.tenant)
	reply, err := await(ctx, t, t.server(keys[0]), p.budget(t), func(ctx context.Context) ([]any, error) {
		if len(first) == 0 {
			return list(stampScript.Run(ctx, t.client, keys, args...))
		}
		pipe := t.client.Pipeline()
		unlink(ctx, pipe, first)
		cmd := stampScript.EvalSha(ctx, pipe, keys, args...)
		_, err := pipe.Exec(ctx)
		if redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") {
			return list(stampScript.Eval(ctx, t.client, keys, args...))
		}
		if err != nil {
			return nil, err
		}
		return list(cmd)
	})
	if err != nil {
		return false, err
	}
	return t.stamped(n, s, reply), nil
}

// stamped does what the log will say, so that this process reads its own writes, and reports whether the reply of a stamp told of a live version that
// was not known.
func (t *redisTier) stamped(n int, s stale, reply []any) (news bool) {
	seq, before := number(reply[0]), number(reply[1])
	v := &t.local.views[n]
	t.local.raise(n, s, seq)
	raise(&v.seen, seq)
	v.applied.CompareAndSwap(before, seq)
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := 2; i+1 < len(reply); i += 2 {
		prefix, _ := reply[i].(string)
		version, _ := reply[i+1].(string)
		if t.learn(prefix, version) {
			news = true
		}
	}
	return news
}

// list reads the reply of a script that returns at least two values.
func list(cmd *redis.Cmd) ([]any, error) {
	reply, err := cmd.Slice()
	if err == nil && len(reply) < 2 {
		err = fmt.Errorf("script returned %v", reply)
	}
	return reply, err
}

// script runs a script that returns a list of at least two values.
func (t *redisTier) script(ctx context.Context, b *budget, s *redis.Script, keys []string, args []any) ([]any, error) {
	return await(ctx, t, t.server(keys[0]), b, func(ctx context.Context) ([]any, error) { return list(s.Run(ctx, t.client, keys, args...)) })
}

// one runs a script on one entry that returns a number.
func (t *redisTier) one(ctx context.Context, b *budget, s *redis.Script, key string, args ...any) (int, error) {
	return await(ctx, t, t.server(key), b, func(ctx context.Context) (int, error) { return s.Run(ctx, t.client, []string{key}, args...).Int() })
}
