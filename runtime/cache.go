package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
	"github.com/cachegen/cachegen/runtime/internal/store"
	"github.com/cachegen/cachegen/runtime/internal/work"
)

// Cache holds the answers of generated decorators. Make it with [New]; an application needs one. It
// is safe for concurrent use.
type Cache struct {
	o       settings
	head    string // app: with the separator, escaped: how every key begins
	local   *local.Tier
	redis   sharedStore // nil: the cache lives in this process alone
	follow  follower    // of redis
	flights *flights
	loads   loadLimit
	late    *lateFills
	retries retries

	mu      sync.Mutex
	methods map[Method]*counters
	reads   map[[2]string]readOf // by prefix and version
	closed  atomic.Bool
	closing context.Context // over with Close: no more waiting for what is not urgent
	close   context.CancelFunc
	work    work.Group      // goroutines that the cache has started
	ending  context.Context // over when Close has waited long enough
	end     context.CancelFunc

	warnTenant sync.Once
	logged     gate
}

// New makes a cache. It fails only for Options that cannot work, such as a negative duration or a
// cluster client that reads from replicas. It does not connect: while Redis is down, reads load.
func New(o Options) (*Cache, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Cache{
		o:       o.settings(),
		head:    string(append(key.AppendEscaped(nil, o.App), key.Separator)),
		flights: newFlights(),
		loads:   make(loadLimit, o.MaxLoads),
		late:    newLateFills(),
		methods: make(map[Method]*counters),
		reads:   make(map[[2]string]readOf),
	}
	c.closing, c.close = context.WithCancel(context.Background())
	c.ending, c.end = context.WithCancel(context.Background())
	if c.local, err = local.New(o.MaxBytes, o.Seed); err != nil {
		return nil, fmt.Errorf("cachegen: in-process tier: %w", err)
	}
	if o.Redis != nil {
		redis := store.New(store.Config{
			Client:      o.Redis,
			App:         string(key.AppendEscaped(nil, o.App)),
			Codec:       entry.CodecOf(o.format()),
			LoadTimeout: o.LoadTimeout,
			Wait:        o.RedisTimeout,
			Local:       c.local,
			Group:       &c.work,
			Closing:     c.closing,
			Warn:        c.warn,
		})
		c.redis = redis
		c.follow = store.NewFollower(c.ending, redis, &c.work, o.Staleness, c.warn)
	} else {
		c.local.Rule()
	}
	return c, nil
}

// Close waits for running loads, round trips and retries. If ctx ends first, Close ends them and
// the error says what was left undone. A ctx without a deadline ends after [Options.LoadTimeout].
// After Close, reads call the inner repository and writes still invalidate. Close may be called
// again. It does not close [Options.Redis].
func (c *Cache) Close(ctx context.Context) error {
	c.closed.Store(true)
	c.close()
	if c.follow != nil {
		c.follow.Stop()
	}
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.o.loadTimeout)
		defer cancel()
	}
	err := c.work.Wait(ctx)
	if err != nil {
		err = fmt.Errorf("cachegen: closed with work still running: %w", err)
	}
	c.end()
	if n := c.pending(); n > 0 {
		err = errors.Join(err, fmt.Errorf("cachegen: closed with %d invalidations that Redis has not accepted", n))
	}
	return err
}

// Invalidate makes entries stale by hand: "contact:42" one entry, "contact:*" everything under
// contact, "*" everything. It covers the tenant of ctx, and every tenant if ctx has none.
//
// A pattern holds values, not placeholders: "contact:{id}" is malformed. Write a colon, star or
// percent sign of a value as %3A, %2A or %25.
//
// Cancelling ctx does not stop the invalidation. Inside a transaction it waits for the commit.
//
// If a pattern is malformed, the error says which and nothing is invalidated. Any other error is an
// [*InvalidationError], whatever [Options.StrictInvalidation] says.
func (c *Cache) Invalidate(ctx context.Context, patterns ...string) error {
	return c.InvalidateIn(ctx, TenantScope{}, patterns...)
}

// InvalidateIn is [Cache.Invalidate] in a given scope: [TenantOf] one tenant, [Global] or
// [AllTenants].
func (c *Cache) InvalidateIn(ctx context.Context, in TenantScope, patterns ...string) error {
	inv := c.begin(ctx, c.counters("Cache.Invalidate"), "Cache.Invalidate", 0)
	tenant := in.encoded
	if tenant == "" {
		tenant = inv.tenant()
	}
	var errs []error
	for _, pattern := range patterns {
		encoded, all, err := path.Parse(pattern)
		if err != nil {
			errs = append(errs, fmt.Errorf("cachegen: pattern %q: %w", pattern, err))
			continue
		}
		inv.add(tenant, path.Reach([]byte(encoded), all), all)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return inv.send()
}
