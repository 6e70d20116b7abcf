package runtime_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/anishathalye/porcupine"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// Histories: several processes, each with several goroutines, read and write a few registers
// through the cache, and note when each call began and ended and which version it saw. The database
// numbers the writes of a register, so what a read may return can be told from the numbers.
//
//	go test ./runtime/ -run 'TestHistories|TestFaults' -for=10m -seed=42
var (
	historiesFlag = flag.Int("histories", 0, "how many histories each history test runs; 0: some seconds' worth")
	forFlag       = flag.Duration("for", 0, "for how long each history test runs, in place of a number of histories")
	seedFlag      = flag.Uint64("seed", 0, "seed of the histories; 0: a new one each time")
)

// database holds the registers. A write gives a register its next version.
type database interface {
	read(key string) int
	write(keys ...string) []int
}

type table struct {
	mu   sync.Mutex
	rows map[string]int
	last int // version given out; none is given out twice, so that a value tells which register it is of
}

func newTable() *table { return &table{rows: make(map[string]int)} }

func (t *table) read(key string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rows[key]
}

func (t *table) write(keys ...string) []int {
	t.mu.Lock()
	defer t.mu.Unlock()
	versions := make([]int, len(keys))
	for i, key := range keys {
		t.last++
		t.rows[key] = t.last
		versions[i] = t.last
	}
	return versions
}

// serve lets other processes use the table: a line of keys is answered with a line of versions, one
// that begins with "!" writes first.
func (t *table) serve(tb testing.TB) (addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				for in := bufio.NewScanner(conn); in.Scan(); {
					keys := strings.Fields(in.Text())
					var versions []int
					if keys[0] == "!" {
						versions = t.write(keys[1:]...)
					} else {
						versions = []int{t.read(keys[0])}
					}
					if json.NewEncoder(conn).Encode(versions) != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// remote is the table of another process.
type remote struct {
	addr string
	idle sync.Pool // of *remoteConn
}

type remoteConn struct {
	net.Conn
	*json.Decoder
}

func (r *remote) read(key string) int        { return r.ask(key)[0] }
func (r *remote) write(keys ...string) []int { return r.ask("! " + strings.Join(keys, " ")) }

func (r *remote) ask(line string) (versions []int) {
	c, _ := r.idle.Get().(*remoteConn)
	if c == nil {
		conn, err := net.Dial("tcp", r.addr)
		if err != nil {
			panic(err)
		}
		c = &remoteConn{conn, json.NewDecoder(conn)}
	}
	if _, err := fmt.Fprintln(c, line); err != nil {
		panic(err)
	}
	if err := c.Decode(&versions); err != nil {
		panic(err)
	}
	r.idle.Put(c)
	return versions
}

// monotonic is a clock that all processes of the machine share, in nanoseconds.
func monotonic() int64 {
	var ts syscall.Timespec
	const clockMonotonic = 1
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
		panic(errno)
	}
	return ts.Nano()
}

// chaos pauses at random, so that calls overlap in ways that they seldom would.
type chaos struct {
	seed uint64
	n    atomic.Uint64
	most time.Duration
}

func (c *chaos) pause() {
	x := mix(c.seed + c.n.Add(1))
	switch x % 8 {
	case 0, 1, 2:
	case 3, 4, 5:
		goruntime.Gosched()
	case 6:
		time.Sleep(time.Duration(x>>8) % (c.most/10 + 1))
	case 7:
		time.Sleep(time.Duration(x>>8) % (c.most + 1))
	}
}

// mix is a step of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// register is a place in the database: a tenant, a group and an id, as in tenant/group/id.
type register struct{ tenant, group, id string }

func (r register) String() string { return r.tenant + "/" + r.group + "/" + r.id }

func (r register) context() context.Context {
	return runtime.WithTenant(context.Background(), r.tenant)
}

// registers is a repository of them behind a cache: what the generator would emit.
type registers struct {
	proc     int
	db       database
	cache    *runtime.Cache
	get      *runtime.Read
	hung     *runtime.Read // by tags, on the paths of get
	many     *runtime.Read
	hungMany *runtime.Read // of the entries of hung
	put      *runtime.Write
	chaos    *chaos
}

func newRegisters(proc int, db database, c *runtime.Cache, strong bool, ch *chaos) *registers {
	o := runtime.ReadOptions{Result: resultOf[int](), Method: "Registers.Get", Prefix: "reg", Version: "00000001", TTL: 20 * time.Second, Strong: strong}
	if proc%2 == 0 {
		o.Result = copiedBy(runtime.Same[int])
	}
	hung, many := o, o
	hung.Method, hung.Prefix, hung.Tags = "Registers.Hung", "hung", []string{"reg"}
	many.Method = "Registers.GetMany"
	hungMany := hung
	hungMany.Method = "Registers.HungMany"
	return &registers{
		proc, db, c, runtime.NewRead(c, o), runtime.NewRead(c, hung), runtime.NewBatch(c, many), runtime.NewBatch(c, hungMany),
		runtime.NewWrite(c, runtime.WriteOptions{Method: "Registers.Put"}), ch,
	}
}

// ways to read a register.
const (
	readByKey = iota
	readByTagOfResult
	readByTagOfArgument
	readWays
)

func (r *registers) read(at register) (int, error) { return r.readBy(readByKey, at) }

func (r *registers) readBy(way int, at register) (int, error) {
	var buf runtime.KeyBuffer
	ctx := at.context()
	load := func(context.Context) (any, error) {
		r.chaos.pause()
		v := r.db.read(at.String())
		r.chaos.pause()
		return v, nil
	}
	if way == readByKey {
		key := r.get.Key(ctx, &buf).String(at.group).String(at.id)
		if v, ok, err := r.get.Lookup(ctx, key); ok {
			return v.(int), err
		}
		v, err := r.get.Load(ctx, key, load)
		return v.(int), err
	}
	key := r.hung.Key(ctx, &buf).Int(int64(way)).String(at.group).String(at.id)
	if v, ok, err := r.hung.Lookup(ctx, key); ok {
		return v.(int), err
	}
	tag := func(tags *runtime.Tags) { tags.Add(tags.Path("reg").String(at.group).String(at.id)) }
	ofArgs, ofResult := tag, (func(*runtime.Tags, any))(nil)
	if way == readByTagOfResult {
		ofArgs, ofResult = nil, func(tags *runtime.Tags, _ any) { tag(tags) }
	}
	v, err := r.hung.LoadTagged(ctx, key, ofArgs, ofResult, load)
	return v.(int), err
}

// readMany reads registers of one tenant and group together.
func (r *registers) readMany(way int, list []register) (map[string]int, error) {
	var buf runtime.KeyBuffer
	ctx, group, ids := list[0].context(), list[0].group, make([]string, len(list))
	for i, at := range list {
		ids[i] = at.id
	}
	load := func(_ context.Context, ids []string) (map[string]int, error) {
		versions := make(map[string]int)
		for _, id := range ids {
			r.chaos.pause()
			versions[id] = r.db.read(register{list[0].tenant, group, id}.String())
			r.chaos.pause()
		}
		return versions, nil
	}
	if way == readByKey {
		item := func(key runtime.Key, id string) runtime.Key { return key.String(group).String(id) }
		return runtime.BatchMap(ctx, r.many, r.many.Key(ctx, &buf), ids, item, load)
	}
	item := func(key runtime.Key, id string) runtime.Key { return key.Int(int64(way)).String(group).String(id) }
	tag := func(tags *runtime.Tags, id string) { tags.Add(tags.Path("reg").String(group).String(id)) }
	if way == readByTagOfArgument {
		return runtime.BatchMapTagged(ctx, r.hungMany, r.hungMany.Key(ctx, &buf), ids, item, tag, nil, load)
	}
	return runtime.BatchMapTagged(ctx, r.hungMany, r.hungMany.Key(ctx, &buf), ids, item, nil, func(tags *runtime.Tags, id string, _ int) { tag(tags, id) }, load)
}

// kinds of write, by how they invalidate.
const (
	writeEntry = iota
	writeGroup
	writePrefix
	writeTenant
	writeEveryTenant      // the entry, for every tenant
	writeEveryTenantGroup // the group
	writeFencedEntry
	writeFencedGroup
	writeInTx
	writeByHand // with Cache.Invalidate
	writePut
	writeLatePut // of a key that is known after the write
	writeKinds
)

// write writes registers of one tenant and group, and returns their versions. The error says that
// the invalidation is not in force.
func (r *registers) write(kind int, list ...register) (versions []int, err error) {
	keys := make([]string, len(list))
	for i, at := range list {
		keys[i] = at.String()
	}
	ctx := list[0].context()
	if kind == writeInTx {
		var tx *runtime.Tx
		outer := ctx
		ctx, tx = r.cache.Begin(ctx)
		defer func() {
			r.chaos.pause()
			if failed := tx.Commit(outer); err == nil {
				err = failed
			}
		}()
	}
	inv := r.put.Begin(ctx)
	collect := func() {
		for _, at := range list {
			switch kind {
			case writeGroup, writeFencedGroup:
				inv.Scope(inv.Path("reg").String(at.group))
			case writePrefix:
				inv.Scope(inv.Path("reg"))
			case writeEveryTenant:
				inv.Entry(inv.PathIn(runtime.AllTenants, "reg").String(at.group).String(at.id))
			case writeEveryTenantGroup:
				inv.Scope(inv.PathIn(runtime.AllTenants, "reg").String(at.group))
			default:
				inv.Entry(inv.Path("reg").String(at.group).String(at.id))
			}
		}
	}
	fenced := kind == writeFencedEntry || kind == writeFencedGroup
	if fenced {
		collect()
		inv.Open()
	}
	path := func(at register) runtime.Key { return inv.Path("reg").String(at.group).String(at.id) }
	var put *runtime.Put
	if kind == writePut || kind == writeLatePut {
		put = r.get.Put(inv)
	}
	if kind == writePut {
		for _, at := range list {
			put.Claim(path(at))
		}
	}
	inv.Reserve()
	r.chaos.pause()
	versions = r.db.write(keys...)
	r.chaos.pause()
	if put != nil {
		for i, at := range list {
			put.Store(path(at), versions[i])
		}
	}
	switch kind {
	case writeTenant:
		return versions, r.cache.Invalidate(ctx, "*")
	case writeByHand:
		for i, at := range list {
			keys[i] = "reg:" + at.group + ":" + at.id
		}
		return versions, r.cache.Invalidate(ctx, keys...)
	}
	if !fenced {
		collect()
	}
	inv.End(&err)
	return versions, err
}

// call is one read or write of one register, in a history.
type call struct {
	Proc, Client int
	Key          string
	Kind         int // of a write; -1 for a read
	Version      int
	Start, End   int64
	Failed       bool // a write whose invalidation is not in force
}

const callRead = -1

func (c call) String() string {
	what := "read "
	if c.Kind != callRead {
		what = fmt.Sprintf("write(kind %d, failed %v)", c.Kind, c.Failed)
	}
	return fmt.Sprintf("%14d..%14d process %d client %d %s %s = %d", c.Start, c.End, c.Proc, c.Client, what, c.Key, c.Version)
}

// script is what one client does in one history. It follows from the seed.
type script struct {
	Seed     uint64
	Client   int
	Calls    int
	Group    string
	Tenants  int
	IDs      int
	Pause    time.Duration // between calls, at most
	Kinds    []int         // of write; none: all, half of them of the first
	ReadOnly bool
	Until    int64       // on the monotonic clock; with it, Calls does not count
	on       func() bool // likewise, in this process: it plays for as long as this says so
}

// goesOn reports whether there is an nth call.
func (s script) goesOn(n int) bool {
	switch {
	case s.on != nil:
		return s.on()
	case s.Until != 0:
		return monotonic() < s.Until
	}
	return n < s.Calls
}

func (s script) play(r *registers) []call {
	rng := rand.New(rand.NewPCG(s.Seed, uint64(s.Client)))
	var done []call
	for n := 0; s.goesOn(n); n++ {
		at := register{fmt.Sprint("tenant", rng.IntN(s.Tenants)), s.Group, fmt.Sprint(rng.IntN(s.IDs))}
		c := call{Proc: r.proc, Client: s.Client, Key: at.String(), Kind: callRead}
		switch read := s.ReadOnly || rng.IntN(100) < 70; {
		case read && rng.IntN(4) == 0:
			var list []register
			for _, id := range rng.Perm(s.IDs)[:1+rng.IntN(s.IDs)] {
				list = append(list, register{at.tenant, at.group, fmt.Sprint(id)})
			}
			c.Start = monotonic()
			versions, err := r.readMany(rng.IntN(readWays), list)
			c.End = monotonic()
			if err != nil {
				continue
			}
			for _, at := range list {
				c.Key, c.Version = at.String(), versions[at.id]
				done = append(done, c)
			}
		case read:
			c.Start = monotonic()
			v, err := r.readBy(rng.IntN(readWays), at)
			c.End = monotonic()
			if err != nil {
				continue // the context of the load is over: no answer is no stale answer
			}
			c.Version = v
			done = append(done, c)
		default:
			c.Kind = writeEntry
			if len(s.Kinds) > 0 {
				c.Kind = s.Kinds[rng.IntN(len(s.Kinds))]
			} else if rng.IntN(2) == 0 {
				c.Kind = rng.IntN(writeKinds)
			}
			list := []register{at}
			for id := range s.IDs {
				if other := (register{at.tenant, at.group, fmt.Sprint(id)}); other != at && rng.IntN(4) == 0 {
					list = append(list, other)
				}
			}
			c.Start = monotonic()
			versions, err := r.write(c.Kind, list...)
			c.End = monotonic()
			c.Failed = err != nil
			for i, v := range versions {
				c.Key, c.Version = list[i].String(), v
				done = append(done, c)
			}
		}
		if s.Pause > 0 && rng.IntN(3) == 0 {
			time.Sleep(time.Duration(rng.Int64N(int64(s.Pause))))
		}
	}
	return done
}

// promise is what the reads of a history are held to.
type promise struct {
	// Bound is how long a write whose invalidation has been acknowledged may be missed: 0 for
	// strong reads, Options.Staleness with local copies. Whatever the bound, a process may not miss
	// its own writes.
	Bound time.Duration
	// Atomic: a write is seen by everyone or by no one. That is more than the invalidation of an
	// unfenced write can give: from the moment the database has changed until the write returns, a
	// read that loads sees the new row, and one after it may still find the old entry. Behind a
	// fence nobody finds an entry.
	Atomic bool
}

// verdict says what in a history contradicts the promise.
func (p promise) verdict(calls []call) error {
	byKey := make(map[string][]call)
	for _, c := range calls {
		byKey[c.Key] = append(byKey[c.Key], c)
	}
	for _, list := range byKey {
		for _, r := range list {
			if r.Kind != callRead {
				continue
			}
			written := r.Version == 0
			for _, w := range list {
				if w.Kind == callRead {
					continue
				}
				if w.Version == r.Version {
					written = w.Start < r.End
				}
				if w.Version > r.Version && (w.Proc == r.Proc && w.End < r.Start || !w.Failed && w.End < r.Start-int64(p.Bound)) {
					return fmt.Errorf("a read missed a write that had ended %v before it began\n  %v\n  %v\nall calls on the register:\n%s",
						time.Duration(r.Start-w.End), w, r, story(list))
				}
			}
			if !written {
				return fmt.Errorf("a read returned what nobody had written\n  %v\nall calls on the register:\n%s", r, story(list))
			}
		}
		if p.Bound > 0 {
			continue
		}
		if !linearizable(invalidated, list) {
			return fmt.Errorf("not linearizable with respect to invalidations:\n%s", story(list))
		}
		if p.Atomic && !linearizable(atomicRegister, list) {
			return fmt.Errorf("not linearizable:\n%s", story(list))
		}
	}
	return nil
}

// invalidated is a register whose writes take effect with their invalidation: from then on, no read
// returns an older version.
var invalidated = porcupine.Model{
	Init: func() any { return 0 },
	Step: func(state, input, output any) (bool, any) {
		if input == callRead {
			return output.(int) >= state.(int), state
		}
		return true, max(state.(int), output.(int))
	},
}

// atomicRegister is a register: a read returns what the last write wrote.
var atomicRegister = porcupine.Model{
	Init: func() any { return 0 },
	Step: func(state, input, output any) (bool, any) {
		if input == callRead {
			return output == state, state
		}
		return true, output
	},
}

// linearizable reports whether the calls on a register can be put in an order that the model allows
// and in which every call takes effect between its start and its end. A write whose invalidation
// failed may take effect at any time after its start.
func linearizable(m porcupine.Model, calls []call) bool {
	list := make([]porcupine.Operation, len(calls))
	for i, c := range calls {
		list[i] = porcupine.Operation{ClientId: c.Client, Input: c.Kind, Call: c.Start, Output: c.Version, Return: c.End}
		if c.Failed {
			list[i].Return = math.MaxInt64
		}
	}
	return porcupine.CheckOperations(m, list)
}

func story(calls []call) string {
	calls = slices.Clone(calls)
	slices.SortFunc(calls, func(a, b call) int { return int(a.Start - b.Start) })
	var b strings.Builder
	for _, c := range calls {
		fmt.Fprintln(&b, " ", c)
	}
	return b.String()
}

// player is a process that can play its part in a history.
type player interface {
	start(scripts []script) (finish func() []call)
}

func (r *registers) start(scripts []script) func() []call {
	var wg sync.WaitGroup
	parts := make([][]call, len(scripts))
	for i, s := range scripts {
		wg.Go(func() { parts[i] = s.play(r) })
	}
	return func() []call {
		wg.Wait()
		return slices.Concat(parts...)
	}
}

// part is what another process is told about its part in the histories.
type part struct {
	Proc      int
	Redis     string
	Database  string
	Strong    bool
	Staleness time.Duration
	Timeout   time.Duration // Options.RedisTimeout; 0: long
	Seed      uint64
	Pause     time.Duration
}

func (p part) options() func(*runtime.Options) {
	return func(o *runtime.Options) {
		o.Staleness, o.StrictInvalidation, o.RedisTimeout = p.Staleness, true, cmp.Or(p.Timeout, 5*time.Second)
	}
}

// processPlayer is a player in a process of its own. Its stdin and stdout are one conversation, so
// it plays one history at a time.
type processPlayer struct {
	*child
	mortal bool // it may die
	mu     sync.Mutex
}

func startPlayer(t testing.TB, p part) *processPlayer {
	c := startChild(t, "registers", p.Redis)
	line, err := json.Marshal(p)
	require.NoError(t, err)
	require.Equal(t, "ready", c.ask(string(line)))
	return &processPlayer{child: c}
}

func (p *processPlayer) start(scripts []script) func() []call {
	p.mu.Lock()
	line, err := json.Marshal(scripts)
	if err == nil {
		_, err = fmt.Fprintln(p.in, string(line))
	}
	return func() (calls []call) {
		defer p.mu.Unlock()
		if err == nil {
			line, err = p.out.ReadBytes('\n')
		}
		if err == nil {
			err = json.Unmarshal(line, &calls)
		}
		if err != nil && !p.mortal {
			p.t.Errorf("the other process: %v", err)
		}
		return calls
	}
}

// playRegisters is the other end of a processPlayer.
func playRegisters(t *testing.T) {
	in := json.NewDecoder(os.Stdin)
	var p part
	require.NoError(t, in.Decode(&p))
	c := backend{"child", connect(t, p.Redis)}.newCache(t, p.options())
	r := newRegisters(p.Proc, &remote{addr: p.Database}, c, p.Strong, &chaos{seed: p.Seed, most: p.Pause})
	fmt.Println("ready")
	for {
		var scripts []script
		if err := in.Decode(&scripts); err == io.EOF {
			return
		} else {
			require.NoError(t, err)
		}
		calls := r.start(scripts)()
		for i := range calls {
			calls[i].Proc = p.Proc
		}
		require.NoError(t, json.NewEncoder(os.Stdout).Encode(calls))
	}
}

// seed is the seed of this run, printed so that it can be given again.
func seed(t testing.TB) uint64 {
	s := *seedFlag
	if s == 0 {
		s = rand.Uint64()>>1 | 1
	}
	t.Logf("-seed=%d", s)
	return s
}

// scale says how long a history is and how many run.
type scale struct {
	histories, clients, calls int
	pause                     time.Duration // between calls
	kinds                     []int         // of write; nil: all
}

// play runs histories, several at a time, and checks each.
func play(t *testing.T, seed uint64, players []player, s scale, p promise) {
	n := s.histories
	var until time.Time
	if *historiesFlag > 0 {
		n = *historiesFlag
	}
	if *forFlag > 0 {
		n, until = math.MaxInt, time.Now().Add(*forFlag)
	}
	var next, calls atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range 4 {
		wg.Go(func() {
			for !t.Failed() {
				h := int(next.Add(1)) - 1
				if h >= n || !until.IsZero() && time.Now().After(until) {
					return
				}
				history := playOne(mix(seed+uint64(h)), fmt.Sprint("h", h), players, s)
				calls.Add(int64(len(history)))
				if err := p.verdict(history); err != nil {
					t.Errorf("history %d of -seed=%d: %v", h, seed, err)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d histories, %d calls in %v", min(int(next.Load()), n), calls.Load(), time.Since(began).Round(time.Millisecond))
}

// playOne runs one history: clients spread over the players by the seed.
func playOne(seed uint64, group string, players []player, s scale) []call {
	rng := rand.New(rand.NewPCG(seed, 0))
	tenants, ids := 1+rng.IntN(2), 1+rng.IntN(3)
	scripts := make([][]script, len(players))
	for n := range s.clients {
		at := rng.IntN(len(players))
		scripts[at] = append(scripts[at], script{Seed: seed, Client: n + 1, Calls: s.calls, Group: group, Tenants: tenants, IDs: ids, Pause: s.pause, Kinds: s.kinds})
	}
	var finish []func() []call
	for i, p := range players {
		if len(scripts[i]) > 0 {
			finish = append(finish, p.start(scripts[i]))
		}
	}
	var history []call
	for _, f := range finish {
		history = append(history, f()...)
	}
	return history
}

// TestHistories is the heart of the proof: whatever the interleaving, strong reads are linearizable
// with respect to writes and their invalidations, and no read from a local copy is staler than
// Options.Staleness, or than its own process's last write.
func TestHistories(t *testing.T) {
	caches := func(t *testing.T, b backend, seed uint64, db database, p part, n int) (list []player) {
		for i := range n {
			here := b
			if b.client != nil {
				here.client = client(t, b.client.(*redis.Client).Options().Addr) // each its own pool, as processes have
			}
			list = append(list, newRegisters(i, db, here.newCache(t, p.options()), p.Strong, &chaos{seed: mix(seed + uint64(i)), most: p.Pause}))
		}
		return list
	}
	short := scale{histories: 1000, clients: 5, calls: 12}
	long := scale{histories: 250, clients: 5, calls: 40, pause: 4 * time.Millisecond}
	fenced := scale{histories: 300, clients: 5, calls: 12, kinds: []int{writeFencedEntry, writeFencedGroup}}
	strong := part{Strong: true, Pause: time.Millisecond}
	local := part{Staleness: 20 * time.Millisecond, Pause: time.Millisecond}
	for _, c := range []struct {
		name string
		part
		scale
		promise
	}{
		{"strong", strong, short, promise{}},
		{"fenced", strong, fenced, promise{Atomic: true}},
		{"local", local, long, promise{Bound: local.Staleness}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name != "local" { // an embedded cache is always strong
				t.Run("embedded", func(t *testing.T) {
					seed := seed(t)
					play(t, seed, caches(t, backend{name: "embedded"}, seed, newTable(), part{Pause: 200 * time.Microsecond}, 1), c.scale, c.promise)
				})
			}
			t.Run("caches", func(t *testing.T) {
				seed := seed(t)
				_, b := startRedis(t)
				play(t, seed, caches(t, b, seed, newTable(), c.part, 3), c.scale, c.promise)
			})
			t.Run("processes", func(t *testing.T) {
				seed := seed(t)
				server, b := startRedis(t)
				db := newTable()
				players := caches(t, b, seed, db, c.part, 1)
				for i := range 2 {
					p := c.part
					p.Proc, p.Seed, p.Redis, p.Database = i+1, mix(seed+uint64(i+1)), server.Addr, db.serve(t)
					players = append(players, startPlayer(t, p))
				}
				s := c.scale
				s.histories /= 3
				play(t, seed, players, s, c.promise)
			})
		})
	}
}
