package runtime_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// A repository inside a transaction has nothing to do with what is cached but what its writes make
// stale: at the commit of a transaction that the cache knows of, else at once, with a warning for
// each method.
func TestInsideATransaction(t *testing.T) {
	for _, begin := range []string{"no", "around", "in the call"} {
		t.Run(begin, func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				var log bytes.Buffer
				c := b.newCache(t, func(o *runtime.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
				s := newStore(contact{ID: "42", Name: "old"})
				repo := decorate(s, c)
				within, call := acme(), acme()
				var tx *runtime.Tx
				switch begin {
				case "around":
					within, tx = c.Begin(within)
				case "in the call":
					call, tx = c.Begin(call)
				}
				in := &contacts{store: s, get: repo.get.InTx().InTx(), update: repo.update.InTx(within).InTx(acme())}
				require.Same(t, repo.get.InTx(), in.get, "a Read inside a transaction is made once")

				loads := s.loads.Load()
				get(t, in, "42")
				get(t, repo, "42")
				get(t, in, "42")
				require.Equal(t, loads+3, s.loads.Load(), "a read inside the transaction filled the cache, or was answered by it")

				require.NoError(t, in.Update(call, contact{ID: "42", Name: "new"}))
				if tx == nil {
					require.Equal(t, "new", get(t, repo, "42").Name)
					for range 2 {
						require.NoError(t, in.Update(call, contact{ID: "42", Name: "newer"}))
					}
				} else {
					require.Equal(t, "old", get(t, repo, "42").Name, "an invalidation did not wait for its commit")
					require.NoError(t, tx.Commit(acme()))
					require.Equal(t, "new", get(t, repo, "42").Name)
					require.Empty(t, log.String())
					require.NoError(t, in.Update(call, contact{ID: "42", Name: "newer"}))
				}
				require.Equal(t, "newer", get(t, repo, "42").Name, "the transaction is over")
				require.Equal(t, 1, strings.Count(log.String(), "does not know of"), "%s", &log)
			})
		})
	}
}

// A method that runs a function in a transaction is one of the cache, or takes part in that of its
// repository.
func TestTxRunner(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		c := b.newCache(t)
		s := newStore(contact{ID: "42", Name: "old"})
		repo, runner := decorate(s, c), runtime.NewTxRunner(c, "Contacts.InTx")
		get(t, repo, "42")
		require.NoError(t, runner.Run(acme(), func(ctx context.Context) error {
			in := repo.update.InTx(ctx)
			require.NoError(t, runner.InTx(ctx).Run(acme(), func(ctx context.Context) error {
				return (&contacts{store: s, update: in.InTx(ctx)}).Update(acme(), contact{ID: "42", Name: "new"})
			}))
			require.Equal(t, "old", get(t, repo, "42").Name, "the inner transaction has ended, and not the outer one")
			return nil
		}))
		require.Equal(t, "new", get(t, repo, "42").Name)
	})
}
