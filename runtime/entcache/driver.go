package entcache

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect"

	"github.com/cachegen/cachegen/runtime/internal/orm"
)

// Driver returns a driver whose transactions invalidate when they have committed, for ent.Driver.
func (h *Hooks) Driver(d dialect.Driver) dialect.Driver { return &driver{d, statements{h, d, nil}} }

// driver is a [dialect.Driver] with what generated code looks for beside its methods.
type driver struct {
	inner dialect.Driver
	statements
}

// Tx implements [dialect.Driver].
func (d *driver) Tx(ctx context.Context) (dialect.Tx, error) {
	tx, err := d.inner.Tx(ctx)
	return d.watch(tx, err)
}

// BeginTx is what the BeginTx of a client calls.
func (d *driver) BeginTx(ctx context.Context, o *sql.TxOptions) (dialect.Tx, error) {
	inner, ok := d.inner.(interface {
		BeginTx(context.Context, *sql.TxOptions) (dialect.Tx, error)
	})
	if !ok {
		return nil, fmt.Errorf("entcache: %T has no BeginTx", d.inner)
	}
	tx, err := inner.BeginTx(ctx, o)
	return d.watch(tx, err)
}

func (d *driver) watch(tx dialect.Tx, err error) (dialect.Tx, error) {
	if err != nil {
		return nil, err
	}
	t := &transaction{inner: tx, hooks: d.hooks}
	t.statements = statements{d.hooks, tx, t}
	return t, nil
}

// Close implements [dialect.Driver].
func (d *driver) Close() error { return d.inner.Close() }

// Dialect implements [dialect.Driver].
func (d *driver) Dialect() string { return d.inner.Dialect() }

// transaction is a [dialect.Tx] with what it has changed.
type transaction struct {
	inner dialect.Tx
	hooks *Hooks
	statements
	pending orm.Pending[changes]
}

// Commit invalidates what the transaction has changed, also after an error or a panic: an answer
// that was lost may have been yes.
func (t *transaction) Commit() (err error) {
	defer func() {
		if failed := t.pending.Apply(func(ctx context.Context, c changes) error { return c.invalidate(ctx, t.hooks.write) }); err == nil {
			err = failed
		}
	}()
	return t.inner.Commit()
}

// Rollback drops what the transaction has changed.
func (t *transaction) Rollback() error {
	t.pending.Drop()
	return t.inner.Rollback()
}

// statements runs statements, and notes those that write to a table of which no hook knows the
// rows.
type statements struct {
	hooks *Hooks
	inner dialect.ExecQuerier
	tx    *transaction // nil outside of one
}

// Exec implements [dialect.ExecQuerier].
func (s statements) Exec(ctx context.Context, query string, args, v any) (err error) {
	defer func() { s.wrote(ctx, query, &err) }()
	return s.inner.Exec(ctx, query, args, v)
}

// Query implements [dialect.ExecQuerier].
func (s statements) Query(ctx context.Context, query string, args, v any) (err error) {
	defer func() { s.wrote(ctx, query, &err) }()
	return s.inner.Query(ctx, query, args, v)
}

// ExecContext is what clients with the feature sql/execquery call.
func (s statements) ExecContext(ctx context.Context, query string, args ...any) (_ sql.Result, err error) {
	inner, ok := s.inner.(interface {
		ExecContext(context.Context, string, ...any) (sql.Result, error)
	})
	if !ok {
		return nil, errors.New("entcache: the driver has no ExecContext")
	}
	defer func() { s.wrote(ctx, query, &err) }()
	return inner.ExecContext(ctx, query, args...)
}

// QueryContext is what clients with the feature sql/execquery call.
func (s statements) QueryContext(ctx context.Context, query string, args ...any) (_ *sql.Rows, err error) {
	inner, ok := s.inner.(interface {
		QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	})
	if !ok {
		return nil, errors.New("entcache: the driver has no QueryContext")
	}
	defer func() { s.wrote(ctx, query, &err) }()
	return inner.QueryContext(ctx, query, args...)
}

// wrote notes what a statement has written.
func (s statements) wrote(ctx context.Context, query string, err *error) {
	s.hooks.seen.Store(true)
	var known []string
	if run, ok := ctx.Value(runningKey{}).(*running); ok {
		known, ctx = run.tables, run.ctx
		run.reach(s.tx, query)
	}
	if !orm.MayWrite(query) || orm.WasRefused(*err) {
		return
	}
	var list changes
	for _, e := range s.hooks.entities {
		if !slices.Contains(known, e.table) && orm.Mentions(query, e.table) {
			list.add(e, nil, true)
		}
	}
	if failed := s.hooks.note(ctx, s.tx, list); *err == nil {
		*err = failed
	}
}

// reach notes that a statement of the mutation has reached the driver.
func (run *running) reach(tx *transaction, query string) {
	run.mu.Lock()
	defer run.mu.Unlock()
	run.reached = true
	if run.tx == nil {
		run.tx = tx
	}
	own := func(table string) bool { return orm.Mentions(query, table) }
	if orm.Mentions(query, "insert") && slices.ContainsFunc(run.tables, own) {
		// Of a batch, only the last mutation is known here.
		run.others = run.others || orm.Mentions(query, "conflict") || orm.Mentions(query, "duplicate") || strings.Contains(query, "), (")
	}
}
