package peers

import (
	"context"

	"github.com/Yiling-J/theine-go"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
)

// theinePeer is a loading cache of theine.
type theinePeer[T any] struct {
	next  contact.Repository[T]
	cache *theine.LoadingCache[string, T]
}

func openTheine[T any](s Setup, next contact.Repository[T]) (Peer[T], error) {
	if s.Remote {
		return nil, noRedis
	}
	cache, err := theine.NewBuilder[string, T](Capacity).Loading(func(ctx context.Context, id string) (theine.Loaded[T], error) {
		v, err := next.Get(ctx, id)
		return theine.Loaded[T]{Value: v, Cost: 1, TTL: TTL}, err
	}).Build()
	if err != nil {
		return nil, err
	}
	return &theinePeer[T]{next, cache}, nil
}

func (c *theinePeer[T]) Get(ctx context.Context, id string) (T, error) { return c.cache.Get(ctx, id) }

func (c *theinePeer[T]) GetMany(context.Context, []string) (map[string]T, error) {
	return nil, noBatch
}

func (c *theinePeer[T]) Update(ctx context.Context, id string, v T) error {
	err := c.next.Update(ctx, id, v)
	c.cache.Delete(id)
	return err
}

func (c *theinePeer[T]) UpdateAll(context.Context) error {
	return refusal("it deletes keys one at a time")
}

func (c *theinePeer[T]) Close() error {
	c.cache.Close()
	return nil
}
