package store

import (
	"context"
	"time"
)

// probeConnect is how long a probe waits for a connection. A handshake can take longer than an
// answer, and says nothing of the server.
const probeConnect = 2 * time.Second

// probe finds out in the background whether the server of an open breaker is dead, unless another
// probe is on its way. It asks on a connection of its own, so that it waits for no pool, and for a
// key, so that a proxy has to ask the server behind it. If that answers in time, the breaker is
// closed; else the next read that finds the pause over sends the next probe.
func (s *Store) probe(at *Breaker) {
	if !at.probing.CompareAndSwap(false, true) {
		return
	}
	at.probed.Store(int64(clock()))
	closing := s.closing
	if closing.Err() != nil {
		closing = context.Background() // a write after Close has its own time
	}
	s.group.Go(func() {
		defer at.probing.Store(false)
		ctx, cancel := context.WithTimeout(context.Background(), probeConnect)
		defer cancel()
		client, closeIt := s.connect(ctx, closing, at.key)
		defer closeIt()
		err := client.PTTL(ctx, at.key).Err() // which makes the connection
		if serves(err) {
			began := clock()
			err = client.PTTL(ctx, at.key).Err()
			if now := clock(); serves(err) && now-began <= s.wait {
				at.Answer(now, now-began)
			}
		}
		s.reloadAfter(err)
	})
}
