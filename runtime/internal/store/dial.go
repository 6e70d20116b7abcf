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

// dial makes the client for blocking reads, which must not take connections from the application's
// pool.
func (f *Follower) dial() {
	silent := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	switch c := f.store.client.(type) {
	case *redis.Client:
		o := *c.Options()
		o.PoolSize, o.MinIdleConns, o.MaxIdleConns, o.MaxRetries, o.ContextTimeoutEnabled = 1, 0, 1, -1, true
		o.PipelinePoolSize = -1 // pipelines go over the same connection
		o.PushNotificationProcessor, o.MaintNotificationsConfig = nil, silent
		if o.Addr == sentinelAddr {
			f.followSentinels(&o)
		}
		f.client, f.own = redis.NewClient(&o), true
	case *redis.ClusterClient:
		o := *c.Options()
		o.PoolSize, o.MinIdleConns, o.MaxIdleConns, o.ContextTimeoutEnabled = path.Shards, 0, path.Shards, true
		o.PipelinePoolSize = -1
		o.PushNotificationProcessor, o.MaintNotificationsConfig = nil, silent
		f.client, f.own = redis.NewClusterClient(&o), true
	default:
		f.client = c
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
