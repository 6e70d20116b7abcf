package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// fewDozen is how many commands a read or a write sends at most, whatever changes under it.
const fewDozen = 50

// standstill is a client whose questions go to a server that stands still, and whose scripts go to
// another. It counts the commands that it sends.
type standstill struct {
	mu    sync.Mutex
	still func(args []any) bool // which questions are answered as they were the first time
	said  map[string]redis.Cmder
	alter func(*redis.Cmd) // changes the answer of a script
	sent  int
}

// on begins: what is answered from now on is what will always be answered.
func (h *standstill) on(still func(args []any) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.still, h.said = still, make(map[string]redis.Cmder)
}

// count returns how many commands f sends.
func (h *standstill) count(f func()) int {
	sent := func() int {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.sent
	}
	before := sent()
	f()
	return sent() - before
}

func (h *standstill) answered(cmds []redis.Cmder) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, cmd := range cmds {
		h.sent++
		if script, ok := cmd.(*redis.Cmd); ok && h.alter != nil {
			h.alter(script)
		}
		if h.still == nil || !h.still(cmd.Args()) {
			continue
		}
		question := fmt.Sprint(cmd.Args()...)
		first, known := h.said[question]
		if !known {
			h.said[question] = cmd
			continue
		}
		cmd.SetErr(first.Err())
		switch cmd := cmd.(type) {
		case *redis.StringCmd:
			cmd.SetVal(first.(*redis.StringCmd).Val())
		case *redis.SliceCmd:
			cmd.SetVal(first.(*redis.SliceCmd).Val())
		}
	}
}

func (h *standstill) DialHook(next redis.DialHook) redis.DialHook { return next }
func (h *standstill) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		cmd.SetErr(next(ctx, cmd)) // which the client does later
		h.answered([]redis.Cmder{cmd})
		return cmd.Err()
	}
}
func (h *standstill) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		err := next(ctx, cmds)
		h.answered(cmds)
		return err
	}
}

func questions(args []any) bool { return slices.Contains([]any{"hmget", "mget", "get"}, args[0]) }

// standingStill is a backend whose client stands still, and the same without.
func standingStill(t *testing.T, b backend) (*standstill, backend) {
	h, own := new(standstill), connect(t, b.addrs())
	own.(interface{ AddHook(redis.Hook) }).AddHook(h)
	return h, backend{b.name, own}
}

// Two servers answer at one address, and what one of them shows is not what is done to the other. A
// read looks a few times and loads.
func TestReadThatCannotSettleLoads(t *testing.T) {
	for name, test := range map[string]func(t *testing.T, h *standstill, here, there *lists){
		"the counter is behind": func(t *testing.T, h *standstill, here, there *lists) {
			get(t, here.contacts, "1")
			h.on(questions)
			get(t, here.contacts, "1")
			require.NoError(t, here.Update(acme(), contact{ID: "1", Name: "new"}))
		},
		"the state is not there": func(t *testing.T, h *standstill, here, there *lists) {
			h.on(questions)
			there.set(contact{ID: "1", Name: "new"})
		},
		"a newer value is not there": func(t *testing.T, h *standstill, here, there *lists) {
			get(t, here.contacts, "2")
			h.on(questions)
			there.setHook(func(context.Context, string) { panic("nothing to store") })
			require.Panics(t, func() { _, _ = here.contacts.Get(acme(), "1") })
			there.setHook(nil)
			there.set(contact{ID: "1", Name: "new"})
			get(t, there.contacts, "1")
		},
		"a fence that is closed stands": func(t *testing.T, h *standstill, here, there *lists) {
			get(t, here.contacts, "1")
			inv := there.update.Begin(acme())
			inv.Entry(inv.Path("contact").String("1"))
			inv.Open()
			h.on(questions)
			get(t, here.contacts, "1")
			there.set(contact{ID: "1", Name: "new"})
			inv.End(nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			shared(t, func(t *testing.T, b backend) {
				h, hooked := standingStill(t, b)
				s := newStore(contact{ID: "1", Name: "old"}, contact{ID: "2"})
				c := hooked.newCache(t)
				here, there := decorateLists(s, c), decorateLists(s, b.newCache(t))
				test(t, h, here, there)
				before := c.Stats().RedisErrors
				sent := h.count(func() { require.Equal(t, "new", get(t, here.contacts, "1").Name) })
				require.LessOrEqual(t, sent, fewDozen)
				require.Equal(t, before+1, c.Stats().RedisErrors, "a read that gives up is counted")
			})
		})
	}
}

// The items of a batch that can be settled are stored; the others are loaded all the same.
func TestBatchThatCannotSettleLoads(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		h, hooked := standingStill(t, b)
		s := rows("1", "2", "3")
		c := hooked.newCache(t)
		here, there := decorateMany(s, c), decorateMany(s, b.newCache(t))
		names(t, here, "3") // which makes the state
		h.on(questions)
		here.setHook(func(context.Context, []string) error { return errors.New("nothing to store") })
		for _, ids := range [][]string{{"1", "2"}, {"1"}} { // both are asked for below
			_, err := here.GetMany(acme(), ids...)
			require.Error(t, err)
		}
		here.setHook(nil)
		names(t, there, "1")
		here.called()
		before := c.Stats().RedisErrors
		sent := h.count(func() { require.Equal(t, "1=old 2=old", names(t, here, "1", "2")) })
		require.LessOrEqual(t, sent, fewDozen)
		require.Len(t, here.called(), 2, "one item was claimed, the other has a newer value")
		require.Equal(t, before+1, c.Stats().RedisErrors)
	})
}

// The same with what a read asks about the tags of a result.
func TestReadWithTagsThatCannotSettleLoads(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		h, hooked := standingStill(t, b)
		s := newStore(contact{ID: "1", Name: "a"})
		c := hooked.newCache(t)
		here, there := decorateLists(s, c), decorateLists(s, b.newCache(t))
		named(t, here, "a")
		h.on(func(args []any) bool {
			return args[0] == "hmget" && slices.Contains(args, any("seq")) && !slices.Contains(args, any("every"))
		})
		stored(t, here, "a", true)
		require.NoError(t, there.Update(acme(), contact{ID: "1", Name: "ab"}))
		before := c.Stats().RedisErrors
		sent := h.count(func() { require.Equal(t, "1ab", named(t, here, "a")) })
		require.LessOrEqual(t, sent, fewDozen)
		require.Equal(t, before+1, c.Stats().RedisErrors)
	})
}

// Each stamp is told of a version that it has not deleted. The write fails and is retried.
func TestInvalidationThatIsAlwaysToldOfVersions(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		h, hooked := standingStill(t, b)
		s := newStore(contact{ID: "1", Name: "old"})
		c := hooked.newCache(t, func(o *runtime.Options) { o.StrictInvalidation = true })
		repo := decorate(s, c)
		get(t, repo, "1")
		told := 0
		h.mu.Lock()
		h.alter = func(script *redis.Cmd) {
			if reply, err := script.Slice(); err == nil && told < 1000 {
				told++
				script.SetVal(append(reply, "contact", fmt.Sprintf("%08d", told)))
			}
		}
		h.mu.Unlock()
		sent := h.count(func() {
			require.ErrorContains(t, repo.Update(acme(), contact{ID: "1", Name: "new"}), "further versions")
		})
		require.LessOrEqual(t, sent, fewDozen)
		require.Equal(t, "new", get(t, repo, "1").Name)
		h.mu.Lock()
		h.alter = nil
		h.mu.Unlock()
		require.Eventually(t, func() bool { return c.Stats().Pending == 0 }, 5*time.Second, time.Millisecond)
	})
}

// A server was demoted, and connections to it stay open: pipelines go to the old one, and what they
// call for goes to the new one. The read that gives up leaves that connection, and the next is
// answered from the cache.
func TestReadLeavesADemotedServer(t *testing.T) {
	for _, deadlines := range []bool{false, true} {
		t.Run(fmt.Sprintf("ContextTimeoutEnabled %v", deadlines), func(t *testing.T) {
			old, promoted := redistest.Start(t), redistest.Start(t)
			p := newProxy(t, old.Addr)
			own := redis.NewClient(&redis.Options{Addr: p.addr(), ContextTimeoutEnabled: deadlines})
			t.Cleanup(func() { _ = own.Close() })
			h := new(standstill) // which only counts
			own.AddHook(h)
			s := newStore(contact{ID: "1", Name: "old"})
			var text bytes.Buffer
			c := backend{"redis", own}.newCache(t, func(o *runtime.Options) { o.Logger = slog.New(slog.NewTextHandler(&text, nil)) })
			repo := decorate(s, c)
			_, err := own.Pipelined(context.Background(), func(pipe redis.Pipeliner) error { return pipe.Ping(context.Background()).Err() })
			require.NoError(t, err)
			get(t, decorate(s, backend{"redis", old.Client()}.newCache(t)), "1") // what the old one has
			p.to(promoted.Addr)
			require.NoError(t, repo.Update(acme(), contact{ID: "1", Name: "new"}))
			sent := h.count(func() { require.Equal(t, "new", get(t, repo, "1").Name) })
			require.LessOrEqual(t, sent, fewDozen)
			require.EqualValues(t, 1, c.Stats().RedisErrors)
			require.Equal(t, 1, strings.Count(text.String(), "two servers answer at one address"), text.String())
			get(t, repo, "1")
			loads := s.loads.Load()
			get(t, repo, "1")
			require.Equal(t, loads, s.loads.Load(), "the cache is of no use for as long as a connection is open")
			require.EqualValues(t, 1, c.Stats().RedisErrors)
		})
	}
}
