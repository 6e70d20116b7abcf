package store

import (
	"context"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/cachegen/cachegen/runtime/internal/path"
)

// sentinelAddr is what redis.NewFailoverClient has for an address.
const sentinelAddr = "FailoverClient"

// ownConnections changes the options of the application's client to those of a client with so many
// connections of its own, which keeps the deadlines of contexts.
func ownConnections(o *redis.Options, n int) {
	o.PoolSize, o.MinIdleConns, o.MaxIdleConns, o.ContextTimeoutEnabled = n, 0, n, true
	o.MaxRetries, o.DialerRetries = -1, 1 // who has the connection tries again
	o.PipelinePoolSize = -1               // pipelines go over the same connection
	o.PushNotificationProcessor = nil
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// dial makes the client for blocking reads, which must not take connections from the application's
// pool. Beside a client that does not say how to connect none can be made: that one is asked
// itself, now and then, and never blocked.
func (f *Follower) dial() {
	switch s := f.store; {
	case s.single != nil:
		o := *s.single
		ownConnections(&o, 1)
		if o.Addr == sentinelAddr {
			f.followSentinels(&o)
		}
		f.client, f.own = redis.NewClient(&o), true
	case s.kind.cluster != nil:
		o := *s.kind.cluster
		o.PoolSize, o.MinIdleConns, o.MaxIdleConns, o.ContextTimeoutEnabled = path.Shards, 0, path.Shards, true
		o.DialerRetries, o.PipelinePoolSize = 1, -1
		o.PushNotificationProcessor = nil
		o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
		f.client, f.own = redis.NewClusterClient(&o), true
	default:
		f.client = s.client
		f.polls.Store(true)
	}
}

// followSentinels makes the client ask the sentinels who is master twice in each Staleness. When
// they promote another server, the old one can go on as a master for seconds, confirming leases
// while nobody tells it of invalidations any more. Only a new connection asks the sentinels.
func (f *Follower) followSentinels(o *redis.Options) {
	o.ConnMaxLifetime = max(f.staleness/2, time.Millisecond)
	dial := o.Dialer
	o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		asked := int64(f.local.Now())
		conn, err := dial(ctx, network, addr)
		if err == nil {
			f.asked.Store(asked)
		}
		return conn, err
	}
	f.sentinel = true
}

// redial drops the connection to a server that was demoted, which need not end it. A new one leads
// to the new master. Not in a cluster, where several loops use the client.
func (f *Follower) redial() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.own && f.ctx.Err() == nil {
		_ = f.client.Close()
		f.dial()
	}
}

// connect makes a client of one connection to the server that has a key, which ends with closing.
// It does not dial yet; ctx is for asking a cluster which server that is. Where that is not known,
// it returns the client of the application itself.
func (s *Store) connect(ctx, closing context.Context, key string) (client redis.Cmdable, closeIt func()) {
	var o redis.Options
	switch {
	case s.single != nil:
		o = *s.single
	case s.nodes != nil:
		node, err := s.nodes.MasterForKey(ctx, key)
		if err != nil {
			return s.client, func() {}
		}
		o = *node.Options()
	default:
		return s.client, func() {}
	}
	ownConnections(&o, 1)
	life, end := context.WithCancel(closing)
	dial := o.Dialer
	o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err == nil {
			// The client does not notice in a handshake that a context is cancelled, or itself
			// closed.
			context.AfterFunc(life, func() { _ = conn.Close() })
		}
		return conn, err
	}
	own := redis.NewClient(&o)
	return own, func() {
		end()
		_ = own.Close()
	}
}
