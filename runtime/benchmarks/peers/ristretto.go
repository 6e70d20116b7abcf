package peers

import (
	"context"

	"github.com/dgraph-io/ristretto/v2"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
)

// ristrettoPeer is ristretto with the loop that each of its users writes around it: get, load, set.
type ristrettoPeer[T any] struct {
	next  contact.Repository[T]
	cache *ristretto.Cache[string, T]
}

// openRistretto has the cost and the buffers of its README, and ten counters for each entry, as the
// documentation of Config advises.
func openRistretto[T any](s Setup, next contact.Repository[T]) (Peer[T], error) {
	if s.Remote {
		return nil, noRedis
	}
	cache, err := ristretto.NewCache(&ristretto.Config[string, T]{NumCounters: 10 * Capacity, MaxCost: 1 << 30, BufferItems: 64})
	if err != nil {
		return nil, err
	}
	return &ristrettoPeer[T]{next, cache}, nil
}

func (c *ristrettoPeer[T]) Get(ctx context.Context, id string) (T, error) {
	if v, ok := c.cache.Get(id); ok {
		return v, nil
	}
	v, err := c.next.Get(ctx, id)
	if err == nil {
		c.cache.SetWithTTL(id, v, 1, TTL)
	}
	return v, err
}

func (c *ristrettoPeer[T]) GetMany(context.Context, []string) (map[string]T, error) {
	return nil, noBatch
}

func (c *ristrettoPeer[T]) Update(ctx context.Context, id string, v T) error {
	err := c.next.Update(ctx, id, v)
	c.cache.Del(id)
	return err
}

// UpdateAll clears the cache, which has nothing but contacts.
func (c *ristrettoPeer[T]) UpdateAll(ctx context.Context) error {
	err := c.next.UpdateAll(ctx)
	c.cache.Clear()
	return err
}

// Settle waits until what was set can be found.
func (c *ristrettoPeer[T]) Settle() { c.cache.Wait() }

func (c *ristrettoPeer[T]) Close() error {
	c.cache.Close()
	return nil
}
