package rows

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/measure"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
)

// lag measures how long an instance answers from its copy after another one has written.
func lag(e *Env) ([]*report.Table, error) {
	limit := pick(e, 15*time.Second, 1200*time.Millisecond, 500*time.Millisecond)
	t := &report.Table{
		ID: "lag", Title: "Copies in another process",
		Note: fmt.Sprintf("Two instances have a copy of a contact. One of them writes it. How long after its write has returned does the "+
			"other one still answer with the old value? First with everything in order (medians of several writes, with the least and the "+
			"most). Then all connections are closed by CLIENT KILL, and the other instance cannot connect before the write is over, so "+
			"that it hears nothing of it. Then its connections stay open, and nothing passes on them any more. It is watched for %v.", limit),
		Columns: []string{"", "in order", "after CLIENT KILL", "connections stalled"},
	}
	for _, c := range e.candidates(inRedis) {
		row := report.Row{Name: c.Name}
		if !c.Process {
			row.Cells = []string{"it keeps no copies"}
			t.Rows = append(t.Rows, row)
			continue
		}
		for _, fault := range []fault{inOrder, killed, stalled} {
			cell, err := lagOf(e, c, fault, limit)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return []*report.Table{t}, nil
}

// fault is what happens to the connections of the instance that has a copy.
type fault int

const (
	inOrder fault = iota
	killed
	stalled
)

func lagOf(e *Env, c peers.Candidate, f fault, limit time.Duration) (string, error) {
	ctx := context.Background()
	writer, err := open(e, c, c.Contacts, peers.Setup{}, contact.New, direct)
	if err != nil {
		return "", err
	}
	defer writer.close()
	reader, err := writer.another(c.Contacts, peers.Setup{}, proxied)
	if err != nil {
		return "", err
	}
	defer reader.close()
	rounds := 1
	if f == inOrder {
		rounds = pick(e, 21, 7, 2)
	}
	var lags []float64
	for i := range rounds {
		id := contact.ID(i)
		if err := writer.get(ctx, id); err != nil {
			return "", err
		}
		if err := reader.warm(ctx, id); err != nil {
			return "", err
		}
		d, err := lagAfter(ctx, writer, reader, id, f, limit)
		if err != nil {
			return "", err
		}
		if d >= limit {
			return fmt.Sprintf("**more than %v**", limit), nil
		}
		lags = append(lags, float64(d))
	}
	return lagText(measure.Of(lags...)), nil
}

// lagText says that an old answer was not seen at all, where it was not.
func lagText(s measure.Spread) string {
	switch {
	case s.Most == 0:
		return "none seen"
	case s.Median == 0:
		return "none seen (at most " + measure.Of(s.Most).Nanoseconds() + ")"
	}
	return s.Nanoseconds()
}

// lagAfter writes a contact of which reader has a copy, and returns for how long after the write it
// answered with the old version; limit, if it did to the end.
func lagAfter(ctx context.Context, writer, reader *bench[*contact.Contact], id string, f fault, limit time.Duration) (time.Duration, error) {
	switch f {
	case killed:
		reader.proxy.Refuse()
		admin := redis.NewClient(&redis.Options{Addr: writer.server.Addr})
		defer admin.Close()
		if err := errors.Join(
			admin.Do(ctx, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes").Err(),
			admin.Do(ctx, "CLIENT", "KILL", "TYPE", "pubsub").Err(),
		); err != nil {
			return 0, err
		}
	case stalled:
		reader.proxy.Stall()
	}
	defer reader.proxy.Resume()
	// The writer's connections are gone as well. It tries again, as any caller would.
	var err error
	for range 5 {
		if err = writer.Update(ctx, id, writer.store.Make(id, 2)); err == nil {
			break
		}
	}
	if err != nil {
		return 0, fmt.Errorf("write: %w", err)
	}
	written := time.Now()
	if f == killed {
		reader.proxy.Resume()
	}
	last := time.Duration(0)
	type answer struct {
		version int
		at      time.Duration
	}
	answers := make(chan answer)
	over := make(chan struct{})
	defer close(over)
	// One read after the other. One that hangs is left behind when the time is over.
	go func() {
		for {
			short, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
			v, err := reader.Get(short, id)
			cancel()
			a := answer{-1, time.Since(written)}
			if err == nil {
				a.version = v.Version
			}
			select {
			case answers <- a:
			case <-over:
				return
			}
			time.Sleep(200 * time.Microsecond) // leave the processor to what brings the message
		}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case a := <-answers:
			switch a.version {
			case 1:
				last = a.at
			case 2:
				return last, nil
			}
		case <-timer.C:
			if limit-last < limit/10 {
				return limit, nil // it still answered with the old version a moment ago
			}
			return last, nil
		}
	}
}
