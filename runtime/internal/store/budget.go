package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/redis/go-redis/v9"
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
	left  time.Duration // for the next steps
	full  time.Duration // what there was for the first
	total time.Duration // of all steps that are still to come, however often it is renewed
	// Nobody waits, so the breaker is not asked.
	patient bool
	again   int // steps taken anew: see Again
}

// patient returns the budget of a step that nobody waits for.
func patient(d time.Duration) *Budget {
	return &Budget{left: d, full: d, total: d, patient: true}
}

// forBytes returns the budget for a step that sends a value of so many bytes.
func (b *Budget) forBytes(n int) *Budget {
	if b != nil || n <= PieceBytes {
		return b
	}
	return patient(defaultWait + timeToSend(n))
}

// Fits reports that a value of so many bytes can be sent within what is left.
func (b *Budget) Fits(n int) bool { return timeToSend(n) <= b.left }

// timeToSend is how long a value may be under way beyond a round trip.
func timeToSend(n int) time.Duration { return time.Duration(n/PieceBytes) * slowestPiece }

// slowestPiece is how long PieceBytes may be under way: 16 MiB a second.
const slowestPiece = time.Second / 16

// NewBudget returns a budget of at most d: a caller with a deadline keeps half of what is left of
// that for the repository.
func NewBudget(ctx context.Context, d time.Duration) *Budget {
	b := &Budget{left: d, full: d, total: math.MaxInt64}
	if deadline, ok := ctx.Deadline(); ok {
		b.total = time.Until(deadline) / 2
		b.left = min(d, b.total)
	}
	return b
}

// use takes what a step has used.
func (b *Budget) use(d time.Duration) {
	b.left -= d
	b.total -= d
}

// Renew gives the next step the whole wait again, but not more than the deadline leaves: Redis has
// answered for a part of what is too much for one round trip.
func (b *Budget) Renew() {
	if b != nil {
		b.left = min(b.full, b.total)
	}
}

// Short reports that not even a quarter of the wait is left.
func (b *Budget) Short() bool { return b.left < b.full/4 }

// leastWrite is how long a write may wait, however little its caller's deadline leaves: it has
// happened, and is to be in force when it returns.
const leastWrite = 50 * time.Millisecond

// NewWriteBudget returns the budget of a write: as NewBudget, but never less than leastWrite or d.
func NewWriteBudget(ctx context.Context, d time.Duration) *Budget {
	b := NewBudget(ctx, d)
	b.left = max(b.left, min(d, leastWrite))
	b.total = max(b.total, b.left)
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
			b.left, b.total = min(b.left, own.left), min(b.total, own.total)
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
	part = &Budget{left: before, full: b.full, total: before}
	return part, func() { b.use(before - part.total) }
}

// Keep returns what restores the budget to what it is now: Redis is well when it answers that a
// load is running elsewhere, so to look again does not count.
func (b *Budget) Keep() (restore func()) {
	left, total := b.left, b.total
	return func() { b.left, b.total = left, total }
}

// defaultWait bounds a round trip that no read waits for.
const defaultWait = 2 * time.Second

// errTimeout is a round trip that took longer than Options.RedisTimeout, or defaultWait, allows.
// The client may still be waiting for it.
var errTimeout = errors.New("no answer from Redis in time")

// errNotTried is a round trip that was not made.
var errNotTried = errors.New("not tried, because the last ones failed")

// TimedOut reports that an answer did not come in time.
func TimedOut(err error) bool { return errors.Is(err, errTimeout) }

// Unanswered reports an error that says nothing of what was asked: whoever has more time may ask
// again.
func Unanswered(err error) bool { return errors.Is(err, errTimeout) || errors.Is(err, errNotTried) }

// roundTrip makes a round trip to a server, whose breaker is at, and waits for it as long as the
// budget and the context allow. A client with ContextTimeoutEnabled keeps the deadline, on its
// connections; others can hold their caller for many times a deadline when a server is frozen, so
// they are called on another goroutine.
func roundTrip[T any](ctx context.Context, s *Store, at *Breaker, b *Budget, trip func(context.Context) (T, error)) (T, error) {
	var zero T
	if b == nil {
		b = patient(defaultWait)
	}
	if !b.patient && !at.Allow() {
		if at.due(clock()) {
			s.probe(at)
		}
		return zero, errNotTried
	}
	if b.left <= 0 {
		return zero, errTimeout
	}
	t := wait{s, at, b, clock()}
	defer func() { b.use(clock() - t.began) }()
	if s.direct {
		return tripHere(ctx, &t, trip)
	}
	return tripElsewhere(ctx, &t, trip)
}

// wait is the wait for one round trip.
type wait struct {
	s     *Store
	at    *Breaker
	b     *Budget
	began time.Duration
}

func (t *wait) report(err error) { t.s.report(t.at, t.began, err) }

// tripHere makes a round trip with a client that keeps deadlines.
func tripHere[T any](ctx context.Context, t *wait, trip func(context.Context) (T, error)) (T, error) {
	tripCtx, cancel := context.WithTimeout(ctx, t.b.left)
	defer cancel()
	value, err := trip(tripCtx)
	if !isReply(err) && ctx.Err() != nil { // a cancelled caller is no evidence against Redis
		return value, fmt.Errorf("gave up waiting for Redis: %w", ctx.Err())
	}
	return value, t.ended(tripCtx, err)
}

// tripElsewhere makes a round trip on another goroutine, which outlives the wait.
func tripElsewhere[T any](ctx context.Context, t *wait, trip func(context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var zero T
	tripCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.b.left)
	answered := make(chan answer, 1)
	t.s.workers.Go(func() {
		defer cancel()
		value, err := trip(tripCtx)
		answered <- answer{value, err}
	})
	select {
	case a := <-answered:
		return a.value, t.ended(tripCtx, a.err)
	case <-tripCtx.Done():
		select {
		case a := <-answered: // cancel ends tripCtx too
			return a.value, t.ended(tripCtx, a.err)
		default:
		}
		t.inVain()
		return zero, errTimeout
	case <-ctx.Done():
		return zero, fmt.Errorf("gave up waiting for Redis: %w", ctx.Err())
	}
}

// ended notes how a round trip ended, and returns its error. Its time can be over while it waits
// for a connection, in the client.
func (t *wait) ended(tripCtx context.Context, err error) error {
	t.s.heed(err)
	if isReply(err) || tripCtx.Err() != context.DeadlineExceeded && !errors.Is(err, redis.ErrPoolTimeout) {
		t.report(err)
		return err
	}
	t.inVain()
	return fmt.Errorf("%w: %w", errTimeout, err)
}

// inVain notes that the round trip was not answered in time. That a short wait was in vain, because
// of the caller's deadline or of the steps before it, says something of the server only if others
// are answered sooner.
func (t *wait) inVain() {
	if t.b.left >= t.b.full || t.at.fair(t.b.left) {
		t.report(errTimeout)
	}
}
