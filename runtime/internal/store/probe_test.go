package store

import (
	"context"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
	"github.com/cachegen/cachegen/runtime/internal/work"
)

// storeOf returns a store on a client, whose background work has ended when the test has.
func storeOf(t *testing.T, client redis.UniversalClient) (s *Store, closeIt func()) {
	t.Helper()
	tier, err := local.New(1<<20, 1)
	require.NoError(t, err)
	closing, closeIt := context.WithCancel(context.Background())
	var group work.Group
	s = New(Config{
		Client: client, App: "test", LoadTimeout: time.Second, Wait: 250 * time.Millisecond,
		Local: tier, Group: &group, Closing: closing,
	})
	t.Cleanup(func() {
		closeIt()
		require.NoError(t, group.Wait(context.Background()))
		_ = client.Close()
	})
	return s, closeIt
}

// ask makes a round trip that a read would wait for.
func ask(s *Store, wait time.Duration) error {
	b := NewBudget(context.Background(), wait)
	_, err := roundTrip(context.Background(), s, &s.breaker, b, func(ctx context.Context) (string, error) {
		return s.client.Get(ctx, "nothing").Result()
	})
	return err
}

// Reads wait in vain for a pool whose connections are all in use. The server is well: a probe on a
// connection of its own says so.
func TestProbeTellsABusyPoolFromADeadServer(t *testing.T) {
	for _, keepsDeadlines := range []bool{false, true} {
		s, _ := storeOf(t, redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr(), PoolSize: 1, ContextTimeoutEnabled: keepsDeadlines}))
		held := s.client.(*redis.Client).Conn()
		require.NoError(t, held.Ping(context.Background()).Err())
		for range breakerFailures {
			require.ErrorIs(t, ask(s, 20*time.Millisecond), errTimeout)
		}
		require.Eventually(t, s.breaker.Allow, 5*time.Second, time.Millisecond, "a busy pool counts as a dead server")
		require.NoError(t, held.Close())
		require.ErrorIs(t, ask(s, 5*time.Second), redis.Nil)
	}
}

// A server that answers nothing stays behind its breaker, whose probes find out when it is back: no
// caller has to.
func TestProbeFindsOutWhenAServerIsBack(t *testing.T) {
	server := redistest.Start(t)
	s, _ := storeOf(t, server.Client())
	require.ErrorIs(t, ask(s, 5*time.Second), redis.Nil)
	server.Freeze()
	for range breakerFailures {
		require.ErrorIs(t, ask(s, 50*time.Millisecond), errTimeout)
	}
	require.Eventually(t, func() bool { return !s.breaker.probing.Load() }, 10*time.Second, time.Millisecond)
	require.False(t, s.breaker.Allow(), "a frozen server has passed for a live one")
	server.Thaw()
	tried := 0
	require.Eventually(t, func() bool {
		if err := ask(s, time.Second); err == errNotTried {
			return false
		}
		tried++
		return true
	}, 10*time.Second, time.Millisecond, "nobody has noticed that the server is back")
	require.Equal(t, 1, tried)
}

// Closing ends a probe that waits. One that begins after that, for a write, has its time.
func TestClosingEndsAProbe(t *testing.T) {
	server := redistest.Start(t)
	s, closeIt := storeOf(t, server.Client())
	server.Freeze()
	defer server.Thaw()
	s.probe(&s.breaker)
	require.True(t, s.breaker.probing.Load())
	started := time.Now()
	closeIt()
	require.NoError(t, s.group.Wait(context.Background()))
	require.Less(t, time.Since(started), probeConnect/2)
	s.probe(&s.breaker) // for a write after Close
	require.True(t, s.breaker.probing.Load())
}

// In a cluster each node has a breaker and a probe of its own.
func TestProbeAsksTheNodeOfItsKey(t *testing.T) {
	cluster := redistest.StartCluster(t, false)
	s, _ := storeOf(t, cluster.Client(t))
	keys := make([]string, path.Shards)
	for n := range keys {
		keys[n] = s.keys[n].record
	}
	_, errs := s.runEach(context.Background(), nil, releaseScript, keys, func(int) []any { return []any{"none"} })
	for _, err := range errs {
		require.NoError(t, err)
	}
	nodes := 0
	for _, key := range keys {
		at := s.server(key)
		require.NotSame(t, &s.breaker, at)
		if at.failures.Swap(breakerFailures) == breakerFailures {
			continue
		}
		nodes++
	}
	require.Equal(t, 3, nodes)
	for _, key := range keys {
		at := s.server(key)
		s.probe(at)
		require.Eventually(t, at.Allow, 5*time.Second, time.Millisecond)
	}
}
