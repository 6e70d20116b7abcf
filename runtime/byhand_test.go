package runtime

import (
	"context"
	"errors"
	"fmt"
	"net"
	goruntime "runtime"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"

	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/store"
	"github.com/cachegen/cachegen/runtime/internal/work"
)

// These benchmarks set pieces that the runtime does by hand beside what else would do. Those of
// pieces that another module can name are in package bench, with the libraries that only it may
// import.

// A load that nobody shares, which is most: what its flight costs beside the load itself.
func BenchmarkByHandFlights(b *testing.B) {
	ctx, payload := context.Background(), []byte("v")
	it := &item{Target: path.Target{Key: "crm:acme:contact:42"}, seen: &store.Snapshot{MinStamp: 1}}
	fs := newFlights()
	takeOff := func(b *testing.B) *flight {
		start := fs.tick()
		fs.mu.Lock()
		f, mine, _ := fs.join(it, start, ctx)
		fs.mu.Unlock()
		if !mine {
			b.Fatal("another flight has the key")
		}
		return f
	}
	load := func(f *flight) {
		fs.begin(f, 0, 1)
		fs.end(it.Key, f, outcome{payload: payload})
	}
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			load(takeOff(b))
		}
	})
	b.Run("singleflight", func(b *testing.B) {
		b.ReportAllocs()
		var group singleflight.Group
		for b.Loop() {
			if _, err, _ := group.Do(it.Key, func() (any, error) { return payload, nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
	// On a goroutine of its own, so that the caller can give up waiting.
	b.Run("detached-ours", func(b *testing.B) {
		b.ReportAllocs()
		var group work.Group
		for b.Loop() {
			f := takeOff(b)
			f.over = ctx
			group.Go(func() { load(f) })
			if _, err := f.wait(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("detached-singleflight", func(b *testing.B) {
		b.ReportAllocs()
		var group singleflight.Group
		for b.Loop() {
			ch := group.DoChan(it.Key, func() (any, error) { return payload, nil })
			select {
			case <-ch:
			case <-ctx.Done():
			}
		}
	})
}

// Goroutines that count local hits side by side.
func BenchmarkByHandCounter(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		var n stripedCounter
		b.RunParallel(func(pb *testing.PB) {
			var buf KeyBuffer
			for pb.Next() {
				n.add(&buf)
			}
		})
	})
	b.Run("atomic", func(b *testing.B) {
		b.ReportAllocs()
		var n atomic.Uint64
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				n.Add(1)
			}
		})
	})
}

// A thousand invalidations of one tenant that a Redis without a connection has refused wait for
// their next try.
func BenchmarkByHandRetry(b *testing.B) {
	const waiting = 1000
	sets := make([]path.Set, waiting)
	for n := range sets {
		sets[n] = path.Set{Tenant: "acme", Entries: []string{fmt.Sprint("contact:", n)}}
	}
	errRefused := errors.New("connection refused")
	refused := func(context.Context, string, string) (net.Conn, error) { return nil, errRefused }
	client := redis.NewClient(&redis.Options{Addr: "unused:1", Dialer: refused, MaxRetries: -1})
	b.Cleanup(func() { _ = client.Close() })
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			c, err := New(Options{App: "crm", Redis: client, Seed: 1})
			if err != nil {
				b.Fatal(err)
			}
			var counts counters
			before := goruntime.NumGoroutine()
			b.StartTimer()
			for _, s := range sets {
				c.retryLater(&counts, s, 0, errRefused)
			}
			b.StopTimer()
			b.ReportMetric(float64(goruntime.NumGoroutine()-before), "goroutines")
			c.end()
			_ = c.Close(context.Background()) // it says how many are left
			b.StartTimer()
		}
	})
}
