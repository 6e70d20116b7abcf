package runtime_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cachegen/cachegen/runtime"
)

// keyOf returns the key that a read with these arguments has.
func keyOf(t testing.TB, tenant, prefix string, args func(runtime.Key) runtime.Key) string {
	t.Helper()
	var key string
	c, err := runtime.New(runtime.Options{App: "crm", Seed: 1, Observe: func(_ context.Context, e runtime.Event) { key = e.Key }})
	require.NoError(t, err)
	r := runtime.NewRead(c, runtime.ReadOptions{Result: resultOf[int](), Prefix: prefix, Version: "9f3c2a1b", TTL: time.Minute})
	var buf runtime.KeyBuffer
	_, err = r.Load(context.Background(), args(r.KeyFor(context.Background(), tenant, &buf)), func(context.Context) (any, error) { return 1, nil })
	require.NoError(t, err)
	closeCache(t, c)
	return key
}

type text string

func (s text) MarshalText() ([]byte, error) {
	switch s {
	case "error":
		return nil, errors.New("no text")
	case "panic":
		panic("no text")
	}
	return []byte(s), nil
}

func TestKeyShape(t *testing.T) {
	type k = runtime.Key
	when := time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("x", 3600))
	for want, args := range map[string]func(k) k{
		"42":                      func(k k) k { return k.String("42") },
		"":                        func(k k) k { return k.String("") },
		"a%3Ab%2A%25%7E%26%23":    func(k k) k { return k.String("a:b*%~&#") },
		"%7Bid%7D%00%20%0A%7F":    func(k k) k { return k.String("{id}\x00 \n\x7f") },
		"Zoë\xff":                 func(k k) k { return k.String("Zoë\xff") },
		"ab%3A:~:":                func(k k) k { return k.Bytes([]byte("ab:")).Bytes(nil).Bytes([]byte{}) },
		"-1:18446744073709551615": func(k k) k { return k.Int(-1).Uint(math.MaxUint64) },
		"0.1:0.1:-0:NaN:+Inf": func(k k) k {
			return k.Float(0.1).Float32(0.1).Float(math.Copysign(0, -1)).Float(math.NaN()).Float(math.Inf(1))
		},
		"1:2":                   func(k k) k { return k.Complex(1 + 2i) },
		"true:false":            func(k k) k { return k.Bool(true).Bool(false) },
		"1767319445000000006":   func(k k) k { return k.Time(when) },
		"-62135596800000000000": func(k k) k { return k.Time(time.Time{}) },
		"some%3Atext":           func(k k) k { return k.Text(text("some:text")) },
		"~:&:~":                 func(k k) k { return k.Nil().Ref().Nil() },
		"3:a:b:c":               func(k k) k { return k.Len(3).String("a").String("b").String("c") },
		"v42-x":                 func(k k) k { return k.Literal("v").Join().Int(42).Join().Literal("-x") },
		"2:a:1:b:2": func(k k) k {
			return runtime.KeyMap(k, map[string]int{"b": 2, "a": 1}, func(k runtime.Key, name string, n int) runtime.Key {
				return k.String(name).Int(int64(n))
			})
		},
		"0": func(k k) k {
			return runtime.KeyMap(k, map[string]int{}, func(k runtime.Key, _ string, _ int) runtime.Key { return k })
		},
		"~": func(k k) k {
			return runtime.KeyMap[string, int](k, nil, func(k runtime.Key, _ string, _ int) runtime.Key { return k })
		},
		strings.Repeat("x", 199): func(k k) k { return k.String(strings.Repeat("x", 199)) },
	} {
		require.Equal(t, "crm:acme:contact:list:"+want+":v9f3c2a1b", keyOf(t, "acme", "contact:list", args))
	}
}

func TestKeyTenant(t *testing.T) {
	for tenant, want := range map[string]string{
		"acme": "acme", "global": "%67lobal", "*": "%2A", "a:b": "a%3Ab", "\x00": "%00", "{1}": "%7B1%7D", "Global": "Global",
	} {
		require.Equal(t, "crm:"+want+":p:1:v9f3c2a1b", keyOf(t, tenant, "p", func(k runtime.Key) runtime.Key { return k.Int(1) }))
	}
}

func TestLongArgumentsAreHashed(t *testing.T) {
	long := func(s string) string {
		return keyOf(t, "acme", "contact:list", func(k runtime.Key) runtime.Key { return k.Int(7).String(s) })
	}
	key := long(strings.Repeat("x", 1000))
	require.Regexp(t, `^crm:acme:contact:list:#[0-9a-f]{32}:v9f3c2a1b$`, key)
	require.NotEqual(t, key, long(strings.Repeat("x", 1001)))
	require.Equal(t, "crm:acme:contact:list:7:"+strings.Repeat("x", 197)+":v9f3c2a1b", long(strings.Repeat("x", 197)), "200 bytes are spelled out")
	require.Contains(t, long(strings.Repeat("x", 198)), "#")
}

// An invalidation does not know where the prefix of a read ends; long paths must be found all the
// same.
func TestLongArgumentsAreInvalidated(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		for _, size := range []int{10, 198, 199, 200, 201, 500, 5000} {
			id := strings.Repeat("x", size)
			for name, invalidate := range map[string]func(*runtime.Invalidation){
				"entry":           func(i *runtime.Invalidation) { i.Entry(i.Path("contact:long").String("a").String(id)) },
				"shorter prefix":  func(i *runtime.Invalidation) { i.Entry(i.Path("contact").String("long").String("a").String(id)) },
				"longer prefix":   func(i *runtime.Invalidation) { i.Entry(i.Path("contact:long:a").String(id)) },
				"scope":           func(i *runtime.Invalidation) { i.Scope(i.Path("contact:long").String("a")) },
				"scope of itself": func(i *runtime.Invalidation) { i.Scope(i.Path("contact:long").String("a").String(id)) },
			} {
				c := b.newCache(t)
				r := runtime.NewRead(c, runtime.ReadOptions{Result: resultOf[int](), Method: "Get", Prefix: "contact:long", Version: "9f3c2a1b", TTL: time.Minute})
				loads := 0
				read := func() {
					var buf runtime.KeyBuffer
					k := r.Key(acme(), &buf).String("a").String(id)
					if _, ok, _ := r.Lookup(acme(), k); !ok {
						_, err := r.Load(acme(), k, func(context.Context) (any, error) { loads++; return 1, nil })
						require.NoError(t, err)
					}
				}
				read()
				read()
				before := loads
				inv := runtime.NewWrite(c, runtime.WriteOptions{Method: "Set"}).Begin(acme())
				invalidate(inv)
				inv.End(nil)
				read()
				require.Equal(t, before+1, loads, "%s, argument of %d bytes", name, size)
				closeCache(t, c)
			}
		}
	})
}

// hostile draws strings made of what means something in a key.
func hostile() *rapid.Generator[string] {
	part := rapid.OneOf(
		rapid.SampledFrom([]string{"", ":", "*", "%", "~", "&", "#", "{", "}", "%3A", "%67lobal", "\x00", "global", "\xff\xfe", " ", "\n", "v9f3c2a1b", ":v", "0", "1", "a"}),
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 8), func(b []byte) string { return string(b) }),
	)
	return rapid.Map(rapid.SliceOfN(part, 0, 4), func(parts []string) string { return strings.Join(parts, "") })
}

// Equal keys mean equal tenants and equal arguments, whatever bytes they hold.
func TestKeysAreInjective(t *testing.T) {
	type call struct {
		tenant string
		args   []string
		ptr    *string
		list   []string
	}
	draw := rapid.Custom(func(rt *rapid.T) call {
		c := call{tenant: hostile().Draw(rt, "tenant"), args: []string{hostile().Draw(rt, "a"), hostile().Draw(rt, "b")}}
		if rapid.Bool().Draw(rt, "pointer") {
			s := hostile().Draw(rt, "p")
			c.ptr = &s
		}
		if rapid.Bool().Draw(rt, "slice") {
			c.list = rapid.SliceOfN(hostile(), 0, 3).Draw(rt, "list")
		}
		return c
	})
	render := func(c call) string {
		return keyOf(t, c.tenant, "p", func(k runtime.Key) runtime.Key {
			k = k.String(c.args[0]).String(c.args[1])
			if c.ptr == nil {
				k = k.Nil()
			} else {
				k = k.String(*c.ptr)
			}
			if c.list == nil {
				return k.Nil()
			}
			k = k.Len(len(c.list))
			for _, s := range c.list {
				k = k.String(s)
			}
			return k
		})
	}
	rapid.Check(t, func(rt *rapid.T) {
		a, b := draw.Draw(rt, "one"), draw.Draw(rt, "other")
		if rapid.Bool().Draw(rt, "close") { // move a piece of text over a boundary
			b = a
			b.args = []string{a.args[0] + ":", a.args[1]}
			if i := len(a.args[1]) / 2; rapid.Bool().Draw(rt, "move") {
				b.args = []string{a.args[0] + a.args[1][:i], a.args[1][i:]}
			}
		}
		if a.tenant == "" || b.tenant == "" {
			return // no tenant, no key
		}
		same := a.tenant == b.tenant && a.args[0] == b.args[0] && a.args[1] == b.args[1] &&
			(a.ptr == nil) == (b.ptr == nil) && (a.ptr == nil || *a.ptr == *b.ptr) &&
			(a.list == nil) == (b.list == nil) && len(a.list) == len(b.list)
		for i := range a.list {
			same = same && a.list[i] == b.list[i]
		}
		if (render(a) == render(b)) != same {
			rt.Fatalf("%#v and %#v: keys %q and %q", a, b, render(a), render(b))
		}
	})
}

func TestUnusableKeyBypasses(t *testing.T) {
	for _, bad := range []text{"error", "panic"} {
		c := backend{}.newCache(t)
		r := runtime.NewRead(c, runtime.ReadOptions{Result: resultOf[int](), Method: "Get", Prefix: "p", Version: "1", TTL: time.Minute})
		loads := 0
		for range 2 {
			var buf runtime.KeyBuffer
			k := r.Key(acme(), &buf).Text(bad).String("x")
			_, ok, _ := r.Lookup(acme(), k)
			require.False(t, ok)
			_, err := r.Load(acme(), k, func(context.Context) (any, error) { loads++; return 1, nil })
			require.NoError(t, err)
		}
		require.Equal(t, 2, loads)
		require.EqualValues(t, 2, c.Stats().Bypassed)
	}
}

// A path that cannot be spelled must not be left alone: everything that it could be is stale.
func TestUnusablePathInvalidatesItsPrefix(t *testing.T) {
	s := newStore(contact{ID: "42"})
	c := backend{}.newCache(t)
	repo := decorate(s, c)
	_, err := repo.Get(acme(), "42")
	require.NoError(t, err)
	inv := repo.update.Begin(acme())
	inv.Entry(inv.Path("contact").Text(text("error")))
	inv.End(nil)
	_, err = repo.Get(acme(), "42")
	require.NoError(t, err)
	require.EqualValues(t, 2, s.loads.Load())
}

// A tenant of 8 MB is as good as any other, and its keys are short, wherever they are kept.
func TestLongTenant(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		long := strings.Repeat("tenant:", 1<<20)
		s := newStore(contact{ID: "42", Name: "old"})
		reader, writer := decorate(s, b.newCache(t)), decorate(s, b.newCache(t))
		get := func(tenant string) string {
			c, err := reader.Get(runtime.WithTenant(context.Background(), tenant), "42")
			require.NoError(t, err)
			return c.Name
		}
		for _, tenant := range []string{long, long + "2", long, long + "2"} {
			require.Equal(t, "old", get(tenant))
		}
		require.EqualValues(t, 2, s.loads.Load(), "not stored, or shared with another tenant")
		writer.set(contact{ID: "42", Name: "new"})
		inv := writer.update.Begin(runtime.WithTenant(context.Background(), long))
		inv.Scope(inv.Path("contact"))
		inv.End(nil)
		require.Equal(t, "new", get(long))
		require.Equal(t, "old", get(long+"2"))
		keys, err := keysMatching(context.Background(), b.admin(), "*")
		require.NoError(t, err)
		for _, key := range keys {
			require.Less(t, len(key), 300)
		}
	})
}
