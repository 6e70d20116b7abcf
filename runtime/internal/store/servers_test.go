package store

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// positions lists the numbers below n, and no caller can write into what another gets.
func TestPositions(t *testing.T) {
	for _, n := range []int{0, 1, len(firstPositions), len(firstPositions) + 1, 1000} {
		list := positions(n)
		require.Len(t, list, n)
		for i, at := range list {
			require.Equal(t, i, at)
		}
		require.Equal(t, n, cap(list), "an append would reach the list of others")
	}
}

func TestSingleServerHasAllKeys(t *testing.T) {
	s := new(Store)
	parts := groupByServer[int](s, []string{"a", "b", "c"})
	require.Len(t, parts, 1)
	require.Same(t, &s.breaker, parts[0].at)
	require.Equal(t, []int{0, 1, 2}, parts[0].list)
}

// clusterOf returns a client of a cluster with two nodes, which it does not dial: the first has the
// lower half of the slots.
func clusterOf(t *testing.T, low, high string) *redis.ClusterClient {
	t.Helper()
	client := redis.NewClusterClient(&redis.ClusterOptions{
		ClusterSlots: func(context.Context) ([]redis.ClusterSlot, error) {
			return []redis.ClusterSlot{
				{Start: 0, End: 8191, Nodes: []redis.ClusterNode{{Addr: low}}},
				{Start: 8192, End: 16383, Nodes: []redis.ClusterNode{{Addr: high}}},
			}, nil
		},
	})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// The keys of a cluster go to the nodes of their slots, in their order; that of the first key is
// the first.
func TestNodesHaveTheirKeys(t *testing.T) {
	const low, high = "node-of-low-slots:1", "node-of-high-slots:1"
	s := &Store{kind: kind{nodes: clusterOf(t, low, high)}}
	s.mapped.Store(true)
	// Slots 15495, 3300, 7365 and 11298.
	parts := groupByServer[int](s, []string{"a", "b", "c", "d"})
	require.Len(t, parts, 2)
	atLow, _ := s.breakers.Load(low)
	atHigh, _ := s.breakers.Load(high)
	require.Same(t, atHigh, parts[0].at)
	require.Equal(t, []int{0, 3}, parts[0].list)
	require.Same(t, atLow, parts[1].at)
	require.Equal(t, []int{1, 2}, parts[1].list)
}

// Before a cluster has answered once nobody asks it where keys are.
func TestUnmappedClusterCountsAsOneServer(t *testing.T) {
	s := &Store{kind: kind{nodes: clusterOf(t, "unused:1", "unused:2")}}
	parts := groupByServer[int](s, []string{"a", "b"})
	require.Len(t, parts, 1)
	require.Same(t, &s.breaker, parts[0].at)
	require.Equal(t, []int{0, 1}, parts[0].list)
}
