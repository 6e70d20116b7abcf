package runtime

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
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

// all are the fields whose stamps make the entry stale, but for those that it carries.
func (t *target) all() []string {
	if len(t.more) == 0 {
		return t.fields
	}
	return append(slices.Clip(t.fields), t.more...)
}

// alone is a list of it.
func (t *target) alone() []*target { return []*target{t} }

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
