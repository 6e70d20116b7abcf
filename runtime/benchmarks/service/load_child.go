package service

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/benchmarks/service/crm"
	"github.com/cachegen/cachegen/runtime/benchmarks/service/postgres"
)

// loadConfig is the first request to a child that works on the database.
type loadConfig struct {
	Workload workload
	Seed     uint64
	DSN      string
	Redis    string // address; "" for no cache
}

// A phase is each further request: so many operations, at that many per second.
type phase struct {
	Operations int
	Rate       float64 // 0: as fast as possible
}

// A phaseReport is the answer to a phase.
type phaseReport struct {
	Queries uint64          // statements that were sent to the database
	Counts  runtime.Counts  // of the cache, in this phase
	Elapsed time.Duration   // from the first operation to the end of the last
	CPU     time.Duration   // of the process, user and system
	Took    []time.Duration // each operation, without its wait for its turn
}

// usersPerProcess do operations side by side.
const usersPerProcess = 8

func loadChild(ctx context.Context, in *json.Decoder, out *json.Encoder) (err error) {
	var config loadConfig
	if err := in.Decode(&config); err != nil {
		return err
	}
	var cache *runtime.Cache
	if config.Redis != "" {
		client := redis.NewClient(&redis.Options{Addr: config.Redis, ContextTimeoutEnabled: true})
		defer client.Close()
		if cache, err = newCache(runtime.Options{Redis: client}); err != nil {
			return err
		}
		defer closeCache(cache, &err)
	}
	users := make([]*user, usersPerProcess)
	for i := range users {
		users[i] = newUser(config.Workload, config.Seed*usersPerProcess+uint64(i))
	}
	counter := new(postgres.Counter)
	pool, err := postgres.Open(ctx, config.DSN, counter)
	if err != nil {
		return err
	}
	defer pool.Close()
	c := connections{pool, counter}
	for {
		var p phase
		if err := in.Decode(&p); err != nil {
			return err
		}
		report, err := c.run(crm.WithTenant(ctx, postgres.Tenant), p, cache, users)
		if err != nil {
			return err
		}
		if err := out.Encode(report); err != nil {
			return err
		}
	}
}

// connections are those of a process to the database.
type connections struct {
	pool    *postgres.Pools
	counter *postgres.Counter
}

// run does the operations of a phase.
func (c *connections) run(ctx context.Context, p phase, cache *runtime.Cache, users []*user) (*phaseReport, error) {
	repos := direct(c.pool)
	var before runtime.Counts
	if cache != nil {
		repos, before = repos.cached(cache), cache.Stats().Counts
	}
	each := p.Operations / len(users)
	errs, took := make([]error, len(users)), make([][]time.Duration, len(users))
	queries, cpu, started := c.counter.Queries(), cpuTime(), time.Now()
	var wg sync.WaitGroup
	for i, u := range users {
		wg.Go(func() {
			for n := range each {
				if p.Rate > 0 {
					turn := time.Duration(float64(n*len(users)+i) / p.Rate * float64(time.Second))
					time.Sleep(time.Until(started.Add(turn)))
				}
				began := time.Now()
				if err := u.do(ctx, repos); err != nil {
					errs[i] = err
					return
				}
				took[i] = append(took[i], time.Since(began))
			}
		})
	}
	wg.Wait()
	report := &phaseReport{Queries: c.counter.Queries() - queries, Elapsed: time.Since(started), CPU: cpuTime() - cpu}
	for _, t := range took {
		report.Took = append(report.Took, t...)
	}
	if cache != nil {
		report.Counts = since(before, cache.Stats().Counts)
	}
	return report, errors.Join(errs...)
}

// since are the counts between two snapshots, as far as they are used here.
func since(before, after runtime.Counts) runtime.Counts {
	return runtime.Counts{
		LocalHits:    after.LocalHits - before.LocalHits,
		RedisHits:    after.RedisHits - before.RedisHits,
		Shared:       after.Shared - before.Shared,
		Misses:       after.Misses - before.Misses,
		Loads:        after.Loads - before.Loads,
		Bypassed:     after.Bypassed - before.Bypassed,
		FillsRefused: after.FillsRefused - before.FillsRefused,
		RedisErrors:  after.RedisErrors - before.RedisErrors,
		CodecErrors:  after.CodecErrors - before.CodecErrors,
	}
}

// cpuTime is the processor time of this process so far.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // only wrong arguments fail
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
