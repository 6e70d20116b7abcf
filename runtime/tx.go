package runtime

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// Tx is the cache's side of a database transaction; [Cache.Begin] makes it. Reads under its context
// bypass the cache, because they may see rows that nobody else sees yet. Invalidations wait for the
// commit, because until then others would load the old rows again. A Tx is safe for concurrent use.
type Tx struct {
	c    *Cache
	mu   sync.Mutex
	over bool
	list []*Invalidation
}

// Begin starts a transaction. Pass the returned context to the decorators that take part in it.
// Call [Tx.Commit] after the database has committed, or [Tx.Rollback]. For database/sql, [InTx]
// does all of this, and [Cache.Transact] for other databases.
func (c *Cache) Begin(ctx context.Context) (context.Context, *Tx) {
	tx := &Tx{c: c}
	return withTx(ctx, tx), tx
}

// withTx returns a context whose calls are part of a transaction.
func withTx(ctx context.Context, tx *Tx) context.Context {
	s := scopeOf(ctx)
	return &scopeContext{ctx, scope{tenant: s.tenant, encoded: s.encoded, tx: tx}}
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
// committed, and also after a commit that failed but may have been done. Cancelling ctx does not
// stop it. Failures are retried in the background; Commit returns them only with
// [Options.StrictInvalidation]. On a Tx that is over it does nothing.
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

// Rollback drops the invalidations of the transaction, because nothing has changed. On a Tx that is
// over it does nothing, so it can be deferred.
func (tx *Tx) Rollback(ctx context.Context) {
	for _, i := range tx.finish() {
		i.drop(ctx)
	}
}

// Transact calls run, which does a transaction of any database from its begin to its commit, and
// then puts the invalidations of the decorators in force that it called with its context. That is
// done whatever run returns, also if it panics: the error may be that of a commit whose answer was
// lost, and after a rollback it costs a load. In a transaction of this cache that is running, run
// takes part in that one.
//
// The error is that of run. With [Options.StrictInvalidation] it can also be, or hold, an
// [*InvalidationError].
func (c *Cache) Transact(ctx context.Context, run func(context.Context) error) (err error) {
	if outer := scopeOf(ctx).tx; outer != nil && outer.c == c && outer.running() {
		return run(ctx)
	}
	inner, tx := c.Begin(ctx)
	defer func() {
		switch failed := tx.Commit(ctx); {
		case err == nil:
			err = failed
		case failed != nil:
			err = errors.Join(err, failed)
		}
	}()
	return run(inner)
}

// InTx runs f in a transaction of the database and of the cache. It commits if f returns nil, and
// rolls back if f fails or panics. A nil o is the database's default. The decorators that f calls
// with its context take part, as [Tx] says. The error is that of f or of the database. With
// [Options.StrictInvalidation] it can also be an [*InvalidationError], for errors.As; then the
// database has committed.
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
