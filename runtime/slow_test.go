package runtime_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// slowly runs a test with a Redis that is well, and far away once the proxy is slow: each round
// trip takes 100 ms. The client beside it is near.
func slowly(t *testing.T, test func(t *testing.T, far backend, p *proxy, near backend)) {
	run := func(t *testing.T, addr string) {
		p := newProxy(t, addr)
		far := redis.NewClient(&redis.Options{Addr: p.addr(), ContextTimeoutEnabled: true}) // else the client goes on by itself
		t.Cleanup(func() { _ = far.Close() })
		test(t, backend{"redis", far}, p, backend{"near", client(t, addr)})
	}
	t.Run("miniredis", func(t *testing.T) {
		needsNoPermission(t)
		run(t, miniredis.RunT(t).Addr())
	})
	t.Run("redis", func(t *testing.T) { run(t, redistest.Start(t).Addr) })
}

const far = 50 * time.Millisecond // one way

func patience(d time.Duration) func(*runtime.Options) {
	return func(o *runtime.Options) { o.RedisTimeout = d }
}

// holds reports whether there is a value of a contact in Redis.
func holds(t testing.TB, c redis.UniversalClient, id string) bool {
	keys, err := c.Keys(context.Background(), "test:acme:contact:"+id+":*").Result()
	require.NoError(t, err)
	for _, key := range keys {
		v, err := c.Get(context.Background(), key).Result()
		if err == nil && strings.Contains(v, "Ada") {
			return true
		}
	}
	return false
}

// A fill for which the caller has no time left goes on without it.
func TestFillOutlivesTheWaitOfItsCaller(t *testing.T) {
	slowly(t, func(t *testing.T, b backend, p *proxy, near backend) {
		for id, wait := range map[string]time.Duration{"nearly": 290 * time.Millisecond, "late": 260 * time.Millisecond} {
			c := b.newCache(t, patience(wait))
			repo := decorate(newStore(contact{ID: "1", Name: "Ada"}, contact{ID: id, Name: "Ada"}), c, local)
			warm(t, repo, c, "1") // which makes the state
			p.slow(far)
			get(t, repo, id) // looks, claims, and has too little time left
			require.Eventually(t, func() bool { return holds(t, near.admin(), id) }, 5*time.Second, 5*time.Millisecond, "the load was in vain: %s", id)
			p.open()
		}
	})
}

// lateCache is a cache that follows the log, over a Redis that does not answer the next reads in
// time.
func lateCache(t *testing.T, b backend, p *proxy, s *store) (*runtime.Cache, *contacts) {
	c := b.newCache(t, patience(60*time.Millisecond))
	repo := decorate(s, c, local)
	warm(t, repo, c, "1")
	p.slow(far)
	return c, repo
}

// What was loaded because Redis was too slow for the caller is stored all the same.
func TestLoadWithoutAClaimIsStored(t *testing.T) {
	slowly(t, func(t *testing.T, b backend, p *proxy, near backend) {
		_, repo := lateCache(t, b, p, newStore(contact{ID: "1", Name: "Ada"}, contact{ID: "2", Name: "Ada"}))
		get(t, repo, "2")
		require.Eventually(t, func() bool { return holds(t, near.admin(), "2") }, 10*time.Second, 5*time.Millisecond, "the load was in vain")
	})
}

// An invalidation from between such a load and its claim is not lost: neither one of everything,
// which leaves a stamp, nor one of the entry alone, which leaves none.
func TestLoadWithoutAClaimIsNotStoredAfterAnInvalidation(t *testing.T) {
	for name, write := range map[string]func(*contacts) error{
		"exact": func(repo *contacts) error { return repo.Update(acme(), contact{ID: "2", Name: "new"}) },
		"scope": func(repo *contacts) error { return repo.UpdateAll(acme(), contact{ID: "2", Name: "new"}) },
	} {
		t.Run(name, func(t *testing.T) {
			slowly(t, func(t *testing.T, b backend, p *proxy, near backend) {
				s := newStore(contact{ID: "1", Name: "Ada"}, contact{ID: "2", Name: "Ada"})
				c, repo := lateCache(t, b, p, s)
				writer := decorate(s, near.newCache(t))
				var once sync.Once
				s.setHook(func(context.Context, string) { once.Do(func() { require.NoError(t, write(writer)) }) })
				require.Equal(t, "Ada", get(t, repo, "2").Name, "it was read before the write")
				require.Eventually(t, func() bool { return c.Stats().FillsRefused > 0 || holds(t, near.admin(), "2") }, 10*time.Second, 5*time.Millisecond)
				require.False(t, holds(t, near.admin(), "2"), "what was loaded before the write is there")
			})
		})
	}
}

// The message about such an invalidation may be late: the process waits for it, and if the log has
// lost it, stores nothing.
func TestLateClaimWaitsForTheLog(t *testing.T) {
	lateWithoutTheMessage(t, func(*proxy, backend) {})
}

func TestLateClaimNeedsAllOfTheLog(t *testing.T) {
	lateWithoutTheMessage(t, func(p *proxy, near backend) {
		require.NoError(t, delMatching(context.Background(), near.admin(), "*:log"))
		p.set(func() { p.stalled = "" })
	})
}

func lateWithoutTheMessage(t *testing.T, meanwhile func(*proxy, backend)) {
	slowly(t, func(t *testing.T, b backend, p *proxy, near backend) {
		s := newStore(contact{ID: "1", Name: "Ada"}, contact{ID: "2", Name: "Ada"})
		c, repo := lateCache(t, b, p, s)
		writer := decorate(s, near.newCache(t))
		var once sync.Once
		s.setHook(func(context.Context, string) {
			once.Do(func() {
				p.stall("xread")
				require.Eventually(t, p.stalls, 5*time.Second, time.Millisecond)
				require.NoError(t, writer.Update(acme(), contact{ID: "2", Name: "new"}))
				meanwhile(p, near)
			})
		})
		require.Equal(t, "Ada", get(t, repo, "2").Name, "it was read before the write")
		require.Eventually(t, func() bool { return c.Stats().FillsRefused > 0 || holds(t, near.admin(), "2") }, 10*time.Second, 5*time.Millisecond)
		require.False(t, holds(t, near.admin(), "2"), "what was loaded before the write is there")
	})
}

// longest is a hook that notes the most keys and commands that a client has sent at once.
type longest struct{ atomic.Int64 }

func (l *longest) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (l *longest) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (l *longest) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		n := int64(len(cmds))
		for _, cmd := range cmds {
			n = max(n, int64(len(cmd.Args())))
		}
		for old := l.Load(); n > old && !l.CompareAndSwap(old, n); old = l.Load() {
		}
		return next(ctx, cmds)
	}
}

// A batch is looked up, claimed and stored in pieces: a server that is well answers each in time.
func TestLongBatchesGoInPieces(t *testing.T) {
	const items = 5500
	shared(t, func(t *testing.T, b backend) {
		hook := new(longest)
		b.client.AddHook(hook)
		s := newStore()
		ids := make([]string, items)
		for i := range ids {
			ids[i] = fmt.Sprint(i)
			s.set(contact{ID: ids[i], Name: "Ada"})
		}
		many := decorateMany(s, b.newCache(t))
		for range 2 {
			list, err := many.GetMany(acme(), ids...)
			require.NoError(t, err)
			require.Len(t, list, items)
		}
		require.Len(t, many.calls, 1, "not all of it was stored")
		require.Less(t, hook.Load(), int64(3100), "thousands of keys go in one round trip")
	})
}

// Many more callers than the pool has connections, who wait for it longer than they may, and a
// Redis that is well: what all of them have loaded is stored.
func TestWavesOfCallersWarmUp(t *testing.T) {
	const callers = 2000
	run := func(t *testing.T, addr string) {
		b := backend{"redis", redis.NewClient(&redis.Options{Addr: addr, PoolSize: 2})}
		t.Cleanup(func() { _ = b.client.Close() })
		s := newStore()
		for i := range callers {
			s.set(contact{ID: fmt.Sprint(i), Name: "Ada"})
		}
		c := b.newCache(t, patience(100*time.Millisecond))
		repo := decorate(s, c, local)
		warm(t, repo, c, "0")
		stored := func() bool {
			n, err := b.admin().DBSize(context.Background()).Result()
			return err == nil && n >= callers
		}
		for wave := 1; !stored(); wave++ {
			// One is enough, unless the machine is so busy that the log is not followed meanwhile.
			require.LessOrEqual(t, wave, 4, "the loads of each wave are in vain")
			var all sync.WaitGroup
			for i := range callers {
				all.Go(func() { get(t, repo, fmt.Sprint(i)) })
			}
			all.Wait()
			for began := time.Now(); !stored() && time.Since(began) < 5*time.Second; {
				time.Sleep(5 * time.Millisecond) // its fills are on their way
			}
		}
	}
	t.Run("miniredis", func(t *testing.T) {
		needsNoPermission(t)
		run(t, miniredis.RunT(t).Addr())
	})
	t.Run("redis", func(t *testing.T) { run(t, redistest.Start(t).Addr) })
}

// No more loads run at once than MaxLoads, the others wait, and none is lost. A caller that gives
// up gets the error of its own context.
func TestLoadsAreLimited(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		const most, callers = 3, 20
		s := newStore()
		for i := range callers {
			s.set(contact{ID: fmt.Sprint(i), Name: "Ada"})
		}
		c := b.newCache(t, func(o *runtime.Options) { o.MaxLoads = most })
		repo := decorate(s, c)
		var running, highest atomic.Int64
		full, goOn := make(chan struct{}), make(chan struct{})
		var once sync.Once
		var all sync.WaitGroup
		release := sync.OnceFunc(func() { close(goOn) })
		defer func() { // also if it fails
			release()
			all.Wait()
		}()
		s.setHook(func(context.Context, string) {
			n := running.Add(1)
			defer running.Add(-1)
			for old := highest.Load(); n > old && !highest.CompareAndSwap(old, n); old = highest.Load() {
			}
			if n == most {
				once.Do(func() { close(full) })
			}
			<-goOn
		})
		for i := range callers {
			all.Go(func() { get(t, repo, fmt.Sprint(i)) })
		}
		<-full
		require.Eventually(t, func() bool { return c.Stats().Queued == callers-most }, 10*time.Second, time.Millisecond)
		hurried, giveUp := context.WithCancel(acme())
		defer giveUp()
		gaveUp := make(chan error)
		all.Go(func() {
			_, err := repo.Get(hurried, "hurried")
			gaveUp <- err
		})
		require.Eventually(t, func() bool { return c.Stats().Queued == callers-most+1 }, 10*time.Second, time.Millisecond)
		giveUp()
		require.ErrorIs(t, <-gaveUp, context.Canceled)
		release()
		all.Wait()
		closeCache(t, c) // which waits for the load that has no caller any more
		require.EqualValues(t, most, highest.Load())
		require.EqualValues(t, callers+1, s.loads.Load())
	})
}

// A load that reads from the cache leaves its place meanwhile: else loads that wait for loads would
// fill all places.
func TestLoadsThatReadFromTheCacheAreNotLimitedByEachOther(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		const callers = 10
		c := b.newCache(t, func(o *runtime.Options) { o.MaxLoads, o.LoadTimeout = 1, 20*time.Second })
		s := newStore(contact{ID: "shared", Name: "Ada"})
		for i := range callers {
			s.set(contact{ID: fmt.Sprint(i), Name: "Ada"})
		}
		repo := decorate(s, c)
		s.setHook(func(ctx context.Context, id string) {
			if id != "shared" {
				_, err := repo.Get(ctx, "shared")
				require.NoError(t, err)
			}
		})
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() { get(t, repo, fmt.Sprint(i)) })
		}
		all.Wait()
	})
}

// A load that asks for what it is loading, itself or by way of another, calls through: it would
// wait for itself.
func TestLoadOfItsOwnKeyCallsThrough(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		c := b.newCache(t, func(o *runtime.Options) { o.LoadTimeout = 20 * time.Second })
		s := newStore(contact{ID: "a", Name: "Ada"}, contact{ID: "b", Name: "Ada"})
		repo, many := decorate(s, c), decorateMany(s, c)
		other := map[string]string{"a": "b", "b": "a"}
		var depth atomic.Int64
		s.setHook(func(ctx context.Context, id string) {
			if depth.Add(1) > 4 {
				return
			}
			_, err := repo.Get(ctx, other[id])
			require.NoError(t, err)
			_, err = many.GetMany(ctx, id)
			require.NoError(t, err)
		})
		get(t, repo, "a")
		require.NotZero(t, c.Stats().Bypassed)

		// Wrapped twice with one cache.
		s.setHook(nil)
		twice := decorate(s, c)
		outer := runtime.NewRead(c, runtime.ReadOptions{Result: resultOf[*contact](), Method: "Contacts.Get", Prefix: "twice", Version: "00c0ffee", TTL: time.Minute})
		inner := runtime.NewRead(c, runtime.ReadOptions{Result: resultOf[*contact](), Method: "Contacts.Get", Prefix: "twice", Version: "00c0ffee", TTL: time.Minute})
		var k1, k2 runtime.KeyBuffer
		v, err := outer.Load(acme(), outer.Key(acme(), &k1).String("a"), func(ctx context.Context) (any, error) {
			return inner.Load(ctx, inner.Key(ctx, &k2).String("a"), func(ctx context.Context) (any, error) { return twice.store.Get(ctx, "a") })
		})
		require.NoError(t, err)
		require.Equal(t, "Ada", v.(*contact).Name)
	})
}

// A load that goes on after its time is over, whatever its context says, holds up nobody else.
func TestLoadThatHangsHoldsUpNobodyElse(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		c := b.newCache(t, func(o *runtime.Options) { o.LoadTimeout = 500 * time.Millisecond })
		s := newStore(contact{ID: "42", Name: "Ada"})
		repo := decorate(s, c)
		goOn := make(chan struct{})
		defer close(goOn)
		s.setHook(func(context.Context, string) { <-goOn })
		_, err := repo.Get(acme(), "42")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		s.setHook(nil)
		for deadline := time.Now().Add(20 * time.Second); ; { // in Redis its claim has to lapse, too
			got, err := repo.Get(acme(), "42")
			if err == nil {
				require.Equal(t, "Ada", got.Name)
				return
			}
			require.True(t, time.Now().Before(deadline), "each read fails: %v", err)
		}
	})
}
