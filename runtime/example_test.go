package runtime_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"time"

	"github.com/cachegen/cachegen/runtime"
)

// An application makes one cache, puts the generated decorators around its repositories, and names
// the tenant of each request.
func Example() {
	cache, err := runtime.New(runtime.Options{App: "crm"})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	contacts := NewCachedContactRepository(NewContactTable(), cache)

	ctx := runtime.WithTenant(context.Background(), "acme")
	show(contacts.Get(ctx, "ada"))
	show(contacts.Get(ctx, "ada"))
	if err := contacts.Save(ctx, &Contact{"ada", "Ada King"}); err != nil {
		log.Fatal(err)
	}
	show(contacts.Get(ctx, "ada"))
	// Output:
	// SELECT ada
	// Ada Lovelace
	// Ada Lovelace
	// UPDATE ada
	// SELECT ada
	// Ada King
}

// Without options the cache lives in this process. An error says which option cannot work.
func ExampleNew() {
	cache, err := runtime.New(runtime.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())

	_, err = runtime.New(runtime.Options{Staleness: -time.Second})
	fmt.Println(err)
	// Output:
	// cachegen: Options.Staleness is negative: -1s
}

// The tenant comes from where the application has it already.
func ExampleOptions_tenant() {
	type userKey struct{}
	cache, err := runtime.New(runtime.Options{
		Tenant: func(ctx context.Context) (string, error) {
			company, ok := ctx.Value(userKey{}).(string)
			if !ok {
				return "", errors.New("nobody is logged in")
			}
			return company, nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	contacts := NewCachedContactRepository(NewContactTable(), cache)

	ctx := context.WithValue(context.Background(), userKey{}, "acme")
	show(contacts.Get(ctx, "ada"))
	show(contacts.Get(ctx, "ada"))
	// Output:
	// SELECT ada
	// Ada Lovelace
	// Ada Lovelace
}

// The error of a contact that does not exist is remembered, for as long as the read's notfound=
// says.
func ExampleOptions_notFound() {
	cache, err := runtime.New(runtime.Options{NotFound: []error{ErrNoContact}})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	contacts := NewCachedContactRepository(NewContactTable(), cache)

	ctx := runtime.WithTenant(context.Background(), "acme")
	for range 2 {
		_, err := contacts.Get(ctx, "bob")
		fmt.Printf("%v (%t)\n", err, errors.Is(err, ErrNoContact))
	}
	// Output:
	// SELECT bob
	// no such contact: bob (true)
	// no such contact: bob (true)
}

// An observer sees each read, with the source of its answer, and each invalidation.
func ExampleOptions_observe() {
	cache, err := runtime.New(runtime.Options{
		App: "crm",
		Observe: func(_ context.Context, e runtime.Event) {
			if e.Source == runtime.SourceWrite {
				fmt.Println(e.Source, e.Method.Short(), e.Paths)
			} else {
				fmt.Println(e.Source, e.Method.Short(), e.Key)
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	contacts := NewCachedContactRepository(NewContactTable(), cache)

	ctx := runtime.WithTenant(context.Background(), "acme")
	contacts.Get(ctx, "ada")
	contacts.Get(ctx, "ada")
	contacts.Save(ctx, &Contact{"ada", "Ada King"})
	// Output:
	// SELECT ada
	// load ContactRepository.Get crm:acme:contact:ada:v0a70acc3
	// local ContactRepository.Get crm:acme:contact:ada:v0a70acc3
	// UPDATE ada
	// write ContactRepository.Save [crm:acme:contact:ada]
}

// An observer can report the loads that take long.
func ExampleEvent() {
	slow := runtime.Event{
		Method: "ContactRepository.Get",
		Key:    "crm:acme:contact:ada:v0a70acc3",
		Source: runtime.SourceLoad,
		Took:   1200 * time.Millisecond,
	}
	if slow.Err == nil && slow.Took > time.Second {
		fmt.Printf("slow: %s %s %v\n", slow.Method.Short(), slow.Source, slow.Took)
	}
	// Output:
	// slow: ContactRepository.Get load 1.2s
}

// The text of a source is a label for metrics.
func ExampleSource() {
	for s := runtime.SourceLoad; s <= runtime.SourceWrite; s++ {
		fmt.Println(s)
	}
	// Output:
	// load
	// local
	// redis
	// shared
	// bypass
	// write
}

// Tenants have entries of their own. Without a tenant a read bypasses the cache.
func ExampleWithTenant() {
	cache, err := runtime.New(runtime.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	contacts := NewCachedContactRepository(NewContactTable(), cache)

	for _, tenant := range []string{"acme", "globex", "acme", ""} {
		fmt.Printf("tenant %q:\n", tenant)
		show(contacts.Get(runtime.WithTenant(context.Background(), tenant), "ada"))
	}
	// Output:
	// tenant "acme":
	// SELECT ada
	// Ada Lovelace
	// tenant "globex":
	// SELECT ada
	// Ada Lovelace
	// tenant "acme":
	// Ada Lovelace
	// tenant "":
	// SELECT ada
	// Ada Lovelace
}

// Invalidate is for changes that no decorator sees, such as an import.
func ExampleCache_Invalidate() {
	cache, err := runtime.New(runtime.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	table := NewContactTable()
	contacts := NewCachedContactRepository(table, cache)

	ctx := runtime.WithTenant(context.Background(), "acme")
	show(contacts.Get(ctx, "ada"))
	table["ada"] = "Ada King" // past the decorator
	show(contacts.Get(ctx, "ada"))
	fmt.Println(cache.Invalidate(ctx, "contact:ada", "contact:list:*"))
	show(contacts.Get(ctx, "ada"))

	err = cache.Invalidate(ctx, "contact:{id}") // a placeholder, where a value has to be
	fmt.Println(err != nil)
	// Output:
	// SELECT ada
	// Ada Lovelace
	// Ada Lovelace
	// <nil>
	// SELECT ada
	// Ada King
	// true
}

// An operator drops what is cached of one tenant, and nothing of another.
func ExampleCache_InvalidateIn() {
	cache, err := runtime.New(runtime.Options{Seed: 1}) // a test of what stays needs a seed
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	contacts := NewCachedContactRepository(NewContactTable(), cache)

	acme := runtime.WithTenant(context.Background(), "acme")
	globex := runtime.WithTenant(context.Background(), "globex")
	show(contacts.Get(acme, "ada"))
	show(contacts.Get(globex, "ada"))
	if err := cache.InvalidateIn(context.Background(), runtime.TenantOf("acme"), "*"); err != nil {
		log.Fatal(err)
	}
	show(contacts.Get(acme, "ada"))
	show(contacts.Get(globex, "ada"))
	// Output:
	// SELECT ada
	// Ada Lovelace
	// SELECT ada
	// Ada Lovelace
	// SELECT ada
	// Ada Lovelace
	// Ada Lovelace
}

// A scope is one tenant, all of them, or what all of them share.
func ExampleTenantScope() {
	cache, err := runtime.New(runtime.Options{
		App:     "crm",
		Observe: func(_ context.Context, e runtime.Event) { fmt.Println(e.Paths) },
	})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())

	ctx := runtime.WithTenant(context.Background(), "acme")
	var own runtime.TenantScope // that of the context
	for _, in := range []runtime.TenantScope{
		own, runtime.TenantOf("globex"), runtime.AllTenants, runtime.Global,
	} {
		if err := cache.InvalidateIn(ctx, in, "contact:*"); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// [crm:acme:contact:*]
	// [crm:globex:contact:*]
	// [crm:*:contact:*]
	// [crm:global:contact:*]
}

// No tenant can take the place of the global scope, whatever it is called.
func ExampleTenantOf() {
	cache, err := runtime.New(runtime.Options{
		App:     "crm",
		Observe: func(_ context.Context, e runtime.Event) { fmt.Println(e.Paths) },
	})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())

	for _, tenant := range []string{"acme", "a:b", "global", ""} {
		if err := cache.InvalidateIn(context.Background(), runtime.TenantOf(tenant), "contact:42"); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// [crm:acme:contact:42]
	// [crm:a%3Ab:contact:42]
	// [crm:%67lobal:contact:42]
	// [crm:*:contact:42]
}

// InTx is for repositories that write in a transaction of database/sql. An application makes its
// repository on tx; the table of this example has no need to.
func ExampleInTx() {
	cache, err := runtime.New(runtime.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	db := openDatabase()
	defer db.Close()
	contacts := NewCachedContactRepository(NewContactTable(), cache)

	ctx := runtime.WithTenant(context.Background(), "acme")
	show(contacts.Get(ctx, "ada"))
	err = runtime.InTx(ctx, cache, db, nil, func(ctx context.Context, tx *sql.Tx) error {
		if err := contacts.Save(ctx, &Contact{"ada", "Ada King"}); err != nil {
			return err
		}
		show(contacts.Get(ctx, "ada")) // past the cache
		return nil
	})
	fmt.Println(err)
	show(contacts.Get(ctx, "ada"))
	show(contacts.Get(ctx, "ada"))
	// Output:
	// SELECT ada
	// Ada Lovelace
	// BEGIN
	// UPDATE ada
	// SELECT ada
	// Ada King
	// COMMIT
	// <nil>
	// SELECT ada
	// Ada King
	// Ada King
}

// Begin is for transactions of anything but database/sql. Until the commit, others are answered
// with the row from before it.
func ExampleCache_Begin() {
	cache, err := runtime.New(runtime.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	contacts := NewCachedContactRepository(NewContactTable(), cache)
	ctx := runtime.WithTenant(context.Background(), "acme")
	show(contacts.Get(ctx, "ada"))

	inside, tx := cache.Begin(ctx)
	defer tx.Rollback(ctx) // nothing after a commit
	if err := contacts.Save(inside, &Contact{"ada", "Ada King"}); err != nil {
		log.Fatal(err)
	}
	show(contacts.Get(ctx, "ada"))
	// Commit to the database here. Then:
	if err := tx.Commit(ctx); err != nil {
		log.Fatal(err)
	}
	show(contacts.Get(ctx, "ada"))
	// Output:
	// SELECT ada
	// Ada Lovelace
	// UPDATE ada
	// Ada Lovelace
	// SELECT ada
	// Ada King
}

// A transaction that is rolled back leaves what is cached as it was.
func ExampleTx() {
	cache, err := runtime.New(runtime.Options{Seed: 1}) // a test of what stays needs a seed
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	ctx := runtime.WithTenant(context.Background(), "acme")
	contacts := NewCachedContactRepository(NewContactTable(), cache)
	show(contacts.Get(ctx, "ada"))

	inside, tx := cache.Begin(ctx)
	if err := cache.Invalidate(inside, "contact:*"); err != nil {
		log.Fatal(err)
	}
	tx.Rollback(ctx)
	show(contacts.Get(ctx, "ada"))
	// Output:
	// SELECT ada
	// Ada Lovelace
	// Ada Lovelace
}

// Counters are there for the whole cache and for each method.
func ExampleCache_Stats() {
	cache, err := runtime.New(runtime.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	contacts := NewCachedContactRepository(NewContactTable(), cache)

	ctx := runtime.WithTenant(context.Background(), "acme")
	for range 3 {
		contacts.Get(ctx, "ada")
	}
	stats := cache.Stats()
	fmt.Println("hits:", stats.Hits(), "pending:", stats.Pending)
	fmt.Println("loads:", stats.Method("ContactRepository.Get").Loads)
	// Output:
	// SELECT ada
	// hits: 2 pending: 0
	// loads: 1
}

// A name has the import path of its package. A pattern is its end.
func ExampleMethod() {
	method := runtime.Method("example.com/crm/store.ContactRepository.Get")
	fmt.Println(method.Package(), method.Type(), method.Name())
	fmt.Println(method.Short())
	fmt.Println(method.Matches("ContactRepository.*"), method.Matches("DealRepository.*"))
	// Output:
	// example.com/crm/store ContactRepository Get
	// ContactRepository.Get
	// true false
}

// Every method of a decorator has counters, from the start.
func ExampleStats() {
	cache, err := runtime.New(runtime.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer cache.Close(context.Background())
	NewCachedContactRepository(NewContactTable(), cache)

	stats := cache.Stats()
	for method, counts := range stats.Methods {
		fmt.Println(method.Short(), counts.Reads())
	}
	// Unordered output:
	// ContactRepository.Get 0
	// ContactRepository.Save 0
}

// The hit ratio of a method.
func ExampleCounts() {
	counts := runtime.Counts{LocalHits: 70, RedisHits: 15, Shared: 5, Loads: 10}
	fmt.Printf("%d of %d reads without a load\n", counts.Hits(), counts.Reads())
	// Output:
	// 90 of 100 reads without a load
}

// After Close the decorators still work. Nothing is cached any more.
func ExampleCache_Close() {
	cache, err := runtime.New(runtime.Options{})
	if err != nil {
		log.Fatal(err)
	}
	contacts := NewCachedContactRepository(NewContactTable(), cache)
	ctx := runtime.WithTenant(context.Background(), "acme")
	show(contacts.Get(ctx, "ada"))

	// At the end of main, when the servers have stopped:
	ending, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	fmt.Println(cache.Close(ending))

	show(contacts.Get(ctx, "ada"))
	// Output:
	// SELECT ada
	// Ada Lovelace
	// <nil>
	// SELECT ada
	// Ada Lovelace
}

// What comes out of the default codec equals what went in, or Append fails.
func ExampleDefaultCodec() {
	type account struct {
		ID     string
		Secret string `json:"-"`
		Roles  []string
	}
	codec := runtime.DefaultCodec()
	data, err := codec.Append(nil, account{ID: "42", Secret: "xyzzy"})
	if err != nil {
		log.Fatal(err)
	}
	var out account
	fmt.Println(codec.Decode(data, &out))
	fmt.Println(out.ID, out.Secret, out.Roles == nil)

	_, err = codec.Append(nil, func() {})
	fmt.Println(err != nil)
	// Output:
	// <nil>
	// 42 xyzzy true
	// true
}
