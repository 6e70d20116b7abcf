package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// writing is a call of a method with put=contact:{c.ID}, step by step: what the generator emits,
// cut in pieces.
type writing struct {
	r   *contacts
	ctx context.Context
	c   contact
	inv *runtime.Invalidation
	put *runtime.Put

	more []contact // of a list, the others
}

func (w *writing) key() runtime.Key { return w.keyOf(w.c.ID) }

func (w *writing) keyOf(id string) runtime.Key { return w.inv.Path("contact").String(id) }

// begin is what comes before the write. Early, the key is known by then.
func (w *writing) begin(early bool) {
	w.inv = w.r.update.Begin(w.ctx)
	w.put = w.r.get.Put(w.inv)
	if early {
		w.put.Claim(w.key())
		for _, c := range w.more {
			w.put.Claim(w.keyOf(c.ID))
		}
	}
	w.inv.Reserve()
}

func (w *writing) commit() {
	w.r.set(w.c)
	for _, c := range w.more {
		w.r.set(c)
	}
}

func (w *writing) end() {
	w.put.Store(w.key(), &w.c)
	w.inv.Entry(w.key())
	for _, c := range w.more {
		w.put.Store(w.keyOf(c.ID), &c)
		w.inv.Entry(w.keyOf(c.ID))
	}
	w.inv.End(nil)
}

// PutContact is the whole of it.
func (r *contacts) PutContact(ctx context.Context, c contact, early bool) {
	w := &writing{r: r, ctx: ctx, c: c}
	w.begin(early)
	w.commit()
	w.end()
}

// both runs a test for a key that is known before the write, and for one that is not.
func both(t *testing.T, test func(t *testing.T, early bool)) {
	for name, early := range map[string]bool{"known before": true, "known after": false} {
		t.Run(name, func(t *testing.T) { test(t, early) })
	}
}

// A batch can be put to, an item at a time: what was put answers it and the single read.
func TestPutToABatch(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		r := decorateMany(newStore(), b.newCache(t))
		for n, begin := range []func(*runtime.Invalidation) *runtime.Put{
			r.getMany.Put,
			func(inv *runtime.Invalidation) *runtime.Put {
				return r.getMany.PutIn(inv, runtime.TenantOf("acme"))
			},
		} {
			want := contact{ID: "42", Name: fmt.Sprint(n)}
			inv := r.update.Begin(acme())
			put, key := begin(inv), inv.Path("contact").String("42")
			put.Claim(key)
			inv.Reserve()
			put.Store(key, &want)
			inv.Entry(key)
			inv.End(nil)
			got, err := r.GetMany(acme(), "42")
			require.NoError(t, err)
			require.Equal(t, map[string]*contact{"42": &want}, got)
			require.Equal(t, want, *get(t, r.contacts, "42"))
		}
		require.Zero(t, r.store.loads.Load())
		require.Empty(t, r.calls)
	})
}

// A put answers the next read of every process, those that have a copy of what was there before
// too.
func TestPutStoresWhatWasWritten(t *testing.T) {
	both(t, func(t *testing.T, early bool) {
		everywhere(t, func(t *testing.T, b backend) {
			s := newStore(contact{ID: "42", Name: "old"})
			c := b.newCache(t)
			here := decorate(s, c, local)
			there := here
			if b.client != nil {
				others := b.newCache(t)
				there = decorate(s, others, local)
				warm(t, there, others, "42")
			}
			get(t, here, "42")
			loads := s.loads.Load()
			for n := range 3 {
				name := fmt.Sprint("new", n)
				here.PutContact(acme(), contact{ID: "42", Name: name}, early)
				require.Equal(t, name, get(t, here, "42").Name)
				hears(t, time.Second, name, func() string { return get(t, there, "42").Name })
			}
			require.Equal(t, loads, s.loads.Load(), "what was put does not answer")
			require.EqualValues(t, 3, c.Stats().Puts)
			got := get(t, here, "42")
			got.Name = "edited"
			require.Equal(t, "new2", get(t, here, "42").Name)
			// What others do makes it stale like any entry.
			require.NoError(t, there.UpdateAll(acme(), contact{ID: "42", Name: "newer"}))
			require.Equal(t, "newer", get(t, there, "42").Name)
			hears(t, time.Second, "newer", func() string { return get(t, here, "42").Name })
		})
	})
}

// interleavings yields every order of steps of actors that have that many of them: 0, 0, 1, 0, 1,
// 1.
func interleavings(steps ...int) (all [][]int) {
	total := 0
	for _, n := range steps {
		total += n
	}
	var order []int
	var extend func()
	extend = func() {
		if len(order) == total {
			all = append(all, append([]int(nil), order...))
			return
		}
		for actor, left := range steps {
			if left > 0 {
				steps[actor]--
				order = append(order, actor)
				extend()
				order = order[:len(order)-1]
				steps[actor]++
			}
		}
	}
	extend()
	return all
}

// Two writes of one row and a load of it, in every order of their steps: a write begins, commits,
// ends; a load reads and ends. When both writes have ended, every process answers with what the
// database holds. So it does when one has, and the other has not begun.
func TestPutsThatOverlap(t *testing.T) {
	for _, kind := range []string{"early, early", "early, late", "late, late", "early, invalidation", "late, invalidation", "early, scope", "late, scope", "list, early", "late list, late", "list, list", "list, scope"} {
		t.Run(kind, func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				if testing.Short() && b.name == "cluster" {
					t.Skip("slow")
				}
				s := newStore()
				caches := []*runtime.Cache{b.newCache(t)}
				one := decorate(s, caches[0])
				two := one
				if b.client != nil {
					caches = append(caches, b.newCache(t))
					two = decorate(s, caches[1])
				}
				stored := func() (n uint64) {
					for _, c := range caches {
						n += c.Stats().Puts
					}
					return n
				}
				first, second, _ := strings.Cut(kind, ", ")
				for n, order := range interleavings(3, 3, 2) {
					if b.name == "cluster" && n%7 != 0 || b.name == "miniredis" && n%5 != 0 { // they are slow
						continue
					}
					id, other := fmt.Sprint(n), fmt.Sprint("other", n)
					s.set(contact{ID: id, Name: "old"})
					s.set(contact{ID: other, Name: "old"})
					if n%2 == 0 {
						get(t, two, id)
					}
					writes := []*writing{
						{r: one, ctx: acme(), c: contact{ID: id, Name: "one"}},
						{r: two, ctx: acme(), c: contact{ID: id, Name: "two"}},
					}
					if strings.HasSuffix(first, "list") { // what it writes besides the row, nobody else does
						writes[0].more = []contact{{ID: other, Name: "one"}}
					}
					if second == "list" {
						writes[1].more = []contact{{ID: fmt.Sprint("third", n), Name: "two"}}
						s.set(contact{ID: fmt.Sprint("third", n), Name: "old"})
					}
					read, goOn, loaded := make(chan struct{}, 8), make(chan struct{}), make(chan struct{})
					done := []int{0, 0, 0}
					before, overlap, began := stored(), false, time.Now()
					check := func() {
						for _, r := range []*contacts{one, two} {
							for _, id := range []string{id, other} {
								require.Equal(t, s.row(id).Name, get(t, r, id).Name, "order %v", order)
							}
						}
					}
					for _, actor := range order {
						step := done[actor]
						done[actor]++
						if actor == 2 {
							if step == 1 {
								close(goOn)
								<-loaded
								continue
							}
							s.setHook(func(context.Context, string) { read <- struct{}{}; <-goOn })
							go func() { _, _ = two.Get(acme(), id); close(loaded) }()
							select {
							case <-read:
							case <-loaded:
							}
							s.setHook(nil)
							continue
						}
						w := writes[actor]
						overlap = overlap || done[0]%3 > 0 && done[1]%3 > 0
						switch plain := actor == 1 && (second == "invalidation" || second == "scope"); step {
						case 0:
							if plain {
								w.inv = w.r.update.Begin(w.ctx)
							} else {
								w.begin(!strings.HasPrefix([]string{first, second}[actor], "late"))
							}
						case 1:
							w.commit()
						case 2:
							switch {
							case !plain:
								w.end()
							case second == "scope":
								w.inv.Scope(w.inv.Path("contact"))
								w.inv.End(nil)
							default:
								w.inv.Entry(w.key())
								w.inv.End(nil)
							}
							running := done[1-actor] > 0 && done[1-actor] < 3
							if !running && done[2] != 1 {
								check()
							}
						}
					}
					check()
					if second == "list" && time.Since(began) < time.Second {
						want := uint64(4)
						if overlap {
							want = 2 // those of other rows are stored
						}
						require.Equal(t, want, stored()-before, "order %v", order)
					}
					if kind == "early, early" && time.Since(began) < time.Second { // a process that stands still for longer can lose its claim
						require.Equal(t, overlap, stored() == before, "order %v: %d of two were stored", order, stored()-before)
					}
				}
			})
		})
	}
}

func (s *store) row(id string) contact {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows[id]
}

// A list that is tagged with the entry is stale after a put, in Redis and in copies; the entry
// itself is not.
func TestPutMakesTaggedListsStale(t *testing.T) {
	both(t, func(t *testing.T, early bool) {
		everywhere(t, func(t *testing.T, b backend) {
			s := newStore(contact{ID: "1", Name: "a"}, contact{ID: "2", Name: "a"})
			here, there := pair(t, b, s, localLists)
			named(t, here, "a")
			stored(t, there, "a", true)
			there.PutContact(acme(), contact{ID: "1", Name: "ab"}, early)
			before := s.loads.Load()
			require.Equal(t, "ab", get(t, there.contacts, "1").Name)
			require.Equal(t, before, s.loads.Load(), "the tag made the entry stale that was put")
			require.Equal(t, "1ab 2a", named(t, there, "a"))
			hears(t, time.Second, "1ab 2a", func() string { return named(t, here, "a") })
		})
	})
}

// What the database was asked for in vain, or may or may not have done, is invalidated and not
// stored.
func TestPutOfAWriteThatFailed(t *testing.T) {
	both(t, func(t *testing.T, early bool) {
		everywhere(t, func(t *testing.T, b backend) {
			s := newStore(contact{ID: "42", Name: "old"})
			c := b.newCache(t)
			repo := decorate(s, c)
			get(t, repo, "42")
			w := &writing{r: repo, ctx: acme(), c: contact{ID: "42", Name: "new"}}
			w.begin(early)
			w.commit()
			err := errors.New("the answer of the commit was lost")
			w.inv.Entry(w.key())
			w.inv.End(&err)
			require.Equal(t, "new", get(t, repo, "42").Name)
			require.Zero(t, c.Stats().Puts)
		})
	})
}

// With onsuccess, a write that failed invalidates nothing. Its reservation goes with it.
func TestPutThatCameToNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "old"})
		repo := decorate(s, b.newCache(t))
		w := &writing{r: repo, ctx: acme(), c: contact{ID: "42", Name: "new"}}
		w.begin(true)
		w.inv.End(nil)
		get(t, repo, "42")
		loads := s.loads.Load()
		get(t, repo, "42")
		require.Equal(t, loads, s.loads.Load())
	})
}

// What covers the entry is invalidated, or fenced, by somebody else during the write: nobody knows
// whose row is there.
func TestPutThatWasOvertaken(t *testing.T) {
	for kind, overtake := range map[string]func(inv *runtime.Invalidation){
		"entry":        func(inv *runtime.Invalidation) { inv.Entry(inv.Path("contact").String("42")); inv.End(nil) },
		"prefix":       func(inv *runtime.Invalidation) { inv.Scope(inv.Path("contact")); inv.End(nil) },
		"tenant":       func(inv *runtime.Invalidation) { inv.Scope(inv.Path("")); inv.End(nil) },
		"every tenant": func(inv *runtime.Invalidation) { inv.Scope(inv.PathIn(runtime.AllTenants, "contact")); inv.End(nil) },
		"fence":        func(inv *runtime.Invalidation) { inv.Scope(inv.Path("contact")); inv.Open() },
		"entry fence":  func(inv *runtime.Invalidation) { inv.Entry(inv.Path("contact").String("42")); inv.Open() },
	} {
		t.Run(kind, func(t *testing.T) {
			both(t, func(t *testing.T, early bool) {
				everywhere(t, func(t *testing.T, b backend) {
					s := newStore(contact{ID: "42", Name: "old"})
					c := b.newCache(t)
					repo := decorate(s, c)
					other := repo
					if b.client != nil {
						other = decorate(s, b.newCache(t))
					}
					w := &writing{r: repo, ctx: acme(), c: contact{ID: "42", Name: "new"}}
					w.begin(early)
					w.commit()
					s.set(contact{ID: "42", Name: "newer"})
					inv := other.update.Begin(acme())
					overtake(inv)
					w.end()
					require.Zero(t, c.Stats().Puts)
					require.Equal(t, "newer", get(t, repo, "42").Name)
					inv.End(nil)
				})
			})
		})
	}
}

// A put whose key is known after the write trusts the log only where it has all of it.
func TestLatePutNeedsTheLog(t *testing.T) {
	_, b := startRedis(t)
	s := newStore(contact{ID: "42", Name: "old"})
	c := b.newCache(t)
	repo := decorate(s, c)
	require.NoError(t, repo.Update(acme(), contact{ID: "7"}))
	w := &writing{r: repo, ctx: acme(), c: contact{ID: "42", Name: "new"}}
	w.begin(false)
	w.commit()
	require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: "newer"}))
	require.NoError(t, delMatching(context.Background(), b.admin(), "*:log"))
	require.NoError(t, repo.Update(acme(), contact{ID: "7"}))
	w.end()
	require.Zero(t, c.Stats().Puts)
	require.Equal(t, "newer", get(t, repo, "42").Name)
}

// A late put ends while an invalidation does, whose script Redis has to be sent first: either the
// entry is deleted afterwards, or the put sees that it was overtaken.
func TestLatePutDuringAnInvalidation(t *testing.T) {
	_, b := startRedis(t)
	hook, hooked := new(after), client(t, addrOf(b))
	hooked.AddHook(hook)
	s := newStore(contact{ID: "42", Name: "old"})
	here, there := decorate(s, b.newCache(t)), decorate(s, backend{"redis", hooked}.newCache(t))
	require.NoError(t, there.Update(acme(), contact{ID: "42", Name: "old"}))
	w := &writing{r: here, ctx: acme(), c: contact{ID: "42", Name: "new"}}
	w.begin(false)
	w.commit()
	require.NoError(t, b.admin().ScriptFlush(context.Background()).Err())
	interrupted := false
	hook.set(func([]redis.Cmder) {
		hook.set(nil)
		w.end()
		interrupted = true
	})
	require.NoError(t, there.Update(acme(), contact{ID: "42", Name: "newer"}))
	require.True(t, interrupted)
	require.Equal(t, "newer", get(t, here, "42").Name)
}

// State that is lost during the write says nothing of what happened before.
func TestPutThatLostItsState(t *testing.T) {
	for _, lost := range []string{"*:tenant:*", "*:state", "*"} {
		t.Run(lost, func(t *testing.T) {
			both(t, func(t *testing.T, early bool) {
				_, b := startRedis(t)
				s := newStore(contact{ID: "42", Name: "old"})
				c := b.newCache(t)
				repo := decorate(s, c)
				w := &writing{r: repo, ctx: acme(), c: contact{ID: "42", Name: "new"}}
				w.begin(early)
				w.commit()
				require.NoError(t, repo.UpdateAll(acme(), contact{ID: "42", Name: "newer"}))
				require.NoError(t, delMatching(context.Background(), b.admin(), lost))
				w.end()
				require.Zero(t, c.Stats().Puts)
				require.Equal(t, "newer", get(t, repo, "42").Name)
			})
		})
	}
}

// During the write, reads go past the cache and do not wait for it: the write may ask for the row
// itself.
func TestReadsDuringAPut(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "old"})
		c := b.newCache(t)
		repo := decorate(s, c)
		get(t, repo, "42")
		w := &writing{r: repo, ctx: acme(), c: contact{ID: "42", Name: "new"}}
		w.begin(true)
		started := time.Now()
		require.Equal(t, "old", get(t, repo, "42").Name)
		w.commit()
		get(t, repo, "42")
		require.Less(t, time.Since(started), time.Second, "a read waited for a write")
		w.end()
		require.EqualValues(t, 1, c.Stats().Puts)
		require.Equal(t, "new", get(t, repo, "42").Name)
	})
}

// A batch goes past the item that is being put, stores its other items, and has what was put.
func TestBatchDuringAPut(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := rows("1", "2", "42")
		c := b.newCache(t)
		r := decorateMany(s, c)
		names(t, r, "1", "42")
		w := &writing{r: r.contacts, ctx: acme(), c: contact{ID: "42", Name: "new"}}
		w.begin(true)
		r.called()
		started := time.Now()
		require.Equal(t, "2=old 42=old", names(t, r, "2", "42"))
		w.commit()
		names(t, r, "2", "42")
		require.Less(t, time.Since(started), time.Second, "a batch waited for a write")
		if b.client == nil {
			require.Equal(t, []string{"2"}, r.called(), "the copy answers until the write has ended")
		} else {
			require.Equal(t, []string{"2 42", "42"}, r.called(), "the item is loaded without being stored, the other one is stored")
		}
		w.end()
		require.EqualValues(t, 1, c.Stats().Puts)
		require.Equal(t, "1=old 2=old 42=new", names(t, r, "1", "2", "42"))
		require.Empty(t, r.called())
	})
}

// Inside a transaction a put is an invalidation, at the commit.
func TestPutInATransaction(t *testing.T) {
	both(t, func(t *testing.T, early bool) {
		everywhere(t, func(t *testing.T, b backend) {
			s := newStore(contact{ID: "42", Name: "old"})
			c := b.newCache(t)
			repo := decorate(s, c)
			get(t, repo, "42")
			ctx, tx := c.Begin(acme())
			repo.PutContact(ctx, contact{ID: "42", Name: "new"}, early)
			require.Equal(t, "old", get(t, repo, "42").Name, "what is not committed yet was put, or invalidated")
			require.NoError(t, tx.Commit(acme()))
			require.Zero(t, c.Stats().Puts)
			require.Equal(t, "new", get(t, repo, "42").Name)
		})
	})
}

// Without a tenant a put invalidates for every tenant, like any write.
func TestPutWithoutATenant(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "old"})
		repo := decorate(s, b.newCache(t))
		get(t, repo, "42")
		repo.PutContact(context.Background(), contact{ID: "42", Name: "new"}, true)
		require.Equal(t, "new", get(t, repo, "42").Name)
	})
}

// Processes with another version of the type have entries of their own, which a put makes stale.
func TestPutCoversAllLiveVersions(t *testing.T) {
	both(t, func(t *testing.T, early bool) {
		shared(t, func(t *testing.T, b backend) {
			s := newStore(contact{ID: "42", Name: "old"})
			c := b.newCache(t)
			repo := decorate(s, c)
			repo.PutContact(acme(), contact{ID: "1"}, early) // the table and the record are there
			former := decorate(s, b.newCache(t), func(o *runtime.ReadOptions) { o.Version = "0ldc0de0" })
			for n := range 2 { // the first time the version is news
				get(t, former, "42")
				name := fmt.Sprint("new", n)
				repo.PutContact(acme(), contact{ID: "42", Name: name}, early)
				require.Equal(t, name, get(t, former, "42").Name)
				require.Equal(t, name, get(t, repo, "42").Name)
			}
			require.EqualValues(t, 2, c.Stats().Puts)
		})
	})
}

// The call changes what its key is made of: the entry under the new key is put, and the old one is
// free again.
func TestPutUnderAnotherKey(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "old"}, contact{ID: "7", Name: "seven"})
		c := b.newCache(t)
		repo := decorate(s, c)
		w := &writing{r: repo, ctx: acme(), c: contact{ID: "7"}}
		w.begin(true)
		w.c = contact{ID: "42", Name: "new"}
		w.commit()
		w.end()
		require.EqualValues(t, 1, c.Stats().Puts)
		get(t, repo, "7")
		loads := s.loads.Load()
		require.Equal(t, "new", get(t, repo, "42").Name)
		require.Equal(t, "seven", get(t, repo, "7").Name)
		require.Equal(t, loads, s.loads.Load())
	})
}

// A process that dies in the middle of its write keeps others from storing the row for as long as a
// claim lives, and no longer.
func TestPutOfAProcessThatDied(t *testing.T) {
	_, b := startRedis(t)
	s := newStore(contact{ID: "42", Name: "old"})
	dying := b.newCache(t)
	w := &writing{r: decorate(s, dying), ctx: acme(), c: contact{ID: "42", Name: "new"}}
	w.begin(true)
	w.commit()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = dying.Close(ctx) // which ends the renewal
	repo := decorate(s, b.newCache(t))
	require.Eventually(t, func() bool {
		require.Equal(t, "new", get(t, repo, "42").Name)
		before := s.loads.Load()
		get(t, repo, "42")
		return s.loads.Load() == before
	}, 4*time.Second, 20*time.Millisecond)
}

// hungWriting is a writing of an entry that hangs on the profile of its id and on its labels.
type hungWriting struct {
	writing
	to *runtime.Read
}

func (w *hungWriting) key() runtime.Key { return w.inv.Path("hung").String(w.c.ID) }

func (w *hungWriting) begin(early bool) {
	w.inv = w.r.update.Begin(w.ctx)
	w.put = w.to.Put(w.inv)
	if early {
		w.put.Claim(w.key())
	}
	w.inv.Reserve()
	w.commit()
}

func (w *hungWriting) end() {
	w.put.StoreTagged(w.key(), &w.c,
		func(tags *runtime.Tags) { onProfile(tags, w.c.ID) }, func(tags *runtime.Tags) { onLabels(tags, w.c.ID, &w.c) })
	w.inv.Entry(w.key())
	w.inv.End(nil)
}

func (r *hung) writing(id, label string) *hungWriting {
	return &hungWriting{writing{r: r.contacts, ctx: acme(), c: contact{ID: id, Name: "new", Tags: []string{label}}}, r.one}
}

// What was put hangs on the tags that a read would have found: it answers until one of them is
// invalidated, in every process.
func TestPutHangsOnTags(t *testing.T) {
	both(t, func(t *testing.T, early bool) {
		everywhere(t, func(t *testing.T, b backend) {
			here, there := hungPair(t, b, newStore(), copied)
			for _, tag := range [][2]string{{"profile", "1"}, {"label", "red"}, {"label", "red"}} { // from the second on, copies are kept
				w := here.writing("1", "red")
				w.begin(early)
				w.end()
				loadedFor(t, here, "", "1")
				loadedFor(t, there, "", "1")
				touch(there, "label", "blue")
				loadedFor(t, there, "", "1")
				touch(there, tag[0], tag[1])
				loadedFor(t, there, "1", "1")
				touch(there, tag[0], tag[1])
				require.Eventually(t, func() bool {
					here.called()
					_, err := here.HungMany(acme(), "1")
					return err == nil && len(here.called()) == 1
				}, 2*time.Second, time.Millisecond)
			}
		})
	})
}

// A tag is invalidated while the method runs, or a fence is open on it: what the method wrote may
// not be all there is to know.
func TestPutWhoseTagWasOvertaken(t *testing.T) {
	both(t, func(t *testing.T, early bool) {
		everywhere(t, func(t *testing.T, b backend) {
			here, there := hungPair(t, b, newStore())
			for _, tag := range [][2]string{{"label", "red"}, {"profile", "1"}} {
				w := here.writing("1", "red")
				w.begin(early)
				touch(there, tag[0], tag[1])
				w.end()
				loadedFor(t, here, "1", "1")
				loadedFor(t, there, "", "1")

				fence := there.update.Begin(acme())
				fence.Entry(fence.Path(tag[0]).String(tag[1]))
				fence.Open()
				w = here.writing("1", "red")
				w.begin(early)
				w.end()
				loadedFor(t, here, "1", "1")
				fence.End(nil)
			}
		})
	})
}

// A tag without a text leaves nothing to make the entry stale by.
func TestPutWithATagWithoutText(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		r := decorateHung(labels("1"), b.newCache(t))
		w := r.writing("1", "red")
		w.begin(true)
		w.put.StoreTagged(w.key(), &w.c, nil, func(tags *runtime.Tags) { tags.Add(tags.Path("label").Text(textless{})) })
		w.inv.Entry(w.key())
		w.inv.End(nil)
		loadedFor(t, r, "1", "1")
	})
}
