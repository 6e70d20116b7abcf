package runtime_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// before calls f once before a pipeline is sent that contains a command on a key.
type before struct {
	mu  sync.Mutex
	key string
	f   func()
}

func (h *before) set(key string, f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.key, h.f = key, f
}

func (h *before) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (h *before) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }
func (h *before) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		h.mu.Lock()
		var f func()
		for _, cmd := range cmds {
			if h.f != nil && has(h.key)(cmd.Args()) {
				f, h.f = h.f, nil
			}
		}
		h.mu.Unlock()
		if f != nil {
			f()
		}
		return next(ctx, cmds)
	}
}

// While the slot of the state moves, the two halves of a look at it can be answered in the wrong
// order: the table by the old node, the record by the new one, with a fence opened in between. The
// load must not take the number of that fence for its stamp: what it keeps would outlive the
// commit.
func TestRedirectedReadSeesTheFence(t *testing.T) {
	t.Parallel()
	redirectedReadSeesTheFence(t, func(s *store, c *runtime.Cache) (reading, func() int64) {
		r := decorate(s, c, local)
		return func(ctx context.Context, id string) (string, error) {
			got, err := r.Get(ctx, id)
			if err != nil {
				return "", err
			}
			return got.Name, nil
		}, s.loads.Load
	})
}

func TestRedirectedBatchSeesTheFence(t *testing.T) {
	t.Parallel()
	redirectedReadSeesTheFence(t, func(s *store, c *runtime.Cache) (reading, func() int64) {
		r, loads := decorateMany(s, c, local), 0
		return func(ctx context.Context, id string) (string, error) {
				got, err := r.GetMany(ctx, id)
				if err != nil {
					return "", err
				}
				return got[id].Name, nil
			}, func() int64 {
				loads += len(r.called())
				return int64(loads)
			}
	})
}

// reading reads the name of a contact.
type reading func(ctx context.Context, id string) (string, error)

func redirectedReadSeesTheFence(t *testing.T, decorated func(*store, *runtime.Cache) (reading, func() int64)) {
	cluster := redistest.StartCluster(t, false)
	at := where{cluster}
	const from, to = 0, 1
	tenant := at.tenant(from)
	id := at.id(tenant, 2)
	const staleness = 300 * time.Millisecond
	s := newStore(contact{ID: id, Name: "old"})

	// The hook is on the client of the new node, where the redirected half of a pipeline arrives.
	hook := new(before)
	moved := cluster.Masters[to].Addr
	hooked := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), NewClient: func(o *redis.Options) *redis.Client {
		c := redis.NewClient(o)
		if o.Addr == moved {
			c.AddHook(hook)
		}
		return c
	}})
	t.Cleanup(func() { _ = hooked.Close() })
	here := backend{"cluster", hooked}.newCache(t, func(o *runtime.Options) { o.Staleness = staleness })
	reader, loads := decorated(s, here)
	writer := decorate(s, backend{"cluster", cluster.Client(t)}.newCache(t))
	read := func() string {
		name, err := reader(as(tenant), id)
		require.NoError(t, err)
		return name
	}
	copied := func() bool {
		before := here.Stats().LocalHits
		read()
		return here.Stats().LocalHits > before
	}
	require.NoError(t, writer.UpdateAll(as(tenant), contact{ID: id, Name: "old"}))
	require.Eventually(t, copied, 5*time.Second, time.Millisecond)
	require.NoError(t, writer.UpdateAll(as(tenant), contact{ID: id, Name: "old"})) // so that the next read loads
	catchUp(t, as(tenant), here, writer)

	ctx := context.Background()
	slot := cluster.Slot(stateKey(tenant))
	source, target := cluster.Masters[from], cluster.Masters[to]
	require.NoError(t, target.Admin().Do(ctx, "CLUSTER", "SETSLOT", slot, "IMPORTING", source.ID).Err())
	require.NoError(t, source.Admin().Do(ctx, "CLUSTER", "SETSLOT", slot, "MIGRATING", target.ID).Err())
	migrate := func(key string) { require.NoError(t, source.Migrate(ctx, key, target)) }
	migrate(stateKey(tenant))

	shard := stateKey(tenant)[:len(stateKey(tenant))-len("state")]
	var inv *runtime.Invalidation
	opened := false
	hook.set(stateKey(tenant), func() {
		migrate(shard + "tenant:" + tenant)
		migrate(shard + "log")
		inv = writer.update.Begin(as(tenant))
		inv.Scope(inv.Path("contact"))
		inv.Open()
		opened = true
	})
	loaded := loads()
	require.Equal(t, "old", read(), "this read began before the write")
	require.True(t, opened, "the look at the record was not redirected: this test shows nothing")
	require.Equal(t, loaded+1, loads())
	for _, node := range cluster.Masters {
		require.NoError(t, node.Admin().Do(ctx, "CLUSTER", "SETSLOT", slot, "NODE", target.ID).Err())
	}
	s.set(contact{ID: id, Name: "new"}) // the commit; the writer may die now
	time.Sleep(staleness + 50*time.Millisecond)
	for until := time.Now().Add(2 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		require.Equal(t, "new", read(), "a copy from before the commit answers behind the fence")
	}
	inv.End(nil)
	require.Eventually(t, copied, 5*time.Second, time.Millisecond, "%+v", here.Stats())
}
