package postgres

import (
	"context"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// Counter is a tracer of pgx that counts the queries which a process sends.
type Counter struct{ n atomic.Uint64 }

var _ pgx.QueryTracer = (*Counter)(nil)

// Queries is the number of queries so far.
func (c *Counter) Queries() uint64 { return c.n.Load() }

// TraceQueryStart implements [pgx.QueryTracer].
func (c *Counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.n.Add(1)
	return ctx
}

// TraceQueryEnd implements [pgx.QueryTracer].
func (c *Counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
