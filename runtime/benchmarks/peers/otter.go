package peers

import (
	"context"

	"github.com/maypok86/otter/v2"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
)

// otterPeer is otter with its own loading. A hit is a bare look-up by id: the floor of hits in the
// process.
type otterPeer[T any] struct {
	next  contact.Repository[T]
	cache *otter.Cache[string, T]
	load  otter.LoaderFunc[string, T]
	bulk  otter.BulkLoaderFunc[string, T]
}

func openOtter[T any](s Setup, next contact.Repository[T]) (Peer[T], error) {
	if s.Remote {
		return nil, noRedis
	}
	cache, err := otter.New(&otter.Options[string, T]{
		MaximumSize:      Capacity,
		ExpiryCalculator: otter.ExpiryWriting[string, T](TTL),
	})
	if err != nil {
		return nil, err
	}
	return &otterPeer[T]{next, cache, next.Get, next.GetMany}, nil
}

func (c *otterPeer[T]) Get(ctx context.Context, id string) (T, error) {
	if v, ok := c.cache.GetIfPresent(id); ok {
		return v, nil
	}
	return c.cache.Get(ctx, id, c.load)
}

func (c *otterPeer[T]) GetMany(ctx context.Context, ids []string) (map[string]T, error) {
	return c.cache.BulkGet(ctx, ids, c.bulk)
}

func (c *otterPeer[T]) Update(ctx context.Context, id string, v T) error {
	err := c.next.Update(ctx, id, v)
	c.cache.Invalidate(id)
	return err
}

// UpdateAll clears the cache, which has nothing but contacts.
func (c *otterPeer[T]) UpdateAll(ctx context.Context) error {
	err := c.next.UpdateAll(ctx)
	c.cache.InvalidateAll()
	return err
}

func (c *otterPeer[T]) Close() error {
	c.cache.StopAllGoroutines()
	return nil
}

// copying hands out a deep copy of what a peer has, written by hand.
type copying struct{ Peer[*contact.Contact] }

func openOtterCopying(s Setup, next contact.Repository[*contact.Contact]) (Peer[*contact.Contact], error) {
	p, err := openOtter(s, next)
	if err != nil {
		return nil, err
	}
	return copying{p}, nil
}

func (c copying) Get(ctx context.Context, id string) (*contact.Contact, error) {
	v, err := c.Peer.Get(ctx, id)
	return v.Clone(), err
}

func (c copying) GetMany(ctx context.Context, ids []string) (map[string]*contact.Contact, error) {
	found, err := c.Peer.GetMany(ctx, ids)
	out := make(map[string]*contact.Contact, len(found))
	for id, v := range found {
		out[id] = v.Clone()
	}
	return out, err
}
