package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cachegen/cachegen/examples/crm/crm"
	"github.com/cachegen/cachegen/examples/crm/sqlstore"
	"github.com/cachegen/cachegen/examples/internal/services"
	"github.com/cachegen/cachegen/runtime"
)

var update = flag.Bool("update", false, "write the golden files anew; the test fails all the same")

func TestWalkEmbedded(t *testing.T) {
	golden(t, "embedded", config{app: "crm", schema: "cachegen_crm"})
}

func TestWalkOnPostgresAndRedis(t *testing.T) {
	var c config
	c.postgres, c.schema = services.Postgres(t)
	c.redis, c.app = services.Redis(t)
	golden(t, "services", c)
}

// golden compares what run prints with testdata/<name>.golden.
func golden(t *testing.T, name string, c config) {
	t.Helper()
	c.seed = 1                    // the walk shows what an invalidation leaves alone
	c.patience = 10 * time.Second // a busy machine must not make a hit a load
	var out bytes.Buffer
	if err := run(t.Context(), c, &out); err != nil {
		t.Fatal(err)
	}
	got := normal(out.String(), c)
	for i, line := range strings.Split(got, "\n") {
		if n := len([]rune(line)); n > 100 {
			t.Errorf("line %d is %d columns wide", i+1, n)
		}
	}

	file := filepath.Join("testdata", name+".golden")
	want, err := os.ReadFile(file)
	if string(want) == got {
		return
	}
	if *update {
		err = os.WriteFile(file, []byte(got), 0o644)
	}
	t.Errorf("the walk differs from %s (%v); see it with -update and git diff. Got:\n%s", file, err, got)
}

var (
	took    = regexp.MustCompile(`(?m)^(  (?:load |local|redis|write)) +[0-9.]+(ns|µs|ms|s) `)
	copied  = regexp.MustCompile(`(?m)^  local`) // beside Redis, it depends on the moment whether the process has a copy of its own already
	version = regexp.MustCompile(`:v[0-9a-f]{8}\b`)
)

// normal leaves out what differs from run to run, or when an entity gets another field.
func normal(out string, c config) string {
	out = strings.NewReplacer(c.app+":", "crm:", c.schema, "cachegen_crm").Replace(out)
	out = took.ReplaceAllString(out, "$1  TIME ")
	if c.redis != "" {
		out = copied.ReplaceAllString(out, "  redis")
	}
	return version.ReplaceAllString(out, ":v00000000")
}

// What comes out of the cache is what the database answered, down to nil and empty slices and the
// location of a time.
func TestCacheAnswersWhatTheDatabaseDoes(t *testing.T) {
	t.Run("embedded", func(t *testing.T) { sameAnswers(t, runtime.Options{}) })
	t.Run("Redis", func(t *testing.T) {
		url, app := services.Redis(t)
		client, err := openRedis(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		sameAnswers(t, runtime.Options{App: app, Redis: client})
	})
}

func sameAnswers(t *testing.T, options runtime.Options) {
	db, err := sqlstore.OpenSQLite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := sqlstore.Seed(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	options.Tenant, options.Seed, options.RedisTimeout = crm.Tenant, 1, 10*time.Second
	cache, err := runtime.New(options)
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close(context.Background())
	repos := newRepositories(db, cache)

	ctx := crm.WithTenant(t.Context(), "acme")
	for name, call := range map[string]func() (any, error){
		"Contacts.Get ada":    func() (any, error) { return repos.contacts.Get(ctx, "ada") },
		"Contacts.Get alan":   func() (any, error) { return repos.contacts.Get(ctx, "alan") },
		"Contacts.List":       func() (any, error) { return repos.contacts.List(ctx, crm.ContactFilter{}, 1) },
		"Contacts.GetMany":    func() (any, error) { return repos.contacts.GetMany(ctx, []string{"bob", "joan"}) },
		"Contacts.Newest":     func() (any, error) { return repos.contacts.Newest(ctx, 3) },
		"Contacts.List empty": func() (any, error) { return repos.contacts.List(ctx, crm.ContactFilter{}, 9) },
		"Deals.Get":           func() (any, error) { return repos.deals.Get(ctx, "d3") },
		"Deals.List":          func() (any, error) { return repos.deals.List(ctx, crm.DealFilter{}, 1) },
		"Deals.Pipeline":      func() (any, error) { return repos.deals.Pipeline(ctx) },
		"Products.Get":        func() (any, error) { return repos.products.Get(ctx, "skates") },
		"Products.List":       func() (any, error) { return repos.products.List(ctx, crm.ProductFilter{}, 1) },
		"Categories.Children": func() (any, error) { return repos.categories.Children(ctx, new("goods")) },
		"Settings.Get":        func() (any, error) { return repos.settings.Get(ctx, "vat") },
	} {
		loaded, err := call()
		if err != nil {
			t.Fatal(err)
		}
		cached, err := call()
		if err != nil || !reflect.DeepEqual(cached, loaded) {
			t.Errorf("%s: the cache answers\n%+v, %v; the database\n%+v", name, cached, err, loaded)
		}
	}
	if stats := cache.Stats(); stats.Hits() != stats.Loads || stats.CodecErrors != 0 {
		t.Errorf("%+v; want as many hits as loads", stats.Counts)
	}
}

// The README shows a part of the walk as it is.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	walk, err := os.ReadFile(filepath.Join("testdata", "embedded.golden"))
	if err != nil {
		t.Fatal(err)
	}
	_, sample, _ := strings.Cut(string(readme), "```\nacme reads")
	sample, _, found := strings.Cut("acme reads"+sample, "```")
	if !found || !strings.Contains(string(walk), normal(sample, config{app: "crm", schema: "cachegen_crm"})) {
		t.Errorf("no such part in the walk:\n%s", sample)
	}
}

func TestCommand(t *testing.T) {
	for _, tt := range []struct {
		name   string
		args   []string
		env    map[string]string
		status int
		stderr string
	}{
		{name: "help", args: []string{"-h"}, env: map[string]string{"REDIS_URL": "redis://:secret@127.0.0.1"}, stderr: "-postgres DSN"},
		{name: "unknown flag", args: []string{"-mysql"}, status: 2, stderr: "-mysql"},
		{name: "argument", args: []string{"acme"}, status: 2, stderr: `unexpected argument "acme"`},
		{name: "malformed DSN", args: []string{"-postgres", "postgres://u:secret@host:port/"}, status: 1, stderr: "crm: PostgreSQL: "},
		{name: "malformed DSN in the environment", env: map[string]string{"POSTGRES_DSN": "nonsense"}, status: 1, stderr: "crm: PostgreSQL: "},
		{name: "no such PostgreSQL", args: []string{"-postgres", "postgres://u:secret@127.0.0.1:1/db"}, status: 1, stderr: "crm: PostgreSQL does not answer: "},
		{name: "malformed URL", args: []string{"-redis", "http://127.0.0.1"}, status: 1, stderr: "crm: parse the URL of Redis: "},
		{name: "no such Redis", env: map[string]string{"REDIS_URL": "redis://:secret@127.0.0.1:1"}, status: 1, stderr: "crm: no answer from Redis: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			getenv := func(name string) string { return tt.env[name] }
			status := command(t.Context(), tt.args, getenv, &stdout, &stderr)
			if status != tt.status || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("status %d, want %d; stderr, want %q:\n%s", status, tt.status, tt.stderr, &stderr)
			}
			if stdout.Len() > 0 {
				t.Errorf("stdout:\n%s", &stdout)
			}
			if strings.Contains(stderr.String(), "secret") {
				t.Errorf("stderr tells the password:\n%s", &stderr)
			}
		})
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	if status := command(ctx, nil, func(string) string { return "" }, &stdout, &stderr); status != 1 {
		t.Errorf("status %d, want 1; stderr:\n%s", status, &stderr)
	}
}

func TestNoColourInFilesAndWhenNotWanted(t *testing.T) {
	none := func(string) string { return "" }
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if hasColour(file, none) || hasColour(new(bytes.Buffer), none) {
		t.Error("colours in a file")
	}
	terminal, err := os.Open(os.DevNull) // a character device, like a terminal
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	if !hasColour(terminal, none) {
		t.Error("no colours on a terminal")
	}
	if hasColour(terminal, func(name string) string { return map[string]string{"NO_COLOR": "1"}[name] }) {
		t.Error("colours in spite of NO_COLOR")
	}
}
