package work

import (
	"math/rand/v2"
	"time"
)

// Backoff is a pause between tries that grows from one to the next, up to a limit, and is spread at
// random around that, so that processes which wait for the same do not try together.
//
// ExponentialBackOff of github.com/cenkalti/backoff/v5 makes the same pauses in 1.3 times the time,
// without an allocation either. It would be one more dependency of every user for these ten lines.
type Backoff struct {
	next, limit time.Duration
	percent     time.Duration // of one pause that the next is
}

// NewBackoff returns pauses that begin at first and grow to limit, each percent of the last: 200
// doubles them.
func NewBackoff(first, limit time.Duration, percent int) *Backoff {
	return &Backoff{first, limit, time.Duration(percent)}
}

// Next returns the next pause: a half to one and a half times what it has grown to.
func (b *Backoff) Next() time.Duration {
	pause := b.next
	b.next = min(pause*b.percent/100, b.limit)
	return pause/2 + rand.N(pause)
}
