package runtime_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// crashPoint is where a process dies in a fenced write: before or after its nth round trip to
// Redis, or between the commit and the close.
type crashPoint struct {
	kind   string // of what it makes stale: entry or scope
	server string // single, or apart: deletions and stamps go to Redis one after the other, as in a cluster
	trip   int
	when   string // before, after, committed
}

func (p crashPoint) String() string {
	return fmt.Sprintf("%s %s %d %s", p.kind, p.server, p.trip, p.when)
}

// dying ends its process, as far as others can tell, at a round trip.
type dying struct {
	crashPoint
	n         int
	committed bool
	armed     bool
}

func (h *dying) die() {
	fmt.Printf("dying committed=%v\n", h.committed)
	select {}
}

func (h *dying) trip(first redis.Cmder, send func() error) error {
	if name := first.Name(); !h.armed || name == "hello" || name == "client" { // which open a connection
		return send()
	}
	h.n++
	if h.n == h.crashPoint.trip && h.when == "before" {
		h.die()
	}
	err := send()
	if h.n == h.crashPoint.trip && h.when == "after" {
		h.die()
	}
	return err
}

func (h *dying) DialHook(next redis.DialHook) redis.DialHook { return next }
func (h *dying) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "xread" {
			return next(ctx, cmd) // it follows what it has written to
		}
		return h.trip(cmd, func() error { return next(ctx, cmd) })
	}
}
func (h *dying) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if slices.ContainsFunc(cmds, func(c redis.Cmder) bool { return c.Name() == "hmget" }) {
			return next(ctx, cmds) // it follows what it has written to
		}
		return h.trip(cmds[0], func() error { return next(ctx, cmds) })
	}
}

// crash is what the other process does: app, then a crash point.
func crash(t *testing.T, addr, arg string) {
	var app string
	h := new(dying)
	_, err := fmt.Sscan(arg, &app, &h.kind, &h.server, &h.crashPoint.trip, &h.when)
	require.NoError(t, err)
	c := client(t, addr)
	c.AddHook(h)
	b := backend{"redis", c}
	if h.server == "apart" {
		b.client = hidden(c)
	}
	repo := decorate(newStore(contact{ID: "42"}), b.newCache(t, func(o *runtime.Options) { o.App = app }))
	get(t, repo, "42") // scripts and state are there
	inv := repo.update.Begin(acme())
	if h.kind == "entry" {
		inv.Entry(inv.Path("contact").String("42"))
	} else {
		inv.Scope(inv.Path("contact"))
	}
	h.armed = true
	inv.Open()
	h.committed = true
	if h.when == "committed" {
		h.die()
	}
	inv.End(nil)
	fmt.Printf("done committed=%v\n", h.committed)
}

// A process dies at every step of a fenced write: around each round trip to Redis, and between
// commit and close. Nothing stale is left, in Redis or in the copies of another process, and the
// cache serves again when the fence has lapsed.
func TestCrashPoints(t *testing.T) {
	t.Parallel()
	server, b := startRedis(t)
	if redistest.Permissions != nil { // each crash is in an application of its own
		require.NoError(t, b.admin().Do(context.Background(), "ACL", "SETUSER", "default", "~crash*:*").Err())
	}
	type reader struct {
		crashPoint
		at           string
		want         string
		store        *store
		strong, near *contacts
	}
	var table []*reader
	for _, kind := range []string{"entry", "scope"} {
		for _, on := range []string{"single", "apart"} {
			ended := false
			for n := 0; !ended; n++ {
				for _, when := range []string{"before", "after"} {
					p := crashPoint{kind, on, n, when}
					if n == 0 {
						p.when = "committed"
						if when == "after" {
							continue
						}
					}
					app := fmt.Sprint("crash", len(table))
					named := func(o *runtime.Options) { o.App = app }
					s := newStore(contact{ID: "42", Name: "old"})
					c := b.newCache(t, named)
					r := &reader{crashPoint: p, want: "old", store: s, strong: decorate(s, b.newCache(t, named)), near: decorate(s, c, local)}
					warm(t, r.near, c, "42")
					get(t, r.strong, "42")
					other := startChild(t, "crash", server.Addr)
					at := other.ask("crash " + app + " " + p.String())
					other.kill()
					r.at, _, _ = strings.Cut(at, " ")
					if strings.HasSuffix(at, "committed=true") {
						r.want = "new" // the two processes share no database: the write of the other is repeated here
						s.set(contact{ID: "42", Name: "new"})
					}
					require.Equal(t, r.want, get(t, r.strong, "42").Name, p)
					ended = r.at == "done"
					table = append(table, r)
					if ended {
						break
					}
				}
			}
		}
	}
	died := time.Now()
	points := map[string]int{}
	for _, r := range table {
		points[r.kind+" "+r.server]++
		t.Logf("%-28s %s, %s", r.crashPoint, r.at, r.want)
	}
	// One before and one after each round trip of opening and of closing, one between, and the
	// write that does not die.
	require.Equal(t, map[string]int{"entry single": 6, "entry apart": 10, "scope single": 6, "scope apart": 6}, points)

	time.Sleep(time.Until(died.Add(1100 * time.Millisecond))) // Options.Staleness: copies may not outlive it
	for time.Since(died) < 3*time.Second {
		for _, r := range table {
			require.Equal(t, r.want, get(t, r.near, "42").Name, "%v: a copy outlived the crash", r.crashPoint)
			require.Equal(t, r.want, get(t, r.strong, "42").Name, "%v: an entry outlived the crash", r.crashPoint)
		}
	}
	for _, r := range table {
		stays(t, func() (int64, error) {
			require.Equal(t, r.want, get(t, r.near, "42").Name, r.crashPoint)
			require.Equal(t, r.want, get(t, r.strong, "42").Name, r.crashPoint)
			before := r.store.loads.Load()
			get(t, r.strong, "42")
			return r.store.loads.Load() - before, nil
		})
	}
}
