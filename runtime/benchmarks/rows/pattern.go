package rows

import (
	"context"
	"fmt"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/measure"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
)

// pattern makes stale everything under the prefix of the contacts, with so many entries in Redis.
func pattern(e *Env) ([]*report.Table, error) {
	sizes := pick(e, []int{10_000, 100_000, 1_000_000}, []int{1_000, 10_000}, []int{200, 400})
	t := &report.Table{
		ID: "pattern", Title: "Invalidating a prefix",
		Note: "How long a write waits that makes every contact stale, when there are so many in Redis. Medians of several rounds, " +
			"each with all entries there, of the largest number one round. A cache without Redis drops everything it has.",
		Columns: []string{""},
	}
	for _, n := range sizes {
		t.Columns = append(t.Columns, thousands(n)+" entries")
	}
	for _, c := range e.candidates(inRedis) {
		row := report.Row{Name: c.Name}
		for _, n := range sizes {
			rounds := 1
			if n < sizes[len(sizes)-1] {
				rounds = pick(e, 5, 3, 1)
			}
			took, err := patternOf(e, c, n, rounds)
			if unsupported(err) {
				row.Cells = []string{no(err)}
				break
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			row.Cells = append(row.Cells, measure.Of(took...).Nanoseconds())
		}
		t.Rows = append(t.Rows, row)
	}
	return []*report.Table{t}, nil
}

func patternOf(e *Env, c peers.Candidate, entries, rounds int) (took []float64, err error) {
	ctx := context.Background()
	b, err := open(e, c, c.Contacts, peers.Setup{Remote: true}, contact.New, direct)
	if err != nil {
		return nil, err
	}
	defer b.close()
	// What is refused is refused without entries as well.
	if err := b.UpdateAll(ctx); err != nil {
		return nil, err
	}
	ids := make([]string, entries)
	for i := range ids {
		ids[i] = contact.ID(i)
	}
	rdb := b.server.Client()
	defer rdb.Close()
	for round := range rounds {
		// On a machine that is busy, a batch may not be stored in time, and is read again.
		const chunk = 500
		for tries := 1; ; tries++ {
			for from := 0; from < entries; from += chunk {
				if _, err := b.GetMany(ctx, ids[from:min(from+chunk, entries)]); err != nil {
					return nil, err
				}
			}
			size, err := rdb.DBSize(ctx).Result()
			if err != nil {
				return nil, err
			}
			if size >= int64(entries) {
				break
			}
			if tries == 10 {
				return nil, fmt.Errorf("%d keys in Redis instead of %d", size, entries)
			}
		}
		started := time.Now()
		if err := b.UpdateAll(ctx); err != nil {
			return nil, err
		}
		took = append(took, float64(time.Since(started)))
		v, err := b.Get(ctx, ids[0])
		if err != nil || v.Version != round+3 {
			return nil, fmt.Errorf("afterwards version %d is served instead of %d: %w", v.Version, round+3, err)
		}
	}
	return took, nil
}

// thousands writes a number with its thousands apart: 10,000.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
