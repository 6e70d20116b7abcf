package runtime_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/cachegen/cachegen/runtime"
)

// In a cluster the follower has a connection for each shard, a look at state and entry goes to two
// nodes at once, and all of it ends with the cache.
func TestCloseLeavesNothingBehindInACluster(t *testing.T) {
	cluster := startCluster(t)
	admin := cluster.Admin(t)
	connections := func(doing string) (n int) {
		for _, node := range cluster.Masters {
			list, err := node.Admin().ClientList(context.Background()).Result()
			require.NoError(t, err)
			n += strings.Count(list, doing)
		}
		return n
	}
	require.NoError(t, admin.ForEachMaster(context.Background(), func(ctx context.Context, c *redis.Client) error { return c.Ping(ctx).Err() }))
	connections("id=")
	app := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs()})
	require.NoError(t, app.Ping(context.Background()).Err())
	ignore := goleak.IgnoreCurrent()
	for range 2 {
		c, err := runtime.New(runtime.Options{App: "test", Seed: 1, Redis: app, RedisTimeout: 5 * time.Second})
		require.NoError(t, err)
		repo := decorate(newStore(contact{ID: "42"}), c, local)
		for n := range 20 {
			tenant := as(fmt.Sprint("tenant", n))
			_, err := repo.Get(tenant, "42")
			require.NoError(t, err)
			require.NoError(t, repo.Update(tenant, contact{ID: "42"}))
		}
		warm(t, repo, c, "42")
		require.Eventually(t, func() bool { return connections("cmd=xread") > 3 }, 5*time.Second, time.Millisecond, "no followers: this test shows nothing")
		fencedUpdate(repo, "")
		closeCache(t, c)
	}
	require.Eventually(t, func() bool { return connections("cmd=xread") == 0 }, 5*time.Second, 10*time.Millisecond, "a follower's connection outlives the cache")
	require.NoError(t, app.Ping(context.Background()).Err(), "the application's client was closed")
	require.NoError(t, app.Close())
	goleak.VerifyNone(t, ignore)
}
