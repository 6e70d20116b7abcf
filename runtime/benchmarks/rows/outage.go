package rows

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/measure"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
)

// outage takes the server away.
func outage(e *Env) ([]*report.Table, error) {
	const callers = 16
	each := pick(e, 4, 2, 1)
	deadline := 200 * time.Millisecond
	limit := pick(e, 30*time.Second, 700*time.Millisecond, 500*time.Millisecond)
	t := &report.Table{
		ID: "outage", Title: "Redis killed, and Redis frozen",
		Note: fmt.Sprintf("%d callers read %d contacts each that are in Redis and in no copy, after the server was killed, or was stopped by "+
			"SIGSTOP so that it answers nothing. The repository answers in a millisecond. How many reads got an answer, how long the "+
			"median one and the slowest took. Callers have no deadline, or one of %v. They are watched for %v.", callers, each, deadline, limit),
		Columns: []string{"", "killed, no deadline", "killed, deadline", "frozen, no deadline", "frozen, deadline"},
	}
	for _, c := range e.candidates(inRedis) {
		row := report.Row{Name: c.Name}
		for _, frozen := range []bool{false, true} {
			for _, d := range []time.Duration{0, deadline} {
				cell, err := outageOf(e, c, frozen, d, limit, callers, each)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", c.Name, err)
				}
				row.Cells = append(row.Cells, cell)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return []*report.Table{t}, nil
}

func outageOf(e *Env, c peers.Candidate, frozen bool, deadline, limit time.Duration, callers, each int) (string, error) {
	ctx := context.Background()
	a, err := open(e, c, c.Contacts, peers.Setup{}, contact.New, direct)
	if err != nil {
		return "", err
	}
	id := func(caller, n int) string { return contact.ID(caller*each + n) }
	for caller := range callers {
		for n := range each {
			if err := a.get(ctx, id(caller, n)); err != nil {
				a.close()
				return "", err
			}
		}
	}
	b, err := a.another(c.Contacts, peers.Setup{}, direct)
	if err != nil {
		a.close()
		return "", err
	}
	// A connection or two are up, as in any program that runs.
	for i := range 10 {
		if err := b.get(ctx, fmt.Sprint("warm-up-", i)); err != nil {
			return "", err
		}
	}
	b.store.SetDelay(time.Millisecond)
	if frozen {
		b.server.Freeze()
	} else {
		b.server.Kill()
	}

	var mu sync.Mutex
	var took []float64
	answered := 0
	var done sync.WaitGroup
	for caller := range callers {
		done.Go(func() {
			for n := range each {
				ctx, cancel := ctx, func() {}
				if deadline > 0 {
					ctx, cancel = context.WithTimeout(ctx, deadline)
				}
				started := time.Now()
				v, err := b.Get(ctx, id(caller, n))
				d := time.Since(started)
				cancel()
				mu.Lock()
				took = append(took, float64(d))
				if err == nil && v.ID == id(caller, n) {
					answered++
				}
				mu.Unlock()
			}
		})
	}
	ended := make(chan struct{})
	go func() { done.Wait(); close(ended) }()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	cut := false
	select {
	case <-ended:
	case <-timer.C:
		cut = true
	}
	mu.Lock()
	defer mu.Unlock()
	reads := callers * each
	share := fmt.Sprintf("%.0f %%", 100*float64(answered)/float64(reads))
	if answered < reads {
		share = "**" + share + "**"
	}
	defer func() {
		if frozen {
			b.server.Thaw()
		}
		if cut { // some callers still wait: leave them to the end of the process
			a.server.Kill()
			return
		}
		b.close()
		a.close()
	}()
	if len(took) == 0 {
		return fmt.Sprintf("%s, none within %v", share, limit), nil
	}
	s := measure.Of(took...)
	text := fmt.Sprintf("%s, %s", share, measure.Of(s.Median).Nanoseconds())
	if cut {
		return fmt.Sprintf("%s, **more than %v**", text, limit), nil
	}
	return fmt.Sprintf("%s, %s", text, measure.Of(s.Most).Nanoseconds()), nil
}
