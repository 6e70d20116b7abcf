package runtime

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// Tx is a database transaction as the cache sees it: reads under its context bypass the cache,
// because they may see rows that nobody else may see yet, and invalidations wait for the commit,
// because until then others would load the old rows again.
type Tx struct {
	c    *Cache
	mu   sync.Mutex
	over bool
	list []*Invalidation
}

// Begin starts a transaction. Pass the context to the decorators that take part in it, and call
// Commit after the database has committed, or Rollback. A Tx is safe for concurrent use.
func (c *Cache) Begin(ctx context.Context) (context.Context, *Tx) {
	tx := &Tx{c: c}
	s := scopeOf(ctx)
	return &scopeContext{ctx, scope{tenant: s.tenant, encoded: s.encoded, tx: tx}}, tx
}

// adopt takes an invalidation over, unless the transaction is over.
func (tx *Tx) adopt(i *Invalidation) bool {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.over {
		return false
	}
	tx.list = append(tx.list, i)
	return true
}

func (tx *Tx) running() bool {
	if tx == nil {
		return false
	}
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return !tx.over
}

func (tx *Tx) finish() []*Invalidation {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	list := tx.list
	tx.over, tx.list = true, nil
	return list
}

// Commit puts the invalidations of the transaction in force. Call it after the database has
// committed, and also when the commit returned an error that does not exclude that it went through.
// The context's cancellation does not stop it. Failures are retried in the background; the error is
// non-nil only with Options.StrictInvalidation. A Tx that is over is left as it is.
func (tx *Tx) Commit(ctx context.Context) error {
	var errs []error
	for _, i := range tx.finish() {
		errs = append(errs, i.apply(ctx))
	}
	if !tx.c.o.strict {
		return nil
	}
	return errors.Join(errs...)
}

// Rollback drops the invalidations of the transaction: nothing has changed. It is safe to defer
// beside Commit.
func (tx *Tx) Rollback(ctx context.Context) {
	for _, i := range tx.finish() {
		i.drop(ctx)
	}
}

// InTx runs f in a database transaction of which the cache knows: it commits when f returns nil and
// rolls back otherwise, also when f panics, and the decorators that f calls with its context take
// part. The error is f's, the database's, or with Options.StrictInvalidation that of the
// invalidation.
//
//	err := runtime.InTx(ctx, cache, db, nil, func(ctx context.Context, tx *sql.Tx) error {
//		return contacts.With(tx).Update(ctx, c)
//	})
func InTx(ctx context.Context, c *Cache, db *sql.DB, o *sql.TxOptions, f func(context.Context, *sql.Tx) error) error {
	dbTx, err := db.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	inner, tx := c.Begin(ctx)
	defer tx.Rollback(ctx)
	defer func() { _ = dbTx.Rollback() }() // sql.ErrTxDone after a commit
	if err := f(inner, dbTx); err != nil {
		return err
	}
	err = dbTx.Commit()
	// After an error too: a commit whose answer was lost may have been done.
	failed := tx.Commit(ctx)
	if err != nil {
		return err
	}
	return failed
}
