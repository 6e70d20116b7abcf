package peers

import (
	"context"
	"errors"

	"github.com/go-redis/cache/v9"
	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
)

// goRedisCache is go-redis/cache: Once for reads, Delete after writes, as in its README.
type goRedisCache[T any] struct {
	next  contact.Repository[T]
	rdb   *redis.Client
	cache *cache.Cache
}

// openGoRedisCache has a TinyLFU whose entries live for a minute, as in the README.
func openGoRedisCache[T any](s Setup, next contact.Repository[T]) (Peer[T], error) {
	rdb := redis.NewClient(&redis.Options{Addr: s.Addr})
	o := &cache.Options{Redis: rdb}
	if !s.Remote {
		o.LocalCache = cache.NewTinyLFU(Capacity, CopyTTL)
	}
	return &goRedisCache[T]{next, rdb, cache.New(o)}, nil
}

func (c *goRedisCache[T]) Get(ctx context.Context, id string) (T, error) {
	var v T
	err := c.cache.Once(&cache.Item{
		Ctx: ctx, Key: Prefix + id, Value: &v, TTL: TTL,
		Do: func(item *cache.Item) (any, error) { return c.next.Get(item.Context(), id) },
	})
	return v, err
}

func (c *goRedisCache[T]) GetMany(context.Context, []string) (map[string]T, error) {
	return nil, noBatch
}

func (c *goRedisCache[T]) Update(ctx context.Context, id string, v T) error {
	return errors.Join(c.next.Update(ctx, id, v), c.cache.Delete(ctx, Prefix+id))
}

func (c *goRedisCache[T]) UpdateAll(context.Context) error { return noPattern }

func (c *goRedisCache[T]) Close() error { return c.rdb.Close() }
