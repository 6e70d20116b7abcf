// Package sqlstore keeps a CRM in SQLite or PostgreSQL. One schema and one set of statements serve
// both.
package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/cachegen/cachegen/examples/crm/crm"
)

//go:embed schema.sql
var schemaSQL string

//go:embed seed.sql
var seedSQL string

// OpenSQLite opens an empty database in the memory of this process.
func OpenSQLite(ctx context.Context) (*sql.DB, error) {
	db, err := sql.Open("sqlite", ":memory:?_time_format=sqlite&_timezone=UTC")
	if err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	db.SetMaxOpenConns(1) // each connection to :memory: has a database of its own
	return ping(ctx, db, "SQLite")
}

// OpenPostgres connects to PostgreSQL. All tables live in the schema, which is made if there is
// none.
func OpenPostgres(ctx context.Context, dsn, schema string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL: %w", err) // pgx leaves the password out
	}
	config.RuntimeParams["search_path"] = pgx.Identifier{schema}.Sanitize()

	db, err := ping(ctx, stdlib.OpenDB(*config), "PostgreSQL")
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{schema}.Sanitize()); err != nil {
		db.Close()
		return nil, fmt.Errorf("PostgreSQL: make schema %s: %w", schema, err)
	}
	return db, nil
}

func ping(ctx context.Context, db *sql.DB, name string) (*sql.DB, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("%s does not answer: %w", name, err)
	}
	return db, nil
}

// Seed makes all tables anew and fills them with the same rows every time.
func Seed(ctx context.Context, db *sql.DB) error {
	for _, script := range []string{schemaSQL, seedSQL} {
		if _, err := db.ExecContext(ctx, script); err != nil {
			return fmt.Errorf("seed: %w", err)
		}
	}
	return nil
}

// where collects the conditions of a query. Placeholders are $1, $2, ... in both databases.
type where struct {
	conditions []string
	args       []any
}

// ofTenant begins the conditions of a query on a tenant's own rows.
func ofTenant(tenant string) *where {
	w := new(where)
	w.and("tenant_id = $%d", tenant)
	return w
}

// and adds a condition, in which %d stands for the number of its argument.
func (w *where) and(condition string, arg any) {
	w.args = append(w.args, arg)
	w.conditions = append(w.conditions, fmt.Sprintf(condition, len(w.args)))
}

// in adds the condition that a column has one of some values, of which there is at least one.
func (w *where) in(column string, values []string) {
	marks := make([]string, len(values))
	for i, v := range values {
		w.args = append(w.args, v)
		marks[i] = fmt.Sprintf("$%d", len(w.args))
	}
	w.conditions = append(w.conditions, column+" IN ("+strings.Join(marks, ", ")+")")
}

func (w *where) String() string { return " WHERE " + strings.Join(w.conditions, " AND ") }

// page is the tail of a query for one page of its rows, counted from 1.
func page(number int) string {
	return fmt.Sprintf(" LIMIT %d OFFSET %d", crm.PageSize, crm.PageSize*max(0, number-1))
}

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// all scans the rows of a query.
func all[T any](ctx context.Context, db *sql.DB, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// found says which entity it was when the database has no such row.
func found(err error, kind, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %q: %w", kind, id, crm.ErrNotFound)
	}
	return err
}

// changed is found for a statement that should have changed one row.
func changed(result sql.Result, err error, kind, id string) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = sql.ErrNoRows
	}
	return found(err, kind, id)
}

// asJSON stores what it points to in a column, and reads it back, as JSON.
type asJSON struct{ v any }

func (j asJSON) Value() (driver.Value, error) {
	text, err := json.Marshal(j.v)
	return string(text), err
}

func (j asJSON) Scan(column any) error {
	text, ok := column.(string)
	if !ok {
		return fmt.Errorf("JSON in a column of type %T", column)
	}
	return json.Unmarshal([]byte(text), j.v)
}

// now is the time as both databases keep it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
