package runtime_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// A claim is short, for the case that its load dies. While it lives, the claim is renewed, and
// other processes wait for its answer.
func TestLongLoadKeepsItsClaim(t *testing.T) {
	t.Parallel()
	_, b := startRedis(t)
	s := newStore(contact{ID: "42", Name: "Ada"})
	repo, other := decorate(s, b.newCache(t)), decorate(s, b.newCache(t))
	loading := make(chan struct{})
	once := sync.OnceFunc(func() { close(loading) })
	s.setHook(func(context.Context, string) {
		once()
		time.Sleep(3 * time.Second) // longer than a claim lives
	})
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = repo.Get(acme(), "42") })
	<-loading
	require.Equal(t, "Ada", get(t, other, "42").Name)
	wg.Wait()
	require.EqualValues(t, 1, s.loads.Load(), "another process loaded what was being loaded")
}

// A fence lapses after ten seconds, for the case that its writer dies. While the writer lives it
// stands, for however long, and stands again when it was lost with its table.
func TestFenceOfALongWriteStands(t *testing.T) {
	t.Parallel()
	_, b := startRedis(t)
	s := newStore(contact{ID: "42"})
	repo, other := decorate(s, b.newCache(t)), decorate(s, b.newCache(t))
	cached := func(tenant string) bool {
		for range 2 { // the first may load
			before := s.loads.Load()
			_, err := other.Get(as(tenant), "42")
			require.NoError(t, err)
			if s.loads.Load() == before {
				return true
			}
		}
		return false
	}
	var open []*runtime.Invalidation
	for _, tenant := range []string{"acme", "globex"} {
		inv := repo.update.Begin(as(tenant))
		inv.Scope(inv.Path("contact"))
		inv.Open()
		open = append(open, inv)
		require.False(t, cached(tenant))
	}
	opened := time.Now()
	loseFences(t, b, "globex")
	require.True(t, cached("globex"), "the fence was not lost: this test shows nothing")
	require.Eventually(t, func() bool { return !cached("globex") }, 8*time.Second, 50*time.Millisecond, "the fence that was lost does not stand again")
	for time.Since(opened) < 12*time.Second {
		require.False(t, cached("acme"), "the fence fell %v after it was opened, while its write runs", time.Since(opened))
		require.False(t, cached("globex"))
		time.Sleep(100 * time.Millisecond) // reads are not what it waits for
	}
	for i, tenant := range []string{"acme", "globex"} {
		open[i].End(nil)
		require.True(t, cached(tenant))
	}
}

// A fence that stands again makes stale what was cached while it was gone, copies of other
// processes too: nothing they hold outlives the commit.
func TestFenceThatStandsAgainInvalidates(t *testing.T) {
	t.Parallel()
	_, b := startRedis(t)
	const staleness = 200 * time.Millisecond
	s := newStore(contact{ID: "42", Name: "old"})
	c := b.newCache(t, func(o *runtime.Options) { o.Staleness = staleness })
	reader, writer := decorate(s, c, local), decorate(s, b.newCache(t))
	inv := writer.update.Begin(acme())
	inv.Scope(inv.Path("contact"))
	inv.Open()
	loseFences(t, b, "acme")
	warm(t, reader, c, "42")
	require.Eventually(t, func() bool {
		keys, err := b.admin().Keys(context.Background(), "*:tenant:acme").Result()
		return err == nil && len(keys) == 1 && strings.Contains(b.admin().HGet(context.Background(), keys[0], "contact").Val(), ";")
	}, 8*time.Second, 50*time.Millisecond, "the fence does not stand again")
	s.set(contact{ID: "42", Name: "new"})       // the commit
	time.Sleep(staleness + 50*time.Millisecond) // copies may not outlive it
	for range 50 {
		require.Equal(t, "new", get(t, reader, "42").Name, "a copy from before the commit answers behind the fence")
	}
	inv.End(nil)
}

// A load that finds no table makes one, and looks again: a fence may have been opened since it
// looked, whose number its own stamp must not reach.
func TestFenceOpenedWhileStateIsMade(t *testing.T) {
	_, b := startRedis(t)
	s := newStore(contact{ID: "42", Name: "old"}, contact{ID: "1"})
	hook := new(after)
	hooked := client(t, addrOf(b))
	hooked.AddHook(hook)
	const staleness = 200 * time.Millisecond
	c := backend{"redis", hooked}.newCache(t, func(o *runtime.Options) { o.Staleness = staleness })
	reader, writer := decorate(s, c, local), decorate(s, b.newCache(t))
	warm(t, reader, c, "1")
	require.NoError(t, writer.UpdateAll(acme())) // there is nothing of 42 in its way
	require.NoError(t, delMatching(context.Background(), b.admin(), "*:tenant:*"))
	var inv *runtime.Invalidation
	hook.set(func(cmds []redis.Cmder) {
		for _, cmd := range cmds {
			if inv == nil && strings.EqualFold(cmd.Name(), "get") {
				inv = writer.update.Begin(acme())
				inv.Scope(inv.Path("contact"))
				inv.Open()
			}
		}
	})
	require.Equal(t, "old", get(t, reader, "42").Name)
	require.NotNil(t, inv, "no look was seen: this test shows nothing")
	hook.set(nil)
	s.set(contact{ID: "42", Name: "new"})       // the commit
	time.Sleep(staleness + 50*time.Millisecond) // copies may not outlive it
	for range 50 {
		require.Equal(t, "new", get(t, reader, "42").Name, "a copy from before the commit answers behind the fence")
	}
	inv.End(nil)
	warm(t, reader, c, "42")
}

// A record that is made again, with nothing left that says how far its counter had come, begins
// above every number that was given out: also for a process that has seen none of them.
func TestNumbersFollowTheClock(t *testing.T) {
	_, b := startRedis(t)
	s := newStore(contact{ID: "42", Name: "old"})
	repo := decorate(s, b.newCache(t))
	get(t, repo, "42")
	require.NoError(t, repo.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
	require.NoError(t, delMatching(context.Background(), b.admin(), "test:{*"))
	require.Equal(t, "new", get(t, decorate(s, b.newCache(t)), "42").Name, "an entry of a counter that was lost passes for a new one")
}
