package entcache_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime"
)

const patience = 3 * time.Second

// postgresConfig returns how to connect to a schema of the test's own, in the PostgreSQL of this
// machine or that of CACHEGEN_TEST_POSTGRES. The schema is dropped when the test ends.
func postgresConfig(t testing.TB) *pgx.ConnConfig {
	t.Helper()
	dsn := cmp.Or(os.Getenv("CACHEGEN_TEST_POSTGRES"), "postgres://postgres@127.0.0.1:5432/test")
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatalf("CACHEGEN_TEST_POSTGRES: %v", err)
	}
	db := stdlib.OpenDB(*config)
	t.Cleanup(func() { db.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	schema := "cachegen_test_" + unique()
	if err := db.PingContext(ctx); err != nil {
		missing(t, "PostgreSQL", err)
	}
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec("DROP SCHEMA " + schema + " CASCADE"); err != nil {
			t.Errorf("drop schema: %v", err)
		}
	})
	own := config.Copy()
	own.RuntimeParams["search_path"] = schema
	return own
}

// openSQL opens a pool that is closed before its schema is dropped.
func openSQL(t testing.TB, config *pgx.ConnConfig) *sql.DB {
	t.Helper()
	db := stdlib.OpenDB(*config)
	t.Cleanup(func() { db.Close() })
	return db
}

// redisOptions returns Options with the Redis of this machine, or that of CACHEGEN_TEST_REDIS, and
// an application of the test's own.
func redisOptions(t testing.TB) runtime.Options {
	t.Helper()
	o, err := redis.ParseURL(cmp.Or(os.Getenv("CACHEGEN_TEST_REDIS"), "redis://127.0.0.1:6379"))
	if err != nil {
		t.Fatalf("CACHEGEN_TEST_REDIS: %v", err)
	}
	client := redis.NewClient(o)
	t.Cleanup(func() { client.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		missing(t, "Redis", err)
	}
	app := "ormtest" + unique()
	t.Cleanup(func() {
		ctx := context.Background() // the test's own has ended
		keys := client.Scan(ctx, 0, "*"+app+"*", 1000).Iterator()
		for keys.Next(ctx) {
			client.Del(ctx, keys.Val())
		}
	})
	return runtime.Options{App: app, Redis: client, Seed: 1}
}

// unique returns a name of ten small letters and digits.
func unique() string { return strings.ToLower(rand.Text()[:10]) }

func missing(t testing.TB, service string, err error) {
	t.Helper()
	if os.Getenv("CACHEGEN_REQUIRE_SERVICES") == "1" {
		t.Fatalf("%s does not answer, and CACHEGEN_REQUIRE_SERVICES=1: %v", service, err)
	}
	t.Skipf("SKIPPED for want of %s: %v", service, err)
}
