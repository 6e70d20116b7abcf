package rows

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/measure"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
)

const (
	bareGET = "a bare GET"
	pipeGET = "a bare GET, AutoPipeline"
)

// redisHits measures hits of peers that keep no copies, beside a bare GET of the JSON.
func redisHits(e *Env) ([]*report.Table, error) {
	t := &report.Table{
		ID: "redis", Title: "Hits in Redis",
		Note: "The time of one read when so many goroutines read at once, that is, all of the time by all of the reads, and how it " +
			"compares to a bare GET of the same contact as JSON, which is not decoded. Copies in the process are switched off; what is left " +
			"of go-redis client-side caching and of DoCache then is an aside by hand. " + e.zipfNote(),
		Columns: []string{""},
	}
	ids, drawn := e.ids()
	ctx := context.Background()
	type subject struct {
		name string
		get  func(context.Context, string) error
		run  func(func(int) error) func(int) error
	}
	var subjects []subject
	server, err := e.Host.Start()
	if err != nil {
		return nil, err
	}
	defer server.Kill()
	for _, pipelined := range []bool{false, true} {
		g, err := peers.OpenGETs(server.Addr, pipelined)
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
		name := bareGET
		if pipelined {
			name = pipeGET
		}
		subjects = append(subjects, subject{name, func(ctx context.Context, id string) error { _, err := g.Get(ctx, id); return err },
			func(run func(int) error) func(int) error { return run }})
	}
	refused := map[string]string{}
	var names []string
	for _, c := range e.candidates(inRedis) {
		names = append(names, c.Name)
		b, err := open(e, c, c.Contacts, peers.Setup{Remote: true}, contact.New, direct)
		if unsupported(err) {
			refused[c.Name] = no(err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		defer b.close()
		if err := b.warm(ctx, ids...); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		subjects = append(subjects, subject{c.Name, b.get, b.checked})
	}
	names = append([]string{bareGET, pipeGET}, names...)
	rounds, turn := e.rounds()
	cells, bars := map[string][]string{}, map[string][]float64{}
	for _, goroutines := range pick(e, []int{1, 16, 64, 256}, []int{1, 64}, []int{1, 16}) {
		t.Columns = append(t.Columns, fmt.Sprintf("by %d", goroutines), fmt.Sprintf("by %d, to a GET", goroutines))
		var candidates []measure.Candidate
		for _, s := range subjects {
			candidates = append(candidates, measure.Candidate{
				Name: s.name, Run: s.run(func(n int) error { return inTurn(s.get, ids, drawn, goroutines, n) }),
			})
		}
		r, err := measure.Rounds(rounds, turn, candidates)
		if err != nil {
			return nil, err
		}
		for i, name := range r.Names {
			cells[name] = append(cells[name], r.Time(i).Nanoseconds(), r.Ratio(i, 0).Times())
			bar := math.NaN()
			if goroutines == 1 || goroutines == 64 {
				bar = r.Ratio(i, 0).Median
			}
			bars[name] = append(bars[name], math.NaN(), bar)
		}
	}
	for _, name := range names {
		row := report.Row{Name: name, Cells: cells[name], Bars: bars[name]}
		if answer, ok := refused[name]; ok {
			row.Cells = []string{answer}
		}
		t.Rows = append(t.Rows, row)
	}
	return []*report.Table{t}, nil
}
