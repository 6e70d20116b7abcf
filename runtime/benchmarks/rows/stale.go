package rows

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
)

// stale holds up loads and lets writes overtake them, step by step.
func stale(e *Env) ([]*report.Table, error) {
	t := &report.Table{
		ID: "stale", Title: "Races with a write: is the old value served?",
		Note: "A load has read the old row and is held up. A write changes the row, makes the entry stale and returns. Then: is the old " +
			"value served to a read that starts after the load has ended (**a load from before**)? To a read that starts after the write " +
			"and before the load has ended (**joining it**)? The same when the write comes from another instance of the program, and the " +
			"reads from both; and when the write makes everything under the prefix stale. **yes** means that the old value is served, " +
			afterwards(e).String() + " after the load has ended, and will be until its life is over.",
		Columns: []string{
			"", "a load from before", "joining it", "a load from before, another instance writes", "joining it, from the instance that writes",
			"a load from before, by prefix", "joining it, by prefix",
		},
	}
	for _, c := range e.candidates(all) {
		row := report.Row{Name: c.Name}
		for _, r := range []race{{}, {join: true}, {across: true}, {across: true, join: true}, {prefix: true}, {prefix: true, join: true}} {
			if r.across && !c.Redis {
				row.Cells = append(row.Cells, "one process only")
				continue
			}
			answer, err := r.run(e, c)
			switch {
			case unsupported(err):
				row.Cells = append(row.Cells, "not offered: "+peers.Why(err)) // "no" is a good answer here
			case err != nil:
				return nil, fmt.Errorf("%s: %+v: %w", c.Name, r, err)
			default:
				row.Cells = append(row.Cells, answer)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return []*report.Table{t}, nil
}

// afterwards is how long peers have to tell each other.
func afterwards(e *Env) time.Duration {
	return pick(e, 1200*time.Millisecond, 300*time.Millisecond, 100*time.Millisecond)
}

// A race is between one load and one write.
type race struct {
	join   bool // a reader comes between the write and the end of the load
	across bool // another instance writes
	prefix bool // the write is of everything
}

// waits is the answer of a peer whose write returns after the load that it would have overtaken.
const waits = "no: the write waits for the load"

// run says whether the old version is served in the end.
func (r race) run(e *Env, c peers.Candidate) (answer string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	const id = "raced"
	a, err := open(e, c, c.Contacts, peers.Setup{}, contact.New, direct)
	if err != nil {
		return "", err
	}
	defer a.close()
	writer := a
	if r.across {
		if writer, err = a.another(c.Contacts, peers.Setup{}, direct); err != nil {
			return "", err
		}
		defer writer.close()
	}
	for i := range 5 { // connections are made, scripts are loaded
		for _, b := range []*bench[*contact.Contact]{a, writer} {
			if err := b.get(ctx, contact.ID(i)); err != nil {
				return "", err
			}
		}
	}
	reading, release := hold(a.store, id)
	defer release()

	// 1. A load reads the old row, and is held up.
	first := make(chan error, 1)
	go func() { first <- a.get(ctx, id) }()
	select {
	case <-reading:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	// 2. A write changes the row, and returns.
	written := make(chan error, 1)
	go func() {
		if r.prefix {
			written <- writer.UpdateAll(ctx)
		} else {
			written <- writer.Update(ctx, id, a.store.Make(id, 2))
		}
	}()
	waited := false
	select {
	case err = <-written:
	case <-time.After(time.Second):
		waited = true
		release()
		err = <-written
	}
	if err != nil {
		return "", err
	}
	// 3. A reader comes. It loads for itself, or waits: this is the one step without an event to
	// wait for.
	joined := make(chan int, 1)
	if r.join {
		go func() {
			v, err := writer.Get(ctx, id)
			if err != nil {
				joined <- -1
				return
			}
			joined <- v.Version
		}()
		select {
		case v := <-joined:
			joined <- v
		case <-time.After(pick(e, time.Second, 300*time.Millisecond, 500*time.Millisecond)):
		}
	}
	// 4. The load ends.
	release()
	if err := <-first; err != nil {
		return "", err
	}
	if r.join {
		v := <-joined
		if v < 0 {
			return "", fmt.Errorf("the reader got an error")
		}
		return r.answer(v < 2, waited), nil
	}
	bad := false
	// 5. What is served from now on? Peers may store and tell each other in the background.
	time.Sleep(afterwards(e))
	for _, b := range []*bench[*contact.Contact]{a, writer} {
		b.settle()
		v, err := b.Get(ctx, id)
		if err != nil {
			return "", err
		}
		bad = bad || v.Version < 2
	}
	return r.answer(bad, waited), nil
}

func (race) answer(bad, waited bool) string {
	if waited && !bad {
		return waits
	}
	return yesNo(bad)
}

// hold makes the next load of a contact wait after it has read. reading is closed when it has.
func hold(store *contact.Store[*contact.Contact], id string) (reading <-chan struct{}, release func()) {
	read, let := make(chan struct{}), make(chan struct{})
	var once, first sync.Once
	store.OnRead(func(_ context.Context, loaded string, _ *contact.Contact) {
		if loaded != id {
			return
		}
		held := false
		first.Do(func() { held = true })
		if held {
			close(read)
			<-let
		}
	})
	return read, func() { once.Do(func() { close(let) }) }
}
