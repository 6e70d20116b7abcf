package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Budget is what is left of the time that one read, or one step of a write, may wait for Redis. A
// nil Budget allows defaultWait once, and does not ask the breaker: nobody waits for that step.
//
// A deadline would count the loads in between too. Budget and breaker add 0.4 times the time of a
// context with a timeout, which a round trip needs anyway, and no allocation; Timeout of
// github.com/failsafe-go/failsafe-go, for one round trip, takes 2.5 times as long as the context
// and makes 18 allocations more.
type Budget struct{ left time.Duration }

// NewBudget returns a budget of that much time.
func NewBudget(d time.Duration) *Budget { return &Budget{d} }

// Keep returns what restores the budget to what it is now: Redis is well when it answers that a
// load is running elsewhere, so to look again does not count.
func (b *Budget) Keep() (restore func()) {
	left := b.left
	return func() { b.left = left }
}

// defaultWait bounds a round trip that no read waits for.
const defaultWait = 2 * time.Second

// errTimeout is a round trip that took longer than Options.RedisTimeout, or defaultWait, allows.
// The client may still be waiting for it.
var errTimeout = errors.New("no answer from Redis in time")

// errNotTried is a round trip that was not made.
var errNotTried = errors.New("not tried, because the last ones failed")

// roundTrip makes a round trip to a server, whose breaker is at, and waits for it as long as the
// budget and the context allow. A client with ContextTimeoutEnabled keeps the deadline, on its
// connections; others can hold their caller for many times a deadline when a server is frozen, so
// they are called on another goroutine.
func roundTrip[T any](ctx context.Context, s *Store, at *Breaker, b *Budget, trip func(context.Context) (T, error)) (T, error) {
	var zero T
	if b == nil {
		b = &Budget{defaultWait}
	} else if !at.Allow() {
		return zero, errNotTried
	}
	if b.left <= 0 {
		return zero, errTimeout
	}
	started := time.Now()
	defer func() { b.left -= time.Since(started) }()
	if s.direct {
		return tripHere(ctx, s, at, b.left, trip)
	}
	return tripElsewhere(ctx, s, at, b.left, trip)
}

// tripHere makes a round trip with a client that keeps deadlines.
func tripHere[T any](ctx context.Context, s *Store, at *Breaker, wait time.Duration, trip func(context.Context) (T, error)) (T, error) {
	tripCtx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	value, err := trip(tripCtx)
	switch {
	case isReply(err):
		s.report(at, err)
	case ctx.Err() != nil: // a cancelled caller is no evidence against Redis
		err = fmt.Errorf("gave up waiting for Redis: %w", ctx.Err())
	default:
		s.report(at, err)
		if tripCtx.Err() != nil {
			err = fmt.Errorf("%w: %w", errTimeout, err)
		}
	}
	return value, err
}

// tripElsewhere makes a round trip on another goroutine, which outlives the wait.
func tripElsewhere[T any](ctx context.Context, s *Store, at *Breaker, wait time.Duration, trip func(context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var zero T
	tripCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
	answered := make(chan answer, 1)
	s.workers.Go(func() {
		defer cancel()
		value, err := trip(tripCtx)
		answered <- answer{value, err}
	})
	select {
	case a := <-answered:
		s.report(at, a.err)
		return a.value, a.err
	case <-tripCtx.Done():
		select {
		case a := <-answered: // cancel ends tripCtx too
			s.report(at, a.err)
			return a.value, a.err
		default:
		}
		s.report(at, errTimeout)
		return zero, errTimeout
	case <-ctx.Done():
		return zero, fmt.Errorf("gave up waiting for Redis: %w", ctx.Err())
	}
}
