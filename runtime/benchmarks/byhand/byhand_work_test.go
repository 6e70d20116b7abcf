package byhand

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/alitto/pond/v2"
	"github.com/cenkalti/backoff/v5"
	"github.com/panjf2000/ants/v2"
	"golang.org/x/sync/errgroup"

	"github.com/cachegen/cachegen/runtime/internal/redistest"
	"github.com/cachegen/cachegen/runtime/internal/work"
)

// A round trip on another goroutine, as a read makes one where the client does not keep deadlines.
func BenchmarkByHandWorkersRedis(b *testing.B) {
	client := redistest.Start(b).Client()
	ctx := context.Background()
	if err := client.Set(ctx, "contact:42", make([]byte, 750), 0).Err(); err != nil {
		b.Fatal(err)
	}
	compareSpawns(b, func() {
		if err := client.Get(ctx, "contact:42").Err(); err != nil {
			b.Error(err)
		}
	})
}

// A job that needs as much stack as a round trip does, and nothing else.
func BenchmarkByHandWorkersStack(b *testing.B) {
	compareSpawns(b, func() { stack(16) })
}

// stack uses n times half a kilobyte.
//
//go:noinline
func stack(n int) byte {
	var frame [512]byte
	frame[n] = byte(n)
	if n == 0 {
		return frame[0]
	}
	return stack(n-1) + frame[n]
}

func compareSpawns(b *testing.B, job func()) {
	inTurn := func(b *testing.B, spawn func(func())) {
		done := make(chan struct{}, 1)
		for b.Loop() {
			spawn(func() {
				job()
				done <- struct{}{}
			})
			<-done
		}
	}
	compare(b,
		candidate{"none", func(b *testing.B) {
			for b.Loop() {
				job()
			}
		}},
		candidate{"ours", func(b *testing.B) {
			closing := make(chan struct{})
			var group work.Group
			workers := work.NewWorkers(&group, closing)
			inTurn(b, workers.Go)
			close(closing)
			if err := group.Wait(context.Background()); err != nil {
				b.Fatal(err)
			}
		}},
		candidate{"go", func(b *testing.B) {
			inTurn(b, func(f func()) { go f() })
		}},
		candidate{"errgroup", func(b *testing.B) {
			var group errgroup.Group
			group.SetLimit(8)
			inTurn(b, func(f func()) {
				group.Go(func() error {
					f()
					return nil
				})
			})
		}},
		candidate{"ants", func(b *testing.B) {
			pool, err := ants.NewPool(-1) // as many as there are jobs
			if err != nil {
				b.Fatal(err)
			}
			defer pool.Release()
			inTurn(b, func(f func()) {
				if err := pool.Submit(f); err != nil {
					b.Error(err)
				}
			})
		}},
		candidate{"pond", func(b *testing.B) {
			pool := pond.NewPool(0) // as many as there are jobs
			defer pool.StopAndWait()
			inTurn(b, func(f func()) {
				if err := pool.Go(f); err != nil {
					b.Error(err)
				}
			})
		}},
	)
}

// The five pauses of a load that waits for that of another process.
func BenchmarkByHandBackoff(b *testing.B) {
	const first, limit, pauses = time.Millisecond, 50 * time.Millisecond, 5
	compare(b,
		candidate{"ours", func(b *testing.B) {
			for b.Loop() {
				pause := work.NewBackoff(first, limit, 150)
				for range pauses {
					sink += int64(pause.Next())
				}
			}
		}},
		candidate{"cenkalti", func(b *testing.B) {
			for b.Loop() {
				pause := &backoff.ExponentialBackOff{
					InitialInterval: first, MaxInterval: limit, Multiplier: 1.5,
					RandomizationFactor: backoff.DefaultRandomizationFactor,
				}
				for range pauses {
					sink += int64(pause.NextBackOff())
				}
			}
		}},
	)
}

// A renewal that ends before its first turn, as for most loads.
func BenchmarkByHandRenew(b *testing.B) {
	const life = 2 * time.Second
	ctx := context.Background()
	compare(b,
		candidate{"ours", func(b *testing.B) {
			var group work.Group
			for b.Loop() {
				stop := group.Renew(ctx, life, func(context.Context) bool { return true })
				stop()
				if err := group.Wait(ctx); err != nil {
					b.Fatal(err)
				}
			}
		}},
		candidate{"cenkalti.Ticker", func(b *testing.B) {
			for b.Loop() {
				tick := backoff.NewTicker(backoff.NewConstantBackOff(life / 3))
				var group sync.WaitGroup
				group.Go(func() {
					for range tick.C {
					}
				})
				tick.Stop()
				group.Wait()
			}
		}},
	)
}

// A goroutine of a group, waited for.
func BenchmarkByHandGroup(b *testing.B) {
	ctx := context.Background()
	compare(b,
		candidate{"ours", func(b *testing.B) {
			var group work.Group
			for b.Loop() {
				group.Go(func() {})
				if err := group.Wait(ctx); err != nil {
					b.Fatal(err)
				}
			}
		}},
		candidate{"WaitGroup", func(b *testing.B) {
			var group sync.WaitGroup
			for b.Loop() {
				group.Go(func() {})
				group.Wait()
			}
		}},
		candidate{"WaitGroup-with-deadline", func(b *testing.B) {
			var group sync.WaitGroup
			for b.Loop() {
				group.Go(func() {})
				idle := make(chan struct{})
				go func() {
					group.Wait()
					close(idle)
				}()
				select {
				case <-idle:
				case <-ctx.Done():
				}
			}
		}},
		candidate{"errgroup", func(b *testing.B) {
			for b.Loop() {
				var group errgroup.Group
				group.Go(func() error { return nil })
				if err := group.Wait(); err != nil {
					b.Fatal(err)
				}
			}
		}},
	)
}
