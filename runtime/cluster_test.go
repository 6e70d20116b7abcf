package runtime_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

func as(tenant string) context.Context { return runtime.WithTenant(context.Background(), tenant) }

// prompt is what tests of failovers set: a read waits for a dead node no longer than in an
// application.
func prompt(o *runtime.Options) { o.RedisTimeout = 250 * time.Millisecond }

// tableOf is the key of the table of a tenant.
func tableOf(tenant string) string {
	return strings.TrimSuffix(stateKey(tenant), "state") + "tenant:" + tenant
}

// logOf is the key of the log of a tenant's shard.
func logOf(tenant string) string { return strings.TrimSuffix(stateKey(tenant), "state") + "log" }

func stateKey(tenant string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(tenant))
	return fmt.Sprintf("test:{%d}:state", h.Sum32()%16)
}

func entryKey(tenant, id string) string { return "test:" + tenant + ":contact:" + id + ":v00c0ffee" }

// where finds tenants whose state, and ids whose entries of these tenants, are at home on given
// masters.
type where struct{ *redistest.Cluster }

func (w where) tenant(master int) string { return w.tenants(master)[0] }

func (w where) tenants(master int) (list []string) {
	for n := 0; len(list) < 3; n++ {
		if tenant := fmt.Sprint("t", n); w.Home(stateKey(tenant)) == master {
			list = append(list, tenant)
		}
	}
	return list
}

func (w where) id(tenant string, master int) string {
	for n := 0; ; n++ {
		if id := fmt.Sprint(n); w.Home(entryKey(tenant, id)) == master {
			return id
		}
	}
}

// every command of the cache, as the cluster's client gets it.
type recorder struct {
	mu   sync.Mutex
	cmds [][]any
}

func (r *recorder) add(cmds ...redis.Cmder) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, cmd := range cmds {
		r.cmds = append(r.cmds, cmd.Args())
	}
}

func (r *recorder) DialHook(next redis.DialHook) redis.DialHook { return next }
func (r *recorder) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error { r.add(cmd); return next(ctx, cmd) }
}
func (r *recorder) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error { r.add(cmds...); return next(ctx, cmds) }
}

func TestClusterSpreadsEntriesAndKeepsEachCommandInItsSlot(t *testing.T) {
	cluster := startCluster(t)
	c := cluster.Client(t)
	seen := new(recorder)
	c.AddHook(seen)
	s := newStore()
	cache := backend{"cluster", c}.newCache(t)
	repo := decorate(s, cache, local)
	ids := make([]string, 40)
	for n := range ids {
		ids[n] = fmt.Sprint(n)
		s.set(contact{ID: ids[n]})
		for _, tenant := range []string{"acme", "globex"} {
			_, err := repo.Get(as(tenant), ids[n])
			require.NoError(t, err)
		}
	}
	homes := map[int]int{}
	for _, id := range ids {
		homes[cluster.Home(entryKey("acme", id))]++
	}
	require.Len(t, homes, 3, "the entries of a tenant do not spread")
	for _, id := range ids {
		require.NoError(t, repo.Update(acme(), contact{ID: id}))
	}
	require.NoError(t, repo.UpdateAll(acme()))
	require.NoError(t, cache.Invalidate(acme(), "*", "contact:1", "contact:2", "contact:3"))
	require.NoError(t, cache.Invalidate(context.Background(), "contact:1"))
	inv := repo.update.Begin(acme())
	inv.Entry(inv.Path("contact").String("1"))
	inv.Entry(inv.Path("contact").String("2"))
	inv.Open()
	_, err := repo.Get(acme(), "1")
	require.NoError(t, err)
	inv.End(nil)

	scripts := 0
	for _, args := range seen.cmds {
		var keys []any
		switch name := fmt.Sprint(args[0]); name {
		case "evalsha", "eval":
			scripts++
			keys = args[3 : 3+args[2].(int)]
		case "get", "hmget", "unlink", "pttl", "del":
			keys = args[1:]
			if name == "hmget" {
				keys = args[1:2]
			}
		case "HELLO", "INFO":
			continue
		default:
			t.Fatalf("what keys does %v have?", args)
		}
		for _, key := range keys[1:] {
			require.Equal(t, cluster.Slot(fmt.Sprint(keys[0])), cluster.Slot(fmt.Sprint(key)), "%v", args)
		}
	}
	require.Greater(t, scripts, 100)
}

// The scripts of a node are forgotten by SCRIPT FLUSH, by a restart, and by a replica that becomes
// master.
func TestForgottenScriptsAreSentAgain(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		if b.client == nil {
			t.Skip("there are none")
		}
		s := newStore(contact{ID: "42"})
		c := b.newCache(t, func(o *runtime.Options) { o.StrictInvalidation = true })
		repo := decorate(s, c)
		for n := range 5 {
			name := fmt.Sprint(n)
			flush := func() {
				require.NoError(t, eachServer(context.Background(), b.admin(), func(ctx context.Context, c *redis.Client) error { return c.ScriptFlush(ctx).Err() }))
			}
			flush()
			require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: name}))
			flush()
			require.Equal(t, name, get(t, repo, "42").Name)
			loads := s.loads.Load()
			require.Equal(t, name, get(t, repo, "42").Name)
			require.Equal(t, loads, s.loads.Load(), "nothing was stored")
		}
		require.Zero(t, c.Stats().RedisErrors)
	})
}

// A slot on its way to another node is served by both: what has been moved is asked for with ASK, a
// script whose keys are on both nodes gets TRYAGAIN, and in the end the old node says MOVED. Reads
// never see an error, nor an old value.
func TestSlotMovesWhileInUse(t *testing.T) {
	for _, what := range []string{"state", "entry"} {
		for _, strong := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s strong %v", what, strong), func(t *testing.T) {
				cluster := startCluster(t)
				tr := startTraffic(t, func() backend { return backend{"cluster", cluster.Client(t)} },
					part{Strong: strong, Pause: time.Millisecond, Staleness: 200 * time.Millisecond},
					script{Tenants: 2, IDs: 2, Pause: 2 * time.Millisecond})
				key := stateKey("tenant0")
				if what == "entry" {
					key = "test:tenant0:reg:h:0:v00000001"
				}
				from := cluster.Home(key)
				to := (from + 1) % 3
				move := func(from, to int) {
					cluster.MoveSlot(cluster.Slot(key), from, to, func(redistest.Stage) { time.Sleep(50 * time.Millisecond) }) // traffic at each stage
				}
				for began := time.Now(); time.Since(began) < time.Second; {
					move(from, to)
					move(to, from)
				}
				history := tr.end()
				refused := 0
				for _, c := range history {
					if c.Failed {
						refused++
					}
				}
				t.Logf("%d calls, %d reads beside them, %d writes whose invalidation was retried", len(history), tr.reads.Load(), refused)
				tr.check(t, history)
			})
		}
	}
}

// An invalidation fails, and the slot of the state moves before it is tried again. This process
// does not answer from the cache meanwhile, so nothing else tells its client of the move.
func TestRetriesFollowASlot(t *testing.T) {
	cluster := startCluster(t)
	from := cluster.Home(stateKey("acme"))
	to := (from + 1) % 3
	s := newStore(contact{ID: "42", Name: "old"})
	c := backend{"cluster", cluster.Client(t)}.newCache(t, prompt)
	repo, reader := decorate(s, c), decorate(s, backend{"cluster", cluster.Client(t)}.newCache(t))
	get(t, repo, "42")
	get(t, reader, "42")
	admin, ctx := cluster.Masters[from].Admin(), context.Background()
	acl := func(words ...any) { require.NoError(t, admin.Do(ctx, append([]any{"ACL"}, words...)...).Err()) }
	allow := func() {
		acl("SETUSER", "default", "+eval", "+evalsha")
		acl("LOG", "RESET") // with -smallest, nothing may be refused
	}
	t.Cleanup(allow)
	acl("SETUSER", "default", "-eval", "-evalsha")
	require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: "new"}))
	require.NotZero(t, c.Stats().Pending, "this test shows nothing")
	slot := cluster.Slot(stateKey("acme"))
	cluster.MoveSlot(slot, from, to, func(redistest.Stage) {})
	t.Cleanup(func() { cluster.MoveSlot(slot, to, from, func(redistest.Stage) {}) })
	allow()
	require.Eventually(t, func() bool { return c.Stats().Pending == 0 }, 5*time.Second, time.Millisecond)
	require.Equal(t, "new", get(t, reader, "42").Name)
}

// A tenant that has no table yet cannot get one while its slot moves: its scripts are told TRYAGAIN
// at every node.
func TestMovingSlotDelaysNewTenantsOnly(t *testing.T) {
	cluster := startCluster(t)
	s := newStore(contact{ID: "42", Name: "0"})
	c := backend{"cluster", cluster.Client(t)}.newCache(t)
	repo, other := decorate(s, c), decorate(s, backend{"cluster", cluster.Client(t)}.newCache(t))
	tenants := where{cluster}.tenants(0)
	known := tenants[0]
	var fresh []string
	for n := 0; len(fresh) < 8; n++ {
		if tenant := fmt.Sprint("fresh", n); stateKey(tenant) == stateKey(known) {
			fresh = append(fresh, tenant)
		}
	}
	read := func(r *contacts, tenant string) string {
		started := time.Now()
		got, err := r.Get(as(tenant), "42")
		require.NoError(t, err)
		require.Less(t, time.Since(started), 2*time.Second)
		return got.Name
	}
	number := func(name string) (n int) {
		_, err := fmt.Sscan(name, &n)
		require.NoError(t, err)
		return n
	}
	acknowledged := map[string]int{} // by tenant: they share the row, each invalidates for itself
	require.NoError(t, repo.Update(as(known), contact{ID: "42", Name: "0"}))
	read(repo, known)
	read(other, known)
	stage := 0
	move := func(from, to int) {
		cluster.MoveSlot(cluster.Slot(stateKey(known)), from, to, func(at redistest.Stage) {
			tenant := fresh[stage%len(fresh)]
			stage++
			read(repo, tenant)
			for _, tenant := range []string{tenant, known} {
				require.NoError(t, repo.Update(as(tenant), contact{ID: "42", Name: fmt.Sprint(stage)}), at)
				require.Equal(t, fmt.Sprint(stage), read(repo, tenant), at)
				acknowledged[tenant] = stage
			}
		})
	}
	move(0, 1)
	move(1, 0)
	require.Eventually(t, func() bool { return c.Stats().Pending == 0 }, 10*time.Second, 5*time.Millisecond)
	for _, tenant := range append(fresh, known) {
		require.GreaterOrEqual(t, number(read(other, tenant)), acknowledged[tenant])
		stays(t, func() (int64, error) {
			before := s.loads.Load()
			_, err := other.Get(as(tenant), "42")
			return s.loads.Load() - before, err
		})
	}
}

// A node that is gone takes the caching of its tenants and of its entries with it, and nothing
// else, and holds nobody up for long.
func TestNodeDownCostsOnlyWhatItHeld(t *testing.T) {
	for _, how := range []string{"frozen", "killed", "killed, and the cluster refuses everything"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			cluster := redistest.StartCluster(t, false)
			at := where{cluster}
			s := newStore()
			for n := range 200 {
				s.set(contact{ID: fmt.Sprint(n), Name: "Ada"})
			}
			const bound = time.Second // more than a round trip on a busy machine, less than the three seconds that the client waits
			c := backend{"cluster", cluster.Client(t)}.newCache(t, func(o *runtime.Options) { o.RedisTimeout = bound })
			repo := decorate(s, c)
			const down = 2
			healthy, sick := at.tenant(0), at.tenant(down)
			var slowest atomic.Int64
			read := func(tenant, id string) (loads bool) {
				before, started := s.loads.Load(), time.Now()
				got, err := repo.Get(as(tenant), id)
				if err != nil || got.Name != "Ada" {
					t.Errorf("%v, %v", got, err)
				}
				for took := int64(time.Since(started)); ; {
					if most := slowest.Load(); took <= most || slowest.CompareAndSwap(most, took) {
						return s.loads.Load() != before
					}
				}
			}
			lost := [][2]string{{healthy, at.id(healthy, down)}, {sick, at.id(sick, 0)}, {sick, at.id(sick, down)}}
			kept := [][2]string{{healthy, at.id(healthy, 0)}, {healthy, at.id(healthy, 1)}, {at.tenant(1), at.id(at.tenant(1), 0)}}
			for _, e := range append(lost, kept...) {
				require.Eventually(t, func() bool { return !read(e[0], e[1]) }, 10*time.Second, time.Millisecond, "it is not stored")
			}
			slowest.Store(0)
			all := strings.HasSuffix(how, "everything")
			if all {
				for _, node := range cluster.Masters {
					require.NoError(t, node.Admin().ConfigSet(context.Background(), "cluster-require-full-coverage", "yes").Err())
				}
			}
			if how == "frozen" {
				cluster.Masters[down].Freeze()
			} else {
				cluster.Masters[down].Kill()
			}
			if all {
				require.Eventually(t, func() bool {
					info, _ := cluster.Masters[0].Admin().ClusterInfo(context.Background()).Result()
					return strings.Contains(info, "cluster_state:fail")
				}, 10*time.Second, 10*time.Millisecond)
			}
			// What the node held is asked for all the time.
			ctx, cancel := context.WithCancel(context.Background())
			var wg sync.WaitGroup
			defer wg.Wait()
			defer cancel()
			for i := range 6 {
				wg.Go(func() {
					for e := lost[i%len(lost)]; ctx.Err() == nil; time.Sleep(time.Millisecond) {
						read(e[0], e[1])
					}
				})
			}
			time.Sleep(100 * time.Millisecond) // they are at it
			hits, n := 0, 0
			for until := time.Now().Add(time.Second); time.Now().Before(until); time.Sleep(2 * time.Millisecond) {
				for _, e := range kept {
					before := c.Stats().Method("Contacts.Get").RedisHits
					read(e[0], e[1])
					n++
					if c.Stats().Method("Contacts.Get").RedisHits > before {
						hits++
					}
				}
			}
			cancel()
			wg.Wait()
			t.Logf("%d of %d reads of what other nodes hold are hits; the slowest of all reads took %v", hits, n, time.Duration(slowest.Load()))
			require.Less(t, time.Duration(slowest.Load()), 2*bound)
			if all {
				return
			}
			require.Greater(t, hits, n*95/100, "reads that need nothing of the node that is down are not answered from the cache")
			if how == "frozen" {
				cluster.Masters[down].Thaw()
			} else {
				cluster.Masters[down].Restart()
			}
			for _, e := range append(lost, kept...) {
				stays(t, func() (int64, error) {
					before := s.loads.Load()
					_, err := repo.Get(as(e[0]), e[1])
					return s.loads.Load() - before, err
				})
			}
		})
	}
}

// The node of an entry is down, that of its tenant's state is not. A write that invalidates the
// entry and a scope puts the scope in force at once, although the entry cannot be deleted.
func TestNodeDownKeepsNoStampFromBeingSent(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, false)
	at := where{cluster}
	const down = 2
	tenant := at.tenant(0)
	lost, kept := at.id(tenant, down), at.id(tenant, 1)
	s := newStore(contact{ID: lost, Name: "old"}, contact{ID: kept, Name: "old"})
	short := func(o *runtime.Options) { o.RedisTimeout = time.Second }
	c := backend{"cluster", cluster.Client(t)}.newCache(t, short)
	writer, reader := decorate(s, c), decorate(s, backend{"cluster", cluster.Client(t)}.newCache(t, short))
	for _, repo := range []*contacts{writer, reader} {
		for _, id := range []string{lost, kept} {
			require.Eventually(t, func() bool {
				before := s.loads.Load()
				_, err := repo.Get(as(tenant), id)
				require.NoError(t, err)
				return s.loads.Load() == before
			}, 10*time.Second, time.Millisecond, "it is not stored")
		}
	}
	cluster.Masters[down].Kill()
	defer cluster.Masters[down].Restart()
	s.set(contact{ID: kept, Name: "new"})
	inv := writer.update.Begin(as(tenant))
	inv.Entry(inv.Path("contact").String(lost))
	inv.Scope(inv.Path("contact"))
	inv.End(nil)
	require.Zero(t, c.Stats().Pending, "the stamp alone is enough")
	got, err := reader.Get(as(tenant), kept)
	require.NoError(t, err)
	require.Equal(t, "new", got.Name)
}

// A master dies and its replica takes over by itself. What was invalidated before stays so, in
// every process, and the cache works again.
func TestMasterKilled(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, true)
	at := where{cluster}
	s := newStore()
	for n := range 200 {
		s.set(contact{ID: fmt.Sprint(n), Name: "old"})
	}
	one, two := backend{"cluster", cluster.Client(t)}.newCache(t, prompt), backend{"cluster", cluster.Client(t)}.newCache(t, prompt)
	reader, writer := decorate(s, one, local), decorate(s, two)
	const down = 1
	tenants := []string{at.tenant(down), at.tenant(0)}
	var entries [][2]string
	for _, tenant := range tenants {
		for master := range 3 {
			entries = append(entries, [2]string{tenant, at.id(tenant, master)})
		}
	}
	for _, e := range entries {
		for _, repo := range []*contacts{reader, writer} {
			got, err := repo.Get(as(e[0]), e[1])
			require.NoError(t, err)
			require.Equal(t, "old", got.Name)
		}
	}
	for n := range 200 {
		s.set(contact{ID: fmt.Sprint(n), Name: "new"})
	}
	for i, e := range entries {
		if i%2 == 0 {
			require.NoError(t, writer.Update(as(e[0]), contact{ID: e[1], Name: "new"}))
		}
	}
	for _, tenant := range tenants {
		require.NoError(t, writer.UpdateAll(as(tenant)))
	}
	require.Zero(t, two.Stats().Pending)
	cluster.Settle()
	cluster.Masters[down].Kill()
	killed := time.Now()
	for time.Since(killed) < 300*time.Millisecond {
		for _, e := range entries {
			_, err := reader.Get(as(e[0]), e[1])
			require.NoError(t, err)
		}
	}
	third := decorate(s, backend{"cluster", cluster.Client(t)}.newCache(t, prompt))
	for _, repo := range []*contacts{writer, third, reader} {
		for _, e := range entries {
			require.Eventually(t, func() bool {
				got, err := repo.Get(as(e[0]), e[1])
				require.NoError(t, err)
				if repo != reader || time.Since(killed) > time.Second {
					require.Equal(t, "new", got.Name)
				}
				before := s.loads.Load()
				_, err = repo.Get(as(e[0]), e[1])
				require.NoError(t, err)
				return s.loads.Load() == before
			}, 15*time.Second, 20*time.Millisecond, "the cache does not come back")
		}
	}
	t.Logf("the cache was whole again %v after the master had died", time.Since(killed).Round(time.Millisecond))
	require.Less(t, time.Since(killed), 10*time.Second, "it took longer than the cluster")
	for _, e := range entries {
		require.NoError(t, writer.Update(as(e[0]), contact{ID: e[1], Name: "newest"}))
		got, err := third.Get(as(e[0]), e[1])
		require.NoError(t, err)
		require.Equal(t, "newest", got.Name)
	}
	require.Eventually(t, func() bool { return two.Stats().Pending == 0 && one.Stats().Follower.Leased >= 2 }, 10*time.Second, 10*time.Millisecond)
}

// A replica takes over that has not heard of the last invalidation: of its stamp, or of the
// deletion of the entry.
func TestClusterFailoverThatForgetsAnInvalidation(t *testing.T) {
	for _, lost := range []string{"stamp", "deletion"} {
		for _, local := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s local %v", lost, local), func(t *testing.T) {
				t.Parallel()
				cluster := redistest.StartCluster(t, true)
				at := where{cluster}
				const down = 0
				tenant := at.tenant(down)
				id := at.id(tenant, 1)
				if lost == "deletion" {
					tenant = at.tenant(1)
					id = at.id(tenant, down)
				}
				s := newStore(contact{ID: id, Name: "old"})
				c := backend{"cluster", cluster.Client(t)}.newCache(t, prompt)
				repo := decorate(s, c, func(o *runtime.ReadOptions) { o.Strong = !local })
				read := func(repo *contacts) string {
					got, err := repo.Get(as(tenant), id)
					require.NoError(t, err)
					return got.Name
				}
				read(repo)
				require.NoError(t, repo.Update(as(tenant), contact{ID: id, Name: "old"})) // so that there is a table and a log
				stays(t, func() (int64, error) {
					before := s.loads.Load()
					read(repo)
					return s.loads.Load() - before, nil
				})
				if local {
					require.Eventually(t, func() bool {
						before := c.Stats().LocalHits
						read(repo)
						return c.Stats().LocalHits > before
					}, 5*time.Second, time.Millisecond)
				}
				cluster.Settle()
				cluster.StopHearing(down)
				if lost == "stamp" {
					require.NoError(t, repo.UpdateAll(as(tenant), contact{ID: id, Name: "new"}))
				} else {
					require.NoError(t, repo.Update(as(tenant), contact{ID: id, Name: "new"}))
				}
				require.Zero(t, c.Stats().Pending)
				cluster.Masters[down].Kill()
				cluster.Promote(down)
				require.NoError(t, cluster.Client(t).Get(context.Background(), entryKey(tenant, id)).Err(), "the old entry is not there: this test shows nothing")
				until := time.Now().Add(10 * time.Second)
				for {
					require.Equal(t, "new", read(repo), "the failover brought an invalidated entry back")
					before := s.loads.Load()
					read(repo)
					if s.loads.Load() == before {
						break
					}
					require.True(t, time.Now().Before(until), "the cache does not come back: %+v", c.Stats())
					time.Sleep(5 * time.Millisecond) // the client has to find the new master
				}
				require.Equal(t, "new", read(decorate(s, backend{"cluster", cluster.Client(t)}.newCache(t, prompt))))
			})
		}
	}
}

// In a cluster each shard is followed on a connection of its own, and the copies of a shard depend
// on its node alone.
func TestClusterFollowsEachShardByItself(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, false)
	at := where{cluster}
	const staleness = 300 * time.Millisecond
	s := newStore(contact{ID: "42", Name: "old"})
	c := backend{"cluster", cluster.Client(t)}.newCache(t, func(o *runtime.Options) { o.Staleness = staleness }, prompt)
	repo := decorate(s, c, local)
	writer := decorate(s, backend{"cluster", cluster.Client(t)}.newCache(t, prompt))
	copied := func(tenant string) bool {
		before := c.Stats().LocalHits
		_, err := repo.Get(as(tenant), "42")
		require.NoError(t, err)
		return c.Stats().LocalHits > before
	}
	var tenants []string
	shards := map[string]bool{}
	for master := range 3 {
		tenants = append(tenants, at.tenant(master))
		shards[stateKey(at.tenant(master))] = true
	}
	require.Len(t, shards, 3)
	warm := func(tenant string) {
		t.Helper()
		require.Eventually(t, func() bool { return copied(tenant) }, 5*time.Second, time.Millisecond, "%+v", c.Stats().Follower)
	}
	for _, tenant := range tenants {
		warm(tenant)
	}
	require.Equal(t, 3, c.Stats().Follower.Shards)
	require.Eventually(t, func() bool { return c.Stats().Follower.Connections == 3 }, 5*time.Second, time.Millisecond)
	// Over a while, each loop is seen on one connection.
	used := map[string]bool{}
	for range 20 {
		for _, node := range cluster.Masters {
			list, err := node.Admin().ClientList(context.Background()).Result()
			require.NoError(t, err)
			for line := range strings.Lines(list) {
				if strings.Contains(line, "cmd=xread") {
					used[node.Addr+" "+strings.Fields(line)[0]] = true
				}
			}
		}
		time.Sleep(20 * time.Millisecond) // see above
	}
	require.Len(t, used, 3, "%v", used)

	for n := range 10 {
		name := fmt.Sprint(n)
		for _, tenant := range tenants {
			warm(tenant)
			require.NoError(t, writer.Update(as(tenant), contact{ID: "42", Name: name}))
			hears(t, staleness, name, func() string {
				got, err := repo.Get(as(tenant), "42")
				require.NoError(t, err)
				return got.Name
			})
		}
	}
	require.Zero(t, c.Stats().Follower.Gaps)
	require.Zero(t, c.Stats().Follower.Regressions)

	for _, tenant := range tenants {
		warm(tenant)
	}
	cluster.Masters[2].Freeze()
	time.Sleep(staleness + 50*time.Millisecond) // its lease runs out
	require.False(t, copied(tenants[2]), "a copy was served without a lease")
	// Those of the others go on.
	hits, n := 0, 0
	for until := time.Now().Add(time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		for _, tenant := range tenants[:2] {
			n++
			if copied(tenant) {
				hits++
			}
		}
	}
	cluster.Masters[2].Thaw()
	require.Greater(t, hits, n*9/10, "copies of %d%% of the reads of other shards answered while one node was down", 100*hits/n)
	warm(tenants[2])
}
