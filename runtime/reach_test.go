package runtime_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// An invalidation reaches an entry however many segments its key has, and however long they are,
// whether generated code or a person names it.
func TestDeepAndLongPathsAreReached(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		c := b.newCache(t)
		write := runtime.NewWrite(c, runtime.WriteOptions{Method: "Lists.Save"})
		for _, segments := range []int{1, 13, 14, 15, 16, 40} {
			for _, size := range []int{1, 50, 300} {
				prefix := fmt.Sprintf("list%dx%d:of", segments, size)
				values := make([]string, segments)
				for i := range values {
					values[i] = strings.Repeat("x", size)
				}
				at := func(k runtime.Key) runtime.Key {
					for _, v := range values {
						k.String(v)
					}
					return k
				}
				read := runtime.NewRead(c, runtime.ReadOptions{Result: resultOf[string](), Method: runtime.Method(prefix), Prefix: prefix, Version: "00c0ffee", TTL: time.Minute, Strong: true})
				loads := func(page int64) (loaded bool) {
					var buf runtime.KeyBuffer
					key := at(read.Key(acme(), &buf)).Int(page)
					if _, ok, err := read.Lookup(acme(), key); ok {
						require.NoError(t, err)
						return false
					}
					_, err := read.Load(acme(), key, func(context.Context) (any, error) { loaded = true; return "list", nil })
					require.NoError(t, err)
					return loaded
				}
				path := prefix + ":" + strings.Join(values, ":")
				for _, tt := range []struct {
					name       string
					invalidate func() error
					both       bool
				}{
					{"scope", func() (err error) {
						inv := write.Begin(acme())
						inv.Scope(at(inv.Path(prefix)))
						inv.End(&err)
						return err
					}, true},
					{"scope by hand", func() error { return c.Invalidate(acme(), path+":*") }, true},
					{"entry", func() (err error) {
						inv := write.Begin(acme())
						inv.Entry(at(inv.Path(prefix)).Int(1))
						inv.End(&err)
						return err
					}, false},
					{"entry by hand", func() error { return c.Invalidate(acme(), path+":1") }, false},
				} {
					loads(1)
					loads(2)
					require.NoError(t, tt.invalidate())
					require.True(t, loads(1), "%s of %d segments of %d bytes", tt.name, segments, size)
					require.Equal(t, tt.both, loads(2), "%s of %d segments of %d bytes, another page", tt.name, segments, size)
				}
			}
		}
	})
}
