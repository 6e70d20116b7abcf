package runtime_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// twice delivers commands a second time, as a client does that lost the connection before the
// answer, or a network that held a packet back.
type twice struct {
	mu    sync.Mutex
	match func(args []any) bool
	again func(func()) // runs the second delivery; nil: at once
}

func (h *twice) on(match func(args []any) bool, again func(func())) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.match, h.again = match, again
}

func (h *twice) deliver(cmds []redis.Cmder, send func() error) error {
	h.mu.Lock()
	match, again := h.match, h.again
	h.mu.Unlock()
	if match == nil || !slices.ContainsFunc(cmds, func(c redis.Cmder) bool { return match(c.Args()) }) {
		return send()
	}
	if again == nil {
		_ = send()
		return send()
	}
	err := send()
	again(func() { _ = send() })
	return err
}

func (h *twice) DialHook(next redis.DialHook) redis.DialHook { return next }
func (h *twice) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return h.deliver([]redis.Cmder{cmd}, func() error { return next(context.WithoutCancel(ctx), cmd) })
	}
}
func (h *twice) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return h.deliver(cmds, func() error { return next(context.WithoutCancel(ctx), cmds) })
	}
}

// has reports whether a word is among the arguments of a command.
func has(word string) func([]any) bool {
	return func(args []any) bool {
		return slices.ContainsFunc(args, func(a any) bool { return fmt.Sprint(a) == word })
	}
}

// go-redis sends a command again when the connection ends before the answer. A close that is done
// twice must not take another writer's fence.
func TestCloseDeliveredTwiceClosesOneFence(t *testing.T) {
	_, b := startRedis(t)
	hook := new(twice)
	s := newStore(contact{ID: "42"})
	other := decorate(s, b.newCache(t))
	flaky := client(t, b.client.(*redis.Client).Options().Addr)
	flaky.AddHook(hook)
	repo := decorate(s, backend{"redis", flaky}.newCache(t))
	open := func(r *contacts) (end func()) {
		inv := r.update.Begin(acme())
		inv.Scope(inv.Path("contact"))
		inv.Open()
		end = sync.OnceFunc(func() { inv.End(nil) })
		t.Cleanup(end)
		return end
	}
	one, two := open(repo), open(other)
	hook.on(has("close"), nil)
	one()
	get(t, repo, "42")
	loads := s.loads.Load()
	get(t, repo, "42")
	require.Equal(t, loads+1, s.loads.Load(), "the other writer's fence fell")
	two()
	get(t, repo, "42")
	loads = s.loads.Load()
	get(t, repo, "42")
	require.Equal(t, loads, s.loads.Load(), "a fence was left behind")
}

// The first delivery of a claim is answered and its load runs; an exact invalidation takes the
// claim away; then the second delivery arrives. It must not bring the claim back: the load has read
// the old row.
func TestClaimDeliveredTwiceDoesNotComeBack(t *testing.T) {
	_, b := startRedis(t)
	hook := new(twice)
	s := newStore(contact{ID: "42", Name: "old"}, contact{ID: "1"}, contact{ID: "2"})
	other := decorate(s, b.newCache(t))
	require.NoError(t, other.Update(acme(), contact{ID: "42", Name: "old"})) // state and scripts are there
	get(t, other, "1")
	flaky := client(t, b.client.(*redis.Client).Options().Addr)
	flaky.AddHook(hook)
	repo := decorate(s, backend{"redis", flaky}.newCache(t))
	get(t, repo, "2")
	var second func()
	hook.on(func(args []any) bool {
		return strings.HasPrefix(fmt.Sprint(args[0]), "eval") && has("test:acme:contact:42:v00c0ffee")(args)
	}, func(again func()) { second = again })
	read, goOn := make(chan struct{}), make(chan struct{})
	s.setHook(func(context.Context, string) { close(read); <-goOn })
	done := make(chan struct{})
	go func() { _, _ = repo.Get(acme(), "42"); close(done) }()
	<-read
	s.setHook(nil)
	hook.on(nil, nil)
	require.NotNil(t, second, "the claim was not seen: this test shows nothing")
	require.NoError(t, other.Update(acme(), contact{ID: "42", Name: "new"}))
	second()
	close(goOn)
	<-done
	require.Equal(t, "new", get(t, other, "42").Name, "a load from before the invalidation was stored")
}

// Behind a fence a commit is seen at once: nobody joins a load that began before.
func TestReadBehindAFenceJoinsNoLoadFromBeforeTheCommit(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "old"})
		repo := decorate(s, b.newCache(t))
		inv := repo.update.Begin(acme())
		inv.Entry(inv.Path("contact").String("42"))
		inv.Open()
		read, goOn := make(chan struct{}), make(chan struct{})
		s.setHook(func(context.Context, string) { close(read); <-goOn })
		first := make(chan struct{})
		go func() { _, _ = repo.Get(acme(), "42"); close(first) }()
		<-read
		s.setHook(nil)
		s.set(contact{ID: "42", Name: "new"}) // the commit
		time.AfterFunc(100*time.Millisecond, func() { close(goOn) })
		require.Equal(t, "new", get(t, repo, "42").Name, "a read behind the fence joined a load from before the commit")
		<-first
		inv.End(nil)
	})
}
