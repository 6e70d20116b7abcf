package peers

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/viccon/sturdyc"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
)

// sturdy is sturdyc over a distributed storage, which is ours to write: here it is Redis. A write
// deletes from both, because sturdyc leaves deletions of the storage to the application.
type sturdy[T any] struct {
	next    contact.Repository[T]
	cache   *sturdyc.Client[T]
	key     sturdyc.KeyFn
	storage *storage // nil: none
	// remote makes each read look into the storage. The cache keeps every entry, so its own is
	// dropped first.
	remote bool
}

// openSturdyc has the shards and the share of evictions of its README. Early refreshes are off:
// they reload in the background what is read often, and no write makes anything stale by them.
func openSturdyc[T any](s Setup, next contact.Repository[T]) (Peer[T], error) {
	c := &sturdy[T]{next: next, remote: s.Remote}
	o := []sturdyc.Option{sturdyc.WithLog(&sturdyc.NoopLogger{})}
	if s.Addr != "" {
		c.storage = &storage{redis.NewClient(&redis.Options{Addr: s.Addr})}
		o = append(o, sturdyc.WithDistributedStorage(c.storage))
	}
	c.cache = sturdyc.New[T](Capacity, 10, TTL, 10, o...)
	c.key = c.cache.BatchKeyFn("contact")
	return c, nil
}

func (c *sturdy[T]) Get(ctx context.Context, id string) (T, error) {
	key := c.key(id)
	if c.remote {
		c.cache.Delete(key)
	}
	return c.cache.GetOrFetch(ctx, key, func(ctx context.Context) (T, error) { return c.next.Get(ctx, id) })
}

func (c *sturdy[T]) GetMany(ctx context.Context, ids []string) (map[string]T, error) {
	if c.remote {
		for _, id := range ids {
			c.cache.Delete(c.key(id))
		}
	}
	return c.cache.GetOrFetchBatch(ctx, ids, c.key, c.next.GetMany)
}

func (c *sturdy[T]) Update(ctx context.Context, id string, v T) error {
	err := c.next.Update(ctx, id, v)
	if c.storage != nil {
		err = errors.Join(err, c.storage.rdb.Del(ctx, c.key(id)).Err())
	}
	c.cache.Delete(c.key(id))
	return err
}

func (c *sturdy[T]) UpdateAll(ctx context.Context) error {
	return noPattern
}

func (c *sturdy[T]) Close() error {
	if c.storage == nil {
		return nil
	}
	return c.storage.rdb.Close()
}

// storage implements sturdyc.DistributedStorage.
type storage struct{ rdb *redis.Client }

func (s *storage) Get(ctx context.Context, key string) ([]byte, bool) {
	data, err := s.rdb.Get(ctx, key).Bytes()
	return data, err == nil
}

func (s *storage) Set(ctx context.Context, key string, value []byte) {
	_ = s.rdb.Set(ctx, key, value, TTL).Err()
}

func (s *storage) GetBatch(ctx context.Context, keys []string) map[string][]byte {
	out := make(map[string][]byte, len(keys))
	found, err := s.rdb.MGet(ctx, keys...).Result()
	if err != nil {
		return out
	}
	for i, v := range found {
		if text, ok := v.(string); ok {
			out[keys[i]] = []byte(text)
		}
	}
	return out
}

func (s *storage) SetBatch(ctx context.Context, records map[string][]byte) {
	_, _ = s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for key, value := range records {
			p.Set(ctx, key, value, time.Duration(TTL))
		}
		return nil
	})
}
