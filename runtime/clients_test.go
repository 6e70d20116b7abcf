package runtime_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// What traces or counts commands is a struct around a client.
type (
	tracedClient  struct{ *redis.Client }
	tracedCluster struct{ *redis.ClusterClient }
	tracedRing    struct {
		name string
		*redis.Ring
	}
	tracedAny struct{ redis.UniversalClient }
)

// hidden is a client inside so many others that nobody looks for it, as in one that is written by
// hand. Its server may be one of several, so invalidations delete and stamp one after the other, as
// in a cluster.
func hidden(c redis.UniversalClient) redis.UniversalClient {
	for range 10 {
		c = tracedAny{c}
	}
	return c
}

func TestClientsThatCannotKeepThePromisesAreRefused(t *testing.T) {
	ring := redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"a": "unused:1"}})
	defer ring.Close()
	single := redis.NewClient(&redis.Options{Addr: "unused:1"})
	defer single.Close()
	replicas := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"unused:1"}, RouteByLatency: true})
	defer replicas.Close()
	cluster := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"unused:1"}})
	defer cluster.Close()
	failover := redis.NewFailoverClusterClient(&redis.FailoverOptions{MasterName: "m", SentinelAddrs: []string{"unused:1"}})
	defer failover.Close()
	for _, c := range []struct {
		name   string
		client redis.UniversalClient
		says   string // "": it is accepted
	}{
		{"one server", single, ""},
		{"a wrapper", tracedClient{single}, ""},
		{"a pointer to a wrapper", &tracedClient{single}, ""},
		{"a wrapper of a wrapper", &tracedAny{tracedClient{single}}, ""},
		{"a cluster", tracedCluster{cluster}, ""},
		{"who knows what", hidden(single), ""},
		{"a ring", ring, "is a redis.Ring"},
		{"a wrapper of a ring", &tracedRing{"shop", ring}, "is a redis.Ring (*runtime_test.tracedRing)"},
		{"any client, which is a ring", tracedAny{ring}, "is a redis.Ring"},
		{"a cluster's replicas", replicas, "without ReadOnly, RouteByLatency and RouteRandomly"},
		{"a wrapper of those", tracedAny{tracedCluster{replicas}}, "without ReadOnly, RouteByLatency and RouteRandomly"},
		{"Sentinels that stand for a cluster", failover, "redis.NewFailoverClient"},
		{"a wrapper of those", tracedCluster{failover}, "redis.NewFailoverClient"},
		{"nil", (*redis.Client)(nil), "nil *redis.Client"},
		{"a nil wrapper", (*tracedClient)(nil), "nil *runtime_test.tracedClient"},
		{"a wrapper of nil", tracedClient{}, "or embeds a client that is nil"},
		{"a wrapper of no client", tracedAny{}, "or embeds a client that is nil"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cache, err := runtime.New(runtime.Options{Redis: c.client})
			if c.says == "" {
				require.NoError(t, err)
				closeCache(t, cache)
				return
			}
			require.ErrorContains(t, err, c.says)
		})
	}
}

// Whatever the client is, the log is not waited for on a connection of the application: a pool of
// two has both of them free.
func TestFollowingTakesNoConnectionOfTheApplication(t *testing.T) {
	single := func(t *testing.T) *redis.Client {
		c := redis.NewClient(&redis.Options{Addr: redistest.Start(t).Addr, PoolSize: 2})
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	for name, wrap := range map[string]func(t *testing.T) (wrapped, bare redis.UniversalClient){
		"a wrapper of one server": func(t *testing.T) (redis.UniversalClient, redis.UniversalClient) {
			c := single(t)
			return &tracedClient{c}, c
		},
		"a wrapper of any client": func(t *testing.T) (redis.UniversalClient, redis.UniversalClient) {
			c := single(t)
			return tracedAny{tracedClient{c}}, c
		},
		"who knows what": func(t *testing.T) (redis.UniversalClient, redis.UniversalClient) {
			c := single(t)
			return hidden(c), c
		},
		"a wrapper of a cluster": func(t *testing.T) (redis.UniversalClient, redis.UniversalClient) {
			c := startCluster(t).Client(t)
			return tracedCluster{c}, c
		},
	} {
		t.Run(name, func(t *testing.T) {
			wrapped, bare := wrap(t)
			commands := new(recorder)
			s := newStore(contact{ID: "42", Name: "old"})
			other := decorate(s, backend{name, connect(t, backend{client: bare}.addrs())}.newCache(t))
			bare.AddHook(commands)
			c := backend{name, wrapped}.newCache(t)
			repo := decorate(s, c, local)
			for _, value := range []string{"new", "newer"} {
				warm(t, repo, c, "42")
				require.NoError(t, other.Update(acme(), contact{ID: "42", Name: value}))
				hears(t, time.Second, value, func() string { return get(t, repo, "42").Name })
			}
			commands.mu.Lock()
			defer commands.mu.Unlock()
			for _, cmd := range commands.cmds {
				require.NotContains(t, cmd, "block", "a connection of the application waits")
			}
		})
	}
}

// logged collects what a cache logs.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) lines(about string) (list []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		if strings.Contains(line, about) {
			list = append(list, line)
		}
	}
	return list
}

func (l *logged) option(o *runtime.Options) { o.Logger = slog.New(slog.NewTextHandler(l, nil)) }

// Not every client that reads from replicas says so. The server does, before anything that it
// answers is believed.
func TestReplicaIsNotBelieved(t *testing.T) {
	group := redistest.StartGroup(t, 1)
	s := newStore(contact{ID: "42", Name: "old"})
	primary := decorate(s, backend{"redis", group.Client(t)}.newCache(t))
	get(t, primary, "42")
	get(t, primary, "42")
	require.EqualValues(t, 1, s.loads.Load())
	var replicas *redis.Client
	require.Eventually(t, func() bool { // the sentinels know the replica, and call it well a little later
		replicas = group.Client(t, func(o *redis.FailoverOptions) { o.ReplicaOnly = true })
		info, err := replicas.Info(context.Background(), "replication").Result()
		return err == nil && strings.Contains(info, "role:slave")
	}, 20*time.Second, 10*time.Millisecond)
	said := new(logged)
	repo := decorate(s, backend{"replica", replicas}.newCache(t, said.option))
	for n := range 3 {
		get(t, repo, "42")
		require.EqualValues(t, 2+n, s.loads.Load(), "an entry of a replica is believed")
	}
	require.NotEmpty(t, said.lines("is a replica, which lags behind invalidations"))
}

// userWithout makes a user of a server who may do all that docs/redis.md lists, but for some
// commands, and returns a client of its.
func userWithout(t *testing.T, server *redistest.Server, commands ...string) *redis.Client {
	t.Helper()
	words, err := smallest()
	require.NoError(t, err)
	words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(commands, strings.TrimPrefix(w, "+")) })
	args := []any{"ACL", "SETUSER", "limited", "on", ">secret"}
	for _, w := range words {
		args = append(args, w)
	}
	require.NoError(t, server.Admin().Do(context.Background(), args...).Err())
	c := redis.NewClient(&redis.Options{Addr: server.Addr, Username: "limited", Password: "secret"})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// use does with a cache what applications do, and returns the answer at the end.
func use(t *testing.T, s *store, c *runtime.Cache) string {
	repo := decorate(s, c, local)
	strong := decorate(s, c)
	get(t, repo, "42")
	get(t, repo, "42")
	_ = strong.Update(acme(), contact{ID: "42", Name: "new"})
	get(t, strong, "42")
	_ = strong.UpdateAll(acme(), contact{ID: "42", Name: "newer"})
	get(t, repo, "42")
	_ = c.InvalidateIn(context.Background(), runtime.AllTenants, "contact:*")
	return get(t, strong, "42").Name
}

// A command that the user may not run is named, once, with what it costs. Nothing stale is answered
// for it, and nobody waits.
func TestEachMissingPermissionIsSaidOnce(t *testing.T) {
	server := redistest.Start(t)
	for _, command := range []string{"get", "mget", "set", "del", "hmget", "hget", "hset", "hexists", "pexpire", "pttl", "xadd", "xread", "evalsha", "time", "info", "unlink", "hlen"} {
		t.Run(command, func(t *testing.T) {
			require.NoError(t, server.Admin().FlushAll(context.Background()).Err())
			said := new(logged)
			limited := userWithout(t, server, command)
			s := newStore(contact{ID: "42", Name: "old"}, contact{ID: "43"})
			c, err := runtime.New(runtime.Options{App: "test", Seed: 1, Redis: limited, RedisTimeout: 5 * time.Second, NotFound: []error{errNotFound},
				Logger: slog.New(slog.NewTextHandler(said, nil))})
			require.NoError(t, err)
			defer func() {
				over, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
				defer cancel()
				_ = c.Close(over) // invalidations may still wait
			}()
			require.Equal(t, "newer", use(t, s, c))
			about := "refuses " + strings.ToUpper(command) + " to the user"
			repo := decorateMany(s, c)
			require.Eventually(t, func() bool {
				use(t, s, c)
				_, err := repo.GetMany(acme(), "42", "43")
				require.NoError(t, err)
				return len(said.lines(about)) > 0
			}, 5*time.Second, time.Millisecond, "the log does not name it: %s", &said.text)
			use(t, s, c)
			require.Len(t, said.lines(about), 1)
		})
	}
}

// So are keys that the user may not touch.
func TestMissingKeysAreSaidOnce(t *testing.T) {
	server := redistest.Start(t)
	limited := userWithout(t, server, "~test:*")
	said := new(logged)
	c, err := runtime.New(runtime.Options{App: "test", Seed: 1, Redis: limited, RedisTimeout: 5 * time.Second, Logger: slog.New(slog.NewTextHandler(said, nil))})
	require.NoError(t, err)
	defer func() {
		over, cancel := context.WithCancel(context.Background())
		cancel()
		_ = c.Close(over)
	}()
	s := newStore(contact{ID: "42", Name: "old"})
	require.Equal(t, "newer", use(t, s, c))
	use(t, s, c)
	require.Len(t, said.lines("refuses a command or a key to the user"), 1)
}

// Without XREAD copies answer, and hear of the invalidations of others from the counters.
func TestWithoutXREADCopiesAnswer(t *testing.T) {
	server := redistest.Start(t)
	said := new(logged)
	s := newStore(contact{ID: "42", Name: "old"}, contact{ID: "43", Name: "kept"})
	c := backend{"redis", userWithout(t, server, "xread")}.newCache(t, said.option)
	repo, other := decorate(s, c, local), decorate(s, backend{"redis", server.Client()}.newCache(t))
	for _, value := range []string{"new", "newer", "newest"} {
		warm(t, repo, c, "42")
		warm(t, repo, c, "43")
		require.NoError(t, other.Update(acme(), contact{ID: "42", Name: value}))
		hears(t, time.Second, value, func() string { return get(t, repo, "42").Name })
	}
	require.NotZero(t, c.Stats().Follower.Gaps)
	require.Empty(t, said.lines("cannot follow"))
	require.Len(t, said.lines("refuses XREAD to the user"), 1)
}

// The user of the documentation may run every command that the runtime sends.
func TestDocumentedUserMayDoAll(t *testing.T) {
	text, err := os.ReadFile("../examples/crm/redis.acl")
	require.NoError(t, err)
	granted := strings.Fields(string(text))
	for command := range since {
		if command != "QUIT" { // no ACL takes it away
			require.Contains(t, granted, "+"+strings.ToLower(command))
		}
	}
}
