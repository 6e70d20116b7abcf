// Package service measures what a cache does for a service: a CRM on PostgreSQL, without and with
// the generated wrappers.
package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"

	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/service/postgres"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// Options say how [Tables] measures.
type Options struct {
	// Short takes about a minute instead of a quarter of an hour: fewer rounds, fewer operations,
	// one workload, and no million of entries.
	Short bool

	// Log is told what is being measured, as with fmt.Printf and without a line break. Nil: nobody
	// is.
	Log func(format string, args ...any)

	// Postgres is the DSN of a server in which the user may create a database. Default
	// CACHEGEN_TEST_POSTGRES, or else the server of this machine. The database is dropped at the
	// end.
	Postgres string
}

// ErrUnavailable is in the chain of an error that says which server is missing.
var ErrUnavailable = errors.New("a server is missing")

// A bench is what the measurements have in common.
type bench struct {
	Options
	database      *postgres.Database
	only          *regexp.Regexp      // the measurements to take; nil: all
	without, with map[workload][]*run // what was measured of each workload, round by round
}

// Tables measures the service, and returns the tables operations, load, workloads and memory. It
// starts a redis-server for each measurement, and processes: see [RunChild]. A server that is
// missing is an error that wraps ErrUnavailable.
func Tables(ctx context.Context, o Options) ([]*report.Table, error) {
	return (&bench{Options: o}).tables(ctx)
}

func (b *bench) tables(ctx context.Context) (tables []*report.Table, err error) {
	if os.Getenv(childEnv) != "" {
		return nil, errors.New("service: main has to call service.RunChild before anything else")
	}
	if b.Log == nil {
		b.Log = func(string, ...any) {}
	}
	b.Postgres = dsn(cmp.Or(b.Postgres, os.Getenv("CACHEGEN_TEST_POSTGRES")))
	if missing := redistest.Missing(); missing != "" {
		return nil, fmt.Errorf("%w: %s", ErrUnavailable, missing)
	}
	if b.database, err = postgres.Create(ctx, b.Postgres); err != nil {
		return nil, fmt.Errorf("%w: PostgreSQL: %w", ErrUnavailable, err)
	}
	defer func() { err = errors.Join(err, b.database.Drop(ctx)) }()
	b.Log("fill the database: %d contacts", usual.Contacts)
	if err := b.database.Seed(ctx, postgres.Sized(usual.Contacts)); err != nil {
		return nil, err
	}
	for _, m := range []struct {
		name    string
		measure func(context.Context) ([]*report.Table, error)
	}{{"operations", b.operations}, {"load", b.loads}, {"memory", b.memory}} {
		if b.only != nil && !b.only.MatchString(m.name) {
			continue
		}
		list, err := m.measure(ctx)
		if err != nil {
			return nil, err
		}
		tables = append(tables, list...)
	}
	return tables, nil
}

// dsn is what was given, or else the server of this machine.
func dsn(given string) string {
	return cmp.Or(given, "postgres://postgres@127.0.0.1:5432/postgres?sslmode=disable")
}

// server starts a Redis of its own, which stop ends.
func server() (s *redistest.Server, stop func()) {
	lasting := new(redistest.Lasting)
	return redistest.Start(lasting), lasting.Stop
}

// choose is the first in the short form, and else the second.
func choose[T any](b *bench, short, long T) T {
	if b.Short {
		return short
	}
	return long
}
