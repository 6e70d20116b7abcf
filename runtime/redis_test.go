package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

func get(t testing.TB, repo *contacts, id string) *contact {
	t.Helper()
	got, err := repo.Get(acme(), id)
	require.NoError(t, err)
	return got
}

func TestKeysInRedisHaveTheDocumentedShape(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		repo := decorate(newStore(contact{ID: "42"}), b.newCache(t))
		get(t, repo, "42")
		keys, err := keysMatching(context.Background(), b.admin(), "*")
		require.NoError(t, err)
		require.Contains(t, keys, "test:acme:contact:42:v00c0ffee")
		for _, key := range keys {
			require.Regexp(t, `^test:(acme:contact:42:v00c0ffee|\{\d+\}:(state|tenant:acme|log))$`, key)
			ttl, err := b.admin().PTTL(context.Background(), key).Result()
			require.NoError(t, err)
			require.Positive(t, ttl, "%s never expires", key)
		}
	})
}

func TestEntryIsSeenByOtherCaches(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "Ada"})
		one, two := decorate(s, b.newCache(t)), decorate(s, b.newCache(t))
		require.Equal(t, "Ada", get(t, one, "42").Name)
		require.Equal(t, "Ada", get(t, two, "42").Name)
		require.EqualValues(t, 1, s.loads.Load())
		require.NoError(t, two.Update(acme(), contact{ID: "42", Name: "Bob"}))
		require.Equal(t, "Bob", get(t, one, "42").Name)
	})
}

// State that is lost invalidates: it must never bring back what had been invalidated.
func TestLostStateIsAMiss(t *testing.T) {
	for name, lose := range map[string]func(ctx context.Context, c redis.UniversalClient) error{
		"record": func(ctx context.Context, c redis.UniversalClient) error { return delMatching(ctx, c, "*:state") },
		"tenant": func(ctx context.Context, c redis.UniversalClient) error { return delMatching(ctx, c, "*:tenant:*") },
		"log":    func(ctx context.Context, c redis.UniversalClient) error { return delMatching(ctx, c, "*:log") },
		"all": func(ctx context.Context, c redis.UniversalClient) error {
			return eachServer(ctx, c, func(ctx context.Context, c *redis.Client) error { return c.FlushAll(ctx).Err() })
		},
		"state": func(ctx context.Context, c redis.UniversalClient) error { return delMatching(ctx, c, "test:{*") },
	} {
		t.Run(name, func(t *testing.T) {
			shared(t, func(t *testing.T, b backend) {
				s := newStore(contact{ID: "42", Name: "old"})
				repo := decorate(s, b.newCache(t))
				get(t, repo, "42")
				ctx := context.Background()
				raw, err := b.admin().Get(ctx, "test:acme:contact:42:v00c0ffee").Bytes()
				require.NoError(t, err)
				require.NoError(t, repo.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
				require.NoError(t, lose(ctx, b.admin()))
				// The invalidated entry is still there, or comes back from wherever it was.
				require.NoError(t, b.admin().Set(ctx, "test:acme:contact:42:v00c0ffee", raw, time.Minute).Err())
				require.Equal(t, "new", get(t, repo, "42").Name)
				loads := s.loads.Load()
				require.Equal(t, "new", get(t, repo, "42").Name)
				require.Equal(t, loads, s.loads.Load(), "nothing is cached after the loss")
				require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: "newer"}))
				require.Equal(t, "newer", get(t, repo, "42").Name, "an exact invalidation after the loss missed the entry")
			})
		})
	}
}

// What is lost with the state says nothing of the loads that run: none of them is joined.
func TestReadThatFindsNoStateJoinsNoLoad(t *testing.T) {
	for _, lost := range []struct {
		name, pattern string
		of            context.Context // of the write, whose stamp is lost
	}{{"record", "*:state", context.Background()}, {"tenant", "*:tenant:*", acme()}} {
		t.Run(lost.name, func(t *testing.T) {
			shared(t, func(t *testing.T, b backend) {
				s := newStore(contact{ID: "42", Name: "old"})
				repo, other := decorate(s, b.newCache(t)), decorate(s, b.newCache(t))
				read, goOn, first := make(chan struct{}), make(chan struct{}), make(chan struct{})
				s.setHook(func(context.Context, string) { close(read); <-goOn })
				go func() { _, _ = repo.Get(acme(), "42"); close(first) }()
				<-read
				s.setHook(nil)
				require.NoError(t, other.UpdateAll(lost.of, contact{ID: "42", Name: "new"}))
				require.NoError(t, delMatching(context.Background(), b.admin(), lost.pattern))
				time.AfterFunc(100*time.Millisecond, func() { close(goOn) })
				require.Equal(t, "new", get(t, repo, "42").Name, "a read joined a load from before the invalidation")
				<-first
			})
		})
	}
}

func delMatching(ctx context.Context, c redis.UniversalClient, pattern string) error {
	keys, err := keysMatching(ctx, c, pattern)
	if err != nil || len(keys) == 0 {
		return fmt.Errorf("%d keys match %q: %w", len(keys), pattern, err)
	}
	for _, key := range keys {
		err = errors.Join(err, c.Del(ctx, key).Err())
	}
	return err
}

func keysMatching(ctx context.Context, c redis.UniversalClient, pattern string) (keys []string, err error) {
	var mu sync.Mutex
	err = eachServer(ctx, c, func(ctx context.Context, c *redis.Client) error {
		some, err := c.Keys(ctx, pattern).Result()
		mu.Lock()
		defer mu.Unlock()
		keys = append(keys, some...)
		return err
	})
	return keys, err
}

// eachServer calls f for the server, or for each master of the cluster.
func eachServer(ctx context.Context, c redis.UniversalClient, f func(context.Context, *redis.Client) error) error {
	if cluster, ok := c.(*redis.ClusterClient); ok {
		return cluster.ForEachMaster(ctx, f)
	}
	return f(ctx, c.(*redis.Client))
}

// Two releases of a program run side by side while it is deployed; an exact invalidation by one
// must reach the entries of both.
func TestExactInvalidationCoversAllLiveVersions(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "old"})
		version := func(v string) func(*runtime.ReadOptions) {
			return func(o *runtime.ReadOptions) { o.Version = v }
		}
		older, newer := decorate(s, b.newCache(t), version("00000001")), decorate(s, b.newCache(t), version("00000002"))
		get(t, older, "42")
		get(t, newer, "42")
		require.EqualValues(t, 2, s.loads.Load(), "versions share an entry")
		require.NoError(t, newer.Update(acme(), contact{ID: "42", Name: "new"}))
		require.Equal(t, "new", get(t, older, "42").Name)
		require.Equal(t, "new", get(t, newer, "42").Name)
	})
}

func TestCorruptEntryCostsALoad(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		const key = "test:acme:contact:42:v00c0ffee"
		ctx := context.Background()
		s := newStore(contact{ID: "42", Name: "Ada"})
		c := b.newCache(t)
		repo := decorate(s, c)
		get(t, repo, "42")
		good, err := b.admin().Get(ctx, key).Bytes()
		require.NoError(t, err)
		for n := range len(good) {
			require.NoError(t, b.admin().Set(ctx, key, good[:n], time.Minute).Err())
			require.Equal(t, "Ada", get(t, repo, "42").Name, "cut to %d bytes", n)
		}
		mended := func(bad []byte, what string) {
			require.NoError(t, b.admin().Set(ctx, key, bad, time.Minute).Err())
			started := time.Now()
			_, err := repo.Get(acme(), "42")
			require.NoError(t, err, what)
			require.Less(t, time.Since(started), 2*time.Second, "%s passes for a claim", what)
			get(t, repo, "42")
			before := s.loads.Load()
			require.Equal(t, "Ada", get(t, repo, "42").Name, what)
			require.Equal(t, before, s.loads.Load(), "%s is still there", what)
		}
		for n := range good {
			bad := append([]byte(nil), good...)
			bad[n] ^= 0xff
			if n < 32 { // later ones may read as another value
				mended(bad, fmt.Sprintf("byte %d flipped", n))
			}
			require.NoError(t, b.admin().Set(ctx, key, bad, time.Minute).Err())
			_, err := repo.Get(acme(), "42")
			require.NoError(t, err, "byte %d flipped", n)
		}
		for _, text := range []string{`{"id":"42","name":"Lovelace"}`, `{"id":"42","name":"Augusta Ada King, Countess of Lovelace"}`, strings.Repeat("\xff", 24), strings.Repeat("\xff", 60)} {
			mended([]byte(text), text)
		}
		require.NoError(t, b.admin().Del(ctx, key).Err())
		require.NoError(t, b.admin().LPush(ctx, key, "a list").Err())
		require.Equal(t, "Ada", get(t, repo, "42").Name)
		require.NotZero(t, c.Stats().CodecErrors)
	})
}

func TestRedisThatIsDownCostsALoad(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := newStore(contact{ID: "42", Name: "Ada"})
	c := backend{"redis", server.Client()}.newCache(t)
	repo := decorate(s, c)
	get(t, repo, "42")
	server.Kill()
	for range 20 {
		require.Equal(t, "Ada", get(t, repo, "42").Name)
	}
	require.NotZero(t, c.Stats().RedisErrors)
	server.Restart()
	require.Eventually(t, func() bool {
		before := s.loads.Load()
		get(t, repo, "42")
		return s.loads.Load() == before
	}, 10*time.Second, 20*time.Millisecond, "the cache does not come back with its Redis")
}

// A frozen server keeps connections open and answers nothing; the client's own deadlines are
// seconds.
func TestFrozenRedisHoldsNoReadLongerThanRedisTimeout(t *testing.T) {
	for _, keepsDeadlines := range []bool{false, true} {
		t.Run(fmt.Sprintf("ContextTimeoutEnabled %v", keepsDeadlines), func(t *testing.T) {
			frozenRedis(t, &redis.Options{ContextTimeoutEnabled: keepsDeadlines})
		})
	}
}

func frozenRedis(t *testing.T, o *redis.Options) {
	server := redistest.Start(t)
	o.Addr = server.Addr
	c := redis.NewClient(o)
	t.Cleanup(func() { _ = c.Close() })
	const bound = 100 * time.Millisecond
	s := newStore(contact{ID: "42", Name: "Ada"})
	repo := decorate(s, backend{"redis", c}.newCache(t, func(o *runtime.Options) { o.RedisTimeout = bound }))
	get(t, repo, "42")
	server.Freeze()
	defer server.Thaw()
	slow := 0
	for range 50 {
		started := time.Now()
		require.Equal(t, "Ada", get(t, repo, "42").Name)
		took := time.Since(started)
		require.Less(t, took, 5*bound, "a read waited for a frozen Redis")
		if took > bound/2 {
			slow++
		}
	}
	require.LessOrEqual(t, slow, 10, "reads keep waiting for a Redis that has not answered for a while")
}

// A process that dies in a load leaves its claim behind, and holds the others up for a moment only.
func TestClaimOfADeadProcessLapses(t *testing.T) {
	server, b := startRedis(t)
	s := newStore(contact{ID: "42", Name: "Ada"})
	died := startChild(t, "hang", server.Addr)
	require.Equal(t, "loading", died.answer())
	died.kill()
	started := time.Now()
	require.Equal(t, "Ada", get(t, decorate(s, b.newCache(t)), "42").Name)
	require.Less(t, time.Since(started), 4*time.Second)
	require.Greater(t, time.Since(started), 100*time.Millisecond, "the claim held nobody: this test has not seen it")
}

// Two processes share one Redis: what one has loaded the other reads, and what the other
// invalidates the first loads again.
func TestTwoProcesses(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		child := startChild(t, "strong", b.addrs())
		s := newStore(contact{ID: "42", Name: "parent"})
		repo := decorate(s, b.newCache(t))
		require.Equal(t, "parent", get(t, repo, "42").Name)
		require.Equal(t, "parent loads=0", child.ask("get"), "the child did not read what the parent had stored")
		require.Equal(t, "ok", child.ask("update"))
		s.set(contact{ID: "42", Name: "parent again"})
		require.Equal(t, "parent again", get(t, repo, "42").Name, "the parent did not notice the child's invalidation")
		require.Equal(t, "parent again loads=0", child.ask("get"))
		require.NoError(t, repo.UpdateAll(acme()))
		require.Equal(t, "child loads=1", child.ask("get"))
	})
}
