package rows

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/measure"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
)

// trips counts what one caller waits for. A proxy delays everything, so each round trip that is
// waited for costs the same time; it also reads the names of the commands.
func trips(e *Env) ([]*report.Table, error) {
	t := &report.Table{
		ID: "trips", Title: "Round trips and commands",
		Note: "How many round trips one caller waits for, and which commands its client sends because of the call. All clients " +
			"are behind the same proxy, which makes a round trip take 20 ms; a call that takes 60 ms waits for three. The " +
			"quickest of several calls counts, and commands that most of them send. A hit in Redis is one without a copy in the process.",
		Columns: []string{"", "miss and fill", "hit in Redis", "write of one contact", "write of all contacts"},
	}
	for _, c := range e.candidates(inRedis) {
		row, err := tripsOf(e, c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		t.Rows = append(t.Rows, row)
	}
	return []*report.Table{t}, nil
}

func tripsOf(e *Env, c peers.Candidate) (report.Row, error) {
	ctx := context.Background()
	a, err := open(e, c, c.Contacts, peers.Setup{}, contact.New, proxied)
	if err != nil {
		return report.Row{}, err
	}
	defer a.close()
	other, err := a.another(c.Contacts, peers.Setup{}, direct)
	if err != nil {
		return report.Row{}, err
	}
	defer other.close()
	row := report.Row{Name: c.Name}
	nth := 0
	// next is a contact that nobody has read.
	next := func() string { nth++; return contact.ID(1_000_000 + nth) }
	update := func(ctx context.Context, b *bench[*contact.Contact], id string) error {
		return b.Update(ctx, id, a.store.Make(id, 2))
	}
	for range 10 { // connections are made, scripts are loaded
		id := next()
		if err := a.get(ctx, id); err != nil {
			return row, err
		}
		if err := update(ctx, a, id); err != nil {
			return row, err
		}
	}
	for _, op := range []struct {
		prepare, do func(id string) error
	}{
		{nil, func(id string) error { return a.get(ctx, id) }},
		{func(id string) error { return other.warm(ctx, id) }, func(id string) error { return a.get(ctx, id) }},
		{func(id string) error { return a.get(ctx, id) }, func(id string) error { return update(ctx, a, id) }},
		{func(id string) error { return a.get(ctx, id) }, func(string) error { return a.UpdateAll(ctx) }},
	} {
		answer, err := a.trip(pick(e, 7, 3, 1), next, op.prepare, op.do)
		switch {
		case unsupported(err):
			answer = no(err)
		case err != nil:
			return row, err
		}
		row.Cells = append(row.Cells, answer)
	}
	return row, nil
}

// trip does something several times through the slow proxy, each time with another contact.
func (b *bench[T]) trip(times int, next func() string, prepare, do func(id string) error) (string, error) {
	const delay = 10 * time.Millisecond
	var waited []float64
	counts := map[string][]float64{}
	for i := range times {
		id := next()
		if prepare != nil {
			if err := prepare(id); err != nil {
				return "", err
			}
		}
		b.settle()
		b.proxy.Delay(delay)
		b.proxy.Commands()
		started := time.Now()
		err := do(id)
		waited = append(waited, float64(time.Since(started))/float64(2*delay))
		if err != nil {
			b.proxy.Delay(0)
			return "", err
		}
		time.Sleep(5 * delay) // what goes on in the background, a peer's SET for one
		b.proxy.Delay(0)
		for _, name := range b.proxy.Commands() {
			for len(counts[name]) <= i {
				counts[name] = append(counts[name], 0)
			}
			counts[name][i]++
		}
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		for len(counts[name]) < times {
			counts[name] = append(counts[name], 0)
		}
		switch n := measure.Median(counts[name]); {
		case n == 1:
			names = append(names, name)
		case n > 1:
			names = append(names, fmt.Sprintf("%.0f %s", n, name))
		}
	}
	// A busy machine adds to the time of a call. Nothing takes from it.
	return fmt.Sprintf("%.0f (%s)", math.Round(slices.Min(waited)), strings.Join(names, ", ")), nil
}

// misses measures reads of contacts that nobody has read, beside a GET and a SET of the same bytes.
func misses(e *Env) ([]*report.Table, error) {
	const base = "a bare GET and SET"
	t := &report.Table{
		ID: "misses", Title: "Misses",
		Note: "A read of what is nowhere, by one caller: Redis is asked, the contact is loaded from a repository that answers at " +
			"once, and stored. In turn; medians of the rounds, and in brackets the least and the most of a round.",
		Columns: []string{"", "a miss and its fill", "to a bare GET and SET", "allocations"},
	}
	ctx := context.Background()
	server, err := e.Host.Start()
	if err != nil {
		return nil, err
	}
	defer server.Kill()
	g, err := peers.OpenGETs(server.Addr, false)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	nth := 0
	bytes := make([]byte, 750)
	candidates := []measure.Candidate{{Name: base, Run: func(n int) error {
		for range n {
			nth++
			id := contact.ID(nth)
			if _, err := g.Get(ctx, id); err == nil {
				return fmt.Errorf("%s was there", id)
			}
			if err := g.Fill(ctx, id, bytes); err != nil {
				return err
			}
		}
		return nil
	}}}
	for _, c := range e.candidates(inRedis) {
		b, err := open(e, c, c.Contacts, peers.Setup{}, contact.New, direct)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		defer b.close()
		nth := 0
		candidates = append(candidates, measure.Candidate{Name: c.Name, Run: func(n int) error {
			loads := b.store.Loads()
			for range n {
				nth++
				if err := b.get(ctx, contact.ID(nth)); err != nil {
					return err
				}
			}
			if loads = b.store.Loads() - loads; loads != n {
				return fmt.Errorf("%d reads caused %d loads", n, loads)
			}
			return nil
		}})
	}
	rounds, turn := e.rounds()
	r, err := measure.Rounds(rounds, turn, candidates)
	if err != nil {
		return nil, err
	}
	for i, name := range r.Names {
		t.Rows = append(t.Rows, report.Row{
			Name:  name,
			Cells: []string{r.Time(i).Nanoseconds(), r.Ratio(i, 0).Times(), fmt.Sprintf("%.0f", r.Allocs[i])},
			Bars:  []float64{math.NaN(), r.Ratio(i, 0).Median, math.NaN()},
		})
	}
	return []*report.Table{t}, nil
}
