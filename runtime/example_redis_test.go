package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime"
)

// standInRedis stands in for the Redis of an application.
func standInRedis() *miniredis.Miniredis {
	server, err := miniredis.Run()
	if err != nil {
		log.Fatal(err)
	}
	return server
}

// Processes with one App share what is in Redis. Here two caches stand for two processes: the
// second is answered with what the first has loaded.
func ExampleOptions_redis() {
	server := standInRedis()
	defer server.Close()
	ctx := runtime.WithTenant(context.Background(), "acme")
	for range 2 {
		rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true})
		defer rdb.Close() // after the cache
		cache, err := runtime.New(runtime.Options{
			App: "crm", Redis: rdb,
			RedisTimeout: 10 * time.Second, // for a test on a busy machine
		})
		if err != nil {
			log.Fatal(err)
		}
		defer cache.Close(context.Background())
		contacts := NewCachedContactRepository(NewContactTable(), cache)
		show(contacts.Get(ctx, "ada"))
		fmt.Println("from Redis:", cache.Stats().RedisHits)
	}
	// Output:
	// SELECT ada
	// Ada Lovelace
	// from Redis: 0
	// Ada Lovelace
	// from Redis: 1
}

// With StrictInvalidation a writer learns that its write was done, and that its invalidation waits
// for Redis.
func ExampleInvalidationError() {
	server := standInRedis()
	defer server.Close()
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true})
	defer rdb.Close()
	cache, err := runtime.New(runtime.Options{
		App: "crm", Redis: rdb, StrictInvalidation: true,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		log.Fatal(err)
	}
	contacts := NewCachedContactRepository(NewContactTable(), cache)
	ctx := runtime.WithTenant(context.Background(), "acme")

	server.SetError("ERR Redis is out of order")
	err = contacts.Save(ctx, &Contact{"ada", "Ada King"})
	if failed, ok := errors.AsType[*runtime.InvalidationError](err); ok {
		fmt.Println(failed.Method.Short(), failed.Paths)
	}
	fmt.Println("pending:", cache.Stats().Pending)

	server.SetError("") // Redis is back
	fmt.Println(cache.Close(ctx))
	fmt.Println("pending:", cache.Stats().Pending)
	// Output:
	// UPDATE ada
	// ContactRepository.Save [crm:acme:contact:ada]
	// pending: 1
	// <nil>
	// pending: 0
}

// A health check: the copies in this process answer while Redis confirms their shards.
func ExampleFollowerStats() {
	server := standInRedis()
	defer server.Close()
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true})
	defer rdb.Close()
	cache, err := runtime.New(runtime.Options{App: "crm", Redis: rdb})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	contacts := NewCachedContactRepository(NewContactTable(), cache)
	show(contacts.Get(runtime.WithTenant(context.Background(), "acme"), "ada"))

	follower := cache.Stats().Follower
	for follower.Leased < follower.Shards { // the first confirmation comes after the first read
		time.Sleep(time.Millisecond)
		follower = cache.Stats().Follower
	}
	fmt.Println("shards:", follower.Shards, "gaps:", follower.Gaps)
	// Output:
	// SELECT ada
	// Ada Lovelace
	// shards: 1 gaps: 0
}
