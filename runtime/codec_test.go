package runtime_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// Entries of one codec are never read by another, whichever deployment came first. DefaultCodec
// counts as another than none: it writes unexported fields otherwise than generated code does.
func TestCodecsDoNotReadEachOthersEntries(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "Ada", Tags: []string{}})
		for i, codec := range []runtime.Codec{
			nil, runtime.JSON{}, nil, runtime.DefaultCodec(), runtime.JSON{}, runtime.DefaultCodec(), nil,
		} {
			withCodec := func(o *runtime.Options) { o.Codec = codec }
			for range 2 {
				got, err := decorate(s, b.newCache(t, withCodec)).Get(acme(), "42")
				require.NoError(t, err)
				require.Equal(t, &contact{ID: "42", Name: "Ada", Tags: []string{}}, got)
				require.EqualValues(t, i+1, s.loads.Load(), "step %d with %T", i, codec)
			}
		}
	})
}

// A read by reflection and one with generated code that have one version answer from each other's
// entries: the bytes are the same.
func TestReflectionAndGeneratedCodeShareEntries(t *testing.T) {
	generated := func(o *runtime.ReadOptions) {
		encode := func(e *runtime.Encoder, c *contact) {
			if e.Present(c != nil) {
				e.String(c.ID)
				e.String(c.Name)
				e.Len(len(c.Tags), c.Tags == nil)
				for _, tag := range c.Tags {
					e.String(tag)
				}
			}
		}
		decode := func(d *runtime.Decoder) *contact {
			if !d.Present() {
				return nil
			}
			c := &contact{ID: d.String(), Name: d.String()}
			if n := d.Len(1); n >= 0 {
				c.Tags = make([]string, n)
				for i := range c.Tags {
					c.Tags[i] = d.String()
				}
			}
			return c
		}
		o.Result = runtime.ResultOf(encode, decode, nil)
	}
	reflected := func(*runtime.ReadOptions) {}
	shared(t, func(t *testing.T, b backend) {
		row := contact{ID: "42", Name: "Ada", Tags: []string{"vip", ""}}
		s := newStore(row)
		first, second := decorate(s, b.newCache(t), generated), decorate(s, b.newCache(t), reflected)
		for i := range 2 {
			require.NoError(t, first.Update(acme(), row))
			for _, repo := range []*contacts{first, second} {
				got, err := repo.Get(acme(), "42")
				require.NoError(t, err)
				require.Equal(t, &row, got)
			}
			require.EqualValues(t, i+1, s.loads.Load())
			first, second = second, first
		}
	})
}

// A result that reflection cannot carry costs a load for each read, and counts as an error of the
// codec.
func TestReadOfWhatCannotBeCarriedLoads(t *testing.T) {
	type hidden struct{ name string }
	everywhere(t, func(t *testing.T, b backend) {
		c := b.newCache(t)
		read := runtime.NewRead(c, runtime.ReadOptions{Result: resultOf[hidden](),
			Method: "Hidden.Get", Prefix: "hidden", Version: "00c0ffee", TTL: time.Minute, Strong: b.client != nil})
		for i := range 3 {
			var buf runtime.KeyBuffer
			key := read.Key(acme(), &buf).Int(1)
			_, ok, err := read.Lookup(acme(), key)
			require.NoError(t, err)
			require.False(t, ok)
			got, err := read.Load(acme(), key, func(context.Context) (any, error) {
				return hidden{fmt.Sprint(i)}, nil
			})
			require.NoError(t, err)
			require.Equal(t, hidden{fmt.Sprint(i)}, got)
		}
		require.NotZero(t, c.Stats().CodecErrors)
	})
}
