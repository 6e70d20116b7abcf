package runtime_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// Results that are interfaces hold what they held, nil too, whether they come from a load, an entry
// or a copy.
func TestResultsThatAreInterfaces(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		encode, decode := (*runtime.Encoder).Any, (*runtime.Decoder).Any
		for name, change := range map[string]func(*runtime.ReadOptions, *runtime.Options){
			"values": func(o *runtime.ReadOptions, _ *runtime.Options) {
				o.Result = runtime.ResultOf(encode, decode, runtime.Same[any])
			},
			"encoded": func(*runtime.ReadOptions, *runtime.Options) {},
			"strong":  func(o *runtime.ReadOptions, _ *runtime.Options) { o.Strong = true },
			"observed": func(_ *runtime.ReadOptions, o *runtime.Options) {
				o.Observe = func(context.Context, runtime.Event) {}
			},
			"observed values": func(o *runtime.ReadOptions, all *runtime.Options) {
				o.Result, all.Observe = runtime.ResultOf(encode, decode, runtime.Same[any]), func(context.Context, runtime.Event) {}
			},
		} {
			t.Run(name, func(t *testing.T) {
				o := runtime.ReadOptions{
					Method: "Settings.Get", Prefix: "setting-" + name, Version: "00c0ffee", TTL: time.Minute,
					Result: runtime.ResultOf(encode, decode, nil),
				}
				c := b.newCache(t, func(all *runtime.Options) { change(&o, all) })
				read := runtime.NewRead(c, o)
				for i, want := range []any{nil, 0, "dark", []any{1, nil}} {
					loads := 0
					for range 3 {
						var buf runtime.KeyBuffer
						key := read.Key(acme(), &buf).Int(int64(i))
						got, ok, err := read.Lookup(acme(), key)
						if !ok {
							got, err = read.Load(acme(), key, func(context.Context) (any, error) { loads++; return want, nil })
						}
						require.NoError(t, err)
						require.Equal(t, want, got)
					}
					require.Equal(t, 1, loads, "%v", want)
				}
			})
		}
	})
}

// In an aligned slice of interfaces only nil says that an item was not found: a zero in one is a
// value.
func TestBatchOfInterfaces(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		batch := runtime.NewBatch(b.newCache(t), runtime.ReadOptions{
			Method: "Settings.GetMany", Prefix: "setting", Version: "00c0ffee", TTL: time.Minute, Strong: b.client != nil,
			Result: runtime.ResultOf((*runtime.Encoder).Any, (*runtime.Decoder).Any, nil),
		})
		var asked [][]string
		for range 2 {
			var buf runtime.KeyBuffer
			got, err := runtime.BatchSlice(acme(), batch, batch.Key(acme(), &buf), []string{"zero", "none", "zero"},
				func(k runtime.Key, id string) runtime.Key { return k.String(id) },
				func(_ context.Context, ids []string) ([]any, error) {
					asked = append(asked, ids)
					list := make([]any, len(ids))
					for i, id := range ids {
						if id == "zero" {
							list[i] = 0
						}
					}
					return list, nil
				})
			require.NoError(t, err)
			require.Equal(t, []any{0, nil, 0}, got)
		}
		require.Equal(t, [][]string{{"zero", "none"}, {"none"}}, asked, "notfound= was not said, so what was not found is asked for again")
	})
}
