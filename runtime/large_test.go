package runtime_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// large is a contact whose entry is too large for an argument of a script.
func large(name string) contact {
	return contact{ID: "42", Name: name + strings.Repeat("x", 2<<20)}
}

// afterSet calls f once when a client has set a key that contains a text.
type afterSet struct {
	once sync.Once
	key  string
	f    func(key string)
}

func (h *afterSet) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (h *afterSet) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (h *afterSet) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		err := next(ctx, cmd)
		if key, _ := cmd.Args()[min(1, len(cmd.Args())-1)].(string); cmd.Name() == "set" && strings.Contains(key, h.key) {
			h.once.Do(func() { h.f(key) })
		}
		return err
	}
}

// A large value is sent to a key of its own before it is known whether its claim stands. What
// invalidates it meanwhile makes it no entry, and nothing of it stays.
func TestLargeValueInvalidatedWhileItIsSent(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		s := newStore(large("old"))
		writer := decorate(s, b.newCache(t))
		staged := ""
		b.client.AddHook(&afterSet{key: ":fill:", f: func(key string) {
			staged = key
			require.NoError(t, writer.Update(acme(), large("new")))
		}})
		c := b.newCache(t)
		repo := decorate(s, c)
		require.Equal(t, large("old"), *get(t, repo, "42"), "this read began before the write")
		require.Eventually(t, func() bool { return c.Stats().FillsRefused == 1 }, 10*time.Second, time.Millisecond)
		require.Contains(t, staged, "{test:acme:contact:42:v00c0ffee}")
		require.Zero(t, b.admin().Exists(context.Background(), staged).Val(), "what was refused takes memory")
		require.Equal(t, large("new"), *get(t, writer, "42"))

		closeCache(t, c) // which waits for what is stored off the path
		require.Equal(t, large("new"), *get(t, writer, "42"))
	})
}

// A large value is stored, for as long as its method says, and its staging key is gone.
func TestLargeValueIsStored(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		s, c := newStore(large("Ada")), b.newCache(t)
		get(t, decorate(s, c), "42")
		closeCache(t, c)
		other := b.newCache(t)
		require.Equal(t, large("Ada"), *get(t, decorate(s, other), "42"))
		require.EqualValues(t, 1, other.Stats().RedisHits)
		ctx := context.Background()
		life, err := b.admin().PTTL(ctx, "test:acme:contact:42:v00c0ffee").Result()
		require.NoError(t, err)
		require.Greater(t, life, 30*time.Second)
		keys, err := keysMatching(ctx, b.admin(), "*:fill:*")
		require.NoError(t, err)
		require.Empty(t, keys)
	})
}

// A write that puts a large value waits for as long as it may. One that it would have to wait for
// longer it invalidates.
func TestLargeValuesArePut(t *testing.T) {
	both(t, func(t *testing.T, early bool) {
		shared(t, func(t *testing.T, b backend) {
			s, c := newStore(large("old")), b.newCache(t)
			repo, reader := decorate(s, c), b.newCache(t)
			repo.PutContact(acme(), large("new"), early)
			require.EqualValues(t, 1, c.Stats().Puts)
			require.Equal(t, large("new"), *get(t, decorate(s, reader), "42"))
			require.Zero(t, s.loads.Load(), "it was not stored")

			hurried := b.newCache(t, func(o *runtime.Options) { o.RedisTimeout = 100 * time.Millisecond }) // 2 MiB take longer
			decorate(s, hurried).PutContact(acme(), large("newer"), early)
			require.Zero(t, hurried.Stats().Puts)
			require.Equal(t, large("newer"), *get(t, decorate(s, reader), "42"))
		})
	})
}
