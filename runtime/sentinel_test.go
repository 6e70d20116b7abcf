package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// Sentinels promote the replica while everybody reads and writes. No read fails; before, and from a second after it, no read is stale. In
// between the old primary acknowledges invalidations that nobody will ever hear of.
func TestSentinelFailoverWhileInUse(t *testing.T) {
	for _, strong := range []bool{true, false} {
		t.Run(fmt.Sprintf("strong %v", strong), func(t *testing.T) {
			t.Parallel()
			group := redistest.StartGroup(t, 3)
			seed := seed(t)
			p := part{Strong: strong, Pause: time.Millisecond, Staleness: 300 * time.Millisecond}
			db := newTable()
			var players []*registers
			for i := range 3 {
				cache := backend{"sentinel", group.Client(t)}.newCache(t, func(o *runtime.Options) {
					o.StrictInvalidation, o.Staleness = true, p.Staleness
				}, prompt)
				players = append(players, newRegisters(i, db, cache, strong, &chaos{seed: mix(seed + uint64(i)), most: p.Pause}))
			}
			until := monotonic() + int64(4500*time.Millisecond)
			var finish []func() []call
			for i, r := range players {
				var scripts []script
				for n := range 2 {
					scripts = append(scripts, script{Seed: seed, Client: 2*i + n + 1, Group: "h", Tenants: 2, IDs: 3, Pause: 3 * time.Millisecond, Until: until})
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
			old, from := group.Primary(), monotonic()
			group.Failover()
			require.Eventually(t, func() bool { return group.Primary() != old }, 10*time.Second, time.Millisecond)
			to := monotonic() + int64(time.Second)
			require.Less(t, to, until-int64(time.Second/2), "the failover took too long to see what is after it")
			var history []call
			for _, f := range finish {
				for _, c := range f() {
					switch during := c.End > from && c.Start < to; {
					case !during:
					case c.Kind == callRead:
						continue
					default:
						c.Failed, c.Proc = true, -1 // it may or may not have been lost
					}
					history = append(history, c)
				}
			}
			wg.Wait()
			bound := time.Duration(0)
			if !strong {
				bound = p.Staleness
			}
			require.NoError(t, promise{Bound: bound}.verdict(history))
			for _, r := range players {
				require.Eventually(t, func() bool { return r.cache.Stats().Pending == 0 }, 5*time.Second, time.Millisecond)
				require.Less(t, r.cache.Stats().Follower.Regressions, uint64(20), "the entries of all processes are dropped again and again")
			}
			stays(t, func() (int64, error) {
				before := players[0].cache.Stats().Loads
				_, err := players[0].read(register{"tenant0", "h", "0"})
				return int64(players[0].cache.Stats().Loads - before), err
			})
		})
	}
}

// After a failover the old primary goes on as one for some seconds. A process that does nothing but read its copies must not believe it.
func TestQuietProcessHearsOfTheNewPrimary(t *testing.T) {
	t.Parallel()
	group := redistest.StartGroup(t, 1)
	const staleness = 500 * time.Millisecond
	s := newStore(contact{ID: "42", Name: "old"})
	c := backend{"sentinel", group.Client(t)}.newCache(t, func(o *runtime.Options) { o.Staleness = staleness }, prompt)
	reader, writer := decorate(s, c, local), decorate(s, backend{"sentinel", group.Client(t)}.newCache(t, prompt))
	warm(t, reader, c, "42")
	require.NoError(t, writer.Update(acme(), contact{ID: "42", Name: "old"}))
	warm(t, reader, c, "42")
	old := group.Primary()
	group.Failover()
	require.Eventually(t, func() bool {
		get(t, reader, "42")
		return group.Primary() != old
	}, 10*time.Second, 5*time.Millisecond)
	for heard := time.Now(); time.Since(heard) < time.Second; time.Sleep(5 * time.Millisecond) {
		get(t, reader, "42") // while the news gets round, so that the writer does not write to the old one
	}
	require.NoError(t, writer.Update(acme(), contact{ID: "42", Name: "new"}))
	acknowledged := time.Now()
	for {
		started := time.Now()
		got := get(t, reader, "42")
		if started.Sub(acknowledged) > staleness {
			require.Equal(t, "new", got.Name, "a copy was served %v after the invalidation: the process follows the old primary", started.Sub(acknowledged))
		}
		if started.Sub(acknowledged) > 3*staleness {
			break
		}
		time.Sleep(time.Millisecond) // the process is quiet
	}
	warm(t, reader, c, "42")
	require.NoError(t, writer.Update(acme(), contact{ID: "42", Name: "newer"}))
	require.Eventually(t, func() bool { return get(t, reader, "42").Name == "newer" }, staleness, time.Millisecond)
}

// A primary that is demoted by hand does not close its connections. The follower leaves it all the same.
func TestFollowerLeavesADemotedPrimary(t *testing.T) {
	t.Parallel()
	primary := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	replica := redistest.Start(t, "--replicaof", "127.0.0.1 "+portOf(primary.Addr), "--repl-diskless-sync-delay", "0")
	ctx := context.Background()
	p := newProxy(t, primary.Addr)
	s := newStore(contact{ID: "42", Name: "old"})
	c := backend{"redis", client(t, p.addr())}.newCache(t, prompt)
	repo := decorate(s, c, local)
	warm(t, repo, c, "42")
	require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: "old"}))
	warm(t, repo, c, "42")
	waitForReplica(t, primary, replica)
	require.NoError(t, replica.Client().ReplicaOf(ctx, "NO", "ONE").Err())
	require.NoError(t, primary.Client().ReplicaOf(ctx, "127.0.0.1", portOf(replica.Addr)).Err())
	p.to(replica.Addr) // for new connections
	require.Eventually(t, func() bool { return c.Stats().Follower.Reconnects > 0 }, 5*time.Second, time.Millisecond)
	warm(t, repo, c, "42")
	writer := decorate(s, backend{"redis", client(t, p.addr())}.newCache(t, prompt))
	require.NoError(t, writer.Update(acme(), contact{ID: "42", Name: "new"}))
	require.Eventually(t, func() bool { return get(t, repo, "42").Name == "new" }, time.Second, time.Millisecond)
}
