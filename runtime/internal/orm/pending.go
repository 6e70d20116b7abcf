package orm

import (
	"context"
	"reflect"
	"sync"
)

// Pending is what a transaction has changed, by context: that says the tenant. Statements in a row
// with the same context are one round trip. The zero value is that of a transaction that has
// begun. It is safe for concurrent use.
type Pending[C any] struct {
	mu     sync.Mutex
	state  state
	groups []group[C]
}

type state int

const (
	running state = iota
	committed
	rolledBack
)

type group[C any] struct {
	ctx     context.Context
	changes C
}

// Add merges changes into those of the same context. It does not when the transaction has
// committed: then the caller invalidates.
func (p *Pending[C]) Add(ctx context.Context, merge func(into *C)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state != running {
		return p.state == rolledBack
	}
	if n := len(p.groups); n == 0 || !same(p.groups[n-1].ctx, ctx) {
		p.groups = append(p.groups, group[C]{ctx: ctx})
	}
	merge(&p.groups[len(p.groups)-1].changes)
	return true
}

// same reports that two contexts are one, so that one round trip does for both.
func same(a, b context.Context) bool {
	return reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.ValueOf(a).Comparable() && a == b
}

// Drop forgets the changes: the transaction was rolled back.
func (p *Pending[C]) Drop() { p.finish(rolledBack) }

// Apply invalidates the changes: the transaction has committed, or may have. The error is the first
// one.
func (p *Pending[C]) Apply(invalidate func(context.Context, C) error) (err error) {
	for _, g := range p.finish(committed) {
		if failed := invalidate(g.ctx, g.changes); err == nil {
			err = failed
		}
	}
	return err
}

// finish ends the transaction and returns what it has changed.
func (p *Pending[C]) finish(as state) []group[C] {
	p.mu.Lock()
	defer p.mu.Unlock()
	groups := p.groups
	if p.groups = nil; p.state == running {
		p.state = as
	}
	return groups
}
