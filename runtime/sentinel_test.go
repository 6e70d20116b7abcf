package runtime_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// Sentinels promote the replica while everybody reads and writes. No read fails; before, and from a
// second after it, no read is stale. In between the old primary acknowledges invalidations that
// nobody will ever hear of.
func TestSentinelFailoverWhileInUse(t *testing.T) {
	for _, strong := range []bool{true, false} {
		t.Run(fmt.Sprintf("strong %v", strong), func(t *testing.T) {
			t.Parallel()
			group := redistest.StartGroup(t, 3)
			old := group.Primary()
			tr := inUse(t, strong, func() backend { return backend{"sentinel", group.Client(t)} }, 2, func() {}, func() {
				group.Failover()
				require.Eventually(t, func() bool { return group.Primary() != old }, 10*time.Second, time.Millisecond)
			})
			// Each shard once, and the two that are in use some more times: while the old primary
			// goes on, processes go back and forth.
			for _, r := range tr.players {
				require.Less(t, r.cache.Stats().Follower.Regressions, uint64(40), "the entries of all processes are dropped again and again")
			}
		})
	}
}

// After a failover the old primary goes on as one for some seconds. A process that does nothing but
// read its copies must not believe it.
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
	hears(t, staleness, "newer", func() string { return get(t, reader, "42").Name })
}

// A primary that is demoted by hand does not close its connections. The follower leaves it all the
// same.
func TestFollowerLeavesADemotedPrimary(t *testing.T) {
	t.Parallel()
	r := startReplicated(t)
	ctx := context.Background()
	s := newStore(contact{ID: "42", Name: "old"})
	c := r.newCache(t, prompt)
	repo := decorate(s, c, local)
	warm(t, repo, c, "42")
	require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: "old"}))
	warm(t, repo, c, "42")
	r.settle(t)
	require.NoError(t, r.replica.Admin().ReplicaOf(ctx, "NO", "ONE").Err())
	require.NoError(t, r.primary.Admin().ReplicaOf(ctx, "127.0.0.1", portOf(r.replica.Addr)).Err())
	r.front.to(r.replica.Addr) // for new connections
	require.Eventually(t, func() bool { return c.Stats().Follower.Reconnects > 0 }, 5*time.Second, time.Millisecond)
	warm(t, repo, c, "42")
	writer := decorate(s, r.newCache(t, prompt))
	require.NoError(t, writer.Update(acme(), contact{ID: "42", Name: "new"}))
	hears(t, time.Second, "new", func() string { return get(t, repo, "42").Name })
}
