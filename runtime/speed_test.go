package runtime_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// way is a way to get the same bytes from the same Redis.
type way struct {
	name string
	get  func()
}

// waysToRead are a bare GET; what a hit asks, through the client without any of ours; and hits, of
// clients that keep deadlines and that do not.
func waysToRead(t *testing.T) []way {
	server, b := startRedis(t)
	s := newStore(contact{ID: "42", Name: strings.Repeat("x", 700)})
	keeping := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = keeping.Close() })
	repo, direct := decorate(s, b.newCache(t)), decorate(s, backend{"redis", keeping}.newCache(t))
	get(t, repo, "42")
	get(t, direct, "42")
	ctx := context.Background()
	tables, err := b.admin().Keys(ctx, "test:{*}:tenant:acme").Result()
	require.NoError(t, err)
	require.Len(t, tables, 1)
	record := strings.Replace(tables[0], "tenant:acme", "state", 1)
	const key = "test:acme:contact:42:v00c0ffee"
	ask := func(last func(redis.Pipeliner)) {
		pipe := keeping.Pipeline()
		floor := pipe.HMGet(ctx, record, "seq", "floor", "every", "met")
		pipe.HMGet(ctx, tables[0], "", "contact", "contact:42", "#contact:42")
		value := pipe.Get(ctx, key)
		last(pipe)
		_, err := pipe.Exec(ctx)
		require.NoError(t, err)
		require.NotNil(t, floor.Val()[0])
		require.NotEmpty(t, value.Val())
	}
	hit := func(repo *contacts) func() {
		return func() {
			loads := s.loads.Load()
			get(t, repo, "42")
			require.Equal(t, loads, s.loads.Load(), "this was no hit")
		}
	}
	return []way{
		{"a bare GET", func() {
			if _, err := keeping.Get(ctx, key).Bytes(); err != nil {
				t.Fatal(err)
			}
		}},
		{"the three commands of a hit, bare", func() { ask(func(redis.Pipeliner) {}) }},
		{"the same with the PTTL for a local copy", func() { ask(func(p redis.Pipeliner) { p.PTTL(ctx, key) }) }},
		{"a hit, of a client with `ContextTimeoutEnabled`", hit(direct)},
		{"a hit, of one without", hit(repo)},
	}
}

// A hit in Redis makes little garbage beside that of the client.
func TestRedisHitAllocatesLittle(t *testing.T) {
	ways := waysToRead(t)
	bare, ours := testing.AllocsPerRun(200, ways[1].get), testing.AllocsPerRun(200, ways[3].get)
	t.Logf("%v allocations of the client, %v in all", bare, ours)
	require.LessOrEqual(t, ours, bare+22)
}

func redisHits(t *testing.T) { inTurn(t, waysToRead(t), 10_000) }

// inTurn takes all ways one after the other, again and again, and prints each beside the first.
func inTurn(t *testing.T, ways []way, rounds int) {
	times := make([][]time.Duration, len(ways))
	for range rounds {
		for i, w := range ways {
			started := time.Now()
			w.get()
			times[i] = append(times[i], time.Since(started))
		}
	}
	for i := range ways {
		slices.Sort(times[i])
	}
	for i, w := range ways {
		at := func(q int) string {
			took := times[i][len(times[i])/q]
			return fmt.Sprintf("%.2fx (%.1f µs)", float64(took)/float64(times[0][len(times[0])/q]), float64(took)/1e3)
		}
		row(t, w.name, "median %s, best tenth %s", at(2), at(10))
	}
}
