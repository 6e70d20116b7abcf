package runtime_test

import (
	"context"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/wire"
)

// steps is a server whose clock is set by the test: of those that there are, the embedded one.
type steps struct {
	backend
	t      *testing.T
	server *miniredis.Miniredis
	now    time.Time
}

func startSteps(t *testing.T) *steps {
	s := &steps{t: t, server: miniredis.RunT(t), now: time.Now()}
	s.server.SetTime(s.now)
	s.backend = backend{"miniredis", client(t, s.server.Addr())}
	return s
}

// step moves the clock.
func (s *steps) step(by time.Duration) {
	s.now = s.now.Add(by)
	s.server.SetTime(s.now)
}

// forget loses the state, and sets the clock back: numbers are given out that entries have.
func (s *steps) forget(back time.Duration) {
	s.t.Helper()
	ctx := context.Background()
	for _, key := range []string{stateKey("acme"), tableOf("acme"), logOf("acme")} {
		require.Equal(s.t, int64(1), s.client.Del(ctx, key).Val(), "%s: this test shows nothing", key)
	}
	s.step(-back)
}

// An entry that was invalidated does not come back with the numbers that its stamp was above.
func TestInvalidatedEntryAfterTheClockWentBack(t *testing.T) {
	b := startSteps(t)
	s := newStore(contact{ID: "42", Name: "old"})
	writer := b.newCache(t)
	require.NoError(t, decorate(s, writer).UpdateAll(acme()))
	b.step(time.Second)
	get(t, decorate(s, b.newCache(t)), "42")
	require.NoError(t, decorate(s, writer).UpdateAll(acme(), contact{ID: "42", Name: "new"}))
	closeCache(t, writer) // which would tell
	b.forget(30 * time.Second)
	require.NotEmpty(t, b.client.Get(context.Background(), entryKey("acme", "42")).Val(), "this test shows nothing")
	other := b.newCache(t)
	require.NoError(t, other.Invalidate(acme(), "other:*"))
	b.step(time.Minute) // the counter comes past the stamp again
	require.NoError(t, other.Invalidate(acme(), "other:*"))
	require.Equal(t, "new", get(t, decorate(s, b.newCache(t)), "42").Name)
	later := decorate(s, b.newCache(t))
	loads := s.loads.Load()
	require.Equal(t, "new", get(t, later, "42").Name)
	require.Equal(t, loads, s.loads.Load(), "the cache does not work afterwards")
}

// A process reads what it has written, from the moment that its write returns.
func TestOwnWriteAfterTheClockWentBack(t *testing.T) {
	b := startSteps(t)
	s := newStore(contact{ID: "42", Name: "old"})
	c := b.newCache(t)
	repo := decorate(s, c, local)
	require.NoError(t, repo.UpdateAll(acme()))
	warm(t, repo, c, "42")
	b.forget(30 * time.Second)
	require.NoError(t, repo.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
	require.Equal(t, "new", get(t, repo, "42").Name)
}

// The claim of a load from before does not hold up others, and what that load brings is void.
func TestLoadFromBeforeTheClockWentBack(t *testing.T) {
	b := startSteps(t)
	s := newStore(contact{ID: "42", Name: "old"})
	before := decorate(s, b.newCache(t))
	writer := b.newCache(t)
	for range 10 { // with a clock that stands still, the counter is ahead of it
		require.NoError(t, decorate(s, writer).UpdateAll(acme()))
	}
	closeCache(t, writer) // which would tell
	read, end, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	s.setHook(func(context.Context, string) {
		close(read)
		<-end
	})
	go func() {
		defer close(ended)
		_, _ = before.Get(acme(), "42")
	}()
	<-read
	s.setHook(nil)
	b.forget(0)
	after := decorate(s, b.newCache(t))
	began := time.Now()
	require.NoError(t, after.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
	require.Equal(t, "new", get(t, after, "42").Name)
	require.Less(t, time.Since(began), time.Second, "a claim of another epoch was waited for")
	close(end)
	<-ended
	require.Equal(t, "new", get(t, decorate(s, b.newCache(t)), "42").Name)
}

// What was noted before a write is no number to compare with those of another record.
func TestPutAfterTheClockWentBack(t *testing.T) {
	both(t, func(t *testing.T, early bool) {
		b := startSteps(t)
		s := newStore(contact{ID: "42", Name: "old"}, contact{ID: "1"})
		c, others := b.newCache(t), b.newCache(t)
		repo, other := decorate(s, c), decorate(s, others)
		require.NoError(t, other.UpdateAll(acme()))
		w := &writing{r: repo, ctx: acme(), c: contact{ID: "42", Name: "new"}}
		w.begin(early)
		w.commit()
		b.forget(30 * time.Second)
		require.NoError(t, decorate(s, b.newCache(t)).UpdateAll(acme(), contact{ID: "42", Name: "newer"}))
		get(t, other, "1") // so that there is a table
		w.end()
		require.Zero(t, c.Stats().Puts)
		require.Equal(t, "newer", get(t, other, "42").Name)
	})
}

// The header says when the server has stored the entry, by its own clock.
func TestEntrySaysWhenItWasStored(t *testing.T) {
	b := startSteps(t)
	b.step(-24 * time.Hour)
	s := newStore(contact{ID: "42"})
	s.setHook(func(context.Context, string) { time.Sleep(50 * time.Millisecond) }) // a load takes its time
	get(t, decorate(s, b.newCache(t)), "42")
	raw, err := b.client.Get(context.Background(), entryKey("acme", "42")).Bytes()
	require.NoError(t, err)
	e, err := entry.Parse(raw, entry.CodecOf(wire.Format))
	require.NoError(t, err)
	after := int64(e.Stored) - b.now.UnixMilli()
	require.GreaterOrEqual(t, after, int64(50))
	require.Less(t, after, int64(10_000))
}
