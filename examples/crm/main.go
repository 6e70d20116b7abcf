// Crm walks through a small multi-tenant CRM and shows, call by call, what its cache does.
//
//	go run -C examples ./crm
//	go run -C examples ./crm -postgres postgres://postgres@127.0.0.1:5432/postgres -redis redis://127.0.0.1:6379
//
// Without flags it needs nothing but Go: the database is SQLite and the cache is embedded, both in
// the memory of the process.
package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/cachegen/cachegen/examples/crm/crm"
	"github.com/cachegen/cachegen/examples/crm/sqlstore"
	"github.com/cachegen/cachegen/runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := command(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// command runs the program and returns its exit status: 0 done, 1 failed, 2 wrong usage.
func command(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c := config{app: "crm", schema: "cachegen_crm", colour: hasColour(stdout, getenv)}
	switch err := c.parse(args, getenv, stderr); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2 // parse has said why
	}
	if err := run(ctx, c, stdout); err != nil {
		fmt.Fprintln(stderr, "crm:", err)
		return 1
	}
	return 0
}

// config says what the program runs on.
type config struct {
	postgres string // DSN; "": SQLite
	redis    string // URL; "": embedded
	app      string // the first segment of all keys
	schema   string // of the tables in PostgreSQL
	colour   bool
	seed     uint64        // of the cache; 0: a random one
	patience time.Duration // with Redis; 0: what the cache has by default
}

func (c *config) parse(args []string, getenv func(string) string, stderr io.Writer) error {
	flags := flag.NewFlagSet("crm", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, "usage: go run -C examples ./crm [-postgres DSN] [-redis URL]\n\n")
		flags.PrintDefaults()
	}
	flags.StringVar(&c.postgres, "postgres", "",
		"`DSN` of a PostgreSQL to use instead of SQLite; the tables in its schema "+c.schema+" are made anew (default $POSTGRES_DSN)")
	flags.StringVar(&c.redis, "redis", "",
		"`URL` of a Redis to use instead of the embedded cache; the entries begin with "+c.app+": (default $REDIS_URL)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		err := fmt.Errorf("unexpected argument %q", flags.Arg(0))
		fmt.Fprintln(stderr, err)
		flags.Usage()
		return err
	}
	// Not as defaults of the flags, which the usage text would print, passwords and all.
	c.postgres = cmp.Or(c.postgres, getenv("POSTGRES_DSN"))
	c.redis = cmp.Or(c.redis, getenv("REDIS_URL"))
	return nil
}

// run opens the database and the cache, puts the one behind the other, and takes the walk.
func run(ctx context.Context, c config, out io.Writer) (err error) {
	db, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()

	r := &report{out: out, colour: c.colour}
	options := runtime.Options{
		App:          c.app,
		Tenant:       crm.Tenant,
		NotFound:     []error{crm.ErrNotFound},
		Observe:      r.observe,
		Seed:         c.seed,
		RedisTimeout: c.patience,
	}
	if c.redis != "" {
		rdb, err := openRedis(ctx, c.redis)
		if err != nil {
			return err
		}
		defer rdb.Close()
		options.Redis = rdb
	}
	cache, err := runtime.New(options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cache.Close(context.WithoutCancel(ctx))) }()

	if err := sqlstore.Seed(ctx, db); err != nil {
		return err
	}
	if c.redis != "" { // an earlier run has left entries there, about rows that are gone
		for _, tenant := range []string{"acme", "globex"} {
			if err := cache.Invalidate(crm.WithTenant(ctx, tenant), "*"); err != nil {
				return err
			}
		}
	}

	r.intro(c)
	if err := walk(ctx, newRepositories(db, cache), r); err != nil {
		return err
	}
	r.summary(cache.Stats())
	r.outro(c)
	return nil
}

// repositories is all that the rest of the program knows of the database and the cache.
type repositories struct {
	contacts   crm.ContactRepository
	deals      crm.DealRepository
	products   crm.ProductRepository
	categories crm.CategoryRepository
	settings   crm.SettingRepository
}

func newRepositories(db *sql.DB, cache *runtime.Cache) repositories {
	return repositories{
		contacts:   crm.NewCachedContactRepository(sqlstore.NewContacts(db), cache),
		deals:      crm.NewCachedDealRepository(sqlstore.NewDeals(db), cache),
		products:   crm.NewCachedProductRepository(sqlstore.NewProducts(db), cache),
		categories: crm.NewCachedCategoryRepository(sqlstore.NewCategories(db), cache),
		settings:   crm.NewCachedSettingRepository(sqlstore.NewSettings(db), cache),
	}
}

func openDatabase(ctx context.Context, c config) (*sql.DB, error) {
	if c.postgres == "" {
		return sqlstore.OpenSQLite(ctx)
	}
	return sqlstore.OpenPostgres(ctx, c.postgres, c.schema)
}

// openRedis connects to Redis. The cache itself would do without one that does not answer; a
// demonstration should say so.
func openRedis(ctx context.Context, url string) (*redis.Client, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("parse the URL of Redis: %w", err)
	}
	logging.Disable() // the client's own: the cache reports what goes wrong
	client := redis.NewClient(options)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		client.Close()
		return nil, fmt.Errorf("no answer from Redis: %w", err)
	}
	return client, nil
}
