package peers

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
)

const (
	channel    = "contact-changes"
	everything = "*"
	// patience is how long it waits for Redis in each call: a load must not take much longer with a
	// cache than without.
	patience = 80 * time.Millisecond
)

// composed is what a careful team puts together: otter in the process, go-redis behind it,
// singleflight around loads, and publish and subscribe to drop the copies of other processes.
//
// Its client keeps deadlines, and each question to Redis on the way of a read has one of 80 ms. It
// forgets the running load of what it drops, so that nobody joins one from before. It drops all
// copies whenever its subscription is made anew, because messages may have been lost.
type composed[T any] struct {
	next  contact.Repository[T]
	rdb   *redis.Client
	local *otter.Cache[string, T] // nil: no copies
	loads singleflight.Group
	sub   *redis.PubSub
	over  chan struct{}
}

func openComposed[T any](s Setup, next contact.Repository[T]) (Peer[T], error) {
	c := &composed[T]{next: next, rdb: redis.NewClient(&redis.Options{Addr: s.Addr, ContextTimeoutEnabled: true})}
	if s.Remote {
		return c, nil
	}
	var err error
	c.local, err = otter.New(&otter.Options[string, T]{
		MaximumSize:      Capacity,
		ExpiryCalculator: otter.ExpiryWriting[string, T](CopyTTL),
	})
	if err != nil {
		return nil, errors.Join(err, c.rdb.Close())
	}
	ctx := context.Background()
	c.sub, c.over = c.rdb.Subscribe(ctx, channel), make(chan struct{})
	if _, err := c.sub.Receive(ctx); err != nil {
		return nil, errors.Join(err, c.sub.Close(), c.rdb.Close())
	}
	go c.follow(c.sub.ChannelWithSubscriptions())
	return c, nil
}

// follow ends with the subscription.
func (c *composed[T]) follow(messages <-chan any) {
	defer close(c.over)
	for m := range messages {
		switch m := m.(type) {
		case *redis.Subscription:
			c.local.InvalidateAll()
		case *redis.Message:
			if m.Payload == everything {
				c.local.InvalidateAll()
			} else {
				c.local.Invalidate(m.Payload)
			}
		}
	}
}

func (c *composed[T]) Get(ctx context.Context, id string) (T, error) {
	if c.local != nil {
		if v, ok := c.local.GetIfPresent(id); ok {
			return v, nil
		}
	}
	// A caller that gives up must not end the load for the others.
	flight := c.loads.DoChan(id, func() (any, error) { return c.find(context.WithoutCancel(ctx), id) })
	select {
	case r := <-flight:
		v, _ := r.Val.(T)
		return v, r.Err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// find looks into Redis, and loads what is not there.
func (c *composed[T]) find(ctx context.Context, id string) (T, error) {
	var v T
	short, cancel := context.WithTimeout(ctx, patience)
	data, err := c.rdb.Get(short, Prefix+id).Bytes()
	cancel()
	if err == nil && json.Unmarshal(data, &v) == nil {
		c.keep(id, v)
		return v, nil
	}
	if v, err = c.next.Get(ctx, id); err != nil {
		return v, err
	}
	if data, err := json.Marshal(v); err == nil {
		short, cancel := context.WithTimeout(ctx, patience)
		_ = c.rdb.Set(short, Prefix+id, data, TTL).Err() // the value is there; only the cache is not
		cancel()
	}
	c.keep(id, v)
	return v, nil
}

func (c *composed[T]) keep(id string, v T) {
	if c.local != nil {
		c.local.Set(id, v)
	}
}

func (c *composed[T]) GetMany(ctx context.Context, ids []string) (map[string]T, error) {
	out := make(map[string]T, len(ids))
	missing := make([]string, 0, len(ids))
	for _, id := range ids {
		if c.local != nil {
			if v, ok := c.local.GetIfPresent(id); ok {
				out[id] = v
				continue
			}
		}
		missing = append(missing, id)
	}
	if len(missing) == 0 {
		return out, nil
	}
	// What is left is an aside without copies.
	found, err := (&aside[T]{c.next, c.rdb}).GetMany(ctx, missing)
	for id, v := range found {
		c.keep(id, v)
		out[id] = v
	}
	return out, err
}

func (c *composed[T]) Update(ctx context.Context, id string, v T) error {
	err := c.next.Update(ctx, id, v)
	c.loads.Forget(id)
	_, sent := c.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Del(ctx, Prefix+id)
		p.Publish(ctx, channel, id)
		return nil
	})
	if c.local != nil {
		c.local.Invalidate(id)
	}
	return errors.Join(err, sent)
}

// UpdateAll finds the keys under the prefix with SCAN, and unlinks them a thousand at a time.
func (c *composed[T]) UpdateAll(ctx context.Context) error {
	err := c.next.UpdateAll(ctx)
	for cursor := uint64(0); ; {
		keys, next, scanned := c.rdb.Scan(ctx, cursor, Prefix+"*", 1000).Result()
		if scanned != nil {
			return errors.Join(err, scanned)
		}
		if len(keys) > 0 {
			err = errors.Join(err, c.rdb.Unlink(ctx, keys...).Err())
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	err = errors.Join(err, c.rdb.Publish(ctx, channel, everything).Err())
	if c.local != nil {
		c.local.InvalidateAll()
	}
	return err
}

func (c *composed[T]) Close() error {
	var err error
	if c.sub != nil {
		err = c.sub.Close()
		<-c.over
	}
	return errors.Join(err, c.rdb.Close())
}
