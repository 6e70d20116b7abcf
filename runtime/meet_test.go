package runtime_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// warmStrong stores an entry that answers strong reads, beside a record and a log.
func warmStrong(t *testing.T, s *store, reader, writer *contacts) {
	t.Helper()
	require.NoError(t, writer.Update(acme(), contact{ID: "1"}))
	get(t, reader, "42")
	before := s.loads.Load()
	get(t, reader, "42")
	require.Equal(t, before, s.loads.Load(), "this test shows nothing")
}

// A failover forgets an invalidation of which no other process has heard. A hit runs no script, so
// readers have to meet the new server before they believe it: one that has read from the old one,
// and one that starts later. The same goes for a user who may not run INFO, by which a script knows
// the server, if the process has met the old one.
func TestStrongReadsAfterAFailoverThatForgot(t *testing.T) {
	for name, c := range map[string]struct{ info, starts bool }{
		"starts later":      {true, true},
		"has read":          {true, false},
		"has read, no INFO": {false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startReplicated(t)
			if !c.info {
				userWithout(t, r.primary, "info")
				userWithout(t, r.replica, "info")
			}
			newCache := func() *runtime.Cache {
				if c.info {
					return r.newCache(t)
				}
				c := redis.NewClient(&redis.Options{Addr: r.front.addr(), Username: "limited", Password: "secret"})
				t.Cleanup(func() { _ = c.Close() })
				return backend{"redis", c}.newCache(t)
			}
			s := newStore(contact{ID: "42", Name: "old"}, contact{ID: "43"})
			writers := newCache()
			reader, writer := decorate(s, newCache()), decorate(s, writers)
			warmStrong(t, s, reader, writer)
			r.settle(t)
			r.replication.refuse()
			get(t, reader, "43") // so that it has met the old server a moment ago
			require.NoError(t, writer.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
			r.hasEntry(t)
			closeCache(t, writers) // which would tell
			r.fail(t)
			if c.starts {
				reader = decorate(s, newCache())
			}
			require.Equal(t, "new", get(t, reader, "42").Name)
			require.Equal(t, "new", get(t, decorate(s, newCache()), "42").Name)
			stays(t, func() (int64, error) {
				before := s.loads.Load()
				get(t, reader, "42")
				return s.loads.Load() - before, nil
			})
		})
	}
}

// An invalidation on a server that has just taken over returns when others have had the time to
// leave the one before it. One that comes later does not wait.
func TestWritesWaitAfterAFailover(t *testing.T) {
	t.Parallel()
	r := startReplicated(t)
	ctx := context.Background()
	s := newStore(contact{ID: "42", Name: "old"})
	reader, writer := decorate(s, r.newCache(t)), decorate(s, r.newCache(t))
	warmStrong(t, s, reader, writer)
	r.settle(t)
	r.fail(t)
	// Until the client has found the new server, writes fail and are tried again.
	late := decorate(s, r.newCache(t, func(o *runtime.Options) { o.StrictInvalidation = true }))
	require.Eventually(t, func() bool { return late.UpdateAll(acme()) == nil }, 10*time.Second, time.Millisecond)
	now := r.replica.Client().Time(ctx).Val()
	moved, err := r.replica.Client().HGet(ctx, stateKey("acme"), "moved").Int64()
	require.NoError(t, err)
	require.Greater(t, now.Sub(time.UnixMicro(moved)), 190*time.Millisecond)
	began := time.Now()
	for range 10 {
		require.NoError(t, late.UpdateAll(acme()))
	}
	require.Less(t, time.Since(began), time.Second)
}

// A server crashes and starts from its dump, which does not know of an invalidation.
func TestStrongReadsAfterARestartFromADump(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--save", "3600 1000000")
	b := func() backend { return backend{"redis", server.Client()} }
	s := newStore(contact{ID: "42", Name: "old"})
	writers := b().newCache(t)
	reader, writer := decorate(s, b().newCache(t)), decorate(s, writers)
	warmStrong(t, s, reader, writer)
	require.NoError(t, server.Admin().Save(context.Background()).Err())
	require.NoError(t, writer.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
	closeCache(t, writers) // which would tell
	server.Kill()
	server.Restart()
	require.NotEmpty(t, server.Admin().Get(context.Background(), "test:acme:contact:42:v00c0ffee").Val(), "this test shows nothing")
	require.Equal(t, "new", get(t, decorate(s, b().newCache(t)), "42").Name, "a process that starts after the restart")
	require.Equal(t, "new", get(t, reader, "42").Name, "a process that has read before it")
}

// One address leads to a primary. It is demoted, and connections that are open stay with it.
func TestStrongReadsLeaveADemotedPrimary(t *testing.T) {
	t.Parallel()
	r := startReplicated(t)
	ctx := context.Background()
	s := newStore(contact{ID: "42", Name: "old"})
	reader, writer := decorate(s, r.newCache(t)), decorate(s, r.newCache(t))
	warmStrong(t, s, reader, writer)
	r.settle(t)
	require.NoError(t, r.replica.Admin().ReplicaOf(ctx, "NO", "ONE").Err())
	demoted := time.Now()
	require.NoError(t, r.primary.Admin().ReplicaOf(ctx, "127.0.0.1", "1").Err()) // which does not answer
	r.front.to(r.replica.Addr)
	late := decorate(s, r.newCache(t))
	require.NoError(t, late.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
	for {
		began := time.Now()
		got := get(t, reader, "42").Name
		if began.Sub(demoted) > time.Second {
			require.Equal(t, "new", got, "%v after the server was demoted", began.Sub(demoted))
			break
		}
	}
	before := s.loads.Load()
	require.Eventually(t, func() bool {
		get(t, reader, "42")
		hit := s.loads.Load() == before
		before = s.loads.Load()
		return hit
	}, 5*time.Second, time.Millisecond, "the process does not come to the new primary")
}

// A process that only writes follows what it has written to, and so notices a server that has
// forgotten it, whether anybody reads or not.
func TestWritersFollow(t *testing.T) {
	t.Parallel()
	r := startReplicated(t)
	c := r.newCache(t)
	writer := decorate(newStore(), c)
	require.NoError(t, writer.UpdateAll(acme()))
	r.settle(t)
	r.replication.refuse()
	require.NoError(t, writer.UpdateAll(acme()))
	seen := r.primary.Admin().HGet(context.Background(), stateKey("acme"), "seq").Val()
	r.fail(t)
	require.Eventually(t, func() bool {
		floor := r.replica.Admin().HGet(context.Background(), stateKey("acme"), "floor").Val()
		return floor > seen
	}, 5*time.Second, time.Millisecond, "the new server has not heard of what it forgot")
}
