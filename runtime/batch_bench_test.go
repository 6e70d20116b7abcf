package runtime_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// BenchmarkBatch answers for 100 items, all of them hits, beside what the client alone needs for the same entries.
//
//	go test ./runtime/ -run '^$' -bench Batch -benchmem
func BenchmarkBatch(b *testing.B) {
	const n = 100
	s, ids, keys := newStore(), make([]string, n), make([]string, n)
	for i := range ids {
		ids[i], keys[i] = fmt.Sprint("id", i), fmt.Sprintf("test:acme:contact:id%d:v00c0ffee", i)
		s.set(contact{ID: ids[i], Name: fmt.Sprintf("%0700d", i)})
	}
	redisClient := redistest.Start(b).Client()
	there, ctx := backend{"redis", redisClient}, context.Background()
	r := decorateMany(s, there.newCache(b))
	near := decorateMany(s, backend{}.newCache(b), local, func(o *runtime.ReadOptions[*contact]) {
		o.Clone = func(c *contact) *contact { d := *c; return &d }
	})
	run := func(name string, f func() int) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if f() != n {
					b.Fatal("not all were found")
				}
			}
		})
	}
	batch := func(r *many) func() int {
		return func() int {
			m, _ := r.GetMany(acme(), ids...)
			return len(m)
		}
	}
	batch(r)()
	batch(near)()
	run("redis", batch(r))
	run("mget", func() (found int) {
		for _, v := range redisClient.MGet(ctx, keys...).Val() {
			if v != nil {
				found++
			}
		}
		return found
	})
	run("pipelined gets", func() int {
		cmds, _ := redisClient.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, key := range keys {
				pipe.Get(ctx, key)
			}
			return nil
		})
		return len(cmds)
	})
	run("local", batch(near))
}
