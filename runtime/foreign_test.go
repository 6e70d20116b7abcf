package runtime_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// Whatever somebody else has written under the keys of the state, the cache works again after it,
// answers nothing stale, and an invalidation is in force at once. What says so is in the log.
func TestForeignStateIsReplaced(t *testing.T) {
	const record, table, log = "state", "tenant", "log"
	text := func(key string) func(*redis.Client) error {
		return func(c *redis.Client) error { return c.Set(context.Background(), key, "text", 0).Err() }
	}
	list := func(key string) func(*redis.Client) error {
		return func(c *redis.Client) error {
			return c.Eval(context.Background(), "redis.call('DEL', KEYS[1]) return redis.call('RPUSH', KEYS[1], 'a')", []string{key}).Err()
		}
	}
	field := func(key, name, value string) func(*redis.Client) error {
		return func(c *redis.Client) error { return c.HSet(context.Background(), key, name, value).Err() }
	}
	message := func(key, id string) func(*redis.Client) error {
		return func(c *redis.Client) error {
			return c.XAdd(context.Background(), &redis.XAddArgs{Stream: key, ID: id, Values: []string{"a", "b"}}).Err()
		}
	}
	const most, soon = "18446744073709551615", "2000000000000000" // the largest, and one of the year 2033
	keys := map[string]string{record: stateKey("acme"), table: tableOf("acme"), log: logOf("acme")}
	for _, c := range []struct {
		name string
		do   func(*redis.Client) error
	}{
		{"a record that is text", text(keys[record])},
		{"a record that is a list", list(keys[record])},
		{"a table that is text", text(keys[table])},
		{"a table that is a list", list(keys[table])},
		{"a log that is text", text(keys[log])},
		{"a log that is a list", list(keys[log])},
		{"a floor that is no number", field(keys[record], "floor", "deep")},
		{"a negative floor", field(keys[record], "floor", "-1")},
		{"the largest floor", field(keys[record], "floor", most)},
		{"a life that is no number", field(keys[record], "keep", "long")},
		{"the longest life", field(keys[record], "keep", most)},
		{"a counter that is no number", field(keys[record], "seq", "0x10")},
		{"the largest counter", field(keys[record], "seq", most)},
		{"a counter of another time", field(keys[record], "seq", "9007199254740993")},
		{"a meeting that is no number", field(keys[record], "met", "yesterday")},
		{"the largest meeting", field(keys[record], "met", most+"-"+most)},
		{"the largest stamp", field(keys[table], "contact", most)},
		{"a stamp that is no number", field(keys[table], "contact", "now")},
		{"the largest message", message(keys[log], most+"-1")},
		{"a message of another time", message(keys[log], soon+"-0")},
		{"a message of tomorrow", func(c *redis.Client) error {
			return message(keys[log], fmt.Sprint(time.Now().Add(24*time.Hour).UnixMicro(), "-0"))(c)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			s := newStore(contact{ID: "42", Name: "old"}, contact{ID: "43", Name: "old"})
			repo := decorate(s, backend{"redis", server.Client()}.newCache(t, strictly))
			get(t, repo, "42")
			get(t, repo, "43")
			require.NoError(t, c.do(server.Admin()))
			for _, name := range []string{"new", "newer"} {
				require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: name}))
				require.NoError(t, repo.UpdateAll(acme(), contact{ID: "43", Name: name}))
				for _, id := range []string{"42", "43"} {
					require.Equal(t, name, get(t, repo, id).Name)
				}
				require.NoError(t, c.do(server.Admin()))
			}
			stays(t, func() (int64, error) { // it is replaced, by a read or by who follows
				before := s.loads.Load()
				get(t, repo, "43")
				return s.loads.Load() - before, nil
			})
		})
		t.Run(c.name+", followed", func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			b := backend{"redis", server.Client()}
			s := newStore(contact{ID: "42", Name: "old"})
			there := b.newCache(t)
			repo, copies := decorate(s, b.newCache(t, strictly)), decorate(s, there, local)
			for _, name := range []string{"new", "newer"} {
				warm(t, copies, there, "42")
				require.NoError(t, c.do(server.Admin()))
				require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: name}))
				hears(t, time.Second, name, func() string { return get(t, copies, "42").Name })
			}
			warm(t, copies, there, "42")
		})
	}
}

func strictly(o *runtime.Options) { o.StrictInvalidation = true }

// The clock of a server stands still, or has been set back, and a process has died with a claim. It
// would hold up others until the clock has caught up. They wait for twice the life of a claim, and
// load without one.
func TestClaimThatDoesNotLapseIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	needsNoPermission(t)
	server := miniredis.RunT(t)
	server.SetTime(time.Now())
	b := backend{"miniredis", client(t, server.Addr())}
	s := newStore(contact{ID: "42", Name: "old"})
	dead := decorate(s, b.newCache(t))
	read, end := make(chan struct{}), make(chan struct{})
	defer close(end)
	s.setHook(func(context.Context, string) {
		close(read)
		<-end
	})
	go func() { _, _ = dead.Get(acme(), "42") }()
	<-read
	s.setHook(nil)
	claim := b.admin().Get(context.Background(), entryKey("acme", "42")).Val()
	require.Len(t, claim, 28)
	// Its load is alive, and renews it; the server does as if it did not.
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				b.admin().Set(context.Background(), entryKey("acme", "42"), claim, 0)
			}
		}
	}()
	began := time.Now()
	require.Equal(t, "old", get(t, decorate(s, b.newCache(t)), "42").Name)
	require.Greater(t, time.Since(began), 2*time.Second, "a claim that was held is not waited for: this test shows nothing")
	require.Less(t, time.Since(began), 15*time.Second)
}
