package entcache_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync/atomic"

	"github.com/jackc/pgx/v5/stdlib"
)

// errLost is what a commit returns whose answer was lost.
var errLost = errors.New("the connection was lost while the answer to COMMIT was under way")

// losing is a connector whose connections lose the answers to commits.
type losing struct {
	driver.Connector
	lose   *atomic.Bool
	before func() // runs when a transaction is about to commit; nil: nothing does
}

// Connect implements [driver.Connector].
func (c losing) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return losingConn{conn.(*stdlib.Conn), c}, nil
}

type losingConn struct {
	*stdlib.Conn
	losing
}

// BeginTx implements [driver.ConnBeginTx].
func (c losingConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	return losingTx{tx, c.losing}, nil
}

type losingTx struct {
	driver.Tx
	losing
}

// Commit implements [driver.Tx].
func (tx losingTx) Commit() error {
	if tx.before != nil {
		tx.before()
	}
	if err := tx.Tx.Commit(); err != nil || !tx.lose.Load() {
		return err
	}
	return errLost
}
