package guard

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/benchmarks/service/crm"
	"github.com/cachegen/cachegen/runtime/benchmarks/service/postgres"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// database answers at once.
type database struct{}

var (
	theContact = postgres.Contact(1, postgres.Sized(1000))
	thePrice   = Price{Cents: 999, Currency: [3]byte{'E', 'U', 'R'}, Until: time.Unix(1<<31, 0)}
)

func (database) Price(context.Context, string) (Price, error) {
	return thePrice, nil
}

func (database) Contact(context.Context, string) (*crm.Contact, error) {
	return theContact, nil
}

func (d database) Shared(ctx context.Context, id string) (*crm.Contact, error) {
	return d.Contact(ctx, id)
}

func (d database) Remote(ctx context.Context, id string) (*crm.Contact, error) {
	return d.Contact(ctx, id)
}

func (database) Contacts(_ context.Context, ids []string) (map[string]*crm.Contact, error) {
	contacts := make(map[string]*crm.Contact, len(ids))
	for _, id := range ids {
		contacts[id] = theContact
	}
	return contacts, nil
}

func (d database) RemoteMany(ctx context.Context, ids []string) (map[string]*crm.Contact, error) {
	return d.Contacts(ctx, ids)
}

// shop is a cached shop in front of a database, and a context for it.
type shop struct {
	*CachedShop
	ctx   context.Context
	cache *runtime.Cache
}

// openShop opens a shop. A nil client is a cache in this process alone.
func openShop(client redis.UniversalClient) (*shop, error) {
	// A busy machine is no failure of Redis.
	cache, err := runtime.New(runtime.Options{App: "shop", Redis: client, Tenant: crm.Tenant, Seed: 1, RedisTimeout: 10 * time.Second})
	if err != nil {
		return nil, err
	}
	return &shop{NewCachedShop(database{}, cache), crm.WithTenant(context.Background(), "acme"), cache}, nil
}

// newShop opens a shop until the end of a test.
func newShop(t testing.TB, client redis.UniversalClient) *shop {
	t.Helper()
	s, err := openShop(client)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.cache.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// source is a counter of reads that were answered from one place.
type source func(runtime.Counts) uint64

func localHit(c runtime.Counts) uint64 { return c.LocalHits }
func redisHit(c runtime.Counts) uint64 { return c.RedisHits }
func load(c runtime.Counts) uint64     { return c.Loads }

// warm calls until all reads of a call are answered from where they should be. A process keeps
// copies from when it follows the invalidations of others.
func (s *shop) warm(t testing.TB, from source, reads int, call func()) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		before := from(s.cache.Stats().Counts)
		call()
		if from(s.cache.Stats().Counts)-before == uint64(reads) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a read does not come to be answered from where it should be")
		}
	}
}

// startRedis starts a server and returns a client of it, which keeps deadlines.
func startRedis(t testing.TB) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: redistest.Start(t).Addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// contactIDs are the names of a hundred contacts.
func contactIDs() []string {
	ids := make([]string, 100)
	for i := range ids {
		ids[i] = postgres.ContactID(i)
	}
	return ids
}
