package runtime_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

type contact struct {
	ID, Name string
	Tags     []string
}

var errNotFound = errors.New("contact not found")

// store is an inner repository, a map that counts its loads and can be made to wait.
type store struct {
	mu    sync.Mutex
	rows  map[string]contact
	loads atomic.Int64
	hook  func(ctx context.Context, id string) // called in a load after the row was read
}

func newStore(rows ...contact) *store {
	s := &store{rows: make(map[string]contact)}
	for _, c := range rows {
		s.rows[c.ID] = c
	}
	return s
}

func (s *store) Get(ctx context.Context, id string) (*contact, error) {
	s.loads.Add(1)
	s.mu.Lock()
	c, ok := s.rows[id]
	hook := s.hook
	s.mu.Unlock()
	if hook != nil {
		hook(ctx, id)
	}
	if !ok {
		return nil, fmt.Errorf("contact %q: %w", id, errNotFound)
	}
	return &c, nil
}

func (s *store) set(c contact) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[c.ID] = c
}

func (s *store) setHook(hook func(context.Context, string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = hook
}

// contacts is what the generator emits, written by hand, with a choice of options. Its reads are
// strong: tests of local copies say so.
type contacts struct {
	*store
	get    *runtime.Read
	update *runtime.Write
}

func decorate(s *store, c *runtime.Cache, change ...func(*runtime.ReadOptions)) *contacts {
	o := runtime.ReadOptions{Result: resultOf[*contact](), Method: "Contacts.Get", Prefix: "contact", Version: "00c0ffee", TTL: time.Minute, Strong: true}
	for _, f := range change {
		f(&o)
	}
	return &contacts{store: s, get: runtime.NewRead(c, o), update: runtime.NewWrite(c, runtime.WriteOptions{Method: "Contacts.Update"})}
}

func (r *contacts) Get(ctx context.Context, id string) (*contact, error) {
	var buf runtime.KeyBuffer
	key := r.get.Key(ctx, &buf).String(id)
	if v, ok, err := r.get.Lookup(ctx, key); ok {
		return v.(*contact), err
	}
	v, err := r.get.Load(ctx, key, func(ctx context.Context) (any, error) {
		return r.store.Get(ctx, id)
	})
	return v.(*contact), err
}

func (r *contacts) Update(ctx context.Context, c contact) (err error) {
	inv := r.update.Begin(ctx)
	defer func() {
		inv.Entry(inv.Path("contact").String(c.ID))
		inv.End(&err)
	}()
	r.set(c)
	return nil
}

func (r *contacts) UpdateAll(ctx context.Context, list ...contact) (err error) {
	inv := r.update.Begin(ctx)
	defer func() {
		inv.Scope(inv.Path("contact"))
		inv.End(&err)
	}()
	for _, c := range list {
		r.set(c)
	}
	return nil
}

// backend is one of the places where a cache can keep its state.
type backend struct {
	name   string
	client redis.UniversalClient // nil: embedded
}

// newCache makes a cache on the backend, closed when the test ends.
func (b backend) newCache(t testing.TB, change ...func(*runtime.Options)) *runtime.Cache {
	t.Helper()
	o := runtime.Options{
		App:      "test",
		Redis:    b.client,
		NotFound: []error{errNotFound},
		Seed:     1, // tests assert what was not invalidated: no two of their paths may share a stripe by chance
		// Tests of what happens in time set their own: a busy machine must not make the others
		// miss.
		RedisTimeout: 5 * time.Second,
		Logger:       slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, f := range change {
		f(&o)
	}
	c, err := runtime.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { closeCache(t, c) })
	return c
}

func closeCache(t testing.TB, c *runtime.Cache) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, c.Close(ctx))
}

// everywhere runs a test on the embedded authority, on an embedded stand-in for Redis, on a real
// Redis, and on a cluster.
func everywhere(t *testing.T, test func(t *testing.T, b backend)) {
	t.Run("embedded", func(t *testing.T) {
		needsNoPermission(t)
		test(t, backend{name: "embedded"})
	})
	shared(t, test)
}

// shared runs a test on what several caches can share: the stand-in, the real Redis and the
// cluster.
func shared(t *testing.T, test func(t *testing.T, b backend)) {
	t.Run("miniredis", func(t *testing.T) {
		needsNoPermission(t)
		test(t, backend{"miniredis", client(t, miniredis.RunT(t).Addr())})
	})
	t.Run("redis", func(t *testing.T) {
		test(t, backend{"redis", redistest.Start(t).Client()})
	})
	t.Run("cluster", func(t *testing.T) {
		test(t, backend{"cluster", startCluster(t).Client(t)})
	})
}

var (
	lasting    redistest.Lasting
	theCluster = sync.OnceValue(func() *redistest.Cluster { return redistest.StartCluster(&lasting, false) })
)

// startCluster returns the cluster that tests share one after the other, empty.
func startCluster(t testing.TB) *redistest.Cluster {
	redistest.Installed(t)
	c := theCluster()
	c.Flush()
	t.Cleanup(func() { c.ReportRefusals(t) })
	return c
}

// smallestFlag makes the servers give clients the permissions that docs/redis.md lists, and no
// others. The tests themselves log in as another user.
var smallestFlag = flag.Bool("smallest", false, "run the tests of a real server with the permissions of examples/crm/redis.acl")

// smallest is what the user of docs/redis.md may do, in the words of Redis' ACL, with the tests'
// keys.
func smallest() ([]string, error) {
	text, err := os.ReadFile("../examples/crm/redis.acl")
	if err != nil {
		return nil, err
	}
	words := strings.Fields(strings.ReplaceAll(string(text), "~crm:", "~test:")) // user crm on >secret ...
	return words[4:], nil
}

// needsNoPermission skips with -smallest what no server can refuse anything.
func needsNoPermission(t testing.TB) {
	if *smallestFlag {
		t.Skip("-smallest: there is nobody to refuse anything")
	}
}

func TestMain(m *testing.M) {
	flag.Parse()
	if *smallestFlag {
		permissions, err := smallest()
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		redistest.Permissions = permissions
	}
	if missing := redistest.Missing(); missing != "" && os.Getenv("CACHEGEN_CHILD") == "" {
		fmt.Printf("%s: tests of a real server are skipped, miniredis stands in for it in the others\n", missing)
	}
	code := m.Run()
	lasting.Stop()
	os.Exit(code)
}

// connect returns a client of a server, or of the cluster if there are several addresses, separated
// by commas.
func connect(t testing.TB, addrs string) redis.UniversalClient {
	if !strings.Contains(addrs, ",") {
		return client(t, addrs)
	}
	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: strings.Split(addrs, ",")})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// admins are the clients of backend.admin, by address. Some tests compare the goroutines before and
// after, so a client stays.
var admins sync.Map

// admin returns a client for what the test itself looks at and does, which the cache never does.
func (b backend) admin() redis.UniversalClient {
	if redistest.Permissions == nil {
		return b.client
	}
	addrs := b.addrs()
	if c, ok := admins.Load(addrs); ok {
		return c.(redis.UniversalClient)
	}
	login := redistest.AsAdmin(new(redis.Options))
	o := &redis.UniversalOptions{Addrs: strings.Split(addrs, ","), Username: login.Username, Password: login.Password}
	c, _ := admins.LoadOrStore(addrs, redis.NewUniversalClient(o))
	return c.(redis.UniversalClient)
}

// addrs is what another process has to connect to.
func (b backend) addrs() string {
	if c, ok := b.client.(*redis.ClusterClient); ok {
		return strings.Join(c.Options().Addrs, ",")
	}
	return b.client.(*redis.Client).Options().Addr
}

func client(t testing.TB, addr string) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// resultOf has reflection write the results of a type, and keeps copies encoded.
func resultOf[V any]() *runtime.Result { return runtime.ResultOf[V](nil, nil, nil) }

// copiedBy is resultOf for a type whose copies are kept as they are.
func copiedBy[V any](clone func(V) V) *runtime.Result { return runtime.ResultOf(nil, nil, clone) }

// local lets a read answer from local copies.
func local(o *runtime.ReadOptions) { o.Strong = false }

func acme() context.Context { return runtime.WithTenant(context.Background(), "acme") }
