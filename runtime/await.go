package runtime

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// budget is what is left of the time that one read may wait for Redis. A nil budget allows defaultWait once.
type budget struct{ left time.Duration }

// defaultWait bounds a round trip that no read waits for.
const defaultWait = 2 * time.Second

// errRedisTimeout is a round trip that took longer than Options.RedisTimeout, or defaultWait, allows. The client may still be waiting for it.
var errRedisTimeout = errors.New("Redis did not answer in time")

// errRedisOpen is a round trip that was not tried.
var errRedisOpen = errors.New("not tried, because the last ones failed")

// await runs a round trip to a server, whose breaker is at, and waits for it as long as the budget and the context allow. A client with
// ContextTimeoutEnabled keeps the deadline by itself, on its connections; others can hold their caller for many times a deadline when a server is
// frozen, so they are called on another goroutine.
func await[T any](ctx context.Context, t *redisTier, at *breaker, b *budget, trip func(context.Context) (T, error)) (T, error) {
	var zero T
	if b == nil {
		b = &budget{defaultWait}
	} else if !at.allow() {
		return zero, errRedisOpen
	}
	if b.left <= 0 {
		return zero, errRedisTimeout
	}
	type answer struct {
		value T
		err   error
	}
	started := time.Now()
	if t.direct {
		tripCtx, cancel := context.WithTimeout(ctx, b.left)
		defer cancel()
		value, err := trip(tripCtx)
		b.left -= time.Since(started)
		switch {
		case isReply(err):
			t.report(at, err)
		case ctx.Err() != nil: // it says nothing about Redis that the caller has gone
			err = fmt.Errorf("gave up waiting for Redis: %w", ctx.Err())
		default:
			t.report(at, err)
			if tripCtx.Err() != nil {
				err = fmt.Errorf("%w: %w", errRedisTimeout, err)
			}
		}
		return value, err
	}
	tripCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.left)
	answered := make(chan answer, 1)
	t.trips.Go(func() {
		defer cancel()
		value, err := trip(tripCtx)
		answered <- answer{value, err}
	})
	select {
	case a := <-answered:
		b.left -= time.Since(started)
		t.report(at, a.err)
		return a.value, a.err
	case <-tripCtx.Done():
		b.left -= time.Since(started)
		select {
		case a := <-answered: // cancel ends tripCtx too
			t.report(at, a.err)
			return a.value, a.err
		default:
		}
		t.report(at, errRedisTimeout)
		return zero, errRedisTimeout
	case <-ctx.Done():
		b.left -= time.Since(started)
		return zero, fmt.Errorf("gave up waiting for Redis: %w", ctx.Err())
	}
}

// server returns the breaker of the server that has a key. The nodes of a cluster fail one by one.
func (t *redisTier) server(key string) *breaker {
	if t.nodes == nil || !t.mapped.Load() { // before the cluster has answered once, asking where a key is can block
		return &t.breaker
	}
	node, err := t.nodes.MasterForKey(context.Background(), key)
	if err != nil {
		return &t.breaker
	}
	addr := node.Options().Addr
	if b, ok := t.breakers.Load(addr); ok {
		return b.(*breaker)
	}
	b, _ := t.breakers.LoadOrStore(addr, new(breaker))
	return b.(*breaker)
}

// report notes how a round trip to a server ended.
func (t *redisTier) report(at *breaker, err error) {
	serves := err == nil || isReply(err)
	for _, refusal := range []string{"CLUSTERDOWN", "LOADING", "MASTERDOWN"} {
		serves = serves && (err == nil || !redis.HasErrorPrefix(err, refusal))
	}
	at.report(serves)
	switch {
	case t.nodes == nil:
	case !serves:
		// The client asks again where the slots are when a node says so, which a dead node does not, or else once a minute.
		t.nodes.ReloadState(context.Background())
	case !t.mapped.Load():
		t.mapped.Store(true)
	}
}

// breaker keeps reads from waiting again and again for a Redis that does not answer. After a few failures in a row, reads go past it; each
// breakerPause one of them tries.
type breaker struct {
	failures atomic.Int32
	until    atomic.Int64 // unix nanoseconds
}

const (
	breakerFailures = 3
	breakerPause    = 500 * time.Millisecond
)

func (b *breaker) allow() bool {
	if b.failures.Load() < breakerFailures {
		return true
	}
	until, now := b.until.Load(), time.Now().UnixNano()
	return now >= until && b.until.CompareAndSwap(until, now+int64(breakerPause))
}

func (b *breaker) report(answered bool) {
	if answered {
		if b.failures.Load() != 0 {
			b.failures.Store(0)
		}
		return
	}
	if b.failures.Add(1) == breakerFailures {
		b.until.Store(time.Now().Add(breakerPause).UnixNano())
	}
}
