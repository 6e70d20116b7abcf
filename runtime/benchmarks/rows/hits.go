package rows

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/measure"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
)

// zipfNote says what is read.
func (e *Env) zipfNote() string {
	return fmt.Sprintf("Reads of %s contacts by a zipf distribution of exponent 1.1, in turn; medians of the rounds, and in brackets "+
		"the least and the most of a round.", thousands(e.keys()))
}

func hitsValue(e *Env) ([]*report.Table, error) {
	t := &report.Table{
		ID: "hits-value", Title: "Hits in the process: a value",
		Note: "The record is a struct without references, which assignment copies. " + e.zipfNote() + " On two cores, the time is that of one core.",
	}
	return localHits(e, t, "otter", true, contact.NewCard,
		func(c peers.Candidate) (peers.Opener[contact.Card], string) { return c.Cards, "" })
}

func hitsPointer(e *Env) ([]*report.Table, error) {
	t := &report.Table{
		ID: "hits-pointer", Title: "Hits in the process: a pointer to a copy of the caller's own",
		Note: "The record refers to a slice, a map and a time, so a copy takes four allocations and more. " + e.zipfNote(),
	}
	return localHits(e, t, "otter, copied by hand", true, contact.New,
		func(c peers.Candidate) (peers.Opener[*contact.Contact], string) {
			if c.Hands == peers.Itself {
				return nil, "no: it hands out the cached value itself"
			}
			return c.Contacts, ""
		})
}

func hitsShared(e *Env) ([]*report.Table, error) {
	t := &report.Table{
		ID: "hits-shared", Title: "Hits in the process: the cached value itself",
		Note: "All callers get the same pointer, and must not change what it points to. " + e.zipfNote(),
	}
	return localHits(e, t, "otter", false, contact.New,
		func(c peers.Candidate) (peers.Opener[*contact.Contact], string) {
			if c.Hands == peers.Own {
				return nil, "no: each caller gets a copy"
			}
			return func(s peers.Setup, next contact.Repository[*contact.Contact]) (peers.Peer[*contact.Contact], error) {
				s.Shared = true
				return c.Contacts(s, next)
			}, ""
		})
}

// localHits measures hits of those candidates for which choose has an opener; the others are in the
// table with what it says instead.
func localHits[T contact.Record](e *Env, t *report.Table, base string, bars bool, create func(string, int) T,
	choose func(peers.Candidate) (peers.Opener[T], string),
) ([]*report.Table, error) {
	ids, drawn := e.ids()
	t.Columns = []string{"", "one core", "to " + base, "two cores", "to " + base, "allocations"}
	var subjects []measure.Candidate
	answers := map[string]string{}
	var names []string
	for _, c := range e.candidates(func(c peers.Candidate) bool { return c.Process }) {
		o, answer := choose(c)
		if o == nil && answer == "" {
			continue
		}
		names = append(names, c.Name)
		if o == nil {
			answers[c.Name] = answer
			continue
		}
		b, err := open(e, c, o, peers.Setup{}, create, proxied)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		defer b.close()
		subjects = append(subjects, measure.Candidate{
			Name: c.Name, Prepare: b.allLocal(ids),
			Run: b.checked(func(n int) error { return inTurn(b.get, ids, drawn, runtime.GOMAXPROCS(0), n) }),
		})
	}
	rounds, turn := e.rounds()
	var results []*measure.Result
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for cores := 1; cores <= min(2, runtime.NumCPU()); cores++ {
		runtime.GOMAXPROCS(cores)
		r, err := measure.Rounds(rounds, turn, subjects)
		if err != nil {
			return nil, err
		}
		// So far it is the time of an operation of all cores together.
		for _, perOp := range r.PerOp {
			for i := range perOp {
				perOp[i] *= float64(cores)
			}
		}
		results = append(results, r)
	}
	for _, name := range names {
		row := report.Row{Name: name}
		if answer, ok := answers[name]; ok {
			row.Cells = []string{answer}
			t.Rows = append(t.Rows, row)
			continue
		}
		row.Cells, row.Bars = make([]string, 5), noBars(5)
		for n, r := range results {
			i, b := r.Index(name), r.Index(base)
			row.Cells[2*n] = r.Time(i).Nanoseconds()
			if b < 0 { // it was not selected
				continue
			}
			row.Cells[2*n+1] = r.Ratio(i, b).Times()
			if n == 0 && bars {
				row.Bars[1] = r.Ratio(i, b).Median
			}
		}
		r := results[0]
		row.Cells[4] = fmt.Sprintf("%.0f", r.Allocs[r.Index(name)])
		t.Rows = append(t.Rows, row)
	}
	return []*report.Table{t}, nil
}

// noBars are bars for so many cells, none of which is drawn.
func noBars(cells int) []float64 {
	out := make([]float64, cells)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

func (b *bench[T]) get(ctx context.Context, id string) error {
	_, err := b.Get(ctx, id)
	return err
}

// allLocal returns a function that brings all contacts into the process.
func (b *bench[T]) allLocal(ids []string) func() error {
	return func() error { return b.warm(context.Background(), ids...) }
}

// checked fails when more than one in a hundred of the reads of a turn was no hit in the process.
func (b *bench[T]) checked(run func(n int) error) func(n int) error {
	return func(n int) error {
		loads := b.store.Loads()
		if b.proxy != nil {
			b.proxy.Commands()
		}
		if err := run(n); err != nil {
			return err
		}
		asked := 0
		if b.proxy != nil {
			asked = len(b.proxy.Commands())
		}
		if most := n/100 + 20; b.store.Loads()-loads > most || asked > most {
			return fmt.Errorf("of %d reads, %d loaded and %d asked Redis", n, b.store.Loads()-loads, asked)
		}
		return nil
	}
}

// inTurn reads n times, from so many goroutines, and returns the first error. It reads what is
// drawn, or each contact once where nothing is.
func inTurn(get func(context.Context, string) error, ids []string, drawn []int, goroutines, n int) error {
	ctx := context.Background()
	work := func(from, n int) error {
		for i := range n {
			at := from + i
			if drawn != nil {
				at = drawn[at&(len(drawn)-1)]
			}
			if err := get(ctx, ids[at]); err != nil {
				return err
			}
		}
		return nil
	}
	if goroutines == 1 {
		return work(0, n)
	}
	errs := make([]error, goroutines)
	var wg sync.WaitGroup
	for g := range goroutines {
		from, to := g*n/goroutines, (g+1)*n/goroutines
		wg.Go(func() { errs[g] = work(from, to-from) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
