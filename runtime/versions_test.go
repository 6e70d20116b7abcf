package runtime_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// versions sets Options.Versions.
func versions(list map[string]string) func(*runtime.Options) {
	return func(o *runtime.Options) { o.Versions = list }
}

// What is known at start-up keeps entries apart: those of another model are not read, and a write
// reaches all of them.
func TestVersionsKnownAtStartUp(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "Ada"})
		old, again, other := b.newCache(t, versions(map[string]string{"contact": "gpt-4"})),
			b.newCache(t, versions(map[string]string{"contact": "gpt-4", "deal": "gpt-5"})),
			b.newCache(t, versions(map[string]string{"contact": "gpt-5"}))
		none := b.newCache(t)
		readers := []*contacts{decorate(s, old), decorate(s, again), decorate(s, other), decorate(s, none)}
		for n, loads := range []int64{1, 1, 2, 3} {
			get(t, readers[n], "42")
			require.Equal(t, loads, s.loads.Load(), "reader %d", n)
		}
		require.NoError(t, readers[2].Update(acme(), contact{ID: "42", Name: "Grace"}))
		for n, r := range readers {
			require.Equal(t, "Grace", get(t, r, "42").Name, "reader %d", n)
		}
	})
}

// A prefix stands for what lies below it, and the longest counts.
func TestVersionsByTheLongestPrefix(t *testing.T) {
	s := newStore(contact{ID: "42"})
	keyOf := func(prefix string, list map[string]string) string {
		var key string
		c := backend{name: "embedded"}.newCache(t, versions(list), func(o *runtime.Options) {
			o.Observe = func(_ context.Context, e runtime.Event) { key = e.Key }
		})
		get(t, decorate(s, c, func(o *runtime.ReadOptions) { o.Prefix = prefix }), "42")
		return key
	}
	all := map[string]string{"contact": "one", "contact:list": "two"}
	plain, one := keyOf("contact", nil), keyOf("contact", all)
	require.NotEqual(t, plain, one)
	require.Equal(t, one, keyOf("contact", map[string]string{"contact": "one"}))
	require.Equal(t, keyOf("contact:newest", nil)[:len("test:acme:contact:newest:42:v")], "test:acme:contact:newest:42:v")
	require.NotEqual(t, keyOf("contact:newest", nil), keyOf("contact:newest", all))
	require.Equal(t, keyOf("contact:list", all), keyOf("contact:list", map[string]string{"contact:list": "two"}))
	require.Equal(t, keyOf("contacts", nil), keyOf("contacts", all), "a prefix ends with a segment")
}

func TestVersionsOfNoPrefixAreRefused(t *testing.T) {
	for _, prefix := range []string{"", ":", "contact:", "contact:*", "*"} {
		_, err := runtime.New(runtime.Options{Versions: map[string]string{prefix: "1"}})
		require.ErrorContains(t, err, "cachegen: Options.Versions has the key", "%q", prefix)
	}
}
