package runtime_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// warm reads until the local tier answers.
func warm(t testing.TB, repo *contacts, c *runtime.Cache, id string) {
	t.Helper()
	require.Eventually(t, func() bool {
		before := c.Stats().LocalHits
		_, err := repo.Get(acme(), id)
		return err == nil && c.Stats().LocalHits > before
	}, 5*time.Second, time.Millisecond, "no local copy answers: %+v", c.Stats().Follower)
}

// hears waits until reads answer with what has just been acknowledged. No read that begins later
// than the bound may answer with anything older.
func hears(t testing.TB, bound time.Duration, want string, read func() string) {
	t.Helper()
	for acknowledged := time.Now(); ; {
		late := time.Since(acknowledged) > bound
		if read() == want {
			return
		}
		require.False(t, late, "an old copy outlived Options.Staleness")
	}
}

// catchUp waits until a cache has applied all that a writer of another has invalidated so far. The
// log is applied in order, so catchUp waits for one invalidation more.
func catchUp(t testing.TB, ctx context.Context, c *runtime.Cache, writer *contacts) {
	t.Helper()
	probe := contact{ID: "probe"}
	require.NoError(t, writer.Update(ctx, probe))
	reader := decorate(writer.store, c, local)
	copied := func() bool {
		before := c.Stats().LocalHits
		_, err := reader.Get(ctx, probe.ID)
		require.NoError(t, err)
		return c.Stats().LocalHits > before
	}
	require.Eventually(t, copied, 10*time.Second, time.Millisecond, "no local copy answers: %+v", c.Stats().Follower)
	require.NoError(t, writer.Update(ctx, probe))
	require.Eventually(t, func() bool { return !copied() }, 10*time.Second, time.Millisecond, "nothing is heard of others: %+v", c.Stats().Follower)
}

func startRedis(t testing.TB, args ...string) (*redistest.Server, backend) {
	server := redistest.Start(t, args...)
	return server, backend{"redis", server.Client()}
}

func TestLocalCopyAnswersWithoutRedis(t *testing.T) {
	_, b := startRedis(t)
	c := b.newCache(t)
	repo := decorate(newStore(contact{ID: "42", Name: "Ada"}), c, local)
	warm(t, repo, c, "42")
	before := commands(t, b)
	for range 100 {
		require.Equal(t, "Ada", get(t, repo, "42").Name)
	}
	require.LessOrEqual(t, commands(t, b)-before, 20, "local hits ask Redis")
}

// commands is how many commands the server has processed.
func commands(t testing.TB, b backend) int {
	t.Helper()
	var n int
	info, err := b.admin().Info(context.Background(), "stats").Result()
	require.NoError(t, err)
	for line := range strings.Lines(info) {
		if _, err := fmt.Sscanf(line, "total_commands_processed:%d", &n); err == nil {
			return n
		}
	}
	t.Fatal("no total_commands_processed")
	return 0
}

func TestLocalCopyHearsOfOthersInvalidations(t *testing.T) {
	for _, kind := range []string{"entry", "scope", "tenant", "every tenant"} {
		t.Run(kind, func(t *testing.T) {
			_, b := startRedis(t)
			s := newStore(contact{ID: "42", Name: "0"})
			here, there := b.newCache(t), b.newCache(t)
			reader, writer := decorate(s, here, local), decorate(s, there, local)
			for n := 1; n <= 20; n++ {
				warm(t, reader, here, "42")
				name := fmt.Sprint(n)
				s.set(contact{ID: "42", Name: name})
				switch kind {
				case "entry":
					require.NoError(t, writer.Update(acme(), contact{ID: "42", Name: name}))
				case "scope":
					require.NoError(t, writer.UpdateAll(acme()))
				case "tenant":
					require.NoError(t, there.Invalidate(acme(), "*"))
				case "every tenant":
					require.NoError(t, there.Invalidate(context.Background(), "contact:42"))
				}
				hears(t, time.Second, name, func() string { return get(t, reader, "42").Name })
			}
			require.Zero(t, here.Stats().Follower.Gaps)
			require.Zero(t, here.Stats().Follower.Regressions)
		})
	}
}

func TestProcessReadsItsOwnWrites(t *testing.T) {
	_, b := startRedis(t)
	s := newStore(contact{ID: "42", Name: "0"})
	c := b.newCache(t)
	repo := decorate(s, c, local)
	for n := range 200 {
		warm(t, repo, c, "42")
		name := fmt.Sprint(n)
		if n%2 == 0 {
			require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: name}))
		} else {
			require.NoError(t, repo.UpdateAll(acme(), contact{ID: "42", Name: name}))
		}
		require.Equal(t, name, get(t, repo, "42").Name)
	}
}

func TestStrongReadNeverAnswersFromALocalCopy(t *testing.T) {
	_, b := startRedis(t)
	c := b.newCache(t)
	s := newStore(contact{ID: "42"})
	weak, strong := decorate(s, c, local), decorate(s, c)
	warm(t, weak, c, "42")
	before := c.Stats().LocalHits
	for range 10 {
		get(t, strong, "42")
	}
	require.Equal(t, before, c.Stats().LocalHits)
	off := decorate(s, c, local, func(o *runtime.ReadOptions) { o.Local = -1 })
	for range 10 {
		get(t, off, "42")
	}
	require.Equal(t, before, c.Stats().LocalHits)
}

func TestLocalCopyIsCapped(t *testing.T) {
	_, b := startRedis(t)
	c := b.newCache(t)
	repo := decorate(newStore(contact{ID: "42"}), c, local, func(o *runtime.ReadOptions) { o.Local = 30 * time.Millisecond })
	warm(t, repo, c, "42")
	time.Sleep(40 * time.Millisecond) // longer than the copy may live
	before := c.Stats()
	get(t, repo, "42")
	after := c.Stats()
	require.Equal(t, before.LocalHits, after.LocalHits)
	require.Equal(t, before.RedisHits+1, after.RedisHits)
}

// Without an answer from Redis the lease runs out, and no copy is served after it: a process that
// is cut off cannot hear of invalidations.
func TestCutOffProcessStopsAnsweringFromCopies(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]func(*proxy, *redistest.Server){
		"connections dropped": func(p *proxy, _ *redistest.Server) { p.refuse() },
		"packets dropped":     func(p *proxy, _ *redistest.Server) { p.hold() },
		"server frozen":       func(_ *proxy, s *redistest.Server) { s.Freeze() },
		"server killed":       func(_ *proxy, s *redistest.Server) { s.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			p := newProxy(t, server.Addr)
			const staleness = 300 * time.Millisecond
			s := newStore(contact{ID: "42", Name: "old"})
			c := backend{"redis", client(t, p.addr())}.newCache(t, func(o *runtime.Options) { o.Staleness = staleness })
			repo := decorate(s, c, local)
			warm(t, repo, c, "42")
			cut(p, server)
			cutAt := time.Now()
			s.set(contact{ID: "42", Name: "new"}) // and nobody can tell
			for time.Since(cutAt) < staleness+50*time.Millisecond {
				get(t, repo, "42")
			}
			for range 20 {
				require.Equal(t, "new", get(t, repo, "42").Name, "a copy was served %v after the process was cut off", time.Since(cutAt))
			}
			if name == "server frozen" {
				server.Thaw()
			}
			if name == "packets dropped" || name == "connections dropped" {
				p.open()
			}
		})
	}
}

// A process that was stopped wakes up with its copies; by its clock the lease is over.
func TestPausedProcessWakesUpWithoutCopies(t *testing.T) {
	server, b := startRedis(t)
	const staleness = 200 * time.Millisecond
	child := startChild(t, "local", server.Addr)
	require.Equal(t, "ok", child.ask("staleness 200ms"))
	require.Equal(t, "ok", child.ask("warm"))
	child.pause()
	writer := decorate(newStore(), b.newCache(t))
	require.NoError(t, writer.Update(acme(), contact{ID: "42"}))
	time.Sleep(staleness + 50*time.Millisecond) // the lease of the stopped process has to run out
	child.resume()
	require.Equal(t, "loads=1 local=0", child.ask("read"), "a copy from before the pause was served")
}

func TestGapInTheLogEmptiesTheLocalTier(t *testing.T) {
	server := redistest.Start(t)
	p := newProxy(t, server.Addr)
	b := backend{"redis", server.Client()}
	s := newStore(contact{ID: "42", Name: "old"})
	c := backend{"redis", client(t, p.addr())}.newCache(t, func(o *runtime.Options) { o.Staleness = 5 * time.Second })
	repo := decorate(s, c, local)
	warm(t, repo, c, "42")
	p.refuse()
	writer := decorate(s, b.newCache(t))
	require.NoError(t, writer.Update(acme(), contact{ID: "42", Name: "new"}))
	// The log is trimmed before the process is back: it cannot learn what happened.
	keys, err := b.admin().Keys(context.Background(), "*:log").Result()
	require.NoError(t, err)
	for _, key := range keys {
		require.NoError(t, b.admin().Del(context.Background(), key).Err())
	}
	p.open()
	require.Eventually(t, func() bool { return c.Stats().Follower.Gaps > 0 }, 5*time.Second, time.Millisecond)
	require.Equal(t, "new", get(t, repo, "42").Name)
}

// A replica that has not heard of the last invalidation is promoted. Every process that has seen it
// makes sure that it stays in force.
func TestFailoverThatForgetsAnInvalidation(t *testing.T) {
	for _, readsFirst := range []bool{true, false} {
		t.Run(fmt.Sprintf("reads first %v", readsFirst), func(t *testing.T) {
			r := startReplicated(t)
			s := newStore(contact{ID: "42", Name: "old"})
			c := r.newCache(t)
			change := func(*runtime.ReadOptions) {}
			if !readsFirst {
				change = local
			}
			repo := decorate(s, c, change)
			get(t, repo, "42")
			require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: "old"})) // so that there is a table and a log
			get(t, repo, "42")
			if !readsFirst {
				warm(t, repo, c, "42")
			}
			r.settle(t)
			r.replication.refuse() // the replica hears nothing of what comes now
			require.NoError(t, repo.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
			r.hasEntry(t)
			r.fail(t)
			require.Eventually(t, func() bool {
				require.Equal(t, "new", get(t, repo, "42").Name, "the failover brought an invalidated entry back")
				return c.Stats().Follower.Regressions > 0
			}, 10*time.Second, 5*time.Millisecond)
			other := decorate(s, r.newCache(t))
			require.Equal(t, "new", get(t, other, "42").Name)
		})
	}
}

// The memory limit makes Redis evict whatever it likes, the protocol's state included.
func TestEvictionIsNeverStale(t *testing.T) {
	for _, policy := range []string{"allkeys-lru", "allkeys-random"} {
		t.Run(policy, func(t *testing.T) {
			_, b := startRedis(t, "--maxmemory", "3mb", "--maxmemory-policy", policy, "--maxmemory-samples", "10")
			s := newStore()
			c := b.newCache(t)
			repo := decorate(s, c)
			big := make([]byte, 8<<10)
			names := make(map[string]string)
			for n := range 3000 {
				id := fmt.Sprint(n % 40)
				if n%7 == 0 {
					names[id] = fmt.Sprint(n, "/", string(big))
					if n%2 == 0 {
						require.NoError(t, repo.Update(acme(), contact{ID: id, Name: names[id]}))
					} else {
						require.NoError(t, repo.UpdateAll(acme(), contact{ID: id, Name: names[id]}))
					}
				}
				if n%3 == 0 { // noise that pushes others out
					require.NoError(t, b.admin().Set(context.Background(), fmt.Sprint("noise", n), big, time.Minute).Err())
				}
				if want, ok := names[id]; ok {
					require.Equal(t, want, get(t, repo, id).Name)
				}
			}
			var evicted int
			info, err := b.admin().Info(context.Background(), "stats").Result()
			require.NoError(t, err)
			for line := range strings.Lines(info) {
				_, _ = fmt.Sscanf(line, "evicted_keys:%d", &evicted)
			}
			require.Greater(t, evicted, 100, "nothing was evicted: this test shows nothing")
		})
	}
}

func TestRedisRestartedEmpty(t *testing.T) {
	server, b := startRedis(t)
	s := newStore(contact{ID: "42", Name: "0"})
	c := b.newCache(t)
	repo := decorate(s, c, local)
	for n := 1; n <= 3; n++ {
		warm(t, repo, c, "42")
		server.Kill()
		server.Restart()
		require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: fmt.Sprint(n)}))
		require.Equal(t, fmt.Sprint(n), get(t, repo, "42").Name)
	}
}

func TestLocalTierIsBounded(t *testing.T) {
	s := newStore()
	for n := range 3000 {
		s.set(contact{ID: fmt.Sprint(n), Name: string(make([]byte, 1000))})
	}
	c := backend{}.newCache(t, func(o *runtime.Options) { o.MaxBytes = 200_000 })
	repo := decorate(s, c)
	for n := range 3000 {
		get(t, repo, fmt.Sprint(n))
	}
	loads := s.loads.Load()
	for n := range 3000 {
		get(t, repo, fmt.Sprint(n))
	}
	require.Greater(t, s.loads.Load()-loads, int64(2500), "more is kept than Options.MaxBytes allows")
}

// A client that reads from replicas would break every promise.
func TestReplicaReadsAreRefused(t *testing.T) {
	cc := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}, RouteByLatency: true})
	defer func() { _ = cc.Close() }()
	_, err := runtime.New(runtime.Options{Redis: cc})
	require.ErrorContains(t, err, "sends reads to replicas")
	_, err = runtime.New(runtime.Options{Redis: (*redis.Client)(nil)})
	require.ErrorContains(t, err, "Options.Redis is a nil *redis.Client")
}
