package runtime_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// However a transaction ends, what was written in it is stale afterwards, and not before: the
// answer to a commit may be lost. In it, reads go past the cache.
func TestTransact(t *testing.T) {
	lost := errors.New("the answer to COMMIT is lost")
	everywhere(t, func(t *testing.T, b backend) {
		for name, end := range map[string]func() error{
			"committed": func() error { return nil },
			"lost":      func() error { return lost },
			"panic":     func() error { panic(lost) },
		} {
			t.Run(name, func(t *testing.T) {
				s := newStore(contact{ID: name, Name: "old"})
				c := b.newCache(t)
				repo := decorate(s, c)
				get(t, repo, name)
				var err error
				func() {
					defer func() {
						if p := recover(); p != nil {
							err = p.(error)
						}
					}()
					err = c.Transact(acme(), func(ctx context.Context) error {
						s.set(contact{ID: name, Name: "new"})
						require.NoError(t, repo.Update(ctx, contact{ID: name, Name: "new"}))
						got, err := repo.Get(ctx, name)
						require.NoError(t, err)
						require.Equal(t, "new", got.Name)
						require.Equal(t, "old", get(t, repo, name).Name, "nothing has been committed for others")
						return end()
					})
				}()
				if name == "committed" {
					require.NoError(t, err)
				} else {
					require.Equal(t, lost, err)
				}
				require.Equal(t, "new", get(t, repo, name).Name)
			})
		}
	})
}

// A transaction in another one of the cache ends with that. One in a transaction of another cache
// does not.
func TestTransactInATransaction(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "old"})
		c := b.newCache(t)
		repo := decorate(s, c)
		get(t, repo, "42")
		inner, tx := c.Begin(acme())
		require.NoError(t, c.Transact(inner, func(ctx context.Context) error {
			return repo.Update(ctx, contact{ID: "42", Name: "new"})
		}))
		require.Equal(t, "old", get(t, repo, "42").Name)
		require.NoError(t, tx.Commit(acme()))
		require.Equal(t, "new", get(t, repo, "42").Name)

		require.NoError(t, c.Transact(inner, func(ctx context.Context) error { // that one is over
			return repo.Update(ctx, contact{ID: "42", Name: "newer"})
		}))
		require.Equal(t, "newer", get(t, repo, "42").Name)

		other, _ := backend{name: "embedded"}.newCache(t).Begin(acme())
		require.NoError(t, c.Transact(other, func(ctx context.Context) error {
			return repo.Update(ctx, contact{ID: "42", Name: "newest"})
		}))
		require.Equal(t, "newest", get(t, repo, "42").Name)
	})
}

// With StrictInvalidation the error says both.
func TestTransactSaysWhatIsNotInForce(t *testing.T) {
	server, b := startRedis(t)
	c := b.newCache(t, prompt, func(o *runtime.Options) { o.StrictInvalidation = true })
	repo := decorate(newStore(), c)
	server.Kill()
	lost := errors.New("lost")
	for _, end := range []error{nil, lost} {
		err := c.Transact(acme(), func(ctx context.Context) error {
			require.NoError(t, repo.Update(ctx, contact{ID: "42"}))
			return end
		})
		var failed *runtime.InvalidationError
		require.ErrorAs(t, err, &failed)
		if end != nil {
			require.ErrorIs(t, err, lost)
		}
	}
	server.Restart()
}
