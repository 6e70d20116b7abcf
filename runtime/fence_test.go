package runtime_test

import (
	"context"
	"fmt"
	"testing"

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

// A table that is full begins afresh, and so does a record that is full of what goes for every
// tenant. The fences in them stand.
func TestFencesOutliveAFullTable(t *testing.T) {
	for _, every := range []bool{true, false} {
		t.Run(fmt.Sprintf("every tenant %v", every), func(t *testing.T) {
			t.Parallel()
			_, b := startRedis(t)
			ctx := context.Background()
			s := newStore(contact{ID: "42", Name: "old"})
			reader, writer := decorate(s, b.newCache(t)), decorate(s, b.newCache(t))
			warmStrong(t, s, reader, writer)
			standing(t, every, writer, reader, func() {
				hash, star := tableOf("acme"), ""
				if every {
					hash, star = stateKey("acme"), "*"
				}
				seq := b.client.HGet(ctx, stateKey("acme"), "seq").Val()
				const most = 100_000
				fields := make([]any, 0, 2*most)
				for n := range most {
					fields = append(fields, fmt.Sprint(star, "other:", n), seq)
				}
				require.NoError(t, b.client.HSet(ctx, hash, fields...).Err())
				inv := writer.update.Begin(acme())
				if every {
					inv.Scope(inv.PathIn(runtime.AllTenants, "another"))
				} else {
					inv.Scope(inv.Path("another"))
				}
				inv.End(nil)
				require.Less(t, b.client.HLen(ctx, hash).Val(), int64(100), "it was not full: this test shows nothing")
			})
		})
	}
}
