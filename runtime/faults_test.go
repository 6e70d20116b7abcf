package runtime_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// stage is what faults can be done to.
type stage struct {
	t      testing.TB
	server *redistest.Server
	admin  *redis.Client // of the tests alone
	proxy  *proxy        // between the server and one cache of this process, and one other process
	other  *processPlayer
	rng    *rand.Rand
	saved  time.Time        // when the server last wrote a dump; zero: it has none
	clock  *redistest.Clock // nil: that of the machine
}

// fault happens again and again while a history runs.
type fault struct {
	name string
	do   func(ctx context.Context, s *stage)
	// How long the process with copies behind the proxy waits for Redis; 0: as long as the others.
	patience time.Duration
	clock    bool // it sets the server's clock
	ids      int  // how many registers a tenant has; 0: few, which are read all the time
}

var faults = []fault{
	{name: "follower cut off", do: func(ctx context.Context, s *stage) {
		clients, _ := s.admin.ClientList(ctx).Result()
		for line := range strings.Lines(clients) {
			var id int64
			if _, err := fmt.Sscanf(line, "id=%d", &id); err == nil && strings.Contains(line, "cmd=xread") && s.rng.IntN(2) == 0 {
				s.admin.ClientKillByFilter(ctx, "ID", fmt.Sprint(id))
			}
		}
	}},
	{name: "connections killed", do: func(ctx context.Context, s *stage) {
		s.admin.ClientKillByFilter(ctx, "TYPE", "normal", "SKIPME", "yes")
	}},
	{name: "connections refused", do: func(_ context.Context, s *stage) {
		s.proxy.refuse()
		s.wait(60)
		s.proxy.open()
	}},
	{name: "packets held back", do: func(_ context.Context, s *stage) {
		s.proxy.hold()
		s.wait(250)
		s.proxy.open()
	}},
	{name: "log held back", do: func(_ context.Context, s *stage) {
		s.proxy.stall("xread")
		s.wait(250)
		s.proxy.open()
	}},
	{name: "packets delayed", do: func(_ context.Context, s *stage) {
		s.proxy.slow(time.Duration(s.rng.IntN(30)) * time.Millisecond)
		s.wait(40)
		s.proxy.open()
	}},
	{name: "too slow for a claim", patience: 8 * time.Millisecond, do: func(_ context.Context, s *stage) {
		s.proxy.slow(time.Duration(s.rng.IntN(8)) * time.Millisecond)
		s.wait(200)
		s.proxy.open()
	}},
	{name: "process stopped", do: func(_ context.Context, s *stage) {
		s.other.pause()
		s.wait(250)
		s.other.resume()
	}},
	{name: "server frozen", do: func(_ context.Context, s *stage) {
		s.server.Freeze()
		s.wait(150)
		s.server.Thaw()
	}},
	{name: "server restarted empty", do: func(_ context.Context, s *stage) {
		s.server.Kill()
		s.wait(30)
		s.server.Restart()
		s.wait(100)
	}},
	{name: "server restarted from a dump", do: func(ctx context.Context, s *stage) {
		switch {
		case s.saved.IsZero():
			s.saved = time.Now()
			s.admin.Save(ctx)
		case time.Since(s.saved) > 1100*time.Millisecond: // for so long a server is believed that was met
			s.server.Kill()
			s.server.Restart()
			s.saved = time.Time{}
			s.wait(100)
		}
	}},
	{name: "server flushed", do: func(ctx context.Context, s *stage) { s.admin.FlushAll(ctx) }},
	{name: "state deleted", do: func(ctx context.Context, s *stage) { s.loseState(ctx, 3) }},
	{name: "any key deleted", do: func(ctx context.Context, s *stage) {
		for range 5 {
			if key, err := s.admin.RandomKey(ctx).Result(); err == nil {
				s.admin.Del(ctx, key)
			}
		}
	}},
	{name: "keys evicted", do: func(ctx context.Context, s *stage) {
		s.admin.ConfigSet(ctx, "maxmemory-policy", []string{"allkeys-random", "allkeys-lru"}[s.rng.IntN(2)])
		s.admin.ConfigSet(ctx, "maxmemory", "3mb")
		for n := range 60 {
			s.admin.Set(ctx, fmt.Sprint("noise", n), make([]byte, 32<<10), time.Second)
		}
		s.admin.ConfigSet(ctx, "maxmemory", "0")
	}},
	// Ahead, entries, claims and fences expire; back, they live longer. By a little, what is made
	// after it can have an earlier time than what was there before.
	{name: "clock set", clock: true, do: func(_ context.Context, s *stage) { s.setClock() }},
	{name: "clock set and state lost", clock: true, ids: 24, do: func(ctx context.Context, s *stage) {
		s.setClock()
		switch s.rng.IntN(4) {
		case 0:
			s.admin.FlushAll(ctx)
		case 1:
			s.loseState(ctx, 1)
		default:
			s.loseState(ctx, 3)
		}
	}},
}

// setClock sets the clock of the server, by some milliseconds or by up to half a minute.
func (s *stage) setClock() {
	most := []time.Duration{20 * time.Millisecond, 300 * time.Millisecond, 30 * time.Second}[s.rng.IntN(3)]
	s.clock.Set(time.Duration(s.rng.Int64N(int64(2*most))) - most)
}

// loseState deletes one in n keys of record, table and log.
func (s *stage) loseState(ctx context.Context, n int) {
	keys, _ := s.admin.Keys(ctx, "test:{*").Result()
	for _, key := range keys {
		if s.rng.IntN(n) == 0 {
			s.admin.Del(ctx, key)
		}
	}
}

func (s *stage) wait(most int) { time.Sleep(time.Duration(s.rng.IntN(most)+1) * time.Millisecond) }

// TestFaults runs histories while something breaks over and over: two caches of this process and
// two other processes, of each pair one with strong reads and one with local copies, half of them
// behind a proxy. What is promised holds all the same.
func TestFaults(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			underFault(t, f, nil)
		})
	}
	// A process that dies in a load leaves a claim, one that dies in between leaves whatever it
	// leaves.
	t.Run("process killed", func(t *testing.T) {
		t.Parallel()
		underFault(t, fault{do: func(_ context.Context, s *stage) { s.wait(50) }}, func(s *stage, p part) (victim *processPlayer) {
			victim = startPlayer(s.t, p)
			time.AfterFunc(time.Duration(rand.IntN(100)+20)*time.Millisecond, func() { _ = victim.cmd.Process.Kill() })
			return victim
		})
	})
}

func underFault(t *testing.T, f fault, mortal func(*stage, part) *processPlayer) {
	seed := seed(t)
	const staleness = 60 * time.Millisecond
	s := &stage{t: t, rng: rand.New(rand.NewPCG(seed, 1))}
	if f.clock {
		s.server, s.clock = redistest.StartWithClock(t)
	} else {
		s.server = redistest.Start(t)
	}
	server := s.server
	s.admin, s.proxy = server.Admin(), newProxy(t, server.Addr)
	db := newTable()
	database := db.serve(t)
	var players []player
	var caches []*runtime.Cache
	for n, strong := range []bool{true, false, true, false} {
		p := part{
			Proc: n, Redis: server.Addr, Database: database, Strong: strong, Staleness: staleness, Timeout: 250 * time.Millisecond,
			Seed: mix(seed + uint64(n)), Pause: time.Millisecond,
		}
		if n == 1 || n == 2 {
			p.Redis = s.proxy.addr()
		}
		if n == 1 && f.patience != 0 {
			p.Timeout = f.patience
		}
		if n < 2 {
			c := backend{"redis", client(t, p.Redis)}.newCache(t, p.options())
			caches = append(caches, c)
			players = append(players, newRegisters(n, db, c, strong, &chaos{seed: p.Seed, most: p.Pause}))
		} else {
			s.other = startPlayer(t, p)
			players = append(players, s.other)
		}
	}
	histories, until := 3, time.Time{}
	if *historiesFlag > 0 {
		histories = *historiesFlag
	}
	if *forFlag > 0 {
		histories, until = 1<<30, time.Now().Add(*forFlag)
	}
	calls, failed := 0, 0
	for h := 0; h < histories && (until.IsZero() || time.Now().Before(until)) && !t.Failed(); h++ {
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(func() {
			for ctx.Err() == nil {
				s.wait(60)
				f.do(context.WithoutCancel(ctx), s)
			}
		})
		base := script{
			Seed: mix(seed + uint64(h)), Group: fmt.Sprint("h", h), Tenants: 2, IDs: cmp.Or(f.ids, 2), Pause: 8 * time.Millisecond,
			Until: monotonic() + int64(700*time.Millisecond),
		}
		var finish []func() []call
		if mortal != nil {
			dying := mortal(s, part{Proc: 9, Redis: server.Addr, Database: database, Strong: true, Staleness: staleness, Timeout: time.Second, Pause: 30 * time.Millisecond})
			dying.mortal = true
			only := base
			only.ReadOnly, only.Client = true, 99
			finish = append(finish, dying.start([]script{only}))
		}
		for n, p := range players {
			one, two := base, base
			one.Client, two.Client = 2*n+1, 2*n+2
			finish = append(finish, p.start([]script{one, two}))
		}
		var history []call
		for _, f := range finish {
			history = append(history, f()...)
		}
		cancel()
		wg.Wait()
		calls += len(history)
		for _, strong := range []bool{true, false} {
			var part []call
			for _, c := range history {
				if c.Failed {
					failed++
				}
				if c.Kind != callRead || strong == (c.Proc%2 == 0) {
					part = append(part, c)
				}
			}
			p := promise{}
			if !strong {
				p.Bound = staleness
			}
			if err := p.verdict(part); err != nil {
				t.Errorf("history %d of -seed=%d, strong %v: %v", h, seed, strong, err)
			}
		}
	}
	t.Logf("%d calls, %d of them writes that Redis did not accept; follower of the cache behind the proxy: %+v", calls, failed/2, caches[1].Stats().Follower)
}

// The server forgets an invalidation and does not show it: no other history, the same record.
// Whoever has seen the number makes everything stale, for everybody.
func TestStateRestoredFromADump(t *testing.T) {
	for _, follower := range []bool{true, false} {
		_, b := startRedis(t)
		s := newStore(contact{ID: "42", Name: "old"})
		c := b.newCache(t)
		repo := decorate(s, c)
		if follower {
			repo = decorate(s, c, local)
			warm(t, repo, c, "42")
		}
		require.NoError(t, repo.UpdateAll(acme())) // so that all of the state is there
		get(t, repo, "42")
		restore := dump(t, b.admin())
		require.NoError(t, repo.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
		restore()
		if follower {
			require.Eventually(t, func() bool { return c.Stats().Follower.Regressions > 0 }, 5*time.Second, time.Millisecond)
		} else {
			require.Equal(t, "new", get(t, repo, "42").Name)
		}
		require.Equal(t, "new", get(t, decorate(s, b.newCache(t)), "42").Name, "another process found the old entry valid again")
	}
}

// Many reads notice at once that the server has forgotten something. It is one event in Stats.
func TestRegressionIsCountedOnce(t *testing.T) {
	_, b := startRedis(t)
	s := newStore(contact{ID: "42", Name: "old"})
	writers, c := b.newCache(t), b.newCache(t)
	repo, writer := decorate(s, c), decorate(s, writers)
	require.NoError(t, writer.UpdateAll(acme())) // so that all of the state is there
	restore := dump(t, b.admin())
	require.NoError(t, writer.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
	get(t, repo, "42")
	closeCache(t, writers) // which follows what it wrote, and would notice first
	restore()
	var readers sync.WaitGroup
	for range 32 {
		readers.Go(func() {
			_, err := repo.Get(acme(), "42")
			assert.NoError(t, err)
		})
	}
	readers.Wait()
	require.Equal(t, uint64(1), c.Stats().Follower.Regressions)
}

// dump remembers all that a server holds for the tests, and restores it.
func dump(t testing.TB, c redis.UniversalClient) (restore func()) {
	ctx := context.Background()
	keys, err := c.Keys(ctx, "test:*").Result()
	require.NoError(t, err)
	dumps := make([]string, len(keys))
	for i, key := range keys {
		dumps[i], err = c.Dump(ctx, key).Result()
		require.NoError(t, err)
	}
	return func() {
		pipe := c.TxPipeline()
		for i, key := range keys {
			pipe.RestoreReplace(ctx, key, time.Minute, dumps[i])
		}
		_, err := pipe.Exec(ctx)
		require.NoError(t, err)
	}
}
