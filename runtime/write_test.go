package runtime_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// fencedUpdate is what the generator emits for fence, dying at a step.
func fencedUpdate(r *contacts, dieAt string) {
	die := func(step string) {
		if step == dieAt {
			fmt.Println("dying")
			_ = os.Stdout.Sync()
			select {}
		}
	}
	die("before")
	inv := r.update.Begin(acme())
	inv.Entry(inv.Path("contact").String("42"))
	inv.Open()
	die("opened")
	r.set(contact{ID: "42", Name: "new"})
	die("written")
	inv.End(nil)
	die("closed")
}

func TestNothingCachedAnswersBehindAFence(t *testing.T) {
	for _, kind := range []string{"entry", "scope", "every tenant"} {
		t.Run(kind, func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				s := newStore(contact{ID: "42", Name: "old"})
				c := b.newCache(t)
				repo := decorate(s, c)
				other := repo
				if b.client != nil {
					other = decorate(s, b.newCache(t))
				}
				get(t, repo, "42")
				inv := repo.update.Begin(acme())
				switch kind {
				case "entry":
					inv.Entry(inv.Path("contact").String("42"))
				case "scope":
					inv.Scope(inv.Path("contact"))
				default:
					inv.Scope(inv.PathIn(runtime.AllTenants, "contact"))
				}
				inv.Open()
				loads := s.loads.Load()
				for range 3 {
					require.Equal(t, "old", get(t, other, "42").Name)
				}
				require.Equal(t, loads+3, s.loads.Load(), "a read behind the fence was answered from, or stored in, the cache")
				s.set(contact{ID: "42", Name: "new"}) // the commit
				require.Equal(t, "new", get(t, other, "42").Name, "the commit is not seen at once")
				inv.End(nil)
				loads = s.loads.Load()
				for range 3 {
					require.Equal(t, "new", get(t, other, "42").Name)
				}
				require.Equal(t, loads+1, s.loads.Load(), "the fence did not go with its writer")
			})
		})
	}
}

func TestFenceStandsUntilItsLastWriterCloses(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42"})
		repo := decorate(s, b.newCache(t))
		open := func() *runtime.Invalidation {
			inv := repo.update.Begin(acme())
			inv.Scope(inv.Path("contact"))
			inv.Open()
			return inv
		}
		one, two := open(), open()
		cached := func() bool {
			get(t, repo, "42")
			before := s.loads.Load()
			get(t, repo, "42")
			return s.loads.Load() == before
		}
		require.False(t, cached())
		one.End(nil)
		require.False(t, cached(), "the fence fell with the first writer")
		two.End(nil)
		require.True(t, cached())
	})
}

// A load that began before the fence opened must not leave its old row behind it.
func TestLoadFromBeforeAFenceIsNotStored(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "old"})
		repo := decorate(s, b.newCache(t))
		read, goOn := make(chan struct{}), make(chan struct{})
		s.setHook(func(context.Context, string) { close(read); <-goOn })
		done := make(chan struct{})
		go func() { _, _ = repo.Get(acme(), "42"); close(done) }()
		<-read
		s.setHook(nil)
		inv := repo.update.Begin(acme())
		inv.Entry(inv.Path("contact").String("42"))
		inv.Open()
		s.set(contact{ID: "42", Name: "new"})
		close(goOn)
		<-done
		require.Equal(t, "new", get(t, repo, "42").Name)
		inv.End(nil)
		require.Equal(t, "new", get(t, repo, "42").Name)
	})
}

// A writer that dies leaves misses at most: at every step, what is read afterwards is what the
// database holds.
func TestCrashOfAFencedWrite(t *testing.T) {
	for _, step := range []string{"before", "opened", "written", "closed"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			server, b := startRedis(t)
			database := contact{ID: "42", Name: "old"}
			s := newStore(database)
			c := b.newCache(t)
			repo := decorate(s, c, local)
			get(t, repo, "42")
			writer := startChild(t, "strong", server.Addr)
			_, err := fmt.Fprintln(writer.in, "fenced "+step)
			require.NoError(t, err)
			require.Equal(t, "dying", writer.answer())
			if step == "written" || step == "closed" {
				database.Name = "new" // the two processes share no database: the write of the other is repeated here
				s.set(database)
			}
			writer.kill()
			for range 10 {
				require.Equal(t, database.Name, get(t, repo, "42").Name)
			}
			// The fence of a dead writer lapses, and the cache serves again.
			require.Eventually(t, func() bool {
				require.Equal(t, database.Name, get(t, repo, "42").Name)
				before := s.loads.Load()
				get(t, repo, "42")
				return s.loads.Load() == before
			}, 15*time.Second, 50*time.Millisecond)
		})
	}
}

func TestSettleRefusesFills(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		if b.name == "miniredis" {
			t.Skip("its clock stands still")
		}
		s := newStore(contact{ID: "42", Name: "old"})
		c := b.newCache(t)
		repo := decorate(s, c)
		get(t, repo, "42")
		// Two reads have to fit into it, on a busy machine too.
		write := runtime.NewWrite(c, runtime.WriteOptions{Method: "Contacts.Update", Settle: 2 * time.Second})
		inv := write.Begin(acme())
		inv.Entry(inv.Path("contact").String("42"))
		inv.End(nil)
		require.Equal(t, "old", get(t, repo, "42").Name, "the replica that the load reads lags behind")
		s.set(contact{ID: "42", Name: "new"}) // it has caught up
		require.Equal(t, "new", get(t, repo, "42").Name, "what the lagging replica said was stored")
		require.Eventually(t, func() bool {
			before := s.loads.Load()
			get(t, repo, "42")
			return s.loads.Load() == before
		}, 5*time.Second, 20*time.Millisecond, "the settling does not end")
	})
}

func TestTransaction(t *testing.T) {
	for _, commit := range []bool{true, false} {
		t.Run(fmt.Sprintf("commit %v", commit), func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				s := newStore(contact{ID: "42", Name: "old"})
				c := b.newCache(t)
				repo := decorate(s, c)
				get(t, repo, "42")
				loads := s.loads.Load()
				ctx, tx := c.Begin(acme())
				for range 2 {
					_, err := repo.Get(ctx, "42")
					require.NoError(t, err)
				}
				require.Equal(t, loads+2, s.loads.Load(), "a read inside the transaction was cached")
				require.NoError(t, repo.Update(ctx, contact{ID: "42", Name: "new"}))
				require.Equal(t, "old", get(t, repo, "42").Name, "an invalidation did not wait for its commit")
				require.Equal(t, loads+2, s.loads.Load())
				if commit {
					require.NoError(t, tx.Commit(acme()))
				}
				tx.Rollback(acme())
				want := "old"
				if commit {
					want = "new"
				}
				require.Equal(t, want, get(t, repo, "42").Name)
				// The context outlives the transaction without harm.
				_, err := repo.Get(ctx, "42")
				require.NoError(t, err)
				require.NoError(t, repo.Update(ctx, contact{ID: "42", Name: "newer"}))
				require.Equal(t, "newer", get(t, repo, "42").Name)
			})
		})
	}
}

func TestTransactionKeepsItsTenantAndFence(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "old"})
		c := b.newCache(t)
		repo := decorate(s, c)
		get(t, repo, "42")
		ctx, tx := c.Begin(context.Background())
		ctx = runtime.WithTenant(ctx, "acme")
		inv := repo.update.Begin(ctx)
		inv.Entry(inv.Path("contact").String("42"))
		inv.Open()
		s.set(contact{ID: "42", Name: "new"})
		inv.End(nil)
		loads := s.loads.Load()
		require.Equal(t, "new", get(t, repo, "42").Name, "a fence inside a transaction opens at once")
		get(t, repo, "42")
		require.Equal(t, loads+2, s.loads.Load(), "the fence did not last until the commit")
		require.NoError(t, tx.Commit(context.Background()))
		get(t, repo, "42")
		loads = s.loads.Load()
		get(t, repo, "42")
		require.Equal(t, loads, s.loads.Load())
	})
}

// An invalidation that Redis does not accept is retried until it does, and this process does not
// answer from what it covers meanwhile.
func TestFailedInvalidationIsRetried(t *testing.T) {
	for _, strict := range []bool{false, true} {
		t.Run(fmt.Sprintf("strict %v", strict), func(t *testing.T) {
			server, b := startRedis(t)
			p := newProxy(t, server.Addr)
			s := newStore(contact{ID: "42", Name: "old"}, contact{ID: "43"})
			here := backend{"redis", client(t, p.addr())}.newCache(t, func(o *runtime.Options) { o.StrictInvalidation = strict })
			repo, other := decorate(s, here, local), decorate(s, b.newCache(t))
			warm(t, repo, here, "42")
			p.refuse()
			err := repo.Update(acme(), contact{ID: "42", Name: "new"})
			if strict {
				var failed *runtime.InvalidationError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, []string{"test:acme:contact:42"}, failed.Paths)
				require.ErrorContains(t, err, "Contacts.Update: [test:acme:contact:42] not yet invalidated")
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, "new", get(t, repo, "42").Name, "the process served what it could not invalidate")
			require.NotZero(t, here.Stats().Pending)
			require.Equal(t, "old", get(t, other, "42").Name, "the others cannot know: else this test shows nothing")
			p.open()
			require.Eventually(t, func() bool { return here.Stats().Pending == 0 }, 10*time.Second, 5*time.Millisecond)
			require.Equal(t, "new", get(t, other, "42").Name)
			warm(t, repo, here, "42")
		})
	}
}

func TestCloseDrainsRetries(t *testing.T) {
	server, b := startRedis(t)
	p := newProxy(t, server.Addr)
	s := newStore(contact{ID: "42", Name: "old"})
	c, err := runtime.New(runtime.Options{App: "test", Seed: 1, Redis: client(t, p.addr())})
	require.NoError(t, err)
	repo, other := decorate(s, c), decorate(s, b.newCache(t))
	get(t, other, "42")
	p.refuse()
	require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: "new"}))
	short, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, c.Close(short), "1 invalidations that Redis has not accepted")

	c, err = runtime.New(runtime.Options{App: "test", Seed: 1, Redis: client(t, p.addr())})
	require.NoError(t, err)
	require.NoError(t, decorate(s, c).Update(acme(), contact{ID: "42", Name: "new"}))
	time.AfterFunc(200*time.Millisecond, p.open)
	closeCache(t, c)
	require.Equal(t, "new", get(t, other, "42").Name, "Close did not wait for the invalidation")
}

// A pattern costs the same whatever it covers.
func TestInvalidationRoundTrips(t *testing.T) {
	_, b := startRedis(t)
	hook := new(trips)
	b.client.AddHook(hook)
	s := newStore(contact{ID: "42"})
	repo := decorate(s, b.newCache(t))
	count := func(f func()) int {
		hook.n = 0
		f()
		return hook.n
	}
	get(t, repo, "42")                                         // registers, loads scripts
	require.NoError(t, repo.Update(acme(), contact{ID: "42"})) // loads scripts
	get(t, repo, "42")
	require.Equal(t, 1, count(func() { get(t, repo, "42") }), "hit")
	require.Equal(t, 1, count(func() { require.NoError(t, repo.Update(acme(), contact{ID: "42"})) }), "exact invalidation")
	require.Equal(t, 3, count(func() { get(t, repo, "42") }), "miss: read, claim, fill")
	require.Equal(t, 1, count(func() { require.NoError(t, repo.UpdateAll(acme())) }), "pattern invalidation")
}

// trips counts round trips.
type trips struct{ n int }

func (h *trips) DialHook(next redis.DialHook) redis.DialHook { return next }
func (h *trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error { h.n++; return next(ctx, cmd) }
}
func (h *trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error { h.n++; return next(ctx, cmds) }
}

// A dead Redis holds a writer for a moment, even where the invalidation has to go to every shard,
// and Close for a bounded time.
func TestDeadRedisHoldsNobodyForLong(t *testing.T) {
	server, b := startRedis(t)
	c, err := runtime.New(runtime.Options{App: "test", Seed: 1, Redis: b.client, LoadTimeout: 500 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	repo := decorate(newStore(), c)
	require.NoError(t, repo.Update(acme(), contact{ID: "42"}))
	server.Freeze()
	defer server.Thaw()
	started := time.Now()
	require.Error(t, c.Invalidate(context.Background(), "contact:*"))
	require.Less(t, time.Since(started), time.Second, "an invalidation for every tenant")
	for range 10 {
		require.NoError(t, repo.Update(acme(), contact{ID: "42"}))
	}
	require.Less(t, time.Since(started), 3*time.Second, "ten writes")
	require.ErrorContains(t, c.Close(context.Background()), "invalidations that Redis has not accepted")
}
