package store

import (
	"context"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
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
		client, closeIt := s.probeClient(ctx, closing, at)
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

// probeClient makes a client of one connection to the server that has the key of a breaker, which
// ends with closing. A client of an unknown kind is asked itself.
func (s *Store) probeClient(ctx, closing context.Context, at *Breaker) (client redis.Cmdable, closeIt func()) {
	var o redis.Options
	switch c := s.client.(type) {
	case *redis.Client:
		o = *c.Options()
	case *redis.ClusterClient:
		node, err := c.MasterForKey(ctx, at.key)
		if err != nil {
			return c, func() {}
		}
		o = *node.Options()
	default:
		return c, func() {}
	}
	o.PoolSize, o.MinIdleConns, o.MaxIdleConns, o.MaxRetries, o.ContextTimeoutEnabled = 1, 0, 1, -1, true
	o.PushNotificationProcessor = nil
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	dial, stop := o.Dialer, func() bool { return true }
	o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err == nil {
			// The client does not notice in a handshake that a context is cancelled, or itself
			// closed.
			stop = context.AfterFunc(closing, func() { _ = conn.Close() })
		}
		return conn, err
	}
	own := redis.NewClient(&o)
	return own, func() {
		stop()
		_ = own.Close()
	}
}
