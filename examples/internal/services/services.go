// Package services lends tests the PostgreSQL and the Redis of the machine they run on.
//
// The tests look in the usual places, and elsewhere when told to by CACHEGEN_TEST_POSTGRES and
// CACHEGEN_TEST_REDIS. A test whose service does not answer is skipped, or fails when
// CACHEGEN_REQUIRE_SERVICES=1.
package services

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"os"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	"github.com/redis/go-redis/v9"
)

const patience = 3 * time.Second

// Postgres returns a DSN and the name of a schema that no other test uses. The schema is dropped
// when the test ends.
func Postgres(t testing.TB) (dsn, schema string) {
	t.Helper()
	dsn = cmp.Or(os.Getenv("CACHEGEN_TEST_POSTGRES"), "postgres://postgres@127.0.0.1:5432/test")
	schema = "cachegen_test_" + unique()

	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatalf("CACHEGEN_TEST_POSTGRES: %v", err)
	}
	t.Cleanup(func() { db.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := db.PingContext(ctx); err != nil {
		missing(t, "PostgreSQL", err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec("DROP SCHEMA IF EXISTS " + schema + " CASCADE"); err != nil {
			t.Errorf("drop schema: %v", err)
		}
	})
	return dsn, schema
}

// Redis returns a URL and an application name that no other test uses. Keys that begin with the
// name are deleted when the test ends.
func Redis(t testing.TB) (url, app string) {
	t.Helper()
	url = cmp.Or(os.Getenv("CACHEGEN_TEST_REDIS"), "redis://127.0.0.1:6379")
	app = "crmtest" + unique()

	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatalf("CACHEGEN_TEST_REDIS: %v", err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		missing(t, "Redis", err)
	}
	t.Cleanup(func() {
		ctx := context.Background() // the test's own has ended
		keys := client.Scan(ctx, 0, "*"+app+"*", 1000).Iterator()
		for keys.Next(ctx) {
			client.Del(ctx, keys.Val())
		}
		if err := keys.Err(); err != nil {
			t.Errorf("delete keys of %s: %v", app, err)
		}
	})
	return url, app
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
