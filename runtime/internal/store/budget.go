package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Budget is what is left of the time that one read or write may wait for Redis, in all its steps. A
// nil Budget allows defaultWait for each step, and does not ask the breaker: nobody waits for it. A
// Budget is not safe for concurrent use.
//
// A deadline would count the loads in between too. Budget and breaker add 0.4 times the time of a
// context with a timeout, which a round trip needs anyway, and no allocation; Timeout of
// github.com/failsafe-go/failsafe-go, for one round trip, takes 2.5 times as long as the context
// and makes 18 allocations more.
type Budget struct {
	left  time.Duration
	whole bool // the caller's deadline has not shortened it
	again int  // steps taken anew : Again
}

// NewBudget returns a budget of at most d: a caller with a deadline keeps half of what is left of
// that for the repository.
func NewBudget(ctx context.Context, d time.Duration) *Budget {
	b := &Budget{left: d, whole: true}
	if deadline, ok := ctx.Deadline(); ok {
		if half := time.Until(deadline) / 2; half < d {
			b.left, b.whole = half, false
		}
	}
	return b
}

// leastWrite is how long a write may wait, however little its caller's deadline leaves: it has
// happened, and is to be in force when it returns.
const leastWrite = 50 * time.Millisecond

// NewWriteBudget returns the budget of a write: as NewBudget, but never less than leastWrite or d.
func NewWriteBudget(ctx context.Context, d time.Duration) *Budget {
	b := NewBudget(ctx, d)
	b.left = max(b.left, min(d, leastWrite))
	return b
}

// split returns budgets for n steps that are taken side by side, and what joins them again when all
// have ended.
func (b *Budget) split(n int) (each []*Budget, join func()) {
	each = make([]*Budget, n)
	if b == nil {
		return each, func() {}
	}
	for i := range each {
		own := *b
		each[i] = &own
	}
	return each, func() {
		for _, own := range each {
			b.left = min(b.left, own.left)
		}
	}
}

// half returns a budget of half the time for a step that others must follow, and what takes what it
// used from b.
func (b *Budget) half() (part *Budget, join func()) {
	if b == nil {
		return nil, func() {}
	}
	before := b.left / 2
	part = &Budget{left: before}
	return part, func() { b.left -= before - part.left }
}

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
		b = &Budget{left: defaultWait, whole: true}
	} else if !at.Allow() {
		return zero, errNotTried
	}
	if b.left <= 0 {
		return zero, errTimeout
	}
	started := time.Now()
	defer func() { b.left -= time.Since(started) }()
	if s.direct {
		return tripHere(ctx, s, at, b, trip)
	}
	return tripElsewhere(ctx, s, at, b, trip)
}

// tripHere makes a round trip with a client that keeps deadlines.
func tripHere[T any](ctx context.Context, s *Store, at *Breaker, b *Budget, trip func(context.Context) (T, error)) (T, error) {
	started := time.Now()
	tripCtx, cancel := context.WithTimeout(ctx, b.left)
	defer cancel()
	value, err := trip(tripCtx)
	switch {
	case isReply(err):
		s.report(at, err, time.Since(started))
	case ctx.Err() != nil: // a cancelled caller is no evidence against Redis
		err = fmt.Errorf("gave up waiting for Redis: %w", ctx.Err())
	case tripCtx.Err() != nil:
		s.reportTimeout(at, b)
		err = fmt.Errorf("%w: %w", errTimeout, err)
	default:
		s.report(at, err, 0)
	}
	return value, err
}

// tripElsewhere makes a round trip on another goroutine, which outlives the wait.
func tripElsewhere[T any](ctx context.Context, s *Store, at *Breaker, b *Budget, trip func(context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var zero T
	started := time.Now()
	tripCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.left)
	answered := make(chan answer, 1)
	s.workers.Go(func() {
		defer cancel()
		value, err := trip(tripCtx)
		answered <- answer{value, err}
	})
	select {
	case a := <-answered:
		s.report(at, a.err, time.Since(started))
		return a.value, a.err
	case <-tripCtx.Done():
		select {
		case a := <-answered: // cancel ends tripCtx too
			s.report(at, a.err, time.Since(started))
			return a.value, a.err
		default:
		}
		s.reportTimeout(at, b)
		return zero, errTimeout
	case <-ctx.Done():
		return zero, fmt.Errorf("gave up waiting for Redis: %w", ctx.Err())
	}
}

// reportTimeout notes a round trip that was not answered in time. That a caller with a short
// deadline gave up says something of the server only if others are answered sooner.
func (s *Store) reportTimeout(at *Breaker, b *Budget) {
	if b.whole || at.fair(b.left) {
		s.report(at, errTimeout, 0)
	}
}
