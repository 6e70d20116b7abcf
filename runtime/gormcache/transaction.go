package gormcache

import (
	"context"
	"database/sql"

	"gorm.io/gorm"

	"github.com/cachegen/cachegen/runtime/internal/orm"
)

// around returns a pool whose transactions the plugin sees the end of. It is the same pool if that
// begins none.
func (p *Plugin) around(original gorm.ConnPool) gorm.ConnPool {
	switch pool := original.(type) {
	case *watchedPool:
		return pool
	case *gorm.PreparedStmtDB: // GORM looks for this type
		inner := p.around(pool.ConnPool)
		if inner == pool.ConnPool {
			return pool
		}
		return &gorm.PreparedStmtDB{Stmts: pool.Stmts, Mux: pool.Mux, ConnPool: inner}
	case gorm.TxCommitter:
		return original
	case gorm.TxBeginner, gorm.ConnPoolBeginner:
		return &watchedPool{ConnPool: original, plugin: p}
	}
	return original
}

// watchedPool is a pool whose transactions invalidate when they have committed.
type watchedPool struct {
	gorm.ConnPool
	plugin *Plugin
}

// BeginTx implements [gorm.ConnPoolBeginner].
func (p *watchedPool) BeginTx(ctx context.Context, o *sql.TxOptions) (gorm.ConnPool, error) {
	var inner gorm.ConnPool
	var err error
	switch beginner := p.ConnPool.(type) {
	case gorm.TxBeginner:
		var tx *sql.Tx
		if tx, err = beginner.BeginTx(ctx, o); err == nil {
			inner = tx
		}
	case gorm.ConnPoolBeginner:
		inner, err = beginner.BeginTx(ctx, o)
	default:
		err = gorm.ErrInvalidTransaction
	}
	if err != nil {
		return nil, err
	}
	end, ok := inner.(gorm.TxCommitter)
	if !ok {
		return nil, gorm.ErrInvalidTransaction
	}
	tx := &transaction{ConnPool: inner, end: end, pool: p}
	if stmts, ok := inner.(statements); ok {
		return &preparingTransaction{tx, stmts}, nil
	}
	return tx, nil
}

// GetDBConn implements [gorm.GetDBConnector], for db.DB().
func (p *watchedPool) GetDBConn() (*sql.DB, error) {
	switch pool := p.ConnPool.(type) {
	case *sql.DB:
		return pool, nil
	case gorm.GetDBConnector:
		return pool.GetDBConn()
	}
	return nil, gorm.ErrInvalidDB
}

// transaction is a transaction of the database with what it has changed. It is safe for concurrent
// use where the one of the database is.
type transaction struct {
	gorm.ConnPool
	end     gorm.TxCommitter
	pool    *watchedPool
	pending orm.Pending[changes]
}

// Commit invalidates what the transaction has changed, also after an error or a panic: an answer
// that was lost may have been yes.
func (t *transaction) Commit() (err error) {
	defer func() {
		write := t.pool.plugin.write
		if failed := t.pending.Apply(func(ctx context.Context, c changes) error { return c.invalidate(ctx, write) }); err == nil {
			err = failed
		}
	}()
	return t.end.Commit()
}

// Rollback drops what the transaction has changed.
func (t *transaction) Rollback() error {
	t.pending.Drop()
	return t.end.Rollback()
}

// GetDBConn implements [gorm.GetDBConnector].
func (t *transaction) GetDBConn() (*sql.DB, error) { return t.pool.GetDBConn() }

type statements interface {
	StmtContext(ctx context.Context, stmt *sql.Stmt) *sql.Stmt
}

// preparingTransaction is a [gorm.Tx], which GORM wants for prepared statements.
type preparingTransaction struct {
	*transaction
	statements
}

var _ gorm.Tx = (*preparingTransaction)(nil)

// transactionOf returns the transaction of a pool, or nil if the plugin has not seen it begin.
func transactionOf(pool gorm.ConnPool) *transaction {
	switch tx := pool.(type) {
	case *transaction:
		return tx
	case *preparingTransaction:
		return tx.transaction
	case *gorm.PreparedStmtTX:
		return transactionOf(tx.Tx)
	}
	return nil
}

// SQLTx returns the transaction of database/sql that db is in, for code that writes in it past
// GORM. It returns nil outside of one.
func SQLTx(db *gorm.DB) *sql.Tx {
	pool := db.Statement.ConnPool
	if tx := transactionOf(pool); tx != nil {
		pool = tx.ConnPool
	}
	tx, _ := pool.(*sql.Tx)
	return tx
}
