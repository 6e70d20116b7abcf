// Package postgres stores a CRM in PostgreSQL, in a database that lives as long as a measurement.
package postgres

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/cachegen/cachegen/runtime/benchmarks/service/crm"
)

//go:embed schema.sql
var schema string

// Database is a database of its own in somebody's PostgreSQL.
type Database struct {
	DSN string // of the database, for other processes
	*Pools

	server, name string
}

// Create makes a database with the schema and without rows, in the server that a DSN names. The
// user of the DSN needs the right to create databases. A server that does not answer within three
// seconds is an error.
func Create(ctx context.Context, server string) (*Database, error) {
	name := "cachegen_benchmarks_" + strings.ToLower(rand.Text()[:10])
	if err := execute(ctx, server, "CREATE DATABASE "+name); err != nil {
		return nil, fmt.Errorf("create a database: %w", err)
	}
	d := &Database{server: server, name: name}
	config, err := pgxpool.ParseConfig(server)
	if err != nil {
		return nil, errors.Join(err, d.Drop(ctx))
	}
	d.DSN = dsn(config.ConnConfig, name)
	if d.Pools, err = Open(ctx, d.DSN, nil); err == nil {
		_, err = d.Writes.Exec(ctx, schema)
	}
	if err != nil {
		return nil, errors.Join(err, d.Drop(ctx))
	}
	return d, nil
}

// Drop removes the database, whoever is connected to it.
func (d *Database) Drop(ctx context.Context) error {
	if d.Pools != nil {
		d.Pools.Close()
	}
	return execute(context.WithoutCancel(ctx), d.server, "DROP DATABASE "+d.name+" WITH (FORCE)")
}

// Processor is the processor time of all connections to the database that are open now under a
// name, Reads or Writes, each since it was opened. It is the kernel's count, so the server has to
// be on this machine, and this one run Linux; elsewhere it is an error that wraps
// errors.ErrUnsupported.
func (d *Database) Processor(ctx context.Context, name string) (sum time.Duration, err error) {
	conn, err := connect(ctx, d.server)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND application_name = $2", d.name, name)
	if err != nil {
		return 0, err
	}
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return 0, err
	}
	for _, pid := range pids {
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		if err != nil || !strings.HasPrefix(string(name), "postgres") {
			return 0, fmt.Errorf("process %d is not a connection on this machine: %w", pid, errors.ErrUnsupported)
		}
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		if err != nil {
			return 0, errors.Join(err, errors.ErrUnsupported)
		}
		var onProcessor time.Duration // the first field, in nanoseconds
		if _, err := fmt.Sscan(string(text), &onProcessor); err != nil {
			return 0, err
		}
		sum += onProcessor
	}
	return sum, nil
}

// Vacuum does what autovacuum would do in the middle of a measurement. The tables are without it.
func (d *Database) Vacuum(ctx context.Context) error {
	_, err := d.Writes.Exec(ctx, "VACUUM ANALYZE")
	return err
}

// Pools are the connections of a process: those that read and those that write, so that it can be
// told what each have cost.
type Pools struct{ Reads, Writes *pgxpool.Pool }

// The names under which the server lists the connections of each pool.
const (
	Reads  = "reads"
	Writes = "writes"
)

// Open opens the pools, and all their connections, so that nobody waits for one later. A tracer may
// be nil.
func Open(ctx context.Context, dsn string, tracer pgx.QueryTracer) (p *Pools, err error) {
	p = new(Pools)
	if p.Reads, err = open(ctx, dsn, Reads, 5, tracer); err != nil {
		return nil, err
	}
	if p.Writes, err = open(ctx, dsn, Writes, 2, tracer); err != nil {
		p.Reads.Close()
		return nil, err
	}
	return p, nil
}

// Close closes all connections.
func (p *Pools) Close() {
	p.Reads.Close()
	p.Writes.Close()
}

func open(ctx context.Context, dsn, name string, connections int32, tracer pgx.QueryTracer) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.MaxConns = connections
	config.ConnConfig.Tracer = tracer
	config.ConnConfig.RuntimeParams["application_name"] = name
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	for range connections {
		conn, err := pool.Acquire(ctx)
		if err != nil {
			go pool.Close() // waits for those that are released when this returns
			return nil, err
		}
		defer conn.Release()
	}
	return pool, nil
}

// dsn names a database where a configuration names another.
func dsn(c *pgx.ConnConfig, database string) string {
	quote := func(s string) string { return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'" }
	sslmode := "disable"
	if c.TLSConfig != nil {
		sslmode = "require"
	}
	return fmt.Sprintf("host=%s port=%d user=%s password=%s dbname=%s sslmode=%s", quote(c.Host), c.Port, quote(c.User), quote(c.Password), database, sslmode)
}

func connect(ctx context.Context, server string) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return pgx.Connect(ctx, server)
}

func execute(ctx context.Context, server, statement string) error {
	conn, err := connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// found turns the answer of a database that has no such row into crm.ErrNotFound.
func found[T any](v *T, err error) (*T, error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, crm.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// all are the rows of a query.
func all[T any](ctx context.Context, pool *pgxpool.Pool, scan pgx.RowToFunc[T], query string, args ...any) ([]T, error) {
	rows, err := pool.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

// one is the only row of a query, or crm.ErrNotFound.
func one[T any](ctx context.Context, pool *pgxpool.Pool, scan pgx.RowToFunc[*T], query string, args ...any) (*T, error) {
	rows, err := pool.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return found(pgx.CollectExactlyOneRow(rows, scan))
}
