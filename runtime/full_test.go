package runtime_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// full makes a server refuse whatever takes memory, or accept it again. It is told that what it
// holds is more than it may, and may evict nothing.
func full(t testing.TB, b backend, is bool) {
	t.Helper()
	limit := map[bool]string{true: "100kb", false: "0"}[is]
	ctx := context.Background()
	require.NoError(t, b.admin().ConfigSet(ctx, "maxmemory", limit).Err())
	if err := b.admin().Set(ctx, "noise", "x", 0).Err(); is {
		require.ErrorContains(t, err, "OOM", "the server is not full: this test shows nothing")
	} else {
		require.NoError(t, err)
	}
}

// A Redis that is full and may not evict stores no more entries. Reads go on, and everything that
// makes entries stale comes through: else a full cache would be a stale one.
func TestFullRedis(t *testing.T) {
	_, b := startRedis(t, "--maxmemory-policy", "noeviction")
	ctx := context.Background()
	s := newStore(contact{ID: "42", Name: "0"}, contact{ID: "1"})
	strict := func(o *runtime.Options) { o.StrictInvalidation = true }
	here, there := b.newCache(t, strict), b.newCache(t)
	repo, other := decorate(s, here), decorate(s, there)
	near := decorate(s, there, local)
	fenced := func(name string) (err error) {
		inv := repo.update.Begin(acme())
		inv.Scope(inv.Path("contact"))
		inv.Open()
		loads := s.loads.Load()
		get(t, other, "42")
		get(t, other, "42")
		require.Equal(t, loads+2, s.loads.Load(), "the fence does not stand")
		s.set(contact{ID: "42", Name: name})
		require.Equal(t, name, get(t, other, "42").Name)
		inv.End(&err)
		return err
	}
	n := 0
	for name, update := range map[string]func(name string) error{
		"entry":  func(name string) error { return repo.Update(acme(), contact{ID: "42", Name: name}) },
		"scope":  func(name string) error { return repo.UpdateAll(acme(), contact{ID: "42", Name: name}) },
		"fenced": fenced,
		"tenant": func(name string) error { s.set(contact{ID: "42", Name: name}); return here.Invalidate(acme(), "*") },
		"every tenant": func(name string) error {
			s.set(contact{ID: "42", Name: name})
			return here.Invalidate(ctx, "contact:42")
		},
	} {
		t.Run(name, func(t *testing.T) {
			get(t, repo, "42")
			warm(t, near, there, "42")
			full(t, b, true)
			hits := there.Stats().RedisHits
			get(t, other, "42")
			require.Equal(t, hits+1, there.Stats().RedisHits, "what is stored is not answered any more")
			n++
			require.NoError(t, update(fmt.Sprint(n)), "an invalidation was refused")
			require.Zero(t, here.Stats().Pending)
			require.Equal(t, fmt.Sprint(n), get(t, other, "42").Name)
			hears(t, time.Second, fmt.Sprint(n), func() string { return get(t, near, "42").Name })
			started, loads := time.Now(), s.loads.Load()
			for range 10 {
				require.Equal(t, fmt.Sprint(n), get(t, repo, "42").Name)
				require.Equal(t, fmt.Sprint(n), get(t, other, "42").Name)
			}
			require.Equal(t, loads+20, s.loads.Load(), "an entry was stored")
			require.Less(t, time.Since(started), 10*time.Second, "reads wait for a full Redis") // each two seconds, for a claim

			full(t, b, false)
			stays(t, func() (int64, error) {
				loads := s.loads.Load()
				_, err := other.Get(acme(), "42")
				return s.loads.Load() - loads, err
			})
		})
	}
}

// A load whose entry is refused, because Redis has become full meanwhile, gives up its claim:
// nobody waits for it.
func TestFillRefusedForMemoryGivesUpItsClaim(t *testing.T) {
	for _, value := range []contact{{ID: "42", Name: "Ada"}, large("Ada")} {
		_, b := startRedis(t, "--maxmemory-policy", "noeviction")
		s := newStore(value)
		c := b.newCache(t)
		repo, other := decorate(s, c), decorate(s, b.newCache(t))
		s.setHook(func(context.Context, string) { full(t, b, true) })
		get(t, repo, "42")
		closeCache(t, c) // which waits for what is stored off the path
		s.setHook(nil)
		require.Zero(t, b.admin().Exists(context.Background(), "test:acme:contact:42:v00c0ffee").Val(), "the claim is still there")
		started := time.Now()
		get(t, other, "42")
		require.Less(t, time.Since(started), time.Second, "a read waited for a load that is over")
	}
}

// A Redis that refuses all writes, because it lacks replicas or cannot write its dump, is read from
// and invalidated later.
func TestRedisThatRefusesWrites(t *testing.T) {
	_, b := startRedis(t)
	ctx := context.Background()
	s := newStore(contact{ID: "42", Name: "old"}, contact{ID: "1", Name: "old"})
	here := b.newCache(t, func(o *runtime.Options) { o.StrictInvalidation = true })
	repo, other := decorate(s, here, local), decorate(s, b.newCache(t))
	warm(t, repo, here, "42")
	get(t, repo, "1")
	require.NoError(t, b.admin().ConfigSet(ctx, "min-replicas-to-write", "1").Err())
	err := repo.Update(acme(), contact{ID: "42", Name: "new"})
	var failed *runtime.InvalidationError
	require.ErrorAs(t, err, &failed)
	require.ErrorContains(t, err, "NOREPLICAS")
	require.Equal(t, 1, here.Stats().Pending)
	for range 5 {
		require.Equal(t, "new", get(t, repo, "42").Name, "the process answers with what it could not invalidate")
	}
	require.Equal(t, "old", get(t, other, "42").Name, "the others cannot know: else this test shows nothing")
	loads := s.loads.Load()
	get(t, repo, "1")
	require.Equal(t, loads, s.loads.Load(), "what is stored is not answered any more")
	require.NoError(t, b.admin().ConfigSet(ctx, "min-replicas-to-write", "0").Err())
	require.Eventually(t, func() bool { return here.Stats().Pending == 0 }, 10*time.Second, 5*time.Millisecond)
	require.Equal(t, "new", get(t, other, "42").Name)
	warm(t, repo, here, "42")
}
