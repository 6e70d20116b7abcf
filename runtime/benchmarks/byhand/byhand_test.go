package byhand

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/cespare/xxhash/v2"
	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/timeout"
	"github.com/puzpuzpuz/xsync/v4"
	"github.com/sony/gobreaker/v2"

	"github.com/cachegen/cachegen/runtime/internal/chunk"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/store"
)

// These benchmarks set what the runtime does by hand beside well-kept libraries for the same. Those
// of pieces that another module cannot name are in their own packages: see README.md.

// candidate is one way to do the same work.
type candidate struct {
	name string
	run  func(b *testing.B)
}

func hash(s string) uint64 { return xxhash.Sum64String(s) }

func compare(b *testing.B, list ...candidate) {
	for _, c := range list {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			c.run(b)
		})
	}
}

// A local hit asks whether anything has invalidated the entry since its stamp: the tenant, the two
// scopes above it, or its own path.
func BenchmarkByHandStripesHit(b *testing.B) {
	const tenant, others = "acme", 10_000
	fields := []string{"", "contact", "contact:42", path.EntryField("contact:42")}
	tier := newTier(b)
	var boxed sync.Map
	texts, hashes := xsync.NewMap[string, uint64](), xsync.NewMap[uint64, uint64]()
	raise := func(field string) {
		tier.Raise(0, path.Set{Tenant: tenant, Scopes: []string{field}}, 1)
		name := tenant + "\x00" + field
		boxed.Store(name, uint64(1))
		texts.Store(name, 1)
		hashes.Store(hash(name), 1)
	}
	for n := range others {
		raise(fmt.Sprint("deal:", n))
	}
	var keys []any
	var names []string
	var sums []uint64
	for _, field := range fields {
		raise(field)
		name := tenant + "\x00" + field
		keys, names, sums = append(keys, name), append(names, name), append(sums, hash(name))
	}
	stripes := tier.Stripes.Cover(tenant, fields)
	const stamp = 2
	compare(b,
		candidate{"ours", func(b *testing.B) {
			for b.Loop() {
				if tier.Stripes.In(0).Stale(stripes, stamp) {
					b.Fatal("stale")
				}
			}
		}},
		candidate{"sync.Map", func(b *testing.B) {
			for b.Loop() {
				for _, key := range keys {
					if newest, ok := boxed.Load(key); ok && newest.(uint64) > stamp {
						b.Fatal("stale")
					}
				}
			}
		}},
		candidate{"xsync.Map-of-names", func(b *testing.B) {
			for b.Loop() {
				for _, name := range names {
					if newest, ok := texts.Load(name); ok && newest > stamp {
						b.Fatal("stale")
					}
				}
			}
		}},
		candidate{"xsync.Map-of-hashes", func(b *testing.B) {
			for b.Loop() {
				for _, sum := range sums {
					if newest, ok := hashes.Load(sum); ok && newest > stamp {
						b.Fatal("stale")
					}
				}
			}
		}},
	)
}

// What is kept of 100,000 invalidated entries.
func BenchmarkByHandStripesMemory(b *testing.B) {
	const tenant, entries = "acme", 100_000
	names := make([]string, entries)
	for n := range names {
		names[n] = fmt.Sprint("contact:", n)
	}
	compare(b,
		candidate{"ours", func(b *testing.B) {
			keeps(b, func() any {
				stripes := newTier(b)
				for n, name := range names {
					stripes.Raise(0, path.Set{Tenant: tenant, Scopes: []string{name}}, uint64(n))
				}
				return stripes
			})
		}},
		candidate{"sync.Map", func(b *testing.B) {
			keeps(b, func() any {
				m := new(sync.Map)
				for n, name := range names {
					m.Store(tenant+"\x00"+name, uint64(n))
				}
				return m
			})
		}},
		candidate{"xsync.Map-of-names", func(b *testing.B) {
			keeps(b, func() any {
				m := xsync.NewMap[string, uint64]()
				for n, name := range names {
					m.Store(tenant+"\x00"+name, uint64(n))
				}
				return m
			})
		}},
		candidate{"xsync.Map-of-hashes", func(b *testing.B) {
			keeps(b, func() any {
				m := xsync.NewMap[uint64, uint64]()
				for n, name := range names {
					m.Store(hash(tenant+"\x00"+name), uint64(n))
				}
				return m
			})
		}},
	)
}

// Every round trip asks its server's breaker and reports how it ended.
func BenchmarkByHandBreaker(b *testing.B) {
	const failures, pause = 3, 500 * time.Millisecond
	var ours store.Breaker
	sony := gobreaker.NewTwoStepCircuitBreaker[any](gobreaker.Settings{
		Timeout:     pause,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failures },
	})
	safe := circuitbreaker.NewBuilder[any]().WithFailureThreshold(failures).WithDelay(pause).Build()
	trips := []struct {
		name string
		trip func() (tried bool)
	}{
		{"ours", func() bool {
			if !ours.Allow() {
				return false
			}
			ours.Answer(time.Minute, time.Millisecond)
			return true
		}},
		{"gobreaker", func() bool {
			done, err := sony.Allow()
			if err != nil {
				return false
			}
			done(nil)
			return true
		}},
		{"failsafe", func() bool {
			if !safe.TryAcquirePermit() {
				return false
			}
			safe.RecordSuccess()
			return true
		}},
	}
	for _, c := range trips {
		compare(b, candidate{c.name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if !c.trip() {
						b.Error("the breaker is open")
					}
				}
			})
		}})
	}
}

// A batch of a hundred items, each of which needs room for four numbers.
func BenchmarkByHandChunk(b *testing.B) {
	const items, each = 100, 4
	lists := make([][]int, items)
	compare(b,
		candidate{"ours", func(b *testing.B) {
			for b.Loop() {
				var room chunk.Allocator[int]
				for i := range lists {
					lists[i] = room.Take(each, items-i)
				}
			}
		}},
		candidate{"make", func(b *testing.B) {
			for b.Loop() {
				for i := range lists {
					lists[i] = make([]int, each)
				}
			}
		}},
	)
}

// The counter of local hits, which stands beside the same one atomic in BenchmarkByHandCounter of
// the runtime.
func BenchmarkByHandCounter(b *testing.B) {
	compare(b,
		candidate{"atomic", func(b *testing.B) {
			var n atomic.Uint64
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n.Add(1)
				}
			})
		}},
		candidate{"xsync", func(b *testing.B) {
			n := xsync.NewCounter()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n.Inc()
				}
			})
		}},
	)
}

// A bound on the time of a round trip, which stands beside the same context in
// BenchmarkByHandBudget of the store.
func BenchmarkByHandBudget(b *testing.B) {
	const wait = 250 * time.Millisecond
	trip := func(context.Context) (int, error) { return 1, nil }
	compare(b,
		candidate{"context", func(b *testing.B) {
			for b.Loop() {
				ctx, cancel := context.WithTimeout(context.Background(), wait)
				if _, err := trip(ctx); err != nil {
					b.Fatal(err)
				}
				cancel()
			}
		}},
		candidate{"failsafe", func(b *testing.B) {
			executor := failsafe.With(timeout.New[int](wait))
			for b.Loop() {
				_, err := executor.GetWithExecution(func(e failsafe.Execution[int]) (int, error) {
					return trip(e.Context())
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		}},
	)
}

// A thousand invalidations of one tenant that a Redis without a connection has refused wait for
// their next try.
func BenchmarkByHandRetry(b *testing.B) {
	const waiting = 1000
	refused := errors.New("connection refused")
	compare(b, candidate{"cenkalti", func(b *testing.B) {
		for b.Loop() {
			ctx, cancel := context.WithCancel(context.Background())
			before := goruntime.NumGoroutine()
			var tried, group sync.WaitGroup
			tried.Add(waiting)
			for range waiting {
				group.Go(func() {
					first := true
					_, err := backoff.Retry(ctx, func() (int, error) {
						if first {
							first = false
							tried.Done()
						}
						return 0, refused
					})
					if !errors.Is(err, context.Canceled) {
						b.Error(err)
					}
				})
			}
			tried.Wait()
			b.StopTimer()
			b.ReportMetric(float64(goruntime.NumGoroutine()-before), "goroutines")
			cancel()
			group.Wait()
			b.StartTimer()
		}
	}})
}

var sink int64

func newTier(b *testing.B) *local.Tier {
	b.Helper()
	tier, err := local.New(1<<20, 1)
	if err != nil {
		b.Fatal(err)
	}
	return tier
}

// keeps reports how much memory stays in use by what is made.
func keeps(b *testing.B, made func() any) {
	b.Helper()
	for b.Loop() {
		before := inUse()
		kept := made()
		b.ReportMetric(float64(inUse()-before)/(1<<20), "MiB-kept")
		goruntime.KeepAlive(kept)
	}
}

func inUse() int64 {
	goruntime.GC()
	var stats goruntime.MemStats
	goruntime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
