package redistest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"
)

// masterName is what the sentinels call the group.
const masterName = "cachegen"

// Group is a primary and a replica that sentinels watch over.
type Group struct {
	Servers   [2]*Server // the first is the primary until a failover
	Sentinels []*Server
	t         testing.TB
}

// StartGroup starts a primary, its replica, and sentinels, and returns when these know both.
func StartGroup(t testing.TB, sentinels int) *Group {
	t.Helper()
	g := &Group{t: t}
	g.Servers[0] = Start(t, "--repl-diskless-sync-delay", "0")
	host, port, _ := net.SplitHostPort(g.Servers[0].Addr)
	g.Servers[1] = Start(t, "--repl-diskless-sync-delay", "0", "--replicaof", host+" "+port)
	g.Servers[1].waitFor("master_link_status:up", "INFO", "replication")
	for range sentinels {
		own := ownPort(t)
		config := filepath.Join(t.TempDir(), "sentinel.conf") // which the sentinel rewrites
		text := fmt.Sprintf("port %d\nbind 127.0.0.1\ndir %s\nloglevel warning\nsentinel monitor %s %s %s %d\n",
			own, filepath.Dir(config), masterName, host, port, sentinels/2+1)
		text += "sentinel down-after-milliseconds " + masterName + " 500\nsentinel failover-timeout " + masterName + " 3000\n"
		if Permissions != nil {
			text += "user " + admin + " on >" + admin + " ~* &* +@all\n"
			text += "sentinel auth-user " + masterName + " " + admin + "\nsentinel auth-pass " + masterName + " " + admin + "\n"
		}
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		g.Sentinels = append(g.Sentinels, run(t, own, nil, []string{config, "--sentinel"}))
	}
	for _, s := range g.Sentinels {
		s.waitFor("slaves=1,sentinels="+strconv.Itoa(sentinels), "INFO", "sentinel")
	}
	return g
}

// Client returns a client that follows the group's primary, with its library's default options,
// closed when the test ends.
func (g *Group) Client(t testing.TB, change ...func(*redis.FailoverOptions)) *redis.Client {
	o := &redis.FailoverOptions{MasterName: masterName}
	for _, s := range g.Sentinels {
		o.SentinelAddrs = append(o.SentinelAddrs, s.Addr)
	}
	for _, f := range change {
		f(o)
	}
	client := redis.NewFailoverClient(o)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// Failover makes the sentinels promote the replica. It does not wait.
func (g *Group) Failover() {
	if err := g.Sentinels[0].client().Do(context.Background(), "SENTINEL", "FAILOVER", masterName).Err(); err != nil {
		g.t.Fatalf("fail over: %v", err)
	}
}

// Primary is the address of the primary in the sentinels' eyes.
func (g *Group) Primary() string {
	answer, err := g.Sentinels[0].client().Do(context.Background(), "SENTINEL", "GET-MASTER-ADDR-BY-NAME", masterName).StringSlice()
	if err != nil || len(answer) != 2 {
		g.t.Fatalf("ask for the primary: %v, %v", answer, err)
	}
	return net.JoinHostPort(answer[0], answer[1])
}
