package rows

import (
	"errors"
	"fmt"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/measure"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
)

const processes = 4

// stampede lets many callers miss the same contact at the same moment.
func stampede(e *Env) ([]*report.Table, error) {
	callers := pick(e, 256, 256, 16)
	t := &report.Table{
		ID: "stampede", Title: "Stampedes",
		Note: fmt.Sprintf("%d callers read a contact that is nowhere, at the same moment: in one process, and spread over %d processes. "+
			"A load takes %d ms. Medians of several contacts. Then one process is loading, and is killed after the callers of the other "+
			"three have come: how long after the kill the last of these is answered, and how often they load. A peer whose processes "+
			"do not wait for each other has answered before.", callers, processes, loadTime.Milliseconds()),
		Columns: []string{"", "loads, one process", "until answered", "loads, four processes", "until answered", "holder killed: answered", "loads"},
	}
	for _, c := range e.candidates(noFloors) {
		row := report.Row{Name: c.Name}
		cells, err := stampedeHere(e, c, callers)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		row.Cells = append(row.Cells, cells...)
		if c.Redis {
			if cells, err = stampedeAcross(e, c, callers/processes); err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			row.Cells = append(row.Cells, cells...)
			if cells, err = holderKilled(e, c, callers/processes); err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			row.Cells = append(row.Cells, cells...)
		} else {
			row.Cells = append(row.Cells, "it does not use Redis")
		}
		t.Rows = append(t.Rows, row)
	}
	return []*report.Table{t}, nil
}

func stampedeHere(e *Env, c peers.Candidate, callers int) ([]string, error) {
	b, err := open(e, c, c.Contacts, peers.Setup{}, contact.New, direct)
	if err != nil {
		return nil, err
	}
	defer b.close()
	b.store.SetDelay(loadTime)
	var loads, took []float64
	for i := range pick(e, 11, 2, 1) {
		before := b.store.Loads()
		failed, d := stampedeOn(b, contact.ID(i), callers)
		if failed > 0 {
			return nil, fmt.Errorf("%d of %d reads failed", failed, callers)
		}
		loads, took = append(loads, float64(b.store.Loads()-before)), append(took, float64(d))
	}
	return []string{fmt.Sprintf("%.0f", measure.Median(loads)), measure.Of(took...).Nanoseconds()}, nil
}

// start starts processes that use one server.
func start(e *Env, c peers.Candidate, n int) (children []*child, stop func(), err error) {
	server, err := e.Host.Start()
	if err != nil {
		return nil, nil, err
	}
	stop = func() {
		for _, c := range children {
			c.kill()
		}
		server.Kill()
	}
	for range n {
		child, err := startChild(e, c.Name, server.Addr)
		if err != nil {
			stop()
			return nil, nil, err
		}
		children = append(children, child)
	}
	return children, stop, nil
}

// outcome is what a process says after a stampede.
type outcome struct {
	loads, failed int
	took          time.Duration
}

func (c *child) outcome(within time.Duration) (o outcome, err error) {
	line, err := c.answer(within)
	if err == nil {
		_, err = fmt.Sscanf(line, "%d %d %d", &o.loads, &o.failed, &o.took)
	}
	return o, err
}

func stampedeAcross(e *Env, c peers.Candidate, callers int) ([]string, error) {
	children, stop, err := start(e, c, processes)
	if err != nil {
		return nil, err
	}
	defer stop()
	var loads, took []float64
	for i := range pick(e, 11, 2, 1) {
		for _, child := range children {
			if err := child.say("read %s %d", contact.ID(i), callers); err != nil {
				return nil, err
			}
		}
		sum, slowest := 0, time.Duration(0)
		for _, child := range children {
			o, err := child.outcome(30 * time.Second)
			if err != nil {
				return nil, err
			}
			if o.failed > 0 {
				return nil, fmt.Errorf("%d of %d reads failed", o.failed, callers)
			}
			sum, slowest = sum+o.loads, max(slowest, o.took)
		}
		loads, took = append(loads, float64(sum)), append(took, float64(slowest))
	}
	return []string{fmt.Sprintf("%.0f", measure.Median(loads)), measure.Of(took...).Nanoseconds()}, nil
}

// holderKilled kills the process that loads, by SIGKILL.
func holderKilled(e *Env, c peers.Candidate, callers int) ([]string, error) {
	children, stop, err := start(e, c, processes)
	if err != nil {
		return nil, err
	}
	defer stop()
	holder, others := children[0], children[1:]
	const id = "held"
	if err := errors.Join(holder.say("hang"), holder.say("read %s 1", id)); err != nil {
		return nil, err
	}
	for _, want := range []string{"ok", "loading"} {
		if line, err := holder.answer(10 * time.Second); err != nil || line != want {
			return nil, fmt.Errorf("the process that loads says %q instead of %q: %w", line, want, err)
		}
	}
	for _, child := range others {
		if err := child.say("read %s %d", id, callers); err != nil {
			return nil, err
		}
	}
	// Callers that do not wait are answered after one load.
	sum, waiting := 0, others[:0:0]
	for _, child := range others {
		o, err := child.outcome(4 * loadTime)
		if errors.Is(err, errNoAnswer) {
			waiting = append(waiting, child)
			continue
		}
		if err != nil {
			return nil, err
		}
		sum += o.loads
	}
	if len(waiting) == 0 {
		return []string{"before", fmt.Sprint(sum)}, nil
	}
	killed := time.Now()
	holder.kill()
	limit := pick(e, 30*time.Second, 3*time.Second, 3*time.Second)
	for _, child := range waiting {
		o, err := child.outcome(limit - time.Since(killed))
		if errors.Is(err, errNoAnswer) {
			return []string{fmt.Sprintf("not within %v", limit), fmt.Sprint(sum)}, nil
		}
		if err != nil {
			return nil, err
		}
		if o.failed > 0 {
			return nil, fmt.Errorf("%d of %d reads failed", o.failed, callers)
		}
		sum += o.loads
	}
	return []string{measure.Of(float64(time.Since(killed))).Nanoseconds(), fmt.Sprint(sum)}, nil
}
