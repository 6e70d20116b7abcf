package runtime_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// The tests of this file reach the one interleaving in which a mechanism matters. mutants_test.go
// takes the mechanisms out, one by one.

// after calls f when commands of a client have been answered and its caller does not know yet.
type after struct {
	mu sync.Mutex
	f  func(cmds []redis.Cmder)
}

func (h *after) set(f func(cmds []redis.Cmder)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.f = f
}

func (h *after) call(cmds []redis.Cmder) {
	h.mu.Lock()
	f := h.f
	h.mu.Unlock()
	if f != nil {
		f(cmds)
	}
}

func (h *after) DialHook(next redis.DialHook) redis.DialHook { return next }
func (h *after) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		h.call([]redis.Cmder{cmd})
		return err
	}
}
func (h *after) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		h.call(cmds)
		return err
	}
}

func addrOf(b backend) string { return b.client.(*redis.Client).Options().Addr }

// An entry is deleted before its invalidation is announced. A process that heard of it first would
// copy the old entry, and believe it newer.
func TestEntryIsGoneBeforeItsInvalidationIsAnnounced(t *testing.T) {
	for _, cluster := range []bool{false, true} {
		_, b := startRedis(t)
		s := newStore(contact{ID: "42", Name: "old"})
		hook := new(after)
		hooked := client(t, addrOf(b))
		hooked.AddHook(hook)
		there := backend{"redis", hooked}
		if cluster {
			there.client = hidden(hooked)
		}
		here := b.newCache(t)
		reader, writer := decorate(s, here, local), decorate(s, there.newCache(t))
		get(t, writer, "42")
		warm(t, reader, here, "42")
		hook.set(func([]redis.Cmder) {
			time.Sleep(50 * time.Millisecond) // the reader hears of what has happened so far
			get(t, reader, "42")
		})
		require.NoError(t, writer.Update(acme(), contact{ID: "42", Name: "new"}))
		hook.set(nil)
		hears(t, time.Second, "new", func() string { return get(t, reader, "42").Name }) // no copy was made of the old entry after the announcement
	}
}

// A local copy counts as of before its entry was asked for: what has happened since may have made
// it stale.
func TestCopyCountsFromBeforeItsEntryWasRead(t *testing.T) {
	for _, cluster := range []bool{false, true} {
		_, b := startRedis(t)
		s := newStore(contact{ID: "42", Name: "old"})
		hook := new(after)
		hooked := client(t, addrOf(b))
		hooked.AddHook(hook)
		there := backend{"redis", hooked}
		if cluster {
			there.client = hidden(hooked)
		}
		here := there.newCache(t)
		reader, writer := decorate(s, here, local), decorate(s, b.newCache(t))
		warm(t, reader, here, "42")
		require.NoError(t, writer.Update(acme(), contact{ID: "42", Name: "old"}))
		get(t, writer, "42")
		catchUp(t, acme(), here, writer) // the entry is there, and the reader's copy void
		hook.set(func([]redis.Cmder) {
			hook.set(nil)
			require.NoError(t, writer.Update(acme(), contact{ID: "42", Name: "new"}))
			catchUp(t, acme(), here, writer)
		})
		require.Equal(t, "old", get(t, reader, "42").Name, "this read began before the write")
		for range 3 {
			require.Equal(t, "new", get(t, reader, "42").Name, "the copy passes for newer than the invalidation")
		}
	}
}

// What was loaded before an invalidation is not kept as a local copy from after it.
func TestCopyOfALoadCountsFromBeforeTheLoad(t *testing.T) {
	for _, kind := range []string{"entry", "scope"} {
		t.Run(kind, func(t *testing.T) {
			_, b := startRedis(t)
			s := newStore(contact{ID: "42", Name: "old"}, contact{ID: "1"})
			here := b.newCache(t)
			reader, writer := decorate(s, here, local), decorate(s, b.newCache(t))
			warm(t, reader, here, "1")
			read, goOn := make(chan struct{}), make(chan struct{})
			s.setHook(func(context.Context, string) { close(read); <-goOn })
			done := make(chan struct{})
			go func() { _, _ = reader.Get(acme(), "42"); close(done) }()
			<-read
			s.setHook(nil)
			if kind == "entry" {
				require.NoError(t, writer.Update(acme(), contact{ID: "42", Name: "new"}))
			} else {
				require.NoError(t, writer.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
			}
			catchUp(t, acme(), here, writer)
			close(goOn)
			<-done
			for range 3 {
				require.Equal(t, "new", get(t, reader, "42").Name)
			}
		})
	}
}

// A lease counts from when it was asked for. An answer that was longer on its way than
// Options.Staleness lends none.
func TestLeaseCountsFromTheRequest(t *testing.T) {
	server := redistest.Start(t)
	p := newProxy(t, server.Addr)
	c := backend{"redis", client(t, p.addr())}.newCache(t, func(o *runtime.Options) {
		o.Staleness, o.RedisTimeout = 200*time.Millisecond, 5*time.Second
	})
	repo := decorate(newStore(contact{ID: "42"}), c, local)
	warm(t, repo, c, "42")
	p.slow(150 * time.Millisecond) // in each direction
	time.Sleep(300 * time.Millisecond)
	before := c.Stats().LocalHits
	for until := time.Now().Add(time.Second); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		require.Zero(t, c.Stats().Follower.Leased, "an old answer renewed the lease")
	}
	get(t, repo, "42")
	require.Equal(t, before, c.Stats().LocalHits)
}

// A process that knows how far the counter is, and not what has happened, has no lease.
func TestProcessThatIsBehindHasNoLease(t *testing.T) {
	server := redistest.Start(t)
	p := newProxy(t, server.Addr)
	s := newStore(contact{ID: "42", Name: "old"})
	c := backend{"redis", client(t, p.addr())}.newCache(t, func(o *runtime.Options) { o.Staleness = 300 * time.Millisecond })
	repo := decorate(s, c, local)
	writer := decorate(s, backend{"redis", server.Client()}.newCache(t))
	warm(t, repo, c, "42")
	p.stall("xread")
	require.Eventually(t, p.stalls, 5*time.Second, time.Millisecond, "the log is not read: this test shows nothing")
	require.NoError(t, writer.Update(acme(), contact{ID: "42", Name: "new"}))
	time.Sleep(350 * time.Millisecond) // longer than the lease
	for until := time.Now().Add(2500 * time.Millisecond); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		require.Zero(t, c.Stats().Follower.Leased, "a process that cannot read the log has a lease")
	}
	require.Equal(t, "new", get(t, repo, "42").Name)
}

// Whatever became of the log while a process was cut off: it knows that it has missed something.
func TestCutOffProcessMissesNothing(t *testing.T) {
	for name, lose := range map[string]func(ctx context.Context, c redis.UniversalClient, writer *contacts) error{
		"log kept": func(context.Context, redis.UniversalClient, *contacts) error { return nil },
		"log lost": func(ctx context.Context, c redis.UniversalClient, _ *contacts) error {
			return delMatching(ctx, c, "*:log")
		},
		"log trimmed": func(ctx context.Context, c redis.UniversalClient, writer *contacts) error {
			if err := delMatching(ctx, c, "*:log"); err != nil {
				return err
			}
			return writer.Update(acme(), contact{ID: "7"})
		},
		"record lost": func(ctx context.Context, c redis.UniversalClient, writer *contacts) error {
			if err := delMatching(ctx, c, "*:state"); err != nil {
				return err
			}
			return delMatching(ctx, c, "*:log")
		},
		"everything lost": func(ctx context.Context, c redis.UniversalClient, writer *contacts) error {
			if err := c.FlushAll(ctx).Err(); err != nil {
				return err
			}
			_, err := writer.Get(acme(), "42") // there is a record again
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			p := newProxy(t, server.Addr)
			b := backend{"redis", server.Client()}
			s := newStore(contact{ID: "42", Name: "old"})
			c := backend{"redis", client(t, p.addr())}.newCache(t, func(o *runtime.Options) { o.Staleness = 3 * time.Second })
			reader, writer := decorate(s, c, local), decorate(s, b.newCache(t))
			warm(t, reader, c, "42")
			p.refuse()
			require.NoError(t, writer.Update(acme(), contact{ID: "42", Name: "new"}))
			require.NoError(t, lose(context.Background(), b.admin(), writer))
			p.open()
			require.Eventually(t, func() bool { return get(t, reader, "42").Name == "new" }, 6*time.Second, time.Millisecond,
				"a process that was cut off kept its copy")
			warm(t, reader, c, "42")
		})
	}
}

// A master that was demoted answers as before. It knows nothing of what its successor is told.
func TestDemotedMasterLendsNoLease(t *testing.T) {
	server, b := startRedis(t)
	c := b.newCache(t, func(o *runtime.Options) { o.Staleness = 200 * time.Millisecond })
	repo := decorate(newStore(contact{ID: "42"}), c, local)
	for range 5 { // each at another time after the server was met
		warm(t, repo, c, "42")
		require.NoError(t, server.Admin().ReplicaOf(context.Background(), "127.0.0.1", "1").Err()) // which is not there
		for demoted := time.Now(); time.Since(demoted) < 500*time.Millisecond; time.Sleep(5 * time.Millisecond) {
			late := time.Since(demoted) > 300*time.Millisecond
			require.False(t, late && c.Stats().Follower.Leased > 0, "a replica confirmed a lease")
		}
		require.NoError(t, server.Admin().ReplicaOf(context.Background(), "NO", "ONE").Err())
	}
	warm(t, repo, c, "42")
}

// State that is made again after a loss says that everything before it is stale, also to those who
// come second.
func TestRemadeStateInvalidatesEverything(t *testing.T) {
	for name, lost := range map[string]string{"table": "*:tenant:*", "record": "*:state"} {
		for scope, everyone := range map[string]bool{"one tenant": false, "every tenant": true} {
			t.Run(name+", "+scope, func(t *testing.T) {
				_, b := startRedis(t)
				ctx := context.Background()
				s := newStore(contact{ID: "1", Name: "old"}, contact{ID: "2", Name: "old"})
				c := b.newCache(t)
				repo := decorate(s, c)
				get(t, repo, "1")
				get(t, repo, "2")
				s.set(contact{ID: "1", Name: "new"})
				s.set(contact{ID: "2", Name: "new"})
				if everyone {
					ctx := context.Background() // without a tenant
					require.NoError(t, c.Invalidate(ctx, "contact:*"))
				} else {
					require.NoError(t, repo.UpdateAll(acme()))
				}
				require.NoError(t, delMatching(ctx, b.admin(), lost))
				require.Equal(t, "new", get(t, repo, "1").Name)
				require.Equal(t, "new", get(t, repo, "2").Name)
			})
		}
	}
}

// A replica is promoted that has not heard of the last invalidation, and the process that has seen
// it does not read: its follower notices.
func TestFollowerNoticesAFailover(t *testing.T) {
	r := startReplicated(t)
	s := newStore(contact{ID: "42", Name: "old"}, contact{ID: "1"})
	c := r.newCache(t)
	repo := decorate(s, c, local)
	warm(t, repo, c, "42")
	require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: "old"}))
	warm(t, repo, c, "42")
	r.settle(t)
	r.replication.refuse()
	require.NoError(t, repo.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
	r.fail(t)
	require.Eventually(t, func() bool { return c.Stats().Follower.Regressions > 0 }, 10*time.Second, 5*time.Millisecond,
		"nobody but the follower could notice: %+v", c.Stats().Follower)
	require.Equal(t, "new", get(t, decorate(s, r.newCache(t)), "42").Name)
}

// A fence can be lost with the table it stands in. Closing it invalidates all the same.
func TestFenceThatWasLostInvalidatesAtItsEnd(t *testing.T) {
	for _, kind := range []string{"entry", "scope"} {
		t.Run(kind, func(t *testing.T) {
			_, b := startRedis(t)
			s := newStore(contact{ID: "42", Name: "old"})
			repo := decorate(s, b.newCache(t))
			inv := repo.update.Begin(acme())
			if kind == "entry" {
				inv.Entry(inv.Path("contact").String("42"))
			} else {
				inv.Scope(inv.Path("contact"))
			}
			inv.Open()
			loseFences(t, b, "acme")
			get(t, repo, "42")
			loads := s.loads.Load()
			get(t, repo, "42")
			require.Equal(t, loads, s.loads.Load(), "the old row is stored: else this test shows nothing")
			s.set(contact{ID: "42", Name: "new"})
			inv.End(nil)
			require.Equal(t, "new", get(t, repo, "42").Name)
		})
	}
}

// Numbers of different shards do not compare. A shard in which nothing happens keeps its copies,
// whatever happens in others.
func TestInvalidationsOfOtherShardsCostNoCopies(t *testing.T) {
	t.Run("every tenant", func(t *testing.T) {
		_, b := startRedis(t)
		c := b.newCache(t)
		repo := decorate(newStore(contact{ID: "42"}), c, local)
		for n := range 8 { // some of them in a shard that is not the last to be stamped
			ctx := runtime.WithTenant(context.Background(), fmt.Sprint("tenant", n))
			require.NoError(t, c.Invalidate(context.Background(), "contact:*"))
			require.Eventually(t, func() bool {
				before := c.Stats().LocalHits
				_, err := repo.Get(ctx, "42")
				return err == nil && c.Stats().LocalHits > before
			}, 2*time.Second, time.Millisecond, "tenant %d has no local copies any more", n)
		}
	})
	t.Run("collisions", func(t *testing.T) {
		_, b := startRedis(t)
		c := b.newCache(t)
		repo := decorate(newStore(contact{ID: "42"}), c, local)
		warm(t, repo, c, "42")
		for n := range 300 { // enough to hit every stripe
			paths := make([]string, 1000)
			for i := range paths {
				paths[i] = fmt.Sprintf("other:%d:%d", n, i)
			}
			require.NoError(t, c.Invalidate(runtime.WithTenant(context.Background(), otherShard("acme")), paths...))
		}
		warm(t, repo, c, "42")
	})
}
