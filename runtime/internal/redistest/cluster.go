package redistest

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Slots is how many slots the keys of a cluster fall into.
const Slots = 16384

// Cluster is a running cluster: three masters, which share the slots evenly, and a replica for
// each, or none.
type Cluster struct {
	Masters, Replicas []*Node // Replicas[i] follows Masters[i], until a test changes that
	t                 testing.TB
}

// Node is a server of a cluster.
type Node struct {
	*Server
	ID string
}

// StartCluster starts three masters, and as many replicas if asked for, and returns when all of
// them know each other and answer. Further arguments are those of every server. It takes two
// seconds, which is how long a new master holds back.
func StartCluster(t testing.TB, replicas bool, args ...string) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	ctx := context.Background()
	args = append([]string{
		"--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "1000",
		"--cluster-replica-validity-factor", "0", "--cluster-require-full-coverage", "no", "--repl-diskless-sync-delay", "0",
	}, args...)
	const masters = 3
	for n := range 2 * masters {
		if n >= masters && !replicas {
			break
		}
		node := &Node{Server: start(t, ownPort(t), args...)}
		client := node.client()
		c.check(client.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", n+1).Err(), "number a node")
		id, err := client.Do(ctx, "CLUSTER", "MYID").Text()
		c.check(err, "ask a node for its name")
		node.ID = id
		if n >= masters {
			c.Replicas = append(c.Replicas, node)
			continue
		}
		slots := []any{"CLUSTER", "ADDSLOTS"}
		for slot := n * Slots / masters; slot < (n+1)*Slots/masters; slot++ {
			slots = append(slots, slot)
		}
		c.check(client.Do(ctx, slots...).Err(), "assign slots")
		c.Masters = append(c.Masters, node)
	}
	var met time.Time
	c.WaitUntil("all nodes know each other", func(text string) bool {
		// On a busy machine, an introduction can be too slow to be accepted.
		if time.Since(met) > 2*time.Second {
			met = time.Now()
			for _, node := range c.nodes() {
				host, port, _ := net.SplitHostPort(node.Addr)
				c.check(c.Masters[0].client().Do(ctx, "CLUSTER", "MEET", host, port).Err(), "introduce a node")
			}
		}
		return strings.Count(text, "\n") == len(c.nodes()) && !strings.Contains(text, "handshake")
	})
	for i, node := range c.Replicas {
		c.check(node.client().Do(ctx, "CLUSTER", "REPLICATE", c.Masters[i].ID).Err(), "make a replica")
	}
	for _, node := range c.nodes() {
		node.waitFor("cluster_state:ok", "CLUSTER", "INFO")
	}
	for i, node := range c.Replicas {
		node.waitFor("master_link_status:up", "INFO", "replication")
		c.WaitUntil("the replicas are known", func(text string) bool { return strings.Contains(text, "slave "+c.Masters[i].ID) })
	}
	return c
}

// Client returns a client of the cluster with its library's default options, closed when the test
// ends.
func (c *Cluster) Client(t testing.TB) *redis.ClusterClient {
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: c.Addrs()})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// Addrs are the addresses of all nodes.
func (c *Cluster) Addrs() []string {
	var list []string
	for _, node := range c.nodes() {
		list = append(list, node.Addr)
	}
	return list
}

// Flush empties all masters.
func (c *Cluster) Flush() {
	for _, node := range c.Masters {
		c.check(node.client().FlushAll(context.Background()).Err(), "empty a node")
	}
}

// ReportRefusals is that of each master.
func (c *Cluster) ReportRefusals(t testing.TB) {
	t.Helper()
	for _, node := range c.Masters {
		node.ReportRefusals(t)
	}
}

// Slot is the slot of a key.
func (c *Cluster) Slot(key string) int {
	slot, err := c.Masters[0].client().Do(context.Background(), "CLUSTER", "KEYSLOT", key).Int()
	c.check(err, "ask for the slot of a key")
	return slot
}

// Home is the index of the master that has a key, as long as no slot was moved.
func (c *Cluster) Home(key string) (master int) {
	slot := c.Slot(key)
	for slot >= (master+1)*Slots/len(c.Masters) {
		master++
	}
	return master
}

// Stage is how far a slot has been moved.
type Stage string

const (
	// Both nodes know of the move, no key has been moved: what is missing is answered with ASK.
	Announced Stage = "announced"
	Partly    Stage = "partly" // one more key has been moved
	Moved     Stage = "moved"  // all keys have been moved, every answer is ASK
	Handed    Stage = "handed" // the new node owns the slot, and the old one answers MOVED
)

// MoveSlot moves a slot from one master to another, as redis-cli --cluster reshard does, and calls
// between at each stage.
func (c *Cluster) MoveSlot(slot, from, to int, between func(Stage)) {
	ctx := context.Background()
	source, target := c.Masters[from], c.Masters[to]
	set := func(node *Node, how string, id string) {
		c.check(node.client().Do(ctx, "CLUSTER", "SETSLOT", slot, how, id).Err(), "move a slot")
	}
	set(target, "IMPORTING", source.ID)
	set(source, "MIGRATING", target.ID)
	between(Announced)
	for {
		keys, err := source.client().ClusterGetKeysInSlot(ctx, slot, 1).Result()
		c.check(err, "list the keys of a slot")
		if len(keys) == 0 {
			break
		}
		c.check(source.Migrate(ctx, keys[0], target), "move a key")
		between(Partly)
	}
	between(Moved)
	set(target, "NODE", target.ID)
	set(source, "NODE", target.ID)
	for _, node := range c.Masters {
		if node != source && node != target {
			set(node, "NODE", target.ID)
		}
	}
	between(Handed)
}

// Migrate moves a key from one node to another.
func (n *Node) Migrate(ctx context.Context, key string, to *Node) error {
	host, port, _ := net.SplitHostPort(to.Addr)
	args := []any{"MIGRATE", host, port, key, 0, 5000}
	if Permissions != nil {
		args = append(args, "AUTH2", admin, admin)
	}
	return n.client().Do(ctx, args...).Err()
}

// Settle waits until the replicas have heard of all that has been written.
func (c *Cluster) Settle() {
	ctx := context.Background()
	offset := func(node *Node, field string) (n int, info string) {
		info, _ = node.client().Info(ctx, "replication").Result()
		for line := range strings.Lines(info) {
			if value, ok := strings.CutPrefix(line, field+":"); ok {
				n, _ = strconv.Atoi(strings.TrimSpace(value))
			}
		}
		return n, info
	}
	for i, node := range c.Replicas {
		written, _ := offset(c.Masters[i], "master_repl_offset")
		node.wait("it has heard everything", func() (bool, string) {
			heard, info := offset(node, "slave_repl_offset")
			return heard >= written, info
		})
	}
}

// StopHearing makes a replica deaf to its master: what is written from now on it has never heard
// of.
func (c *Cluster) StopHearing(replica int) {
	ctx := context.Background()
	// It may not come back: the master wants no password, and refuses one.
	c.check(c.Replicas[replica].client().ConfigSet(ctx, "masterauth", "refused").Err(), "spoil a replica's password")
	c.check(c.Masters[replica].client().Do(ctx, "CLIENT", "KILL", "TYPE", "replica").Err(), "cut a replica off")
	c.Replicas[replica].waitFor("master_link_status:down", "INFO", "replication")
}

// Promote makes a replica take its master's slots over, whether or not anyone agrees, and waits
// until the other masters know.
func (c *Cluster) Promote(replica int) {
	node := c.Replicas[replica]
	c.check(node.client().Do(context.Background(), "CLUSTER", "FAILOVER", "TAKEOVER").Err(), "promote a replica")
	node.waitFor("role:master", "INFO", "replication")
	node.waitFor("cluster_state:ok", "CLUSTER", "INFO")
}

// WaitUntil waits until every running node describes the cluster as wanted.
func (c *Cluster) WaitUntil(what string, ok func(nodes string) bool) {
	for _, node := range c.nodes() {
		if node.cmd != nil {
			node.wait(what, func() (bool, string) {
				text, _ := node.client().ClusterNodes(context.Background()).Result()
				return ok(text), text
			})
		}
	}
}

func (c *Cluster) nodes() []*Node {
	return append(c.Masters[:len(c.Masters):len(c.Masters)], c.Replicas...)
}

func (c *Cluster) check(err error, what string) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
}

// waitFor waits until a command's answer contains a text.
func (s *Server) waitFor(text string, command ...any) {
	s.t.Helper()
	s.wait(text, func() (bool, string) {
		answer, err := s.client().Do(context.Background(), command...).Text()
		return err == nil && strings.Contains(answer, text), fmt.Sprint(answer, err)
	})
}

func (s *Server) wait(what string, ok func() (bool, string)) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		good, last := ok()
		if good {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: waited in vain until %s; it says %s", s.Addr, what, last)
		}
		// The server is another process: there is nothing to wait on.
		time.Sleep(10 * time.Millisecond)
	}
}

// client is the client through which this package manages a server.
func (s *Server) client() *redis.Client {
	s.once.Do(func() { s.manage = s.Admin() })
	return s.manage
}

// Lasting is a testing.TB for servers that outlive one test. Stop ends them.
type Lasting struct {
	testing.TB // nil: what is not defined here is not used

	mu       sync.Mutex
	cleanups []func()
}

func (l *Lasting) Helper()                           {}
func (l *Lasting) Errorf(format string, args ...any) { l.Fatalf(format, args...) }
func (l *Lasting) Fatal(args ...any)                 { panic(fmt.Sprint(args...)) }
func (l *Lasting) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (l *Lasting) Skipf(format string, args ...any)  { l.Fatalf(format, args...) }

func (l *Lasting) Cleanup(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cleanups = append(l.cleanups, f)
}

func (l *Lasting) TempDir() string {
	dir, err := os.MkdirTemp("", "redistest")
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// Stop runs what was left to be cleaned up, last things first.
func (l *Lasting) Stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := len(l.cleanups) - 1; i >= 0; i-- {
		l.cleanups[i]()
	}
	l.cleanups = nil
}

// Installed reports the server program, or skips or fails the test that needs it.
func Installed(t testing.TB) string {
	t.Helper()
	return binary(t)
}
