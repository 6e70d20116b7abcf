package runtime_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// openDatabase returns a database that prints where transactions begin and end, and does no more.
func openDatabase() *sql.DB { return sql.OpenDB(printer{}) }

// printer is a driver.Connector, its own driver, its connections and their transactions.
type printer struct{}

func (p printer) Connect(context.Context) (driver.Conn, error) { return p, nil }
func (p printer) Driver() driver.Driver                        { return p }
func (p printer) Open(string) (driver.Conn, error)             { return p, nil }

func (printer) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }
func (printer) Close() error                        { return nil }

func (p printer) Begin() (driver.Tx, error) {
	fmt.Println("BEGIN")
	return p, nil
}

func (printer) Commit() error {
	fmt.Println("COMMIT")
	return nil
}

func (printer) Rollback() error {
	fmt.Println("ROLLBACK")
	return nil
}
