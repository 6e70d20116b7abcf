package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// errReplica is a server that lags behind the invalidations that another accepts.
var errReplica = errors.New("the server that Options.Redis leads to is a replica, which lags behind invalidations; " +
	"give the cache a client of the primary, without ReadOnly, RouteByLatency, RouteRandomly and ReplicaOnly")

// greetEvery is how often a server is asked what it is. One that was demoted answers as before, on
// the connections that are open.
const greetEvery = time.Second

// greeting is what a server is asked beside a read: what it is, since not every client that reads
// from replicas says so.
type greeting struct{ hello, info *redis.Cmd }

// greet asks with the first read, until a server has said that it is a primary, and now and then.
// HELLO says so to any user; ROLE would be a permission more. Whether the user may run INFO,
// without which scripts do not notice some failovers, is asked once: scripts can tell nobody.
func (s *Store) greet(ctx context.Context, pipe redis.Pipeliner) (g greeting) {
	met, now := s.met.Load(), int64(clock())
	if met != 0 && now-met < int64(greetEvery) {
		return g
	}
	g.hello = pipe.Do(ctx, "HELLO")
	if met == 0 {
		g.info = pipe.Do(ctx, "INFO", "replication")
	}
	return g
}

// heard takes the answer. Any other than that of a replica will do: there are proxies that know
// neither command.
func (s *Store) heard(g greeting) error {
	if g.hello == nil || !isReply(g.hello.Err()) {
		return nil
	}
	if isReplica(g.hello) {
		s.met.Store(0)
		return errReplica
	}
	if g.info != nil {
		s.heed(g.info.Err())
	}
	s.met.Store(int64(clock()))
	return nil
}

// isReplica reads the role out of the reply to HELLO: a map, or a list of names and values in turn.
func isReplica(hello *redis.Cmd) bool {
	var role any
	switch reply := hello.Val().(type) {
	case map[any]any:
		role = reply["role"]
	case []any:
		for i := 0; i+1 < len(reply); i += 2 {
			if reply[i] == "role" {
				role = reply[i+1]
			}
		}
	}
	return role == "replica" || role == "slave"
}
