package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/service/postgres"
)

const (
	processes = 4   // of the service, with a cache each, and one Redis
	rate      = 500 // operations per second, of all processes together
)

// A run is what all processes did in one measured phase.
type run struct {
	Counts             runtime.Counts
	Queries            float64       // statements in the database, per second
	Reads, Writes      time.Duration // processor time of the database, per second
	Redis, Application time.Duration // processor time of Redis and of all processes, per second
	Rate               float64       // operations per second that were done
	Typical, Slow      time.Duration // an operation: median, 99 %
	Entries            int64         // keys in Redis at the end
}

// hits is the share of the reads that were answered without the database. A read that waited for
// the load of another is one of them.
func (r *run) hits() float64 { return float64(r.Counts.Hits()) / float64(r.Counts.Reads()) }

// loads measures what reaches the database.
func (b *bench) loads(ctx context.Context) ([]*report.Table, error) {
	works := choose(b, []workload{usual}, []workload{
		usual,
		{Zipf: 1.1, Writes: 0.01, Contacts: usual.Contacts},
		{Zipf: 1.1, Writes: 0.20, Contacts: usual.Contacts},
		{Zipf: 1.01, Writes: 0.05, Contacts: usual.Contacts},
		{Zipf: 0.8, Writes: 0.05, Contacts: usual.Contacts},
	})
	n := choose(b, 1, 3)
	b.without, b.with = make(map[workload][]*run), make(map[workload][]*run)
	for round := range n {
		for _, w := range works {
			if round > 0 && w != usual {
				continue // they are there for comparison: a round each
			}
			b.Log("round %d of %d: %v, %d operations per second in %d processes", round+1, n, w, rate, processes)
			for _, cached := range []bool{round%2 == 1, round%2 == 0} {
				r, err := b.run(ctx, w, uint64(round), cached)
				if err != nil {
					return nil, fmt.Errorf("%v: %w", w, err)
				}
				b.Log("cached %v: %.1f %% hits, %.1f statements, %v of the database to read and %v to write, per second",
					cached, 100*r.hits(), r.Queries, r.Reads, r.Writes)
				if cached {
					b.with[w] = append(b.with[w], r)
				} else {
					b.without[w] = append(b.without[w], r)
				}
			}
		}
	}
	tables := []*report.Table{loadTable(b.without[usual], b.with[usual])}
	if !b.Short {
		tables = append(tables, workloadTable(works, b.without, b.with))
	}
	return tables, nil
}

// run does a workload once: a phase that fills the caches, and one that is measured.
func (b *bench) run(ctx context.Context, w workload, seed uint64, cached bool) (r *run, err error) {
	if err := b.database.Vacuum(ctx); err != nil {
		return nil, err
	}
	addr, warm := "", choose(b, 4_000, 20_000)
	var client *redis.Client
	if cached {
		redisServer, stop := server()
		defer stop()
		addr, warm = redisServer.Addr, choose(b, 40_000, 250_000)
		client = redisServer.Client()
	}
	children := make([]*child, 0, processes)
	defer func() {
		for _, c := range children {
			err = errors.Join(err, c.stop())
		}
	}()
	for i := range processes {
		c, err := startChild(ctx, "load")
		if err != nil {
			return nil, err
		}
		children = append(children, c)
		if err := c.ask(loadConfig{Workload: w, Seed: seed*processes + uint64(i), DSN: b.database.DSN, Redis: addr}); err != nil {
			return nil, err
		}
	}
	if _, err := inAll(children, phase{Operations: warm / processes}); err != nil {
		return nil, err
	}
	return b.measured(ctx, children, client)
}

// A reading is what the servers have spent so far. Reads and Writes are those of the
// connections to the database.
type reading struct{ Reads, Writes, Redis time.Duration }

func (b *bench) read(ctx context.Context, client *redis.Client) (r reading, err error) {
	for name, to := range map[string]*time.Duration{postgres.Reads: &r.Reads, postgres.Writes: &r.Writes} {
		*to, err = b.database.Processor(ctx, name)
		if err != nil && !errors.Is(err, errors.ErrUnsupported) { // then the cost is 0, and what is saved NaN
			return r, err
		}
	}
	r.Redis, err = serverCPU(ctx, client)
	return r, err
}

// measured does the phase that counts, and asks the servers before and after it.
func (b *bench) measured(ctx context.Context, children []*child, client *redis.Client) (*run, error) {
	before, err := b.read(ctx, client)
	if err != nil {
		return nil, err
	}
	seconds := choose(b, 8, 12)
	reports, err := inAll(children, phase{Operations: seconds * rate / processes, Rate: float64(rate) / processes})
	if err != nil {
		return nil, err
	}
	after, err := b.read(ctx, client)
	if err != nil {
		return nil, err
	}
	r := summarize(reports)
	elapsed := slowest(reports).Seconds()
	r.Reads = time.Duration(float64(after.Reads-before.Reads) / elapsed)
	r.Writes = time.Duration(float64(after.Writes-before.Writes) / elapsed)
	r.Redis = time.Duration(float64(after.Redis-before.Redis) / elapsed)
	if client != nil {
		if r.Counts.RedisErrors+r.Counts.CodecErrors+r.Counts.Bypassed > 0 {
			return nil, fmt.Errorf("the cache did not work as it should: %+v", r.Counts)
		}
		if r.Entries, err = client.DBSize(ctx).Result(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// inAll lets all children do a phase side by side.
func inAll(children []*child, p phase) ([]*phaseReport, error) {
	for _, c := range children {
		if err := c.ask(p); err != nil {
			return nil, err
		}
	}
	reports := make([]*phaseReport, len(children))
	for i, c := range children {
		if err := c.answer(&reports[i]); err != nil {
			return nil, err
		}
	}
	return reports, nil
}

func slowest(reports []*phaseReport) (elapsed time.Duration) {
	for _, r := range reports {
		elapsed = max(elapsed, r.Elapsed)
	}
	return elapsed
}

// summarize adds up what the processes report.
func summarize(reports []*phaseReport) *run {
	elapsed := slowest(reports).Seconds()
	r := new(run)
	var took []time.Duration
	for _, p := range reports {
		r.Queries += float64(p.Queries) / elapsed
		r.Application += time.Duration(float64(p.CPU) / elapsed)
		r.Counts.LocalHits += p.Counts.LocalHits
		r.Counts.RedisHits += p.Counts.RedisHits
		r.Counts.Shared += p.Counts.Shared
		r.Counts.Loads += p.Counts.Loads
		r.Counts.Bypassed += p.Counts.Bypassed
		r.Counts.RedisErrors += p.Counts.RedisErrors
		r.Counts.CodecErrors += p.Counts.CodecErrors
		took = append(took, p.Took...)
	}
	slices.Sort(took)
	r.Rate = float64(len(took)) / elapsed
	r.Typical, r.Slow = took[len(took)/2], took[len(took)*99/100]
	return r
}

// serverCPU is the processor time of a Redis so far, of its main thread and the others; 0 for nil.
func serverCPU(ctx context.Context, client *redis.Client) (time.Duration, error) {
	if client == nil {
		return 0, nil
	}
	info, err := client.InfoMap(ctx, "cpu").Result()
	if err != nil {
		return 0, err
	}
	var sum float64
	for _, field := range []string{"used_cpu_user", "used_cpu_sys"} {
		seconds, err := strconv.ParseFloat(info["CPU"][field], 64)
		if err != nil {
			return 0, fmt.Errorf("INFO cpu: %w", err)
		}
		sum += seconds
	}
	return time.Duration(sum * float64(time.Second)), nil
}

// in is a quantity in all runs.
func in(runs []*run, of func(*run) float64) rounds {
	list := make(rounds, len(runs))
	for i, r := range runs {
		list[i] = of(r)
	}
	return list
}

func queries(r *run) float64     { return r.Queries }
func loadCost(r *run) float64    { return float64(r.Reads) }
func database(r *run) float64    { return float64(r.Reads + r.Writes) }
func application(r *run) float64 { return float64(r.Application) }
func everything(r *run) float64  { return float64(r.Reads + r.Writes + r.Redis + r.Application) }

// saved is how much less there is with the cache, round by round.
func saved(without, with []*run, of func(*run) float64) rounds {
	list := ratios(in(with, of), in(without, of))
	for i := range list {
		list[i] = 1 - list[i]
	}
	return list
}

func loadTable(without, with []*run) *report.Table {
	perSecond := func(ns float64) string { return number(ns/1e6) + " ms/s" }
	row := func(name string, of func(*run) float64, show func(float64) string) report.Row {
		return report.Row{Name: name, Cells: []string{
			in(without, of).spread(show), in(with, of).spread(show), saved(without, with, of).spread(percent),
		}}
	}
	last := with[len(with)-1]
	return &report.Table{
		ID:    "load",
		Title: "What reaches the database",
		Note: fmt.Sprintf("The usual workload at %d operations per second in %d processes, %s done: %d contacts, popularity by zipf %v, %v %% writes. "+
			"Entries live for an hour and none expires in the measured seconds; at this rate the expiry of all %s entries would add %s loads per second at most. "+
			"Medians of %d rounds, the least and the most in brackets.",
			rate, processes, number(in(with, func(r *run) float64 { return r.Rate }).median()), usual.Contacts, usual.Zipf, 100*usual.Writes,
			thousands(last.Entries), number(float64(last.Entries)/3600), len(with)),
		Columns: []string{"", "without", "with", "saved"},
		Rows: []report.Row{
			{Name: "reads answered without the database", Cells: []string{"0 %", in(with, (*run).hits).spread(percent), ""}},
			{Name: "of these from copies in the process", Cells: []string{"", in(with, local).spread(percent), ""}},
			row("statements that reach the database", queries, func(v float64) string { return number(v) + "/s" }),
			row("**cost of what is read**: processor time of the database", loadCost, perSecond),
			row("the same of what is written", func(r *run) float64 { return float64(r.Writes) }, perSecond),
			row("both", database, perSecond),
			{Name: "processor time of Redis", Cells: []string{"0", in(with, func(r *run) float64 { return float64(r.Redis) }).spread(perSecond), ""}},
			row("processor time of the service", application, perSecond),
			row("processor time of all three", everything, perSecond),
			row("an operation, median", func(r *run) float64 { return float64(r.Typical) }, duration),
			row("an operation, 99 %", func(r *run) float64 { return float64(r.Slow) }, duration),
		},
	}
}

// local is the share of the hits that copies in the process answered.
func local(r *run) float64 { return float64(r.Counts.LocalHits) / float64(r.Counts.Hits()) }

func workloadTable(works []workload, without, with map[workload][]*run) *report.Table {
	t := &report.Table{
		ID:      "workloads",
		Title:   "Other workloads",
		Note:    "The same with other shares of writes and other popularity, one round of each.",
		Columns: []string{"workload", "reads answered without the database", "statements/s without", "with", "saved", "cost of what is read, saved", "with what is written"},
	}
	for _, w := range works {
		t.Rows = append(t.Rows, report.Row{Name: w.String(), Cells: []string{
			in(with[w], (*run).hits).spread(percent),
			in(without[w], queries).spread(number), in(with[w], queries).spread(number),
			saved(without[w], with[w], queries).spread(percent),
			saved(without[w], with[w], loadCost).spread(percent),
			saved(without[w], with[w], database).spread(percent),
		}})
	}
	return t
}
