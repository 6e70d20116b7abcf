package runtime_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// A replica that has not heard of the last writes takes over while everybody reads and writes. What
// it has not heard of had been acknowledged by processes that are alive, so it stays in force.
func TestLossyFailoverWhileInUse(t *testing.T) {
	for _, strong := range []bool{true, false} {
		t.Run(fmt.Sprintf("strong %v", strong), func(t *testing.T) {
			t.Parallel()
			r := startReplicated(t)
			admin, ctx := r.replica.Admin(), context.Background()
			require.Eventually(t, func() bool {
				role, err := admin.Do(ctx, "ROLE").Slice()
				return err == nil && role[3] == "connected"
			}, 10*time.Second, 10*time.Millisecond)
			counters := func(c *redis.Client) (list []string) {
				for n := range 4 {
					seq, _ := c.HGet(ctx, stateKey(fmt.Sprint("tenant", n)), "seq").Result()
					list = append(list, seq)
				}
				return list
			}
			deaf := func() { // to writes that the primary acknowledges
				r.replication.hold()
				time.Sleep(100 * time.Millisecond)
				require.Eventually(t, func() bool { return !slices.Equal(counters(r.primary.Admin()), counters(admin)) }, 3*time.Second, 10*time.Millisecond,
					"the replica has heard of everything: this test shows nothing")
			}
			inUse(t, strong, func() backend { return r.backend(t) }, 4, deaf, func() { r.fail(t) })
		})
	}
}

// A node of a cluster dies while everybody reads and writes, and its replica takes over by itself.
func TestClusterFailoverWhileInUse(t *testing.T) {
	for _, strong := range []bool{true, false} {
		t.Run(fmt.Sprintf("strong %v", strong), func(t *testing.T) {
			t.Parallel()
			cluster := redistest.StartCluster(t, true)
			down := cluster.Home(stateKey("tenant0"))
			inUse(t, strong, func() backend { return backend{"cluster", cluster.Client(t)} }, 4, func() {}, func() {
				cluster.Masters[down].Kill()
				replica := cluster.Replicas[down].Admin()
				require.Eventually(t, func() bool {
					role, err := replica.Do(context.Background(), "ROLE").Slice()
					return err == nil && role[0] == "master"
				}, 6*time.Second, 10*time.Millisecond)
			})
		})
	}
}

// A replica takes over that has not heard of an invalidation, and another process counts on from
// there before one that knows has looked: the counter looks right. A record that another server has
// made is made again, so nothing from before is valid.
func TestFailoverHiddenByTheNextInvalidation(t *testing.T) {
	r := startReplicated(t)
	s := newStore(contact{ID: "42", Name: "old"})
	repo, other := decorate(s, r.newCache(t)), decorate(s, r.newCache(t))
	require.NoError(t, other.Update(acme(), contact{ID: "1"})) // so that the other knows the versions, and there is a log
	get(t, repo, "42")
	r.settle(t)
	r.replication.refuse()
	require.NoError(t, repo.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
	r.hasEntry(t)
	r.fail(t)
	require.NoError(t, other.Update(acme(), contact{ID: "1"}))
	require.Equal(t, "new", get(t, repo, "42").Name, "the failover brought an invalidated entry back")
	require.Equal(t, "new", get(t, other, "42").Name)
}

// A master of a cluster freezes while callers have 200 ms. Each is answered. Soon after its replica
// has taken over, entries answer again: by itself the client asks once a minute where the slots
// are, but a wait that was in vain lets it ask. It asks one of the six nodes; if that is the frozen
// one, it asks the next after three seconds.
func TestFrozenMasterOfAClusterIsLeft(t *testing.T) {
	for _, keeps := range []bool{true, false} {
		t.Run(fmt.Sprintf("client keeps deadlines %v", keeps), func(t *testing.T) {
			t.Parallel()
			cluster := redistest.StartCluster(t, true)
			c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), ContextTimeoutEnabled: keeps})
			t.Cleanup(func() { _ = c.Close() })
			s := newStore(contact{ID: "42", Name: "Ada"})
			repo := decorate(s, backend{"cluster", c}.newCache(t, prompt))
			ask := func() (hit bool) {
				ctx, cancel := context.WithTimeout(acme(), 200*time.Millisecond)
				defer cancel()
				before := s.loads.Load()
				_, err := repo.Get(ctx, "42")
				require.NoError(t, err)
				return s.loads.Load() == before
			}
			get(t, repo, "42") // makes the connections
			require.Eventually(t, ask, 5*time.Second, time.Millisecond)
			down := cluster.Home(stateKey("acme"))
			cluster.Masters[down].Freeze()
			t.Cleanup(cluster.Masters[down].Thaw)
			replica := cluster.Replicas[down].Admin()
			isMaster := func() bool {
				role, err := replica.Do(context.Background(), "ROLE").Slice()
				return err == nil && role[0] == "master"
			}
			for began := time.Now(); !isMaster(); {
				require.Less(t, time.Since(began), 20*time.Second, "the replica has not taken over")
				ask()
			}
			require.Eventually(t, ask, 30*time.Second, time.Millisecond, "entries do not answer, although the replica has taken over")
		})
	}
}
