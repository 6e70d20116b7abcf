package runtime_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// session is a result without an encoding: it holds a func.
type session struct {
	Name string
	Hash func(string) string
}

func (s *session) Clone() *session {
	own := *s
	return &own
}

// sessions is what the generator emits for tiers=local.
type sessions struct {
	*store
	get *runtime.Read
}

func sessionsOf(s *store, c *runtime.Cache, change ...func(*runtime.ReadOptions)) *sessions {
	o := runtime.ReadOptions{
		Method: "Sessions.Get", Prefix: "contact", Version: "5e5510ab", InProcess: true, TTL: time.Minute,
		Result: runtime.ResultOf(nil, nil, (*session).Clone),
	}
	for _, f := range change {
		f(&o)
	}
	return &sessions{s, runtime.NewRead(c, o)}
}

func (r *sessions) Get(ctx context.Context, id string) (*session, error) {
	var buf runtime.KeyBuffer
	key := r.get.Key(ctx, &buf).String(id)
	if v, ok, err := r.get.Lookup(ctx, key); ok {
		if s, _ := v.(*session); s != nil {
			return s.Clone(), err
		}
		return nil, err
	}
	args := func(*runtime.Tags) {}
	result := func(t *runtime.Tags, v any) { t.Add(t.Path("team").String(v.(*session).Name)) }
	v, err := r.get.LoadTagged(ctx, key, args, result, r.load(id))
	s, _ := v.(*session)
	return s, err
}

func (r *sessions) load(id string) func(ctx context.Context) (any, error) {
	return func(ctx context.Context) (any, error) {
		c, err := r.store.Get(ctx, id)
		if err != nil {
			return (*session)(nil), err
		}
		return &session{c.Name, func(s string) string { return c.Name + s }}, nil
	}
}

// untagged is Get without tags.
func (r *sessions) untagged(ctx context.Context, id string) (*session, error) {
	var buf runtime.KeyBuffer
	key := r.get.Key(ctx, &buf).String(id)
	if v, ok, err := r.get.Lookup(ctx, key); ok {
		s, _ := v.(*session)
		return s, err
	}
	v, err := r.get.Load(ctx, key, r.load(id))
	s, _ := v.(*session)
	return s, err
}

// kept reads until a copy answers, and returns it.
func kept(t testing.TB, r *sessions, c *runtime.Cache, id string) (last *session) {
	t.Helper()
	require.Eventually(t, func() bool {
		before := c.Stats().LocalHits
		s, err := r.Get(acme(), id)
		last = s
		return err == nil && c.Stats().LocalHits > before
	}, 5*time.Second, time.Millisecond, "no copy answers: %+v", c.Stats().Follower)
	return last
}

// What has no encoding is kept in the process, and no caller can change what others get.
func TestInProcessKeepsWhatHasNoEncoding(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		c := b.newCache(t)
		s := newStore(contact{ID: "42", Name: "Ada"})
		r := sessionsOf(s, c)
		one := kept(t, r, c, "42")
		loads := s.loads.Load()
		one.Name = "changed"
		two, err := r.Get(acme(), "42")
		require.NoError(t, err)
		require.Equal(t, "Ada", two.Name)
		require.Equal(t, "Ada!", two.Hash("!"))
		require.Equal(t, loads, s.loads.Load())
		require.Zero(t, c.Stats().CodecErrors)
		require.NoError(t, c.Invalidate(acme(), "contact:42"))
		s.set(contact{ID: "42", Name: "Grace"})
		require.Equal(t, "Grace", kept(t, r, c, "42").Name)
	})
}

// An invalidation in another process reaches the copy within Options.Staleness, whatever it is of.
func TestInProcessHearsOfOthersInvalidations(t *testing.T) {
	for _, kind := range []string{"entry", "scope", "tenant", "every tenant", "tag", "fence"} {
		t.Run(kind, func(t *testing.T) {
			shared(t, func(t *testing.T, b backend) {
				s := newStore(contact{ID: "42", Name: "0"})
				here, there := b.newCache(t), b.newCache(t)
				r := sessionsOf(s, here)
				writer := decorate(s, there)
				fenced := runtime.NewWrite(there, runtime.WriteOptions{Method: "Sessions.Fenced", Fence: true})
				for n := 1; n <= 5; n++ {
					kept(t, r, here, "42")
					name := fmt.Sprint(n)
					change := contact{ID: "42", Name: name}
					switch kind {
					case "entry":
						require.NoError(t, writer.Update(acme(), change))
					case "scope":
						require.NoError(t, writer.UpdateAll(acme(), change))
					case "tenant":
						s.set(change)
						require.NoError(t, there.Invalidate(acme(), "*"))
					case "every tenant":
						s.set(change)
						require.NoError(t, there.Invalidate(context.Background(), "contact:42"))
					case "tag":
						s.set(change)
						require.NoError(t, there.Invalidate(acme(), fmt.Sprint("team:", n-1)))
					case "fence":
						inv := fenced.Begin(acme())
						inv.Entry(inv.Path("contact").String("42"))
						inv.Open()
						s.set(change)
						inv.End(nil)
					}
					hears(t, time.Second, name, func() string {
						got, err := r.Get(acme(), "42")
						require.NoError(t, err)
						return got.Name
					})
				}
				require.Zero(t, here.Stats().Follower.Gaps)
			})
		})
	}
}

// A load that an invalidation has overtaken is not kept for longer than the log takes.
func TestInProcessLoadThatIsOvertakenGoesStale(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "old"})
		here, there := b.newCache(t), b.newCache(t)
		r, writer := sessionsOf(s, here), decorate(s, there)
		kept(t, r, here, "42")
		require.NoError(t, here.Invalidate(acme(), "contact:42"))
		var once sync.Once
		s.setHook(func(context.Context, string) {
			once.Do(func() { require.NoError(t, writer.Update(acme(), contact{ID: "42", Name: "new"})) })
		})
		got, err := r.Get(acme(), "42")
		require.NoError(t, err)
		require.Equal(t, "old", got.Name)
		hears(t, time.Second, "new", func() string {
			got, err := r.Get(acme(), "42")
			require.NoError(t, err)
			return got.Name
		})
	})
}

// Behind a fence nothing is kept, also if it stands on a tag that only the result says.
func TestInProcessKeepsNothingBehindAFence(t *testing.T) {
	for _, on := range []string{"contact:42", "team:Grace"} {
		t.Run(on, func(t *testing.T) {
			shared(t, func(t *testing.T, b backend) {
				s := newStore(contact{ID: "1", Name: "Ada"}, contact{ID: "42", Name: "Grace"})
				here, there := b.newCache(t), b.newCache(t)
				r := sessionsOf(s, here)
				kept(t, r, here, "1")
				inv := runtime.NewWrite(there, runtime.WriteOptions{Method: "Sessions.Fenced", Fence: true}).Begin(acme())
				prefix, id, _ := strings.Cut(on, ":")
				inv.Entry(inv.Path(prefix).String(id))
				inv.Open()
				loads := s.loads.Load()
				for range 3 {
					_, err := r.Get(acme(), "42")
					require.NoError(t, err)
				}
				require.Equal(t, loads+3, s.loads.Load(), "a load behind the fence was kept")
				inv.End(nil)
				kept(t, r, here, "42")
			})
		})
	}
}

// A put of such an entry would reach one process: it is invalidated instead, and what would be the
// entry in Redis is never there.
func TestInProcessWritesNothingToRedis(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		if b.name == "cluster" {
			t.Skip("the keys of one server are listed")
		}
		c := b.newCache(t)
		s := newStore(contact{ID: "1", Name: "Ada"}, contact{ID: "2", Name: "Grace"})
		r := sessionsOf(s, c, func(o *runtime.ReadOptions) { o.NotFound = time.Minute })
		keys := func() []string {
			list, err := b.admin().Keys(context.Background(), "*").Result()
			require.NoError(t, err)
			return list
		}
		kept(t, r, c, "1")
		before := keys()
		kept(t, r, c, "2")
		_, err := r.Get(acme(), "missing")
		require.ErrorIs(t, err, errNotFound)
		loads := s.loads.Load()
		_, err = r.Get(acme(), "missing")
		require.ErrorIs(t, err, errNotFound)
		require.Equal(t, loads, s.loads.Load(), "that there is nothing is not remembered")
		write := runtime.NewWrite(c, runtime.WriteOptions{Method: "Sessions.Put"})
		inv := write.Begin(acme())
		put := r.get.Put(inv)
		var buf runtime.KeyBuffer
		put.Claim(r.get.Key(acme(), &buf).String("2"))
		inv.Reserve()
		put.Store(r.get.Key(acme(), &buf).String("2"), &session{Name: "put"})
		inv.End(&err)
		require.ElementsMatch(t, before, keys())
		for _, key := range before {
			require.NotContains(t, key, "contact")
		}
	})
}

// While Redis is down nothing is kept: each read loads.
func TestInProcessKeepsNothingWithoutRedis(t *testing.T) {
	server, b := startRedis(t)
	c := b.newCache(t, func(o *runtime.Options) { o.RedisTimeout = 100 * time.Millisecond })
	s := newStore(contact{ID: "1", Name: "Ada"}, contact{ID: "2", Name: "Grace"})
	r := sessionsOf(s, c)
	kept(t, r, c, "1")
	server.Kill()
	require.Eventually(t, func() bool { return c.Stats().Follower.Leased == 0 }, 5*time.Second, time.Millisecond)
	for _, id := range []string{"1", "2"} {
		loads := s.loads.Load()
		for range 3 {
			_, err := r.Get(acme(), id)
			require.NoError(t, err)
		}
		require.Equal(t, loads+3, s.loads.Load())
	}
}

// Reads that come during a load join it, each with a copy of its own; one load is enough.
func TestInProcessReadsJoin(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		c := b.newCache(t)
		s := newStore(contact{ID: "1", Name: "Ada"}, contact{ID: "42", Name: "Grace"})
		r := sessionsOf(s, c)
		kept(t, r, c, "1") // there is a lease
		loading, release := make(chan struct{}), make(chan struct{})
		var once sync.Once
		s.setHook(func(context.Context, string) {
			once.Do(func() { close(loading) })
			<-release
		})
		loads := s.loads.Load()
		const readers = 8
		got := make(chan *session, readers)
		read := func() {
			v, err := r.untagged(acme(), "42")
			if err != nil {
				v = &session{Name: err.Error()}
			}
			got <- v
		}
		go read()
		<-loading
		for range readers - 1 {
			go read()
		}
		require.Eventually(t, func() bool { return c.Stats().Misses >= uint64(loads)+readers }, 5*time.Second, time.Millisecond)
		time.Sleep(50 * time.Millisecond)
		close(release)
		seen := make(map[*session]bool)
		for range readers {
			v := <-got
			require.Equal(t, "Grace", v.Name)
			require.False(t, seen[v], "two callers have one value")
			seen[v] = true
		}
		require.Equal(t, loads+1, s.loads.Load())
	})
}

// What could not be kept or handed out is refused at start-up.
func TestInProcessRefusesWhatItCannotKeep(t *testing.T) {
	c := backend{name: "embedded"}.newCache(t)
	refused := func(why string, change func(*runtime.ReadOptions)) {
		t.Helper()
		require.PanicsWithValue(t, "cachegen: Sessions.Get cannot keep its entries in the process alone: "+why,
			func() { sessionsOf(newStore(), c, change) })
	}
	refused("it may not answer from a copy", func(o *runtime.ReadOptions) { o.Strong = true })
	refused("it may not answer from a copy", func(o *runtime.ReadOptions) { o.Local = -1 })
	refused("*runtime_test.session has no clone, and its callers do not share it",
		func(o *runtime.ReadOptions) { o.Result = resultOf[*session]() })
	sessionsOf(newStore(), c, func(o *runtime.ReadOptions) { o.Result, o.Shared = resultOf[*session](), true })
	require.PanicsWithValue(t, "cachegen: Sessions.Get cannot keep its entries in the process alone: a batch keeps its entries encoded",
		func() {
			runtime.NewBatch(c, runtime.ReadOptions{Method: "Sessions.Get", Prefix: "many", Result: resultOf[*session](), InProcess: true, Shared: true})
		})
}
