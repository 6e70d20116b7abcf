package runtime_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// waysToReadMany are pipelined GETs of a hundred entries; MGET; and batches, all of them hits: of
// clients that do and do not keep deadlines, by a cache that keeps copies, and from the copies of
// one without Redis.
func waysToReadMany(t testing.TB) []way {
	const n = 100
	server, b := startRedis(t)
	s, ids, keys := newStore(), make([]string, n), make([]string, n)
	for i := range ids {
		ids[i], keys[i] = fmt.Sprint("id", i), fmt.Sprintf("test:acme:contact:id%d:v00c0ffee", i)
		s.set(contact{ID: ids[i], Name: fmt.Sprintf("%0700d", i)})
	}
	keeping := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = keeping.Close() })
	ctx := context.Background()
	bare := func(ask func(redis.Pipeliner)) func() {
		return func() {
			_, err := keeping.Pipelined(ctx, func(pipe redis.Pipeliner) error {
				ask(pipe)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	gets := func(pipe redis.Pipeliner) {
		for _, key := range keys {
			pipe.Get(ctx, key)
		}
	}
	hits := func(client redis.UniversalClient, change ...func(*runtime.ReadOptions)) func() {
		r := decorateMany(s, backend{"redis", client}.newCache(t), change...)
		get := func() {
			if m, err := r.GetMany(acme(), ids...); len(m) != n || err != nil {
				t.Fatal(len(m), err)
			}
		}
		get()
		r.called()
		return func() {
			get()
			if len(r.calls) > 0 {
				t.Fatal("this was no hit")
			}
		}
	}
	// A copy is gone at once, so every batch asks for what is in Redis, and for how long it lives.
	brief := func(o *runtime.ReadOptions) { o.Strong, o.Local = false, 1 }
	ways := []way{
		{"pipelined GETs", bare(gets)},
		{"MGET", bare(func(pipe redis.Pipeliner) { pipe.MGet(ctx, keys...) })},
		{"a batch, of a client with `ContextTimeoutEnabled`", hits(keeping)},
		{"a batch, of one without", hits(b.client)},
		{"a batch whose items are kept as copies", hits(keeping, brief)},
		{"pipelined GETs and PTTLs, bare", bare(func(pipe redis.Pipeliner) {
			gets(pipe)
			for _, key := range keys {
				pipe.PTTL(ctx, key)
			}
		})},
	}
	time.Sleep(100 * time.Millisecond) // copies are kept once the log is followed
	return ways
}

// BenchmarkBatch answers for 100 items, all of them hits, beside what the client alone needs for
// the same entries.
//
//	go test ./runtime/ -run '^$' -bench Batch -benchmem
func BenchmarkBatch(b *testing.B) {
	for _, w := range waysToReadMany(b) {
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w.get()
			}
		})
	}
	b.Run("local", func(b *testing.B) {
		const n = 100
		s, ids := newStore(), make([]string, n)
		for i := range ids {
			ids[i] = fmt.Sprint("id", i)
			s.set(contact{ID: ids[i], Name: fmt.Sprintf("%0700d", i)})
		}
		near := decorateMany(s, backend{}.newCache(b), local, func(o *runtime.ReadOptions) {
			o.Result = copiedBy(func(c *contact) *contact { d := *c; return &d })
		})
		b.ReportAllocs()
		for b.Loop() {
			if m, _ := near.GetMany(acme(), ids...); len(m) != n {
				b.Fatal("not all were found")
			}
		}
	})
}

// redisBatches takes all ways in turn, and prints each beside pipelined GETs.
func redisBatches(t *testing.T) { inTurn(t, waysToReadMany(t), 3_000) }

// A batch of hits makes little garbage beside what the client makes for its commands.
func TestBatchOfHitsAllocatesLittle(t *testing.T) {
	ways := waysToReadMany(t)
	mget, ours := testing.AllocsPerRun(100, ways[1].get), testing.AllocsPerRun(100, ways[2].get)
	t.Logf("%v allocations of MGET, %v in all", mget, ours)
	require.LessOrEqual(t, ours, mget+750)
}
