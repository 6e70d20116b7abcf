package runtime

import (
	"context"
	"sync"
	"time"
)

// quiet is how long a message is not repeated: a Redis that is down would otherwise be reported by
// every read.
const quiet = time.Second

// gate lets each message pass once in a while, and counts what it held back.
type gate struct {
	mu   sync.Mutex
	seen map[string]*held
}

type held struct {
	until time.Time
	count int
}

func (g *gate) pass(message string, now time.Time) (suppressed int, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.seen == nil {
		g.seen = make(map[string]*held)
	}
	h := g.seen[message]
	if h == nil {
		h = new(held)
		g.seen[message] = h
	}
	if now.Before(h.until) {
		h.count++
		return 0, false
	}
	suppressed, h.count, h.until = h.count, 0, now.Add(quiet)
	return suppressed, true
}

// warn logs what went wrong in a call that succeeds all the same. Stats has the exact numbers.
func (c *Cache) warn(ctx context.Context, message string, args ...any) {
	if suppressed, ok := c.logged.pass(message, time.Now()); ok {
		if suppressed > 0 {
			args = append(args, "suppressed", suppressed)
		}
		c.o.logger.WarnContext(ctx, message, args...)
	}
}
