package peers

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/contact/remote"
	"github.com/cachegen/cachegen/runtime/benchmarks/contact/shared"
)

// generated is a wrapper that cachegen generated, with the cache that it uses.
type generated[T any] struct {
	contact.Repository[T]
	cache *runtime.Cache
	rdb   *redis.Client
}

// openGenerated makes a cache as docs/redis.md has it: the client keeps deadlines. wrap is the
// generated constructor.
func openGenerated[T any](s Setup, wrap func(*runtime.Cache) contact.Repository[T]) (Peer[T], error) {
	o := runtime.Options{App: "crm", Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
	g := &generated[T]{}
	if s.Addr != "" {
		g.rdb = redis.NewClient(&redis.Options{Addr: s.Addr, ContextTimeoutEnabled: true})
		o.Redis = g.rdb
	}
	var err error
	if g.cache, err = runtime.New(o); err != nil {
		return nil, err
	}
	g.Repository = wrap(g.cache)
	return g, nil
}

func (g *generated[T]) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := g.cache.Close(ctx)
	if g.rdb != nil {
		err = errors.Join(err, g.rdb.Close())
	}
	return err
}

func openCachegenContacts(s Setup, next contact.Repository[*contact.Contact]) (Peer[*contact.Contact], error) {
	return openGenerated(s, func(c *runtime.Cache) contact.Repository[*contact.Contact] {
		switch {
		case s.Remote:
			return remote.NewCachedContacts(next, c)
		case s.Shared:
			return shared.NewCachedContacts(next, c)
		}
		return contact.NewCachedContacts(next, c)
	})
}

func openCachegenCards(s Setup, next contact.Repository[contact.Card]) (Peer[contact.Card], error) {
	if s.Remote {
		return nil, refusal("the comparison has no annotated interface for it")
	}
	return openGenerated(s, func(c *runtime.Cache) contact.Repository[contact.Card] {
		return contact.NewCachedCards(next, c)
	})
}
