package service

import (
	"context"
	"encoding/json"
	"fmt"
	gort "runtime"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/benchmarks/service/crm"
	"github.com/cachegen/cachegen/runtime/benchmarks/service/postgres"
)

// memoryConfig is the request to a child that fills a cache.
type memoryConfig struct {
	Entries int
	Redis   string // address of an empty server
}

// A memoryReport says what entries take, in bytes.
type memoryReport struct {
	JSON    float64 // one value as JSON
	Encoded float64 // one value in Redis, with what is stored beside it
	Values  uint64  // the values alone, in Go's heap
	Empty   uint64  // a cache without entries, in Go's heap
	Local   uint64  // the local tier with all entries, in Go's heap
	Redis   uint64  // used_memory of the server, beyond that of the empty one
	Entry   float64 // MEMORY USAGE of an entry
}

// fill is how many contacts one batch asks for.
const fill = 500

// memoryChild measures the values alone, then a cache that has them all as copies.
func memoryChild(ctx context.Context, in *json.Decoder, out *json.Encoder) (err error) {
	var config memoryConfig
	if err := in.Decode(&config); err != nil {
		return err
	}
	report := new(memoryReport)
	source := generated{size: postgres.Sized(config.Entries)}

	before := heap()
	values := make([]*crm.Contact, config.Entries)
	for n := range values {
		if values[n], err = source.contact(n); err != nil {
			return err
		}
	}
	report.Values = heap() - before
	for _, c := range values[:min(len(values), 1000)] {
		text, err := json.Marshal(c)
		if err != nil {
			return err
		}
		report.JSON += float64(len(text)) / float64(min(len(values), 1000))
	}
	values = nil

	client := redis.NewClient(&redis.Options{Addr: config.Redis, ContextTimeoutEnabled: true})
	defer client.Close()
	empty, err := usedMemory(ctx, client)
	if err != nil {
		return err
	}
	before = heap()
	cache, err := newCache(runtime.Options{Redis: client, MaxBytes: 1 << 40})
	if err != nil {
		return err
	}
	defer closeCache(cache, &err)
	repo := crm.NewCachedContactRepository(source, cache)
	report.Empty = heap() - before

	ctx = crm.WithTenant(ctx, postgres.Tenant)
	if err := fillAll(ctx, repo, cache, config.Entries); err != nil {
		return err
	}
	report.Local = heap() - before
	gort.KeepAlive(repo)

	full, err := usedMemory(ctx, client)
	if err != nil {
		return err
	}
	report.Redis = full - empty
	if report.Encoded, report.Entry, err = entries(ctx, client, config.Entries); err != nil {
		return err
	}
	return out.Encode(report)
}

// fillAll reads all contacts until each of them was a copy in the process: before the process
// follows the invalidations of others, which takes milliseconds, it keeps none.
func fillAll(ctx context.Context, repo crm.ContactRepository, cache *runtime.Cache, entries int) error {
	for deadline := time.Now().Add(10 * time.Minute); ; {
		before := cache.Stats().LocalHits
		for n := 0; n < entries; n += fill {
			if _, err := repo.GetMany(ctx, contactIDs(n, min(fill, entries-n))); err != nil {
				return err
			}
		}
		hits := cache.Stats().LocalHits - before
		if hits == uint64(entries) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d entries were copies in the process", hits, entries)
		}
	}
}

// generated is a repository of contacts that no database holds.
type generated struct {
	crm.ContactRepository // nil: only GetMany is called
	size                  postgres.Size
}

// contact makes the contact of a number. Each of its strings has memory of its own, as those that a
// database driver reads.
func (g generated) contact(n int) (*crm.Contact, error) {
	text, err := json.Marshal(postgres.Contact(n, g.size))
	if err != nil {
		return nil, err
	}
	c := new(crm.Contact)
	return c, json.Unmarshal(text, c)
}

// GetMany implements [crm.ContactRepository].
func (g generated) GetMany(_ context.Context, ids []string) (map[string]*crm.Contact, error) {
	contacts := make(map[string]*crm.Contact, len(ids))
	for _, id := range ids {
		n, err := strconv.Atoi(id[strings.LastIndexByte(id, '-')+1:])
		if err != nil {
			return nil, err
		}
		if contacts[id], err = g.contact(n); err != nil {
			return nil, err
		}
	}
	return contacts, nil
}

func contactIDs(from, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = postgres.ContactID(from + i)
	}
	return ids
}

// heap is what is reachable in this process's heap.
func heap() uint64 {
	gort.GC()
	gort.GC() // what the first one has finalized, and the caches of pools
	var m gort.MemStats
	gort.ReadMemStats(&m)
	return m.HeapAlloc
}

func usedMemory(ctx context.Context, client *redis.Client) (uint64, error) {
	info, err := client.InfoMap(ctx, "memory").Result()
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(info["Memory"]["used_memory"], 10, 64)
}

// entries are the mean length and the mean memory of the entries in Redis, of up to a thousand.
func entries(ctx context.Context, client *redis.Client, n int) (length, memory float64, err error) {
	keys := client.Scan(ctx, 0, "crm:"+postgres.Tenant+":contact:*", 1000).Iterator()
	found := 0
	for ; found < min(n, 1000) && keys.Next(ctx); found++ {
		l, err := client.StrLen(ctx, keys.Val()).Result()
		if err != nil {
			return 0, 0, err
		}
		m, err := client.MemoryUsage(ctx, keys.Val()).Result()
		if err != nil {
			return 0, 0, err
		}
		length, memory = length+float64(l), memory+float64(m)
	}
	if err := keys.Err(); err != nil {
		return 0, 0, err
	}
	if found == 0 {
		return 0, 0, fmt.Errorf("none of %d entries is in Redis", n)
	}
	return length / float64(found), memory / float64(found), nil
}
