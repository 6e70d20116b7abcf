package main

import (
	"context"
	_ "embed"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/examples/crm/crm"
	"github.com/cachegen/cachegen/examples/crm/sqlstore"
	"github.com/cachegen/cachegen/examples/internal/services"
	"github.com/cachegen/cachegen/runtime"
)

// acl makes a user of Redis. docs/redis.md shows it.
//
//go:embed redis.acl
var acl string

// A user with these permissions can do all that the cache does.
func TestPermissions(t *testing.T) {
	url, app := services.Redis(t)
	admin, err := openRedis(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	words := strings.Fields(acl)[1:]
	words[0] = app // the user
	for i, word := range words {
		words[i] = strings.Replace(word, "~crm:", "~"+app+":", 1)
	}
	args := []any{"ACL", "SETUSER"}
	for _, word := range words {
		args = append(args, word)
	}
	if err := admin.Do(t.Context(), args...).Err(); err != nil {
		t.Fatal(err)
	}
	defer admin.Do(context.Background(), "ACL", "DELUSER", app)

	options, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	options.Username, options.Password = app, strings.TrimPrefix(words[2], ">")
	client := redis.NewClient(options)
	defer client.Close()

	db, err := sqlstore.OpenSQLite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := sqlstore.Seed(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	cache, err := runtime.New(runtime.Options{
		App: app, Redis: client, Tenant: crm.Tenant, NotFound: []error{crm.ErrNotFound},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close(context.Background())
	repos := newRepositories(db, cache)
	ctx := crm.WithTenant(t.Context(), "acme")
	for _, call := range []func() error{
		func() error { return second(repos.contacts.Get(ctx, "ada")) },
		func() error { return second(repos.contacts.GetMany(ctx, []string{"ada", "bob", "joan"})) },
		func() error { return second(repos.contacts.Newest(ctx, 3)) },
		func() error { return repos.contacts.Update(ctx, &crm.Contact{ID: "ada", Name: "Ada King"}) },
		func() error { return second(repos.contacts.Get(ctx, "ada")) },
		func() error { return second(repos.deals.Move(ctx, "d1", crm.Won)) },
		func() error { return second(repos.deals.Get(ctx, "d1")) },
		func() error { return cache.InvalidateIn(ctx, runtime.AllTenants, "*") },
	} {
		if err := call(); err != nil {
			t.Error(err)
		}
	}
	stats := cache.Stats()
	for patience := 500; patience > 0 && stats.Follower.Leased == 0; patience-- {
		time.Sleep(10 * time.Millisecond) // Redis is another process: there is nothing to wait on
		stats = cache.Stats()
	}
	if stats.RedisErrors > 0 || stats.Follower.Leased == 0 || stats.Pending > 0 || stats.Puts == 0 {
		log, _ := admin.Do(t.Context(), "ACL", "LOG", 3).Result()
		t.Errorf("%+v\n%+v\nACL LOG: %v", stats.Counts, stats.Follower, log)
	}
}

func second[T any](_ T, err error) error { return err }
