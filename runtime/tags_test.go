package runtime_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// lists is what the generator emits for a read with tags: those whose name begins so, each tagged
// with itself, and all with the team asked for.
type lists struct {
	*contacts
	named *runtime.Read
}

func decorateLists(s *store, c *runtime.Cache, change ...func(*runtime.ReadOptions)) *lists {
	o := runtime.ReadOptions{Result: resultOf[[]contact](),
		Method: "Contacts.Named", Prefix: "list", Version: "00c0ffee", TTL: time.Minute, Strong: true, Tags: []string{"contact", "team"},
	}
	for _, f := range change {
		f(&o)
	}
	return &lists{decorate(s, c), runtime.NewRead(c, o)}
}

func localLists(o *runtime.ReadOptions) { o.Strong = false }

func (r *lists) Named(ctx context.Context, team, name string) ([]contact, error) {
	var buf runtime.KeyBuffer
	key := r.named.Key(ctx, &buf).String(team).String(name)
	if v, ok, err := r.named.Lookup(ctx, key); ok {
		return v.([]contact), err
	}
	v, err := r.named.LoadTagged(ctx, key,
		func(tags *runtime.Tags) { tags.Add(tags.Path("team").String(team)) },
		func(tags *runtime.Tags, v any) {
			for _, c := range v.([]contact) {
				tags.Add(tags.Path("contact").String(c.ID))
			}
		},
		func(ctx context.Context) (any, error) { return r.store.named(ctx, name) })
	return v.([]contact), err
}

func (s *store) named(ctx context.Context, name string) ([]contact, error) {
	s.loads.Add(1)
	s.mu.Lock()
	var list []contact
	for _, c := range s.rows {
		if strings.HasPrefix(c.Name, name) {
			list = append(list, c)
		}
	}
	hook := s.hook
	s.mu.Unlock()
	slices.SortFunc(list, func(a, b contact) int { return strings.Compare(a.ID, b.ID) })
	if hook != nil {
		hook(ctx, name)
	}
	return list, nil
}

func named(t testing.TB, r *lists, name string) string {
	t.Helper()
	list, err := r.Named(acme(), "red", name)
	require.NoError(t, err)
	var text []string
	for _, c := range list {
		text = append(text, c.ID+c.Name)
	}
	return strings.Join(text, " ")
}

// pair is two processes on a backend, or one where there can be only one.
func pair(t *testing.T, b backend, s *store, change ...func(*runtime.ReadOptions)) (here, there *lists) {
	here = decorateLists(s, b.newCache(t), change...)
	if b.client == nil {
		return here, here
	}
	return here, decorateLists(s, b.newCache(t), change...)
}

// stored asserts that a list is answered without a load.
func stored(t testing.TB, r *lists, name string, want bool) {
	t.Helper()
	before := r.loads.Load()
	named(t, r, name)
	require.Equal(t, want, r.loads.Load() == before, "answered from the cache")
}

// An exact invalidation of a member makes a list stale, in the process that sends it and in others,
// whether they follow the log or not; that of something else does not.
func TestTagOfAResult(t *testing.T) {
	for kind, change := range map[string]func(*runtime.ReadOptions){"strong": func(*runtime.ReadOptions) {}, "copies": localLists} {
		t.Run(kind, func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				s := newStore(contact{ID: "1", Name: "a"}, contact{ID: "2", Name: "a"}, contact{ID: "3", Name: "b"})
				here, there := pair(t, b, s, change)
				for n := range 4 {
					require.Equal(t, fmt.Sprintf("1a%s 2a", strings.Repeat("!", n)), named(t, here, "a"))
					named(t, there, "a")
					stored(t, here, "a", true)
					require.NoError(t, there.Update(acme(), contact{ID: "3", Name: "b"}))
					stored(t, there, "a", true)
					require.NoError(t, there.Update(acme(), contact{ID: "1", Name: "a" + strings.Repeat("!", n+1)}))
					want := fmt.Sprintf("1a%s 2a", strings.Repeat("!", n+1))
					if n%2 == 0 { // in turn, for the first to load it does so for both
						require.Equal(t, want, named(t, there, "a"))
					}
					if kind == "copies" {
						hears(t, time.Second, want, func() string { return named(t, here, "a") })
					}
					require.Equal(t, want, named(t, here, "a"))
					require.Equal(t, want, named(t, there, "a"))
				}
			})
		})
	}
}

// A scope above a tag, the scope of every tenant, and the prefix of the tags itself.
func TestTagIsReachedByScopes(t *testing.T) {
	for kind, invalidate := range map[string]func(inv *runtime.Invalidation){
		"prefix":       func(inv *runtime.Invalidation) { inv.Scope(inv.Path("contact")) },
		"path":         func(inv *runtime.Invalidation) { inv.Scope(inv.Path("contact").String("1")) },
		"every tenant": func(inv *runtime.Invalidation) { inv.Scope(inv.PathIn(runtime.AllTenants, "contact")) },
		"entry of every tenant": func(inv *runtime.Invalidation) {
			inv.Entry(inv.PathIn(runtime.AllTenants, "contact").String("1"))
		},
		"by an argument": func(inv *runtime.Invalidation) { inv.Entry(inv.Path("team").String("red")) },
	} {
		t.Run(kind, func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				s := newStore(contact{ID: "1", Name: "a"})
				here, there := pair(t, b, s)
				named(t, here, "a")
				stored(t, there, "a", true)
				inv := there.update.Begin(acme())
				invalidate(inv)
				inv.End(nil)
				stored(t, here, "a", false)
				stored(t, there, "a", true)
			})
		})
	}
}

func TestTagOfAnArgument(t *testing.T) {
	for kind, change := range map[string]func(*runtime.ReadOptions){"strong": func(*runtime.ReadOptions) {}, "copies": localLists} {
		t.Run(kind, func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				s := newStore(contact{ID: "1", Name: "a"})
				here, there := pair(t, b, s, change)
				named(t, here, "a")
				stored(t, there, "a", true)
				inv := there.update.Begin(acme())
				inv.Entry(inv.Path("team").String("blue"))
				inv.End(nil)
				stored(t, there, "a", true)
				inv = there.update.Begin(acme())
				inv.Entry(inv.Path("team").String("red"))
				inv.End(nil)
				stored(t, there, "a", false)
				s.set(contact{ID: "1", Name: "ab"})
				inv = there.update.Begin(acme())
				inv.Entry(inv.Path("team").String("red"))
				inv.End(nil)
				require.Equal(t, "1ab", named(t, there, "a"))
				hears(t, time.Second, "1ab", func() string { return named(t, here, "a") })
			})
		})
	}
}

// Tags of another tenant are other tags.
func TestTagsAreOfTheirTenant(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		here, there := pair(t, b, newStore(contact{ID: "1", Name: "a"}))
		named(t, here, "a")
		require.NoError(t, there.Update(runtime.WithTenant(context.Background(), "globex"), contact{ID: "1", Name: "a"}))
		stored(t, here, "a", true)
	})
}

// More than 64 tags of one prefix are the prefix: any of its entries makes the list stale, those
// that it does not name too.
func TestManyTagsAreTheirPrefix(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore()
		for n := range 70 {
			s.set(contact{ID: fmt.Sprint(n), Name: "a"})
		}
		here, there := pair(t, b, s)
		for _, id := range []string{"3", "69", "other", strings.Repeat("long", 100)} {
			named(t, here, "a")
			stored(t, there, "a", true)
			require.NoError(t, there.Update(acme(), contact{ID: id, Name: "x"}))
			stored(t, here, "a", false)
		}
		stored(t, there, "a", true)
		inv := there.update.Begin(acme())
		inv.Scope(inv.Path("contact:list"))
		inv.End(nil)
		stored(t, here, "a", false)
	})
}

// An id that is too long to be spelled out in a key is reached all the same.
func TestLongTag(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		long := strings.Repeat("x", 300)
		here, there := pair(t, b, newStore(contact{ID: long, Name: "a"}))
		named(t, here, "a")
		stored(t, there, "a", true)
		require.NoError(t, there.Update(acme(), contact{ID: long, Name: "ab"}))
		require.Equal(t, long+"ab", named(t, here, "a"))
	})
}

// Behind a fence on a member nothing answers with the list, and nothing is stored of it: also if
// the load began before the fence was opened, and if nobody knew before the load that the member is
// in it.
func TestFenceOnATag(t *testing.T) {
	for _, kind := range []string{"cached before", "loaded behind", "many"} {
		t.Run(kind, func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				s := newStore(contact{ID: "1", Name: "a"})
				if kind == "many" {
					for n := range 70 {
						s.set(contact{ID: fmt.Sprint(n), Name: "a"})
					}
				}
				here, there := pair(t, b, s, localLists)
				if kind == "cached before" {
					named(t, here, "a")
				}
				inv := there.update.Begin(acme())
				inv.Entry(inv.Path("contact").String("1"))
				inv.Open()
				for range 3 {
					stored(t, there, "a", false)
				}
				s.set(contact{ID: "1", Name: "ab"}) // the commit
				require.Contains(t, named(t, there, "a"), "1ab")
				inv.End(nil)
				require.Contains(t, named(t, there, "a"), "1ab")
				stored(t, there, "a", true)
			})
		})
	}
}

// Nobody reads the member by itself, and no list has been stored, so it is the loads of the list
// that find out that the member's fence has lapsed.
func TestFenceOnATagThatHasLapsed(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		if b.name == "miniredis" {
			t.Skip("its clock stands still")
		}
		s := newStore(contact{ID: "1", Name: "a"})
		c := b.newCache(t)
		r := decorateLists(s, c)
		inv := runtime.NewWrite(c, runtime.WriteOptions{Method: "Contacts.Update", Settle: 50 * time.Millisecond}).Begin(acme())
		inv.Entry(inv.Path("contact").String("1"))
		inv.End(nil)
		named(t, r, "a")
		require.Eventually(t, func() bool {
			before := s.loads.Load()
			named(t, r, "a")
			return s.loads.Load() == before
		}, 5*time.Second, 10*time.Millisecond)
	})
}

// A load of a list reads a member, the member is written and invalidated, and the load ends: its
// list is stored by no one, and no read that starts after the invalidation joins it.
func TestLoadWithTagsFromBeforeAnInvalidation(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "1", Name: "a"})
		here, there := pair(t, b, s, localLists)
		read, goOn := make(chan struct{}), make(chan struct{})
		var once sync.Once
		s.setHook(func(context.Context, string) { once.Do(func() { close(read); <-goOn }) })
		done := make(chan struct{})
		go func() { _, _ = here.Named(acme(), "red", "a"); close(done) }()
		<-read
		require.NoError(t, there.Update(acme(), contact{ID: "1", Name: "ab"}))
		late := make(chan string)
		go func() {
			list, _ := here.Named(acme(), "red", "a")
			late <- fmt.Sprint(list)
		}()
		time.Sleep(50 * time.Millisecond) // it joins, or does not
		close(goOn)
		<-done
		require.Contains(t, <-late, "ab", "a read joined a load from before the invalidation")
		require.Equal(t, "1ab", named(t, here, "a"))
		require.Equal(t, "1ab", named(t, there, "a"))
	})
}

// A load of a list reads a member behind a fence, and the member's write commits. Who sees the list
// after that must see the commit.
func TestReadBehindAFenceOnATagJoinsNoLoad(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "1", Name: "a"})
		here, there := pair(t, b, s)
		inv := there.update.Begin(acme())
		inv.Entry(inv.Path("contact").String("1"))
		inv.Open()
		read, goOn := make(chan struct{}), make(chan struct{})
		s.setHook(func(context.Context, string) { close(read); <-goOn })
		done := make(chan struct{})
		go func() { _, _ = here.Named(acme(), "red", "a"); close(done) }()
		<-read
		s.setHook(nil)
		s.set(contact{ID: "1", Name: "ab"}) // the commit
		late := make(chan string)
		go func() {
			list, _ := here.Named(acme(), "red", "a")
			late <- fmt.Sprint(list)
		}()
		time.Sleep(50 * time.Millisecond) // it joins, or does not
		close(goOn)
		<-done
		require.Contains(t, <-late, "ab", "a read behind a fence joined a load from before the commit")
		inv.End(nil)
		require.Equal(t, "1ab", named(t, here, "a"))
	})
}

// Reads of a list that miss together load it once.
func TestConcurrentMissesWithTagsLoadOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "1", Name: "a"})
		here, there := pair(t, b, s)
		s.setHook(func(context.Context, string) { time.Sleep(20 * time.Millisecond) })
		var wg sync.WaitGroup
		for n := range 40 {
			wg.Go(func() { named(t, []*lists{here, there}[n%2], "a") })
		}
		wg.Wait()
		require.EqualValues(t, 1, s.loads.Load())
	})
}

// A process that has begun to follow the log after a member was invalidated knows nothing of that
// from the log.
func TestTagsFromBeforeTheLogWasFollowed(t *testing.T) {
	b := backend{"redis", redistest.Start(t).Client()}
	s := newStore(contact{ID: "1", Name: "a"}, contact{ID: "9", Name: "z"})
	writer := decorateLists(s, b.newCache(t))
	named(t, writer, "a")
	require.NoError(t, writer.Update(acme(), contact{ID: "1", Name: "ab"}))
	c := b.newCache(t)
	reader := decorateLists(s, c, localLists)
	require.Eventually(t, func() bool {
		named(t, reader, "z")
		return c.Stats().Follower.Leased > 0
	}, 2*time.Second, time.Millisecond)
	require.Equal(t, "1ab", named(t, reader, "a"))
}

// The server forgets an invalidation between the two round trips of a read: what it says of tags
// then is older than what it has said before.
func TestTagsOfAnOlderState(t *testing.T) {
	_, b := startRedis(t)
	hook, hooked := new(after), client(t, addrOf(b))
	hooked.AddHook(hook)
	s := newStore(contact{ID: "1", Name: "a"})
	here, there := decorateLists(s, backend{"redis", hooked}.newCache(t)), decorateLists(s, b.newCache(t))
	require.NoError(t, there.Update(acme(), contact{ID: "1", Name: "a"}))
	named(t, here, "a")
	stored(t, here, "a", true)
	restore := dump(t, b.admin())
	require.NoError(t, there.Update(acme(), contact{ID: "1", Name: "ab"}))
	hook.set(func([]redis.Cmder) {
		hook.set(nil)
		restore()
	})
	require.Equal(t, "1ab", named(t, here, "a"))
}

// With tags from results a hit is still one round trip, where the process has applied the log, and
// two where it does not follow it.
func TestRoundTripsOfTags(t *testing.T) {
	b := backend{"redis", redistest.Start(t).Client()}
	s := newStore(contact{ID: "1", Name: "a"})
	for follows, want := range map[bool]int{true: 1, false: 2} {
		t.Run(fmt.Sprintf("follows %v", follows), func(t *testing.T) {
			own := client(t, b.addrs())
			c := backend{"redis", own}.newCache(t)
			reader := decorateLists(s, c, func(o *runtime.ReadOptions) { o.Strong = !follows })
			named(t, reader, "a")
			if follows {
				require.Eventually(t, func() bool { return c.Stats().Follower.Leased > 0 }, 2*time.Second, time.Millisecond)
				require.NoError(t, reader.Update(acme(), contact{ID: "1", Name: "a"})) // the copy is gone, and the log applied
				decorateLists(s, b.newCache(t)).Named(acme(), "red", "a")
			}
			trips := new(after)
			count := 0
			trips.set(func([]redis.Cmder) { count++ })
			own.AddHook(trips)
			stored(t, reader, "a", true)
			require.Equal(t, want, count)
		})
	}
}

// A tag whose text cannot be made leaves nothing to invalidate the entry by: it is not stored.
func TestTagWithoutText(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		c := b.newCache(t)
		read := runtime.NewRead(c, runtime.ReadOptions{Result: resultOf[int](), Method: "M", Prefix: "p", Version: "00c0ffee", TTL: time.Minute, Tags: []string{"q"}})
		loads := 0
		for n := range 3 {
			var buf runtime.KeyBuffer
			v, err := read.LoadTagged(acme(), read.Key(acme(), &buf), nil, func(tags *runtime.Tags, _ any) { tags.Add(tags.Path("q").Text(textless{})) },
				func(context.Context) (any, error) { loads++; return n, nil })
			require.NoError(t, err)
			require.Equal(t, n, v)
		}
		require.Equal(t, 3, loads)
	})
}

type textless struct{}

func (textless) MarshalText() ([]byte, error) { return nil, fmt.Errorf("no text") }
