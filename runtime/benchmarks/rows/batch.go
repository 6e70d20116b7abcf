package rows

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/measure"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
)

const hundred = 100

// batch reads a hundred contacts in one call.
func batch(e *Env) ([]*report.Table, error) {
	t := &report.Table{
		ID: "batch", Title: "A hundred contacts in one call",
		Note: "All of them in the process; all of them in Redis, with copies switched off, beside a bare MGET of the same contacts as " +
			"JSON; and how often the repository is asked when none is cached. In turn; medians of the rounds, and in brackets the " +
			"least and the most of a round.",
		Columns: []string{"", "in the process", "to otter", "in Redis", "to MGET", "loads when all miss"},
	}
	const mget = "a bare MGET"
	ctx := context.Background()
	ids, _ := e.ids()
	rounds, turn := e.rounds()
	cells := map[string][]string{}
	put := func(name string, column int, text string) {
		for len(cells[name]) < 5 {
			cells[name] = append(cells[name], "")
		}
		cells[name][column] = text
	}
	// Batches are always the same: a client that caches replies by command would miss any other.
	batches := len(ids) / hundred
	many := func(b *bench[*contact.Contact]) func(int) error {
		return func(n int) error {
			for i := range n {
				from := i % batches * hundred
				found, err := b.GetMany(ctx, ids[from:from+hundred])
				if err != nil {
					return err
				}
				if len(found) != hundred {
					return fmt.Errorf("%d contacts of %d", len(found), hundred)
				}
			}
			return nil
		}
	}

	var names []string
	for _, remote := range []bool{false, true} {
		var candidates []measure.Candidate
		column, base := 0, "otter"
		if remote {
			column, base = 2, mget
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
			for _, id := range ids {
				data, err := json.Marshal(contact.New(id, 1))
				if err != nil {
					return nil, err
				}
				if err := g.Fill(ctx, id, data); err != nil {
					return nil, err
				}
			}
			names = append(names, mget)
			candidates = append(candidates, measure.Candidate{Name: mget, Run: func(n int) error {
				for i := range n {
					from := i % batches * hundred
					if found, err := g.GetMany(ctx, ids[from:from+hundred]); err != nil || found != hundred {
						return fmt.Errorf("%d of %d: %w", found, hundred, err)
					}
				}
				return nil
			}})
		}
		for _, c := range e.candidates(all) {
			if !remote {
				names = append(names, c.Name)
			}
			switch {
			case remote && !c.Redis:
				put(c.Name, column, "it does not use Redis")
				continue
			case !remote && !c.Process:
				put(c.Name, column, "it keeps no copies")
				continue
			}
			v := proxied
			if remote {
				v = direct
			}
			b, err := open(e, c, c.Contacts, peers.Setup{Remote: remote}, contact.New, v)
			if unsupported(err) {
				put(c.Name, column, no(err))
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			defer b.close()
			loads := b.store.Loads()
			_, err = b.GetMany(ctx, ids[:hundred])
			if unsupported(err) {
				put(c.Name, column, no(err))
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			put(c.Name, 4, strconv.Itoa(b.store.Loads()-loads))
			if err := b.warm(ctx, ids...); err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			m := measure.Candidate{Name: c.Name, Run: b.checked(many(b))}
			if !remote {
				m.Prepare = func() error {
					if err := b.warm(ctx, ids...); err != nil {
						return err
					}
					return many(b)(batches)
				}
			}
			candidates = append(candidates, m)
		}
		r, err := measure.Rounds(rounds, turn, candidates)
		if err != nil {
			return nil, err
		}
		for i, name := range r.Names {
			put(name, column, r.Time(i).Nanoseconds())
			if at := r.Index(base); at >= 0 {
				put(name, column+1, r.Ratio(i, at).Times())
			}
		}
	}
	for _, name := range names {
		t.Rows = append(t.Rows, report.Row{Name: name, Cells: cells[name]})
	}
	return []*report.Table{t}, nil
}
