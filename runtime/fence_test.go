package runtime_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// standing opens a fence of a tenant, or of every tenant, and asserts that it still stands after
// something has happened to what holds it.
func standing(t *testing.T, every bool, writer, reader *contacts, happens func()) {
	t.Helper()
	inv := writer.update.Begin(acme())
	in := runtime.TenantScope{}
	if every {
		in = runtime.AllTenants
	}
	inv.Scope(inv.PathIn(in, "contact"))
	inv.Open()
	happens()
	loads := writer.loads.Load()
	for range 3 {
		get(t, reader, "42")
	}
	require.Equal(t, loads+3, writer.loads.Load(), "a load behind the fence was stored")
	writer.set(contact{ID: "42", Name: "new"}) // the commit
	require.Equal(t, "new", get(t, reader, "42").Name, "the commit is not seen at once")
	inv.End(nil)
	stays(t, func() (int64, error) {
		before := writer.loads.Load()
		_, err := reader.Get(acme(), "42")
		return writer.loads.Load() - before, err
	})
	warmStrong(t, writer.store, reader, writer)
}

// A failover that has lost nothing makes the records anew. The fences in them stand.
func TestFencesOutliveTheirRecord(t *testing.T) {
	for _, every := range []bool{true, false} {
		t.Run(fmt.Sprintf("every tenant %v", every), func(t *testing.T) {
			t.Parallel()
			r := startReplicated(t)
			s := newStore(contact{ID: "42", Name: "old"})
			reader, writer := decorate(s, r.newCache(t)), decorate(s, r.newCache(t))
			warmStrong(t, s, reader, writer)
			standing(t, every, writer, decorate(s, r.newCache(t)), func() {
				r.settle(t)
				r.fail(t)
			})
		})
	}
}

// loseFences loses a tenant's fences for good, as by a clock that is set ahead: the record does not
// remember that there were any.
func loseFences(t *testing.T, b backend, tenant string) {
	t.Helper()
	require.NoError(t, b.admin().HDel(context.Background(), stateKey(tenant), "busy").Err())
	require.Equal(t, int64(1), b.admin().Del(context.Background(), tableOf(tenant)).Val())
}

// State is lost, and with it a fence. What is made anew stores nothing until the writer has had the
// time to put the fence back.
func TestFencesOutliveLostState(t *testing.T) {
	for _, every := range []bool{true, false} {
		for name, lose := range map[string]func(ctx context.Context, c redis.UniversalClient) error{
			"flushed":       func(ctx context.Context, c redis.UniversalClient) error { return c.FlushAll(ctx).Err() },
			"record":        func(ctx context.Context, c redis.UniversalClient) error { return c.Del(ctx, stateKey("acme")).Err() },
			"table evicted": func(ctx context.Context, c redis.UniversalClient) error { return c.Del(ctx, tableOf("acme")).Err() },
		} {
			t.Run(fmt.Sprintf("%s, every tenant %v", name, every), func(t *testing.T) {
				t.Parallel()
				_, b := startRedis(t)
				s := newStore(contact{ID: "42", Name: "old"})
				there := b.newCache(t)
				reader, writer := decorate(s, there), decorate(s, b.newCache(t))
				runtime.NewWrite(there, runtime.WriteOptions{Method: "Contacts.Replace", Fence: true})
				warmStrong(t, s, reader, writer)
				standing(t, every, writer, reader, func() { require.NoError(t, lose(context.Background(), b.admin())) })
			})
		}
	}
}

// The same for what settles after a write.
func TestSettlingOutlivesLostState(t *testing.T) {
	all := []string{stateKey("acme"), tableOf("acme"), logOf("acme"), entryKey("acme", "42")}
	for name, c := range map[string]struct {
		keys     []string
		declared bool // by the process that reads, too
	}{
		"flushed":           {all, true},
		"flushed, heard of": {all, false},
		"table":             {all[1:2], false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, b := startRedis(t)
			s := newStore(contact{ID: "42", Name: "old"})
			here, there := b.newCache(t), b.newCache(t)
			reader := decorate(s, there)
			o := runtime.WriteOptions{Method: "Contacts.Replace", Settle: 2 * time.Second}
			write := runtime.NewWrite(here, o)
			if c.declared {
				runtime.NewWrite(there, o)
			}
			warmStrong(t, s, reader, decorate(s, here))
			inv := write.Begin(acme())
			inv.Scope(inv.Path("contact"))
			inv.End(nil)
			for wrote := time.Now(); !c.declared && time.Since(wrote) < time.Second; time.Sleep(50 * time.Millisecond) {
				get(t, reader, "42") // once in half a second it meets the server
			}
			require.NoError(t, b.admin().Del(context.Background(), c.keys...).Err())
			loads := s.loads.Load()
			for range 3 {
				get(t, reader, "42")
			}
			require.Equal(t, loads+3, s.loads.Load(), "a load from a replica that lags behind was stored")
			stays(t, func() (int64, error) {
				before := s.loads.Load()
				_, err := reader.Get(acme(), "42")
				return s.loads.Load() - before, err
			})
		})
	}
}

// fill fills a tenant's table, or a record with what goes for every tenant, with stamps of so long
// ago, and invalidates something more often than there is room for.
func fill(t *testing.T, b backend, writer *contacts, every bool, ago time.Duration) {
	t.Helper()
	ctx := context.Background()
	hash, star, in, most := tableOf("acme"), "", runtime.TenantScope{}, 1_000_000
	if every {
		hash, star, in, most = stateKey("acme"), "*", runtime.AllTenants, 100_000
	}
	seq, err := b.admin().HGet(ctx, stateKey("acme"), "seq").Int64()
	require.NoError(t, err)
	const more = "for i = 1, ARGV[1] do redis.call('HSET', KEYS[1], ARGV[2] .. i, ARGV[3]) end return 1"
	for range 10 { // a script that takes too long would hold others up
		err := b.admin().Eval(ctx, more, []string{hash}, most/10, fmt.Sprint(star, "other:", rand.Uint32(), ":"), seq-ago.Microseconds()).Err()
		require.NoError(t, err)
	}
	for n := range 20 {
		inv := writer.update.Begin(acme())
		inv.Scope(inv.PathIn(in, "another").Int(int64(n)))
		inv.End(nil)
	}
	require.InDelta(t, most, b.admin().HLen(ctx, hash).Val(), 10, "what is too much stays")
}

// A table that is full loses the oldest of what it holds, and so does a record that is full of what
// goes for every tenant. That makes stale what was stored before it, and nothing else.
func TestFullTable(t *testing.T) {
	for _, every := range []bool{true, false} {
		for _, ago := range []time.Duration{time.Minute, 0} {
			t.Run(fmt.Sprintf("every tenant %v, stamps from %v ago", every, ago), func(t *testing.T) {
				_, b := startRedis(t)
				s := newStore(contact{ID: "42"})
				reader, writer := decorate(s, b.newCache(t)), decorate(s, b.newCache(t))
				warmStrong(t, s, reader, writer)
				inv := writer.update.Begin(acme()) // the counter goes on
				inv.Scope(inv.Path("another"))
				inv.End(nil)
				fill(t, b, writer, every, ago)
				before := s.loads.Load()
				get(t, reader, "42")
				if ago > 0 {
					require.Equal(t, before, s.loads.Load(), "an entry that is newer than what was lost is void")
				} else {
					require.Equal(t, before+1, s.loads.Load(), "what was lost is forgotten")
				}
			})
		}
	}
}

// The fences in it stand.
func TestFencesOutliveAFullTable(t *testing.T) {
	for _, every := range []bool{true, false} {
		t.Run(fmt.Sprintf("every tenant %v", every), func(t *testing.T) {
			_, b := startRedis(t)
			s := newStore(contact{ID: "42", Name: "old"})
			reader, writer := decorate(s, b.newCache(t)), decorate(s, b.newCache(t))
			warmStrong(t, s, reader, writer)
			standing(t, every, writer, reader, func() { fill(t, b, writer, every, time.Minute) })
		})
	}
}
