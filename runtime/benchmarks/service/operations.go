package service

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/service/crm"
	"github.com/cachegen/cachegen/runtime/benchmarks/service/postgres"
)

// An operation is a row of the table: what is done with the n-th key.
type operation struct {
	name  string
	keys  int // in each round
	items int // each counts as a read of the cache
	write bool
	do    func(ctx context.Context, repos repositories, n int) error
}

func operations(size postgres.Size) []operation {
	contacts, companies, owners := named(size.Contacts, postgres.ContactID), named(size.Companies, postgres.CompanyID), named(size.Owners, postgres.OwnerID)
	return []operation{
		{name: "Get a contact", keys: 100, items: 1, do: func(ctx context.Context, repos repositories, n int) error {
			_, err := repos.contacts.Get(ctx, contacts[n%size.Contacts])
			return err
		}},
		{name: "List the customers of a company", keys: 100, items: 1, do: func(ctx context.Context, repos repositories, n int) error {
			_, err := repos.contacts.List(ctx, crm.ContactFilter{CompanyID: companies[n%size.Companies], Stage: "customer"}, 1)
			return err
		}},
		{name: "Pipeline: join of three tables, grouped", keys: min(50, size.Owners), items: 1, do: func(ctx context.Context, repos repositories, n int) error {
			_, err := repos.deals.Pipeline(ctx, owners[n%size.Owners])
			return err
		}},
		{name: fmt.Sprintf("GetMany, %d contacts", batchSize), keys: 20, items: batchSize, do: func(ctx context.Context, repos repositories, n int) error {
			_, err := repos.contacts.GetMany(ctx, contacts[n*batchSize%size.Contacts:][:batchSize])
			return err
		}},
		{name: "Update a contact", keys: 50, write: true, do: func(ctx context.Context, repos repositories, n int) error {
			return repos.contacts.Update(ctx, postgres.Contact(n%size.Contacts, size))
		}},
	}
}

// named are the names of n things.
func named(n int, name func(int) string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = name(i)
	}
	return list
}

// took are the nanoseconds that one call of an operation takes, in each round.
type took struct{ direct, miss, redis, local rounds }

// operations measures one call after the other, on one goroutine.
func (b *bench) operations(ctx context.Context) (tables []*report.Table, err error) {
	redisServer, stop := server()
	defer stop()
	ctx = crm.WithTenant(ctx, postgres.Tenant)
	repos := direct(b.database.Pools)
	var caches [2]*runtime.Cache // of two processes: the one loads, the other finds it in Redis
	for i := range caches {
		client := redis.NewClient(&redis.Options{Addr: redisServer.Addr, ContextTimeoutEnabled: true})
		defer client.Close()
		if caches[i], err = newCache(runtime.Options{Redis: client}); err != nil {
			return nil, err
		}
		defer closeCache(caches[i], &err)
	}
	loader, reader := side{caches[0], repos.cached(caches[0])}, side{caches[1], repos.cached(caches[1])}

	t := &report.Table{
		ID:    "operations",
		Title: "One operation at a time",
		Columns: []string{"operation", "without a cache", "hit in the process", "improvement", "hit in Redis", "improvement",
			"miss", "of without"},
	}
	n := choose(b, 5, 30)
	for _, op := range operations(postgres.Sized(usual.Contacts)) {
		b.Log("%d rounds of: %s", n, op.name)
		var m took
		for round := range n + 1 {
			if err := op.round(ctx, &m, round, repos, loader, reader); err != nil {
				return nil, fmt.Errorf("%s: %w", op.name, err)
			}
			if round == 0 {
				m = took{} // connections were opened and statements prepared
			}
		}
		t.Rows = append(t.Rows, m.row(op))
	}
	t.Note = fmt.Sprintf("One call after the other on one goroutine, medians of %d rounds and the quartiles in brackets; "+
		"improvements are medians of the ratios within rounds. A hit in Redis is an entry that another process has loaded. "+
		"A miss loads and stores, and an update invalidates: what the cache costs.", n)
	return []*report.Table{t}, nil
}

// side is a process of the service: its cache and its repositories.
type side struct {
	cache *runtime.Cache
	repositories
}

// round takes all ways once. The keys are stale at its beginning.
func (op operation) round(ctx context.Context, m *took, round int, repos repositories, loader, reader side) error {
	from := round * op.keys
	d, err := op.time(ctx, repos, from, 1)
	if err != nil {
		return err
	}
	m.direct = append(m.direct, d)
	if op.write {
		d, err := op.time(ctx, loader.repositories, from, 1)
		m.miss = append(m.miss, d)
		return err
	}
	for _, s := range []side{loader, reader} { // each knows at once what it has invalidated
		if err := s.cache.Invalidate(ctx, "contact:*", "deal:*"); err != nil {
			return err
		}
	}
	if m.miss, err = op.from(ctx, m.miss, loader, from, 1, loads); err != nil {
		return err
	}
	if m.redis, err = op.from(ctx, m.redis, reader, from, 1, redisHits); err != nil {
		return err
	}
	if err := op.copied(ctx, reader, from); err != nil {
		return err
	}
	m.local, err = op.from(ctx, m.local, reader, from, 20, localHits)
	return err
}

func loads(c runtime.Counts) uint64     { return c.Loads }
func redisHits(c runtime.Counts) uint64 { return c.RedisHits }
func localHits(c runtime.Counts) uint64 { return c.LocalHits }

// from times calls that have to be answered from one source, and appends their mean to a list.
func (op operation) from(ctx context.Context, list rounds, s side, from, repeats int, source func(runtime.Counts) uint64) (rounds, error) {
	before := s.cache.Stats().Counts
	d, err := op.time(ctx, s.repositories, from, repeats)
	if err != nil {
		return nil, err
	}
	after := s.cache.Stats().Counts
	want := uint64(op.keys * op.items * repeats)
	if got := source(after) - source(before); got != want {
		return nil, fmt.Errorf("%d of %d reads were answered from where they should be: %+v", got, want, since(before, after))
	}
	return append(list, d), nil
}

// copied reads until all keys are copies in the process: an entry of Redis is kept as one only
// after the process has heard of the invalidation before it.
func (op operation) copied(ctx context.Context, s side, from int) error {
	for deadline := time.Now().Add(10 * time.Second); ; {
		before := localHits(s.cache.Stats().Counts)
		if _, err := op.time(ctx, s.repositories, from, 1); err != nil {
			return err
		}
		if localHits(s.cache.Stats().Counts)-before == uint64(op.keys*op.items) {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.New("the keys do not become copies in the process")
		}
	}
}

// time is how many nanoseconds a call takes, on average over the keys of a round.
func (op operation) time(ctx context.Context, repos repositories, from, repeats int) (float64, error) {
	started := time.Now()
	for range repeats {
		for n := range op.keys {
			if err := op.do(ctx, repos, from+n); err != nil {
				return 0, err
			}
		}
	}
	return float64(time.Since(started)) / float64(op.keys*repeats), nil
}

func (m took) row(op operation) report.Row {
	if op.write {
		return report.Row{Name: op.name, Cells: []string{
			m.direct.middle(duration), "–", "–", "–", "–", m.miss.middle(duration), ratios(m.miss, m.direct).middle(times),
		}}
	}
	local, fromRedis := ratios(m.direct, m.local), ratios(m.direct, m.redis)
	none := math.NaN()
	return report.Row{
		Name: op.name,
		Cells: []string{
			m.direct.middle(duration), m.local.middle(duration), "**" + times(local.median()) + "**",
			m.redis.middle(duration), "**" + times(fromRedis.median()) + "**", m.miss.middle(duration), ratios(m.miss, m.direct).middle(times),
		},
		Bars: []float64{none, none, local.median(), none, fromRedis.median(), none, none},
	}
}
