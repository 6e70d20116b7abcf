package peers

import (
	"context"
	"errors"

	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/stores/cache"
	"github.com/zeromicro/go-zero/core/stores/redis"
	"github.com/zeromicro/go-zero/core/syncx"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
)

// goZero is go-zero's core/stores/cache, as the models that goctl generates use it through sqlc:
// Take for reads, Del after writes.
type goZero[T any] struct {
	next  contact.Repository[T]
	cache cache.Cache
}

var errGoZeroNotFound = errors.New("not found")

// go-zero prints what its process takes once a minute, from the moment it is imported.
func init() { logx.DisableStat() }

// openGoZero connects without waiting for the server, the default of its configuration files. Its
// clients are shared by address and live as long as the process.
func openGoZero[T any](s Setup, next contact.Repository[T]) (Peer[T], error) {
	logx.Disable() // it prints each slow or failed call
	c := cache.New(cache.ClusterConf{{
		RedisConf: redis.RedisConf{
			Host: s.Addr, Type: redis.NodeType, NonBlock: true, Protocol: 3, MaintNotifications: "disabled",
			// Redis before 7.2 refuses CLIENT SETINFO, and the breaker counts that as a failure.
			// Its documentation says to leave it out.
			DisableIdentity: true,
		},
		Weight: 100,
	}}, syncx.NewSingleFlight(), cache.NewStat("contact"), errGoZeroNotFound, cache.WithExpiry(TTL))
	return &goZero[T]{next, c}, nil
}

func (c *goZero[T]) Get(ctx context.Context, id string) (T, error) {
	var v T
	err := c.cache.TakeCtx(ctx, &v, Prefix+id, func(dst any) error {
		loaded, err := c.next.Get(ctx, id)
		*dst.(*T) = loaded
		return err
	})
	return v, err
}

func (c *goZero[T]) GetMany(context.Context, []string) (map[string]T, error) {
	return nil, noBatch
}

func (c *goZero[T]) Update(ctx context.Context, id string, v T) error {
	return errors.Join(c.next.Update(ctx, id, v), c.cache.DelCtx(ctx, Prefix+id))
}

func (c *goZero[T]) UpdateAll(context.Context) error { return noPattern }

func (c *goZero[T]) Close() error { return nil }
