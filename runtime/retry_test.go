package runtime_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// cutOff is a cache whose Redis a proxy can take away, and reads of it and of one that stays
// connected.
func cutOff(t *testing.T, s *store) (here *runtime.Cache, repo, beside *contacts, p *proxy) {
	server, b := startRedis(t)
	p = newProxy(t, server.Addr)
	here = backend{"redis", client(t, p.addr())}.newCache(t, prompt)
	return here, decorate(s, here, local), decorate(s, b.newCache(t)), p
}

func contactPaths(from, to int) (list []string) {
	for n := from; n < to; n++ {
		list = append(list, fmt.Sprint("contact:", n))
	}
	return list
}

// settled waits until Redis has accepted what waits.
func settled(t *testing.T, c *runtime.Cache) {
	t.Helper()
	require.Eventually(t, func() bool { return c.Stats().Pending == 0 }, 20*time.Second, time.Millisecond)
}

// One invalidation of many paths, some of them named twice, reaches each.
func TestInvalidateManyPaths(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		const paths = 2 * 1200 // of which scripts take 500
		s := newStore(contact{ID: "0", Name: "old"}, contact{ID: "1199", Name: "old"}, contact{ID: "1200", Name: "kept"})
		c := b.newCache(t)
		repo := decorate(s, c)
		for _, id := range []string{"0", "1199", "1200"} {
			get(t, repo, id)
			get(t, repo, id)
		}
		s.set(contact{ID: "0", Name: "new"})
		s.set(contact{ID: "1199", Name: "new"})
		require.NoError(t, c.Invalidate(acme(), append(contactPaths(0, paths/2), contactPaths(0, paths/2)...)...))
		require.EqualValues(t, paths/2, c.Stats().Invalidations, "a path that is named twice counts once")
		before := s.loads.Load()
		require.Equal(t, "kept", get(t, repo, "1200").Name)
		require.Equal(t, before, s.loads.Load(), "what was not named is stale")
		require.Equal(t, "new", get(t, repo, "0").Name)
		require.Equal(t, "new", get(t, repo, "1199").Name)
	})
}

// However many paths of a tenant wait for Redis, what is kept of them has a bound, nothing that
// they cover is answered meanwhile, and all of them are in force once Redis is back.
func TestManyPathsThatWait(t *testing.T) {
	s := newStore(contact{ID: "5", Name: "old"}, contact{ID: "11000", Name: "old"}, contact{ID: "untouched", Name: "old"})
	here, repo, beside, p := cutOff(t, s)
	for _, id := range []string{"5", "11000", "untouched"} {
		warm(t, repo, here, id)
		get(t, beside, id)
	}
	p.refuse()
	for n := range 9000 {
		require.Error(t, here.Invalidate(acme(), fmt.Sprint("contact:", n)))
	}
	require.Equal(t, 9000, here.Stats().Pending)
	require.Error(t, here.Invalidate(acme(), contactPaths(0, 9000)...))
	require.Equal(t, 9000, here.Stats().Pending, "each path is kept once")
	require.Error(t, here.Invalidate(as("globex"), "contact:5"))
	require.Error(t, here.Invalidate(acme(), contactPaths(9000, 39_000)...))
	// What is on its way to Redis counts until it comes back.
	two := func() bool { return here.Stats().Pending == 2 }
	require.Eventually(t, two, 5*time.Second, time.Millisecond, "everything of the tenant is kept instead, beside that of another")
	require.Error(t, here.Invalidate(acme(), contactPaths(0, 39_000)...))
	require.Eventually(t, two, 5*time.Second, time.Millisecond, "what is covered already is kept once more")
	for _, id := range []string{"5", "11000", "untouched"} {
		s.set(contact{ID: id, Name: "new"})
		require.Equal(t, "new", get(t, repo, id).Name, "the process served what it could not invalidate")
	}
	require.Equal(t, "old", get(t, beside, "5").Name, "the others cannot know: else this test shows nothing")
	p.open()
	settled(t, here)
	for _, id := range []string{"5", "11000", "untouched"} {
		require.Equal(t, "new", get(t, beside, id).Name)
		warm(t, repo, here, id)
	}
}

// Close says how much waits, and does not wait for it longer than its context.
func TestCloseDoesNotWaitForWhatWaits(t *testing.T) {
	server := redistest.Start(t)
	p := newProxy(t, server.Addr)
	c, err := runtime.New(runtime.Options{App: "test", Seed: 1, Redis: client(t, p.addr()), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	p.hold() // a retry is under way, and is not answered
	require.Error(t, c.Invalidate(acme(), contactPaths(0, 5000)...))
	short, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, c.Close(short), "5000 invalidations that Redis has not accepted")
	require.Equal(t, 5000, c.Stats().Pending)
}

// What waits of many tenants has a bound too: past it, everything of their shard is stale.
func TestManyTenantsThatWait(t *testing.T) {
	s := newStore(contact{ID: "42", Name: "old"})
	here, repo, beside, p := cutOff(t, s)
	read := func(repo *contacts, tenant string) string {
		got, err := repo.Get(as(tenant), "42")
		require.NoError(t, err)
		return got.Name
	}
	const tenants = 6000 // some 375 of each shard
	tenant := func(n int) string { return fmt.Sprint("t", n) }
	for n := 0; n < tenants; n += 500 {
		read(beside, tenant(n))
	}
	p.refuse()
	s.set(contact{ID: "42", Name: "new"})
	for n := range tenants {
		require.Error(t, here.Invalidate(as(tenant(n)), "contact:42"))
	}
	require.Less(t, here.Stats().Pending, 16*251+1)
	require.Equal(t, "new", read(repo, tenant(0)))
	require.Equal(t, "new", read(repo, tenant(tenants-1)))
	require.Equal(t, "old", read(beside, tenant(0)), "the others cannot know: else this test shows nothing")
	p.open()
	settled(t, here)
	for n := 0; n < tenants; n += 500 {
		require.Equal(t, "new", read(beside, tenant(n)), "tenant %d", n)
	}
	get(t, repo, "42")
	warm(t, repo, here, "42")
}

// A client all of whose connections were refused tries once a second whether the server is back.
// The retry does not wait for that.
func TestRetryDialsForItself(t *testing.T) {
	server := redistest.Start(t)
	var down atomic.Bool
	var dials atomic.Int64
	o := &redis.Options{Addr: server.Addr, PoolSize: 1, Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials.Add(1)
		if down.Load() {
			return nil, &net.OpError{Op: "dial", Err: net.ErrClosed}
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}
	limited := redis.NewClient(o)
	t.Cleanup(func() { _ = limited.Close() })
	c := backend{"redis", limited}.newCache(t, prompt)
	down.Store(true)
	for range 3 {
		require.Error(t, c.Invalidate(acme(), "contact:42"))
	}
	before := dials.Load()
	require.Eventually(t, func() bool { return dials.Load() >= before+10 }, 5*time.Second, time.Millisecond, "the client alone dials five times")
	down.Store(false)
	settled(t, c)
}

// Each shard is retried for itself: a node that does not answer delays nobody whose node does.
func TestDeadNodeDelaysNoOtherRetry(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, false)
	at := where{cluster}
	const dead, back = 1, 2
	s := newStore(contact{ID: "42", Name: "old"})
	c := backend{"cluster", cluster.Client(t)}.newCache(t, prompt)
	lost, kept := at.tenants(dead), at.tenant(back)
	for _, tenant := range append(lost, kept) {
		require.NoError(t, c.Invalidate(as(tenant), "contact:42")) // the client knows the cluster
	}
	cluster.Masters[dead].Freeze()
	defer cluster.Masters[dead].Thaw()
	cluster.Masters[back].Freeze()
	for _, tenant := range lost {
		require.Error(t, c.Invalidate(as(tenant), "contact:42"))
	}
	require.Error(t, c.Invalidate(as(kept), "contact:42"))
	beside := decorate(s, backend{"cluster", cluster.Client(t)}.newCache(t))
	cluster.Masters[back].Thaw()
	require.Eventually(t, func() bool { return c.Stats().Pending == len(lost) }, 5*time.Second, time.Millisecond)
	cluster.Masters[dead].Thaw()
	settled(t, c)
	_, err := beside.Get(as(kept), "42")
	require.NoError(t, err)
}

// An invalidation for every tenant that one node has not accepted is sent again to that node alone.
func TestEveryTenantIsRetriedWhereItFailed(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, false)
	const dead = 1
	c := backend{"cluster", cluster.Client(t)}.newCache(t, patience(2*time.Second))
	require.NoError(t, c.InvalidateIn(context.Background(), runtime.AllTenants, "contact:*"))
	cluster.Masters[dead].Freeze()
	defer cluster.Masters[dead].Thaw()
	require.Error(t, c.InvalidateIn(context.Background(), runtime.AllTenants, "contact:*"))
	shards := c.Stats().Pending
	require.Positive(t, shards)
	require.Less(t, shards, 16, "shards of nodes that are well wait too")
	stamps := func(node int) string {
		info, err := cluster.Masters[node].Admin().Info(context.Background(), "commandstats").Result()
		require.NoError(t, err)
		for line := range strings.Lines(info) {
			if strings.HasPrefix(line, "cmdstat_xadd:") {
				calls, _, _ := strings.Cut(line, ",")
				return calls
			}
		}
		t.Fatal("nothing was stamped")
		return ""
	}
	before := []string{stamps(0), stamps(2)}
	cluster.Masters[dead].Thaw()
	settled(t, c)
	require.Equal(t, before, []string{stamps(0), stamps(2)}, "nodes that had accepted it were asked again")
}

// BenchmarkManyPaths says what a path costs among few and among many: in a write, and of those that
// wait because Redis is down.
func BenchmarkManyPaths(b *testing.B) {
	for _, paths := range []int{100, 9000} {
		list := contactPaths(0, paths)
		b.Run(fmt.Sprintf("write of %d", paths), func(b *testing.B) {
			c := backend{name: "embedded"}.newCache(b)
			for b.Loop() {
				if err := c.Invalidate(acme(), list...); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*paths), "ns/path")
		})
		b.Run(fmt.Sprintf("waiting beside %d", paths), func(b *testing.B) {
			refused := redis.NewClient(&redis.Options{Addr: "unused:1", MaxRetries: -1, Dialer: func(context.Context, string, string) (net.Conn, error) {
				return nil, net.ErrClosed
			}})
			b.Cleanup(func() { _ = refused.Close() })
			c, err := runtime.New(runtime.Options{App: "test", Redis: refused, Seed: 1, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			for range 4 { // after which nobody waits
				_ = c.Invalidate(acme(), list...)
			}
			for b.Loop() {
				_ = c.Invalidate(acme(), list[paths-1])
			}
			over, cancel := context.WithCancel(context.Background())
			cancel()
			_ = c.Close(over) // it says how many are left
		})
	}
}

// BenchmarkRedisIsBack says how long after Redis answers again 100,000 paths that waited are in
// force: of one tenant, and of twenty.
func BenchmarkRedisIsBack(b *testing.B) {
	for _, tenants := range []int{1, 20} {
		b.Run(fmt.Sprintf("%d tenants", tenants), func(b *testing.B) {
			server := redistest.Start(b)
			o := func(o *runtime.Options) {
				o.RedisTimeout, o.Logger = 250*time.Millisecond, slog.New(slog.DiscardHandler)
			}
			c := backend{"redis", server.Client()}.newCache(b, o)
			for b.Loop() {
				b.StopTimer()
				server.Kill()
				for n := range tenants {
					for from := n * 100_000 / tenants; from < (n+1)*100_000/tenants; from += 5000 {
						if c.Invalidate(as(fmt.Sprint("t", n)), contactPaths(from, from+5000)...) == nil {
							b.Fatal("Redis is there")
						}
					}
				}
				server.Restart()
				b.StartTimer()
				for c.Stats().Pending > 0 {
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
}
