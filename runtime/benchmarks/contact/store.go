package contact

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A Record tells its version.
type Record interface{ Rev() int }

// Store is the source of truth: a table in this process that counts its loads, and stops where it
// is told to. Records that nobody has written have version 1.
type Store[T Record] struct {
	make  func(id string, version int) T
	loads atomic.Int64
	delay atomic.Int64
	read  atomic.Pointer[func(ctx context.Context, id string, v T)]

	mu   sync.RWMutex
	rows map[string]T
	all  int // version of all rows but those in rows
}

// NewStore returns a store whose records make makes.
func NewStore[T Record](make func(id string, version int) T) *Store[T] {
	return &Store[T]{make: make, rows: map[string]T{}, all: 1}
}

// Loads counts the calls of Get and GetMany.
func (s *Store[T]) Loads() int { return int(s.loads.Load()) }

// SetDelay makes each load take that long.
func (s *Store[T]) SetDelay(d time.Duration) { s.delay.Store(int64(d)) }

// OnRead calls f in each load, with what was read from the table and before it is returned: a load
// that f holds up returns what there was before. Nil ends it.
func (s *Store[T]) OnRead(f func(ctx context.Context, id string, v T)) {
	if f == nil {
		s.read.Store(nil)
		return
	}
	s.read.Store(&f)
}

// Make makes a record as the store does.
func (s *Store[T]) Make(id string, version int) T { return s.make(id, version) }

// Get implements Repository.
func (s *Store[T]) Get(ctx context.Context, id string) (T, error) {
	s.loads.Add(1)
	s.mu.RLock()
	v, ok := s.rows[id]
	all := s.all
	s.mu.RUnlock()
	if !ok {
		v = s.make(id, all)
	}
	if f := s.read.Load(); f != nil {
		(*f)(ctx, id, v)
	}
	return v, s.wait(ctx)
}

// GetMany implements Repository.
func (s *Store[T]) GetMany(ctx context.Context, ids []string) (map[string]T, error) {
	s.loads.Add(1)
	out := make(map[string]T, len(ids))
	s.mu.RLock()
	for _, id := range ids {
		v, ok := s.rows[id]
		if !ok {
			v = s.make(id, s.all)
		}
		out[id] = v
	}
	s.mu.RUnlock()
	if f := s.read.Load(); f != nil {
		for id, v := range out {
			(*f)(ctx, id, v)
		}
	}
	return out, s.wait(ctx)
}

// wait waits as a query does: a cancelled context ends it.
func (s *Store[T]) wait(ctx context.Context) error {
	d := time.Duration(s.delay.Load())
	if d == 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Update implements Repository.
func (s *Store[T]) Update(_ context.Context, id string, v T) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[id] = v
	return nil
}

// UpdateAll implements Repository: every record has a higher version than any had before.
func (s *Store[T]) UpdateAll(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.rows {
		s.all = max(s.all, v.Rev())
	}
	s.all++
	clear(s.rows)
	return nil
}
