package runtime_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// gone are the ways in which a Redis stops answering.
var gone = map[string]func(*redistest.Server){
	"frozen": (*redistest.Server).Freeze,
	"killed": (*redistest.Server).Kill,
}

// withoutRedis runs a test with a cache whose Redis has stopped answering, for each way and each
// kind of client. The cache would wait for five seconds.
func withoutRedis(t *testing.T, test func(t *testing.T, c *runtime.Cache, s *store)) {
	for how, stop := range gone {
		for _, keepsDeadlines := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/ContextTimeoutEnabled %v", how, keepsDeadlines), func(t *testing.T) {
				server := redistest.Start(t)
				client := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: keepsDeadlines})
				t.Cleanup(func() { _ = client.Close() })
				s := newStore(contact{ID: "42", Name: "Ada"})
				c := backend{"redis", client}.newCache(t)
				get(t, decorate(s, c), "42")
				stop(server)
				if how == "frozen" {
					defer server.Thaw()
				} else {
					defer server.Restart()
				}
				test(t, c, s)
			})
		}
	}
}

// A read keeps half of its caller's deadline for the repository, which is well: also the first
// reads, before it is known that Redis is not.
func TestDeadlineLeavesTimeForTheRepository(t *testing.T) {
	withoutRedis(t, func(t *testing.T, c *runtime.Cache, s *store) {
		const deadline = time.Second
		repo, many := decorate(s, c), decorateMany(s, c)
		slow := 0
		for range 20 {
			ctx, cancel := context.WithTimeout(acme(), deadline)
			started := time.Now()
			got, err := repo.Get(ctx, "42")
			require.NoError(t, err)
			require.Equal(t, "Ada", got.Name)
			if time.Since(started) > deadline/4 {
				slow++
			}
			list, err := many.GetMany(ctx, "42")
			require.NoError(t, err)
			require.Len(t, list, 1)
			cancel()
		}
		require.LessOrEqual(t, slow, 8, "callers with a deadline go on waiting for a Redis that has not answered any of them")
	})
}

// A write waits for Redis once: for the fence, and no more for what follows it.
func TestWriteWaitsForRedisOnce(t *testing.T) {
	withoutRedis(t, func(t *testing.T, c *runtime.Cache, s *store) {
		const deadline = 2 * time.Second
		write := runtime.NewWrite(c, runtime.WriteOptions{Method: "Contacts.Update"})
		repo := decorate(s, c)
		for name, begin := range map[string]func(*runtime.Invalidation) *runtime.Put{
			"fence": func(inv *runtime.Invalidation) *runtime.Put {
				inv.Entry(inv.Path("contact").String("42"))
				inv.Open()
				return nil
			},
			"put": func(inv *runtime.Invalidation) *runtime.Put {
				put := repo.get.Put(inv)
				put.Claim(inv.Path("contact").String("42"))
				inv.Reserve()
				return put
			},
		} {
			ctx, cancel := context.WithTimeout(acme(), deadline)
			started := time.Now()
			inv := write.Begin(ctx)
			if put := begin(inv); put != nil {
				put.Store(inv.Path("contact").String("42"), &contact{ID: "42", Name: "new"})
			}
			inv.Entry(inv.Path("contact").String("42"))
			inv.End(nil)
			require.Less(t, time.Since(started), deadline*3/4, name)
			cancel()
		}
	})
}

// The write has happened: its invalidation is in force when it returns, also if its caller's
// deadline is over by then, or was before.
func TestInvalidationOutlivesItsDeadline(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "old"})
		c := b.newCache(t)
		repo := decorate(s, c)
		late, cancel := context.WithDeadline(acme(), time.Now().Add(-time.Second))
		defer cancel()
		get(t, repo, "42")
		// A write waits for 50 ms, and a busy machine can take longer.
		inForce := func(write func() error) {
			began := time.Now()
			if err := write(); err != nil || c.Stats().Pending != 0 {
				require.GreaterOrEqual(t, time.Since(began), 50*time.Millisecond, "the write returned before its invalidation was in force: %v", err)
			}
		}
		inForce(func() error { return c.Invalidate(late, "contact:42") })
		s.set(contact{ID: "42", Name: "new"})
		inForce(func() error { return repo.Update(late, contact{ID: "42", Name: "new"}) })
		require.Equal(t, "new", get(t, repo, "42").Name)
	})
}
