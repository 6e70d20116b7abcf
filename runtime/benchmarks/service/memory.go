package service

import (
	"context"
	"errors"
	"fmt"

	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
)

// memory measures what entries take, each number of them in a process and a Redis of its own.
func (b *bench) memory(ctx context.Context) ([]*report.Table, error) {
	t := &report.Table{
		ID:      "memory",
		Title:   "Memory",
		Columns: []string{"entries", "the values alone", "as copies in the process", "for each entry, beside its value", "in Redis", "for each entry", "of it `MEMORY USAGE`"},
	}
	for _, n := range choose(b, []int{1_000, 10_000}, []int{1_000, 10_000, 1_000_000}) {
		b.Log("memory of %d entries", n)
		m, err := measureMemory(ctx, n)
		if err != nil {
			return nil, err
		}
		each := func(bytes float64) string { return size(bytes / float64(n)) }
		t.Rows = append(t.Rows, report.Row{Name: thousands(int64(n)), Cells: []string{
			size(float64(m.Values)), size(float64(m.Local)), each(float64(m.Local) - float64(m.Values)),
			size(float64(m.Redis)), each(float64(m.Redis)), size(m.Entry),
		}})
		t.Note = fmt.Sprintf("Contacts of %s as JSON, %s as entries in Redis and %s as values in Go's heap. The heap is what is reachable after a collection, "+
			"in a process that does nothing else; a cache without entries takes %s of it. Redis is `used_memory` beyond that of the empty server.",
			size(m.JSON), size(m.Encoded), each(float64(m.Values)), size(float64(m.Empty)))
	}
	return []*report.Table{t}, nil
}

func measureMemory(ctx context.Context, n int) (m *memoryReport, err error) {
	redisServer, stop := server()
	defer stop()
	c, err := startChild(ctx, "memory")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	if err := c.ask(memoryConfig{Entries: n, Redis: redisServer.Addr}); err != nil {
		return nil, err
	}
	return m, c.answer(&m)
}
