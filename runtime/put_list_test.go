package runtime_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// putList is a write that puts contacts.
func (r *contacts) putList(early bool, list ...contact) {
	w := &writing{r: r, ctx: acme(), c: list[0], more: list[1:]}
	w.begin(early)
	w.commit()
	w.end()
}

func contactsOf(name string, n int) (list []contact) {
	for i := range n {
		list = append(list, contact{ID: fmt.Sprint(i), Name: name})
	}
	return list
}

// All that a write puts answers the next reads of every process, those that have copies of what was
// there before too.
func TestPutListStoresWhatWasWritten(t *testing.T) {
	both(t, func(t *testing.T, early bool) {
		everywhere(t, func(t *testing.T, b backend) {
			const rows = 700 // more than one script stamps
			s := newStore(contactsOf("old", rows)...)
			c := b.newCache(t)
			here := decorate(s, c, local)
			there := here
			if b.client != nil {
				others := b.newCache(t)
				there = decorate(s, others, local)
				warm(t, there, others, "42")
			}
			get(t, here, "42")
			here.PutContact(acme(), contact{ID: "42", Name: "new"}, early) // registers
			before, loads := c.Stats().Puts, s.loads.Load()
			for n := range 2 {
				name, began := fmt.Sprint("new", n), time.Now()
				here.putList(early, contactsOf(name, rows)...)
				if time.Since(began) > time.Second {
					t.Skip("a process that stands still for longer can lose its claims")
				}
				for i := range rows {
					require.Equal(t, name, get(t, here, fmt.Sprint(i)).Name)
				}
				hears(t, time.Second, name, func() string { return get(t, there, "42").Name })
			}
			require.EqualValues(t, 2*rows, c.Stats().Puts-before)
			if b.client != nil { // without, another path may have the stripe of one of these
				require.Equal(t, loads, s.loads.Load(), "what was put does not answer")
			}
			require.NoError(t, there.Update(acme(), contact{ID: "42", Name: "newer"}))
			require.Equal(t, "newer", get(t, there, "42").Name)
			hears(t, time.Second, "newer", func() string { return get(t, here, "42").Name })
			require.Equal(t, "new1", get(t, here, "43").Name)
		})
	})
}

// What a put costs does not depend on how many entries it has.
func TestPutRoundTrips(t *testing.T) {
	_, b := startRedis(t)
	hook := new(trips)
	b.client.AddHook(hook)
	s := newStore()
	c := b.newCache(t)
	repo := decorate(s, c)
	for _, kind := range []struct {
		early     bool
		what      string
		trips     int
		alsoOther bool
	}{
		{true, "known before: counter, reserve, stamp, fill", 4, false},
		{false, "known after: counter, reserve, stamp, fill", 4, false},
		{true, "and what else is invalidated", 5, true},
	} {
		for _, n := range []int{1, 1, 2, 450} { // the first sends the scripts
			before := c.Stats().Puts
			began := time.Now()
			hook.n = 0
			list := contactsOf("new", n)
			w := &writing{r: repo, ctx: acme(), c: list[0], more: list[1:]}
			w.begin(kind.early)
			w.commit()
			if kind.alsoOther {
				w.inv.Scope(w.inv.Path("contacts"))
				for i := range 100 {
					w.inv.Entry(w.inv.Path("card").String(fmt.Sprint(i)))
				}
			}
			w.end()
			if time.Since(began) > time.Second {
				continue // a process that stands still for longer can lose its claims
			}
			require.EqualValues(t, n, c.Stats().Puts-before)
			if before > 1 {
				require.Equal(t, kind.trips, hook.n, "%s: %d entries", kind.what, n)
			}
		}
	}
}

// Two reads of one tenant are put together.
func TestPutsOfOneWriteShareTheirRoundTrips(t *testing.T) {
	_, b := startRedis(t)
	hook := new(trips)
	b.client.AddHook(hook)
	c := b.newCache(t)
	repo := decorate(newStore(), c)
	cards := decorate(newStore(), c, func(o *runtime.ReadOptions) { o.Method, o.Prefix = "Contacts.Card", "card" })
	for n := range 3 {
		hook.n = 0
		inv := repo.update.Begin(acme())
		first, second := repo.get.Put(inv), cards.get.Put(inv)
		first.Claim(inv.Path("contact").String("42"))
		second.Claim(inv.Path("card").String("42"))
		inv.Reserve()
		first.Store(inv.Path("contact").String("42"), &contact{ID: "42"})
		second.Store(inv.Path("card").String("42"), &contact{ID: "42"})
		inv.Entry(inv.Path("contact").String("42"))
		inv.Entry(inv.Path("card").String("42"))
		inv.End(nil)
		require.EqualValues(t, 2*(n+1), c.Stats().Puts)
	}
	require.Equal(t, 4, hook.n)
}

// Nobody knows which of two values of one row the database has kept. The other rows are stored.
func TestPutListWithARowTwice(t *testing.T) {
	both(t, func(t *testing.T, early bool) {
		everywhere(t, func(t *testing.T, b backend) {
			s := newStore()
			c := b.newCache(t)
			repo := decorate(s, c)
			repo.putList(early, contact{ID: "1", Name: "a"}, contact{ID: "2", Name: "a"}, contact{ID: "1", Name: "b"})
			require.EqualValues(t, 1, c.Stats().Puts)
			s.set(contact{ID: "1", Name: "c"}) // as a database does that keeps neither
			require.Equal(t, "c", get(t, repo, "1").Name)
			require.Equal(t, "a", get(t, repo, "2").Name)
			require.EqualValues(t, 1, s.loads.Load())
		})
	})
}

// One entry is invalidated, or fenced, by somebody else during the write: that one is not stored,
// the others are.
func TestPutListThatWasOvertakenInPart(t *testing.T) {
	for kind, overtake := range map[string]func(inv *runtime.Invalidation){
		"entry": func(inv *runtime.Invalidation) { inv.Entry(inv.Path("contact").String("2")); inv.End(nil) },
		"scope": func(inv *runtime.Invalidation) { inv.Scope(inv.Path("contact").String("2")); inv.End(nil) },
		"fence": func(inv *runtime.Invalidation) { inv.Entry(inv.Path("contact").String("2")); inv.Open() },
	} {
		t.Run(kind, func(t *testing.T) {
			both(t, func(t *testing.T, early bool) {
				everywhere(t, func(t *testing.T, b backend) {
					s := newStore()
					c := b.newCache(t)
					repo := decorate(s, c)
					other := repo
					if b.client != nil {
						other = decorate(s, b.newCache(t))
					}
					repo.putList(early, contact{ID: "1"}, contact{ID: "2"}) // registers
					before := c.Stats().Puts
					list := contactsOf("new", 4)
					w := &writing{r: repo, ctx: acme(), c: list[0], more: list[1:]}
					w.begin(early)
					w.commit()
					s.set(contact{ID: "2", Name: "newer"})
					inv := other.update.Begin(acme())
					overtake(inv)
					w.end()
					require.EqualValues(t, 3, c.Stats().Puts-before)
					loads := s.loads.Load()
					require.Equal(t, "newer", get(t, repo, "2").Name)
					require.Equal(t, "new", get(t, repo, "3").Name)
					require.Equal(t, loads+1, s.loads.Load())
					inv.End(nil)
				})
			})
		})
	}
}

// What hangs on another entry of the same list goes stale with it, so it is not stored: they have
// one stamp.
func TestPutListThatHangsOnItself(t *testing.T) {
	both(t, func(t *testing.T, early bool) {
		everywhere(t, func(t *testing.T, b backend) {
			r := decorateHung(newStore(), b.newCache(t), func(o *runtime.ReadOptions) { o.Tags = []string{"hung"} })
			for _, hangs := range []string{"2", "1", "*"} {
				inv := r.update.Begin(acme())
				put := r.one.Put(inv)
				list := []*contact{{ID: "1", Name: "new"}, {ID: "2", Name: "new"}, {ID: "3", Name: "new"}}
				path := func(c *contact) runtime.Key { return inv.Path("hung").String(c.ID) }
				for _, c := range list {
					if early {
						put.Claim(path(c))
					}
				}
				inv.Reserve()
				for _, c := range list {
					r.store.set(*c)
				}
				for _, c := range list {
					put.StoreTagged(path(c), c, nil, func(tags *runtime.Tags) {
						if hangs == "*" && c.ID == "1" {
							for i := range 70 { // so many that they are all of the prefix
								tags.Add(tags.Path("hung").String(fmt.Sprint("of", i)))
							}
						} else if c.ID == "1" {
							tags.Add(tags.Path("hung").String(hangs))
						}
					})
					inv.Entry(path(c))
				}
				inv.End(nil)
				want := "1"
				if hangs == "1" { // on itself
					want = ""
				}
				loadedFor(t, r, want, "1", "2", "3")
			}
		})
	})
}

// Of values that are too much to wait for, some are stored, and the others are invalidated.
func TestPutListThatIsLarge(t *testing.T) {
	_, b := startRedis(t)
	s := newStore()
	c := b.newCache(t, func(o *runtime.Options) { o.RedisTimeout = 500 * time.Millisecond })
	repo := decorate(s, c)
	var list []contact
	for i := range 16 {
		list = append(list, contact{ID: fmt.Sprint(i), Name: strings.Repeat("x", 1<<20)})
	}
	repo.putList(true, list...)
	require.Positive(t, c.Stats().Puts)
	require.Less(t, c.Stats().Puts, uint64(16))
	for _, row := range list {
		require.Equal(t, len(row.Name), len(get(t, repo, row.ID).Name))
	}
}
