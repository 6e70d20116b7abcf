package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// inUse plays a history of three caches while something happens to their servers, and holds it to the promise before and after that. No read fails,
// meanwhile either. What is acknowledged while it is prepared has to be seen afterwards. What happens is over when it returns; from then on a second is left for every process to ask the server that there is now.
func inUse(t *testing.T, strong bool, name string, client func() redis.UniversalClient, long time.Duration, prepare, happen func()) {
	seed := seed(t)
	p := part{Strong: strong, Pause: time.Millisecond, Staleness: 300 * time.Millisecond}
	db := newTable()
	var players []*registers
	for i := range 3 {
		cache := backend{name, client()}.newCache(t, func(o *runtime.Options) {
			o.StrictInvalidation, o.Staleness = true, p.Staleness
		}, prompt)
		players = append(players, newRegisters(i, db, cache, strong, &chaos{seed: mix(seed + uint64(i)), most: p.Pause}))
	}
	until := monotonic() + int64(long)
	var finish []func() []call
	for i, r := range players {
		var scripts []script
		for n := range 2 {
			scripts = append(scripts, script{Seed: seed, Client: 2*i + n + 1, Group: "h", Tenants: 4, IDs: 3, Pause: 3 * time.Millisecond, Until: until})
		}
		finish = append(finish, r.start(scripts))
	}
	var wg sync.WaitGroup
	for _, r := range players {
		wg.Go(func() {
			for monotonic() < until {
				if _, err := r.read(register{"tenant0", "h", "0"}); err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("a read returned an error: %v", err)
				}
				time.Sleep(2 * time.Millisecond) // leave the processor to others
			}
		})
	}
	time.Sleep(500 * time.Millisecond) // some history before it
	prepare()
	from := monotonic()
	happen()
	to := monotonic() + int64(time.Second)
	require.Less(t, to, until-int64(time.Second/2), "it took too long to see what is after it")
	var history []call
	after := 0
	for _, f := range finish {
		for _, c := range f() {
			switch during := c.End > from && c.Start < to; {
			case !during:
				if c.Start >= to {
					after++
				}
			case c.Kind == callRead:
				continue
			default:
				c.Failed, c.Proc = true, -1 // it may or may not have been lost
			}
			history = append(history, c)
		}
	}
	wg.Wait()
	t.Logf("%d calls, %d of them afterwards; it took %v", len(history), after, time.Duration(to-from)-time.Second)
	require.Greater(t, after, 50)
	bound := time.Duration(0)
	if !strong {
		bound = p.Staleness
	}
	require.NoError(t, promise{Bound: bound}.verdict(history))
	for _, r := range players {
		require.Eventually(t, func() bool { return r.cache.Stats().Pending == 0 }, 5*time.Second, time.Millisecond)
	}
	stays(t, func() (int64, error) {
		before := players[0].cache.Stats().Loads
		_, err := players[0].read(register{"tenant0", "h", "0"})
		return int64(players[0].cache.Stats().Loads - before), err
	})
}

// A replica that has not heard of the last writes takes over while everybody reads and writes. What it has not heard of had been acknowledged by
// processes that are alive, so it stays in force.
func TestLossyFailoverWhileInUse(t *testing.T) {
	for _, strong := range []bool{true, false} {
		t.Run(fmt.Sprintf("strong %v", strong), func(t *testing.T) {
			t.Parallel()
			primary := redistest.Start(t, "--repl-diskless-sync-delay", "0")
			replication := newProxy(t, primary.Addr)
			replica := redistest.Start(t, "--replicaof", "127.0.0.1 "+portOf(replication.addr()), "--repl-diskless-sync-delay", "0")
			admin, ctx := replica.Client(), context.Background()
			require.Eventually(t, func() bool {
				role, err := admin.Do(ctx, "ROLE").Slice()
				return err == nil && role[3] == "connected"
			}, 10*time.Second, 10*time.Millisecond)
			p := newProxy(t, primary.Addr)
			counters := func(c *redis.Client) (list []string) {
				for n := range 4 {
					seq, _ := c.HGet(ctx, stateKey(fmt.Sprint("tenant", n)), "seq").Result()
					list = append(list, seq)
				}
				return list
			}
			deaf := func() { // to writes that the primary acknowledges
				replication.hold()
				time.Sleep(100 * time.Millisecond)
				require.Eventually(t, func() bool { return !slices.Equal(counters(primary.Client()), counters(admin)) }, 3*time.Second, 10*time.Millisecond,
					"the replica has heard of everything: this test shows nothing")
			}
			inUse(t, strong, "redis", func() redis.UniversalClient { return client(t, p.addr()) }, 8*time.Second, deaf, func() {
				p.refuse()
				primary.Kill()
				require.NoError(t, admin.ReplicaOf(ctx, "NO", "ONE").Err())
				p.to(replica.Addr)
				p.open()
			})
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
			inUse(t, strong, "cluster", func() redis.UniversalClient { return cluster.Client(t) }, 9*time.Second, func() {}, func() {
				cluster.Masters[down].Kill()
				replica := cluster.Replicas[down].Client()
				require.Eventually(t, func() bool {
					role, err := replica.Do(context.Background(), "ROLE").Slice()
					return err == nil && role[0] == "master"
				}, 6*time.Second, 10*time.Millisecond)
			})
		})
	}
}

// A replica takes over that has not heard of an invalidation, and another process counts on from there before one that knows has looked: the counter
// looks right. A record that another server has made is made again, so nothing from before is valid.
func TestFailoverHiddenByTheNextInvalidation(t *testing.T) {
	primary := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	replication := newProxy(t, primary.Addr)
	replica := redistest.Start(t, "--replicaof", "127.0.0.1 "+portOf(replication.addr()), "--repl-diskless-sync-delay", "0")
	ctx := context.Background()
	p := newProxy(t, primary.Addr)
	s := newStore(contact{ID: "42", Name: "old"})
	repo, other := decorate(s, backend{"redis", client(t, p.addr())}.newCache(t)), decorate(s, backend{"redis", client(t, p.addr())}.newCache(t))
	require.NoError(t, other.Update(acme(), contact{ID: "1"})) // so that the other knows the versions, and there is a log
	get(t, repo, "42")
	waitForReplica(t, primary, replica)
	replication.refuse()
	require.NoError(t, repo.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
	p.refuse()
	primary.Kill()
	require.NoError(t, replica.Client().ReplicaOf(ctx, "NO", "ONE").Err())
	require.NotEmpty(t, replica.Client().Get(ctx, "test:acme:contact:42:v00c0ffee").Val(), "the promoted replica lacks the entry: this test shows nothing")
	p.to(replica.Addr)
	p.open()
	require.NoError(t, other.Update(acme(), contact{ID: "1"}))
	require.Equal(t, "new", get(t, repo, "42").Name, "the failover brought an invalidated entry back")
	require.Equal(t, "new", get(t, other, "42").Name)
}
