package runtime_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// hung is what the generator emits for a batch with tags beside a single read with the same: a
// contact hangs on the profile of its id, and on the labels that it has.
type hung struct {
	*many
	one   *runtime.Read
	batch *runtime.Read
}

func decorateHung(s *store, c *runtime.Cache, change ...func(*runtime.ReadOptions)) *hung {
	o := runtime.ReadOptions{Result: resultOf[*contact](),
		Method: "Contacts.Hung", Prefix: "hung", Version: "00c0ffee", TTL: time.Minute, NotFound: time.Minute, Strong: true,
		Tags: []string{"profile", "label"},
	}
	for _, f := range change {
		f(&o)
	}
	batch := o
	batch.Method = "Contacts.HungMany"
	return &hung{decorateMany(s, c), runtime.NewRead(c, o), runtime.NewBatch(c, batch)}
}

func copied(o *runtime.ReadOptions) { o.Strong = false }

func onProfile(tags *runtime.Tags, id string) { tags.Add(tags.Path("profile").String(id)) }

func onLabels(tags *runtime.Tags, _ string, c *contact) {
	for _, label := range c.Tags {
		tags.Add(tags.Path("label").String(label))
	}
}

func (r *hung) HungMany(ctx context.Context, ids ...string) (map[string]*contact, error) {
	var buf runtime.KeyBuffer
	item := func(key runtime.Key, id string) runtime.Key { return key.String(id) }
	return runtime.BatchMapTagged(ctx, r.batch, r.batch.Key(ctx, &buf), ids, item, onProfile, onLabels, r.rows)
}

func (r *hung) HungList(ctx context.Context, ids ...string) ([]*contact, error) {
	var buf runtime.KeyBuffer
	item := func(key runtime.Key, id string) runtime.Key { return key.String(id) }
	return runtime.BatchSliceTagged(ctx, r.batch, r.batch.Key(ctx, &buf), ids, item, onProfile, onLabels, func(ctx context.Context, ids []string) ([]*contact, error) {
		rows, err := r.rows(ctx, ids)
		list := make([]*contact, len(ids))
		for i, id := range ids {
			list[i] = rows[id]
		}
		return list, err
	})
}

func (r *hung) Hung(ctx context.Context, id string) (*contact, error) {
	var buf runtime.KeyBuffer
	key := r.one.Key(ctx, &buf).String(id)
	if v, ok, err := r.one.Lookup(ctx, key); ok {
		return v.(*contact), err
	}
	v, err := r.one.LoadTagged(ctx, key,
		func(tags *runtime.Tags) { onProfile(tags, id) },
		func(tags *runtime.Tags, c any) { onLabels(tags, id, c.(*contact)) },
		func(ctx context.Context) (any, error) {
			rows, err := r.rows(ctx, []string{id})
			return rows[id], err
		})
	return v.(*contact), err
}

// hungPair is two processes on a backend, or one where there can be only one.
func hungPair(t testing.TB, b backend, s *store, change ...func(*runtime.ReadOptions)) (here, there *hung) {
	here = decorateHung(s, b.newCache(t), change...)
	if b.client == nil {
		return here, here
	}
	return here, decorateHung(s, b.newCache(t), change...)
}

// loadedFor asserts which items a batch of these loads, and returns what it says of them.
func loadedFor(t testing.TB, r *hung, want string, ids ...string) map[string]*contact {
	t.Helper()
	r.called()
	m, err := r.HungMany(acme(), ids...)
	require.NoError(t, err)
	loaded := strings.Join(r.called(), ", ")
	require.Subset(t, strings.Fields(loaded), strings.Fields(want), "something stale answered")
	require.Equal(t, want, loaded, "what was loaded")
	return m
}

// touch invalidates one path exactly.
func touch(r *hung, prefix, id string) {
	inv := r.update.Begin(acme())
	inv.Entry(inv.Path(prefix).String(id))
	inv.End(nil)
}

// labels is a store of contacts, each with a label of its own, and with one that all have.
func labels(ids ...string) *store {
	s := newStore()
	for _, id := range ids {
		s.set(contact{ID: id, Name: "old", Tags: []string{"of" + id, "all"}})
	}
	return s
}

// An item of a batch is stale when a path is invalidated that it hangs on, by an argument or by its
// result, and the others are not. So it is for the single read that shares the entries, and in
// other processes, whether they follow the log or not.
func TestBatchItemsHangOnTags(t *testing.T) {
	for kind, change := range map[string]func(*runtime.ReadOptions){"strong": func(*runtime.ReadOptions) {}, "copies": copied} {
		t.Run(kind, func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				here, there := hungPair(t, b, labels("1", "2", "3"), change)
				loadedFor(t, here, "1 2 3", "1", "2", "3")
				loadedFor(t, there, "", "3", "2", "1")
				for _, c := range []struct{ prefix, id, stale string }{
					{"label", "of2", "2"}, {"profile", "3", "3"}, {"label", "none", ""}, {"label", "all", "1 2 3"}, {"profile", "9", ""},
				} {
					touch(there, c.prefix, c.id)
					loadedFor(t, there, c.stale, "1", "2", "3")
					loadedFor(t, there, "", "1", "2", "3")
				}
				touch(here, "label", "of1")
				loadedFor(t, here, "1", "1", "2", "3")
				list, err := here.HungList(acme(), "2", "9", "1")
				require.NoError(t, err)
				require.Nil(t, list[1])
				require.Equal(t, "2 1", list[0].ID+" "+list[2].ID)

				here.called()
				_, err = here.Hung(acme(), "2")
				require.NoError(t, err)
				require.Empty(t, here.called(), "the single read has the entry of the batch")
				touch(here, "label", "of2")
				_, err = here.Hung(acme(), "2")
				require.NoError(t, err)
				require.Equal(t, []string{"2"}, here.called())
				loadedFor(t, here, "", "1", "2")
				touch(here, "label", "of2")
				loadedFor(t, here, "2", "1", "2")
			})
		})
	}
}

// What is not there hangs on what its id says: there is no result that could say more.
func TestBatchItemThatIsNotThereHangsOnItsArguments(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := labels("1")
		here, there := hungPair(t, b, s)
		require.Len(t, loadedFor(t, here, "1 2", "1", "2"), 1)
		s.set(contact{ID: "2"})
		touch(there, "label", "all")
		require.Len(t, loadedFor(t, here, "1", "1", "2"), 1)
		touch(there, "profile", "2")
		require.Len(t, loadedFor(t, here, "2", "1", "2"), 2)
	})
}

// A tag is invalidated while a batch loads. What hangs on it is served to no one, and the rest is.
// (A copy in another process may be for as long as the message takes.)
func TestBatchWithTagsFromBeforeAnInvalidation(t *testing.T) {
	for _, tag := range [][2]string{{"label", "of1"}, {"profile", "1"}} {
		t.Run(tag[0], func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				here, there := hungPair(t, b, labels("1", "2"))
				read, goOn := make(chan struct{}), make(chan struct{})
				var once sync.Once
				here.setHook(func(context.Context, []string) error {
					once.Do(func() { close(read); <-goOn })
					return nil
				})
				done := make(chan struct{})
				go func() { _, _ = here.HungMany(acme(), "1", "2"); close(done) }()
				<-read
				touch(there, tag[0], tag[1])
				close(goOn)
				<-done
				loadedFor(t, here, "1", "1", "2")
				loadedFor(t, there, "", "1", "2")
			})
		})
	}
}

// Behind a fence on a tag nothing answers for the items that hang on it, and nothing is stored of
// them, also if only their load says that they do.
func TestBatchWithAFenceOnATag(t *testing.T) {
	for _, kind := range []string{"cached before", "loaded behind"} {
		t.Run(kind, func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				here, there := hungPair(t, b, labels("1", "2"), copied)
				if kind == "cached before" {
					loadedFor(t, here, "1 2", "1", "2")
				}
				inv := there.update.Begin(acme())
				inv.Entry(inv.Path("label").String("of1"))
				inv.Open()
				if kind == "loaded behind" {
					loadedFor(t, there, "1 2", "1", "2")
				}
				for range 3 {
					loadedFor(t, there, "1", "1", "2")
				}
				inv.End(nil)
				loadedFor(t, there, "1", "1", "2")
				loadedFor(t, there, "", "1", "2")
			})
		})
	}
}

// Nobody but the loads of a batch finds out that the fence on a tag of an item has lapsed.
func TestBatchWithAFenceOnATagThatHasLapsed(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		if b.name == "miniredis" {
			t.Skip("its clock stands still")
		}
		c := b.newCache(t)
		r := decorateHung(labels("1"), c)
		inv := runtime.NewWrite(c, runtime.WriteOptions{Method: "Contacts.Update", Settle: 50 * time.Millisecond}).Begin(acme())
		inv.Entry(inv.Path("label").String("of1"))
		inv.End(nil)
		require.Eventually(t, func() bool {
			r.called()
			_, err := r.HungMany(acme(), "1")
			return err == nil && len(r.called()) == 0
		}, 5*time.Second, 10*time.Millisecond)
	})
}

// The server forgets an invalidation between the two round trips of a batch.
func TestBatchWithTagsOfAnOlderState(t *testing.T) {
	_, b := startRedis(t)
	hook, hooked := new(after), client(t, addrOf(b))
	hooked.AddHook(hook)
	s := labels("1", "2")
	here, there := decorateHung(s, backend{"redis", hooked}.newCache(t)), decorateHung(s, b.newCache(t))
	touch(there, "label", "of1")
	loadedFor(t, here, "1 2", "1", "2")
	loadedFor(t, here, "", "1", "2")
	restore := dump(t, b.admin())
	touch(there, "label", "of1")
	hook.set(func([]redis.Cmder) {
		hook.set(nil)
		restore()
	})
	r, err := here.HungMany(acme(), "1", "2")
	require.NoError(t, err)
	require.Len(t, r, 2)
	require.Contains(t, strings.Join(here.called(), " "), "1")
}

// The tags of all items are asked for together: a batch of hits is two round trips, or one where
// the process has applied the log.
func TestBatchRoundTripsOfTags(t *testing.T) {
	b := backend{"redis", redistest.Start(t).Client()}
	var ids []string
	for n := range 100 {
		ids = append(ids, fmt.Sprint(n))
	}
	s := labels(ids...)
	for follows, want := range map[bool]int{true: 1, false: 2} {
		t.Run(fmt.Sprintf("follows %v", follows), func(t *testing.T) {
			own := client(t, b.addrs())
			c := backend{"redis", own}.newCache(t)
			reader := decorateHung(s, c, func(o *runtime.ReadOptions) { o.Strong = !follows })
			_, err := reader.HungMany(acme(), ids...)
			require.NoError(t, err)
			if follows {
				require.Eventually(t, func() bool { return c.Stats().Follower.Leased > 0 }, 2*time.Second, time.Millisecond)
				touch(reader, "label", "all") // the copies are gone, and the log applied
				_, err := decorateHung(s, b.newCache(t)).HungMany(acme(), ids...)
				require.NoError(t, err)
			}
			trips, count := new(after), 0
			trips.set(func([]redis.Cmder) { count++ })
			own.AddHook(trips)
			loadedFor(t, reader, "", ids...)
			require.Equal(t, want, count)
		})
	}
}

// An item whose tags have no text is not stored, and a call for an item that has none by its
// arguments goes past the cache.
func TestBatchItemWithATagWithoutText(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		c := b.newCache(t)
		batch := runtime.NewBatch(c, runtime.ReadOptions{Result: resultOf[int](), Method: "M", Prefix: "p", Version: "00c0ffee", TTL: time.Minute, Tags: []string{"q"}})
		item := func(key runtime.Key, id int) runtime.Key { return key.Int(int64(id)) }
		textlessFor := func(tags *runtime.Tags, id int) {
			if id == 2 {
				tags.Add(tags.Path("q").Text(textless{}))
			}
		}
		loaded := func(args func(*runtime.Tags, int), result func(*runtime.Tags, int, int)) (ids []int) {
			var buf runtime.KeyBuffer
			m, err := runtime.BatchMapTagged(acme(), batch, batch.Key(acme(), &buf), []int{1, 2}, item, args, result,
				func(_ context.Context, asked []int) (map[int]int, error) {
					ids = asked
					m := make(map[int]int)
					for _, id := range asked {
						m[id] = id
					}
					return m, nil
				})
			require.NoError(t, err)
			require.Equal(t, map[int]int{1: 1, 2: 2}, m)
			return ids
		}
		for range 2 {
			require.Equal(t, []int{1, 2}, loaded(textlessFor, nil))
		}
		byResult := func(tags *runtime.Tags, _, v int) { textlessFor(tags, v) }
		require.Equal(t, []int{1, 2}, loaded(nil, byResult))
		require.Equal(t, []int{2}, loaded(nil, byResult))
	})
}
