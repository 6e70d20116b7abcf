package runtime_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

var (
	numbersFlag = flag.Bool("numbers", false, "measure, and print the table of NUMBERS.md")
	entriesFlag = flag.Int("entries", 100_000, "with -numbers: how many entries a large pattern covers")
	racesFlag   = flag.Int("races", 1_000_000, "with -numbers: how many operations race")
	drainFlag   = flag.Bool("drain", false, "with -numbers: wait until Redis has nothing left of the invalidations; it takes 21 minutes")
)

// Close ends every goroutine and every connection that the cache has started, and leaves the
// application's alone.
func TestCloseLeavesNothingBehind(t *testing.T) {
	server := redistest.Start(t)
	admin := server.Admin()
	ctx := context.Background()
	require.NoError(t, admin.Ping(ctx).Err())
	ignore := goleak.IgnoreCurrent()
	connections := func(doing string) int {
		list, err := admin.ClientList(ctx).Result()
		require.NoError(t, err)
		return strings.Count(list, doing)
	}
	before := connections("id=")
	app := redis.NewClient(&redis.Options{Addr: server.Addr})
	for range 3 {
		c, err := runtime.New(runtime.Options{App: "test", Seed: 1, Redis: app})
		require.NoError(t, err)
		repo := decorate(newStore(contact{ID: "42"}), c, local)
		warm(t, repo, c, "42")
		require.NotZero(t, connections("cmd=xread"), "no follower: this test shows nothing")
		require.NoError(t, repo.Update(acme(), contact{ID: "42"}))
		fencedUpdate(repo, "")
		get(t, repo, "42")
		closeCache(t, c)
	}
	require.Eventually(t, func() bool { return connections("cmd=xread") == 0 }, 5*time.Second, 10*time.Millisecond, "a follower's connection outlives the cache")
	require.NoError(t, app.Ping(ctx).Err(), "the application's client was closed")
	require.NoError(t, app.Close())
	require.Eventually(t, func() bool { return connections("id=") <= before }, 5*time.Second, 10*time.Millisecond)
	goleak.VerifyNone(t, ignore)
}

// However much is invalidated, Redis holds a bounded amount, and all of it expires.
func TestInvalidationsLeaveABoundedAmount(t *testing.T) {
	total := 200_000
	if *numbersFlag {
		total = 1_000_000
	}
	server, b := startRedis(t)
	c := b.newCache(t)
	ctx := context.Background()
	memory := func() (used int64) {
		info, err := server.Admin().Info(ctx, "memory").Result()
		require.NoError(t, err)
		for line := range strings.Lines(info) {
			_, _ = fmt.Sscanf(line, "used_memory:%d", &used)
		}
		return used
	}
	before := memory()
	const tenants = 200
	var wg sync.WaitGroup
	started := time.Now()
	for worker := range 4 {
		wg.Go(func() {
			for n := worker; n < total/50; n += 4 {
				tenant := runtime.WithTenant(ctx, fmt.Sprint("tenant", n%tenants))
				batch := make([]string, 50)
				for i := range batch {
					batch[i] = fmt.Sprintf("contact:%d:%d", n, i)
					if i%2 == 0 {
						batch[i] += ":*"
					}
				}
				if n%10 == 0 { // one by one
					for _, p := range batch {
						if err := c.Invalidate(tenant, p); err != nil {
							t.Error(err)
						}
					}
				} else if err := c.Invalidate(tenant, batch...); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	used := memory() - before
	keys := 0
	var longest time.Duration
	for iter := server.Admin().Scan(ctx, 0, "*", 1000).Iterator(); iter.Next(ctx); keys++ {
		ttl, err := server.Admin().PTTL(ctx, iter.Val()).Result()
		require.NoError(t, err)
		require.Positive(t, ttl, "%s never expires", iter.Val())
		longest = max(longest, ttl)
	}
	t.Logf("%d invalidations of %d tenants in %v: %d keys, %.1f MB, all gone in at most %v", total, tenants,
		time.Since(started).Round(time.Millisecond), keys, float64(used)/1e6, longest.Round(time.Second))
	require.LessOrEqual(t, keys, tenants+2*16)
	// A table holds up to 1,000,000 fields, a log up to 4 MiB.
	require.Less(t, used, int64(200)*int64(total))
	if !*drainFlag {
		return
	}
	ended := time.Now()
	for left := int64(keys); left > 0; {
		require.Less(t, time.Since(ended), longest+30*time.Second, "%d keys are left", left)
		time.Sleep(time.Second) // it takes minutes
		now, err := server.Admin().DBSize(ctx).Result()
		require.NoError(t, err)
		if now < left && (left == int64(keys) || now == 0) {
			t.Logf("%v after the last invalidation: %d keys, %.1f MB", time.Since(ended).Round(time.Second), now, float64(memory()-before)/1e6)
		}
		left = now
	}
}

// row is a line of NUMBERS.md.
func row(t *testing.T, what, format string, args ...any) {
	fmt.Printf("| %s | %s |\n", what, fmt.Sprintf(format, args...))
}

// TestNumbers prints the table of NUMBERS.md.
//
//	go test ./runtime/ -run 'TestNumbers|TestInvalidationsLeave' -v -numbers -timeout=1h
func TestNumbers(t *testing.T) {
	if !*numbersFlag {
		t.Skip("-numbers measures")
	}
	fmt.Print("\n| what | measured |\n|---|---|\n")
	for _, strong := range []bool{true, false} {
		t.Run(fmt.Sprintf("races, strong %v", strong), func(t *testing.T) {
			ops, old, beyond, worst := race(t, strong, *racesFlag)
			if strong {
				row(t, fmt.Sprintf("stale strong reads in %d racing operations of 3 caches", ops), "%d", old)
			} else {
				row(t, fmt.Sprintf("reads from local copies, %d racing operations of 3 caches, staler than `Staleness` (1 s)", ops),
					"%d (%d were stale at all, the worst %v)", beyond, old, worst.Round(10*time.Microsecond))
			}
		})
	}
	t.Run("lag", func(t *testing.T) {
		lag := lags(t, 3000)
		row(t, "from an acknowledged invalidation to the last old answer of another cache", "median %v, 99.9 %% %v, most %v",
			lag[len(lag)/2], lag[len(lag)*999/1000], lag[len(lag)-1])
	})
	t.Run("collisions", func(t *testing.T) {
		for _, tenant := range []string{"acme", otherShard("acme")} {
			quiet, busy := collisions(t, tenant)
			where := "the same tenant"
			if tenant != "acme" {
				where = "a tenant of another shard"
			}
			row(t, "local hit ratio of 2,000 keys, before and after 20 s of 1,000 invalidations/s of other keys of "+where, "%.2f %%, %.2f %%", 100*quiet, 100*busy)
		}
	})
	t.Run("busy shard", func(t *testing.T) {
		for _, delay := range []time.Duration{0, 500 * time.Microsecond, 5 * time.Millisecond} {
			leased, rate := busyShard(t, delay, 5*time.Second)
			row(t, fmt.Sprintf("time under a lease while one shard is invalidated %.0f times a second, %v away and back", rate, 2*delay), "%.1f %%", 100*leased)
		}
	})
	t.Run("round trips", roundTrips)
	t.Run("patterns", patterns)
	t.Run("Redis hits", redisHits)
	t.Run("batches of hits", redisBatches)
}

// race lets caches write and read at once, and compares each read with what had been acknowledged
// before it began.
func race(t *testing.T, strong bool, total int) (ops, old, beyond int64, worst time.Duration) {
	_, b := startRedis(t)
	db := newTable()
	const keys = 50
	type ack struct {
		version int
		at      time.Time
	}
	var mu [keys]sync.Mutex
	var acked [keys][]ack // newest last
	var n, stale, late, most atomic.Int64
	var wg sync.WaitGroup
	for proc := range 3 {
		here := backend{"redis", client(t, addrOf(b))}
		r := newRegisters(proc, db, here.newCache(t), strong, new(chaos))
		for worker := range 3 {
			wg.Go(func() {
				rng := rand.New(rand.NewPCG(uint64(proc), uint64(worker)))
				for n.Add(1) <= int64(total) {
					k := rng.IntN(keys)
					at := register{"tenant", "g", fmt.Sprint(k)}
					if rng.IntN(50) == 0 {
						versions, err := r.write([]int{writeEntry, writeGroup, writeFencedEntry}[rng.IntN(3)], at)
						if err == nil {
							mu[k].Lock()
							acked[k] = append(acked[k], ack{versions[0], time.Now()})
							if len(acked[k]) > 2000 {
								acked[k] = slices.Clone(acked[k][1000:])
							}
							mu[k].Unlock()
						}
						continue
					}
					mu[k].Lock()
					known := acked[k]
					mu[k].Unlock()
					began := time.Now()
					v, err := r.read(at)
					if err != nil {
						t.Error(err)
					}
					var age time.Duration
					for i := len(known) - 1; i >= 0; i-- {
						if known[i].version > v {
							age = max(age, began.Sub(known[i].at))
						}
						if began.Sub(known[i].at) > 3*time.Second {
							break
						}
					}
					if age > 0 {
						stale.Add(1)
						if age > time.Second {
							late.Add(1)
						}
						for m := most.Load(); m < int64(age) && !most.CompareAndSwap(m, int64(age)); m = most.Load() {
						}
					}
				}
			})
		}
	}
	wg.Wait()
	return int64(total), stale.Load(), late.Load(), time.Duration(most.Load())
}

// lags measures for how long another cache answers with its copy after an invalidation has been
// acknowledged.
func lags(t *testing.T, rounds int) []time.Duration {
	_, b := startRedis(t)
	db := newTable()
	there := backend{"redis", client(t, addrOf(b))}
	reader := newRegisters(0, db, b.newCache(t), false, new(chaos))
	writer := newRegisters(1, db, there.newCache(t), false, new(chaos))
	at := register{"tenant", "g", "1"}
	list := make([]time.Duration, 0, rounds)
	for n := range rounds {
		for hits := reader.cache.Stats().LocalHits; reader.cache.Stats().LocalHits == hits; {
			_, err := reader.read(at)
			require.NoError(t, err)
		}
		versions, err := writer.write([]int{writeEntry, writeGroup}[n%2], at)
		require.NoError(t, err)
		acknowledged := time.Now()
		var last time.Duration
		for {
			began := time.Since(acknowledged)
			v, err := reader.read(at)
			require.NoError(t, err)
			if v >= versions[0] {
				break
			}
			last = began
		}
		list = append(list, last)
	}
	slices.Sort(list)
	return list
}

// collisions measures what invalidations of other keys cost a set of local copies.
func collisions(t *testing.T, busy string) (before, after float64) {
	_, b := startRedis(t)
	there := backend{"redis", client(t, addrOf(b))}
	c, other := b.newCache(t), there.newCache(t)
	reader := newRegisters(0, newTable(), c, false, new(chaos))
	pass := func() float64 {
		hits := c.Stats().LocalHits
		for id := range 2000 {
			_, err := reader.read(register{"acme", "g", fmt.Sprint(id)})
			require.NoError(t, err)
		}
		return float64(c.Stats().LocalHits-hits) / 2000
	}
	_, err := newRegisters(1, newTable(), c, false, new(chaos)).read(register{busy, "g", "1"}) // so that its shard is followed
	require.NoError(t, err)
	pass()
	require.Eventually(t, func() bool { return pass() > 0.9 }, 10*time.Second, 100*time.Millisecond)
	before = pass()
	ctx := runtime.WithTenant(context.Background(), busy)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	ratios := []float64{}
	for n := range 20_000 {
		<-tick.C
		require.NoError(t, other.Invalidate(ctx, fmt.Sprintf("reg:other:%d", n)))
		if n > 5000 && n%250 == 0 {
			ratios = append(ratios, pass())
		}
	}
	for _, r := range ratios {
		after += r / float64(len(ratios))
	}
	return before, after
}

// otherShard names a tenant that lives in another shard: one whose invalidations another tenant's
// table and log do not see.
func otherShard(tenant string) string { return tenant + "-2" }

// counter counts round trips and commands.
type counter struct{ trips, commands atomic.Int64 }

func (h *counter) add(cmds ...redis.Cmder) {
	if name := cmds[0].Name(); name == "hello" || name == "client" {
		return // a connection is being opened
	}
	h.trips.Add(1)
	h.commands.Add(int64(len(cmds)))
}

func (h *counter) reset() {
	h.trips.Store(0)
	h.commands.Store(0)
}

func (h *counter) DialHook(next redis.DialHook) redis.DialHook { return next }
func (h *counter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		h.add(cmd)
		return next(ctx, cmd)
	}
}
func (h *counter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		h.add(cmds...)
		return next(ctx, cmds)
	}
}

func roundTrips(t *testing.T) {
	_, b := startRedis(t)
	hook := new(counter)
	b.client.AddHook(hook)
	s := newStore(contact{ID: "42"})
	c := b.newCache(t)
	repo, near := decorate(s, c), decorate(s, b.newCache(t), local)
	get(t, repo, "42")
	require.NoError(t, repo.Update(acme(), contact{ID: "42"}))
	require.NoError(t, c.Invalidate(context.Background(), "contact:*"))
	fencedUpdate(repo, "")
	get(t, repo, "42")
	count := func(what string, f func()) {
		hook.reset()
		f()
		row(t, "round trips and commands: "+what, "%d, %d", hook.trips.Load(), hook.commands.Load())
	}
	count("Redis hit", func() { get(t, repo, "42") })
	count("exact invalidation", func() { require.NoError(t, repo.Update(acme(), contact{ID: "42"})) })
	count("miss", func() { get(t, repo, "42") })
	count("pattern invalidation", func() { require.NoError(t, repo.UpdateAll(acme())) })
	count("fenced write", func() { fencedUpdate(repo, "") })
	count("invalidation of all tenants", func() { require.NoError(t, c.Invalidate(context.Background(), "contact:*")) })
	require.Eventually(t, func() bool {
		hook.reset()
		get(t, near, "42")
		return hook.trips.Load() == 0
	}, 5*time.Second, time.Millisecond)
	row(t, "round trips and commands: local hit", "%d, %d", hook.trips.Load(), hook.commands.Load())
}

func patterns(t *testing.T) {
	for _, entries := range []int{10, *entriesFlag} {
		_, b := startRedis(t)
		ctx := runtime.WithTenant(context.Background(), "acme")
		r := newRegisters(0, newTable(), b.newCache(t), true, new(chaos))
		read := func(id int) (hit bool) {
			before := r.cache.Stats().RedisHits
			_, err := r.read(register{"acme", "g", fmt.Sprint(id)})
			require.NoError(t, err)
			return r.cache.Stats().RedisHits > before
		}
		read(0)
		// The others are what loads of their keys would have stored.
		key := func(id int) string { return fmt.Sprintf("test:acme:reg:g:%d:v00000001", id) }
		stored, err := b.admin().Get(ctx, key(0)).Bytes()
		require.NoError(t, err)
		for from := 1; from < entries; from += 1000 {
			pipe := b.admin().Pipeline()
			for id := from; id < min(from+1000, entries); id++ {
				pipe.Set(ctx, key(id), stored, 10*time.Minute)
			}
			_, err := pipe.Exec(ctx)
			require.NoError(t, err)
		}
		for id := 0; id < entries; id += max(entries/100, 1) {
			require.True(t, read(id), "no entry %d", id)
		}
		size, err := b.admin().DBSize(context.Background()).Result()
		require.NoError(t, err)
		require.GreaterOrEqual(t, int(size), entries)
		took := make([]time.Duration, 101)
		for i := range took {
			started := time.Now()
			require.NoError(t, r.cache.Invalidate(ctx, "reg:g:*"))
			took[i] = time.Since(started)
		}
		for id := 0; id < entries; id += max(entries/100, 1) {
			require.False(t, read(id), "entry %d is still answered", id)
		}
		first := took[0]
		slices.Sort(took)
		row(t, fmt.Sprintf("pattern invalidation over %d entries", entries), "%v the first, median %v", first.Round(time.Microsecond), took[len(took)/2].Round(time.Microsecond))
	}
}
