package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// Cache holds the answers of generated decorators. It is safe for concurrent use. Make it with New; one for an application is enough.
type Cache struct {
	o       Options
	head    string // app: with the separator, escaped: how every key begins
	local   *local
	redis   *redisTier // nil: the process is alone
	flights *flights

	mu      sync.Mutex
	methods map[string]*counters
	closed  atomic.Bool
	work    sync.WaitGroup // goroutines that the cache has started
	ending  context.Context
	end     context.CancelFunc

	warnTenant sync.Once
	logged     gate
}

// New makes a cache. It does not touch the network: a Redis that is down costs loads, not the start of the application.
func New(o Options) (*Cache, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Cache{
		o:       o,
		head:    string(append(appendEscaped(nil, o.App), separator)),
		flights: newFlights(),
		methods: make(map[string]*counters),
	}
	if c.local, err = newLocal(o.MaxBytes); err != nil {
		return nil, fmt.Errorf("cachegen: in-process tier: %w", err)
	}
	if o.Redis != nil {
		c.redis = newRedisTier(&c.o, &c.work)
	}
	c.ending, c.end = context.WithCancel(context.Background())
	return c, nil
}

// Close waits for running loads and round trips, and ends them when ctx ends first; the error is then that of ctx. Reads after Close call
// the inner repository, writes still invalidate. Close is idempotent. It does not close Options.Redis.
func (c *Cache) Close(ctx context.Context) error {
	c.closed.Store(true)
	drained := make(chan struct{})
	go func() {
		c.work.Wait()
		close(drained)
	}()
	select {
	case <-drained:
		c.end()
		return nil
	case <-ctx.Done():
	}
	c.end()
	select {
	case <-drained:
	default:
	}
	return fmt.Errorf("cachegen: closed with work still running: %w", ctx.Err())
}

// Invalidate makes entries stale by hand: "contact:42" that one entry, "contact:*" everything under contact, "*" everything. Segments are
// escaped as in the directives' templates: write a colon, star or percent sign that belongs to a value as %3A, %2A, %25. It is about the
// tenant of the context, and about every tenant if there is none. The context's cancellation does not stop it.
//
// The error says which patterns are malformed, and then nothing was invalidated; or that Redis did not accept the invalidation.
func (c *Cache) Invalidate(ctx context.Context, patterns ...string) error {
	inv := c.begin(ctx, c.counters("Cache.Invalidate"), "Cache.Invalidate")
	var errs []error
	for _, pattern := range patterns {
		path, all, err := parsePattern(pattern)
		if err != nil {
			errs = append(errs, fmt.Errorf("cachegen: pattern %q: %w", pattern, err))
			continue
		}
		inv.add(inv.tenant(), []string{path}, all)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return inv.send()
}
