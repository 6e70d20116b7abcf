package runtime_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// forever are durations that something would overflow with: what the state outlives its entries by,
// the time of day, the clock of the process.
var forever = []time.Duration{276 * 365 * 24 * time.Hour, 290 * 365 * 24 * time.Hour, math.MaxInt64}

// What is kept forever is kept: an answer, "not found", and what else the shard holds.
func TestForever(t *testing.T) {
	for _, d := range forever {
		for _, jitter := range []int{0, 10} {
			t.Run(fmt.Sprintf("%v, jitter %d", d, jitter), func(t *testing.T) {
				everywhere(t, func(t *testing.T, b backend) {
					s := newStore(contact{ID: "1", Name: "old"})
					c := b.newCache(t)
					eternal := decorate(s, c, func(o *runtime.ReadOptions) { o.TTL, o.NotFound, o.Jitter = d, d, jitter })
					other := decorate(s, c, func(o *runtime.ReadOptions) { o.Prefix = "other" })
					once := func(read func()) {
						loads := s.loads.Load()
						for range 3 {
							read()
						}
						require.Equal(t, loads+1, s.loads.Load(), "what is kept is loaded again")
					}
					once(func() { get(t, eternal, "1") })
					once(func() { get(t, other, "1") })
					once(func() {
						_, err := eternal.Get(acme(), "9")
						require.ErrorIs(t, err, errNotFound)
					})
					require.NoError(t, eternal.Update(acme(), contact{ID: "1", Name: "new"}))
					once(func() { require.Equal(t, "new", get(t, eternal, "1").Name) })
					require.NoError(t, eternal.UpdateAll(acme(), contact{ID: "1", Name: "newer"}))
					once(func() { require.Equal(t, "newer", get(t, eternal, "1").Name) })
					require.Zero(t, c.Stats().RedisErrors)
				})
			})
		}
	}
}

// A copy that lives forever answers.
func TestCopyForever(t *testing.T) {
	for _, d := range forever {
		t.Run(fmt.Sprint(d), func(t *testing.T) {
			shared(t, func(t *testing.T, b backend) {
				c := b.newCache(t)
				repo := decorate(newStore(contact{ID: "1"}), c, local, func(o *runtime.ReadOptions) { o.TTL, o.Local = d, d })
				warm(t, repo, c, "1")
			})
		})
	}
}

// Nothing is stored after a write that settles forever; what it does not cover is.
func TestSettleForever(t *testing.T) {
	for _, d := range forever {
		t.Run(fmt.Sprint(d), func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				s := newStore(contact{ID: "1"}, contact{ID: "2"})
				c := b.newCache(t)
				repo := decorate(s, c)
				inv := runtime.NewWrite(c, runtime.WriteOptions{Method: "Contacts.Update", Settle: d}).Begin(acme())
				inv.Entry(inv.Path("contact").String("1"))
				inv.End(nil)
				for id, want := range map[string]int64{"1": 3, "2": 1} {
					loads := s.loads.Load()
					for range 3 {
						get(t, repo, id)
					}
					require.Equal(t, want, s.loads.Load()-loads, "loads of %s", id)
				}
				require.Zero(t, c.Stats().RedisErrors)
			})
		})
	}
}

// Options that are forever: nothing is given up, and copies are believed.
func TestOptionsForever(t *testing.T) {
	for _, d := range forever {
		t.Run(fmt.Sprint(d), func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				c := b.newCache(t, func(o *runtime.Options) { o.RedisTimeout, o.LoadTimeout, o.Staleness = d, d, d })
				s := newStore(contact{ID: "1"})
				repo := decorate(s, c, local)
				warm(t, repo, c, "1")
				require.NoError(t, repo.Update(acme(), contact{ID: "1", Name: "new"}))
				require.Equal(t, "new", get(t, repo, "1").Name)
				strong := decorate(s, c)
				get(t, strong, "1")
				loads := s.loads.Load()
				get(t, strong, "1")
				require.Equal(t, loads, s.loads.Load())
				require.Zero(t, c.Stats().RedisErrors)
			})
		})
	}
}
