package runtime_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// listing is a repository that returns rows sorted by their id, as a query does, beside a single
// read and a batch that returns a map. It is as the generator emits it for by={result.ID}.
type listing struct {
	*many
	getRows *runtime.Read
	change  func(rows []*contact) []*contact // what the inner method returns
}

func decorateListing(s *store, c *runtime.Cache, change ...func(*runtime.ReadOptions)) *listing {
	o := runtime.ReadOptions{Result: resultOf[*contact](), Method: "Contacts.GetRows", Prefix: "contact", Version: "00c0ffee", TTL: time.Minute, Strong: true}
	for _, f := range change {
		f(&o)
	}
	return &listing{many: decorateMany(s, c, change...), getRows: runtime.NewBatch(c, o)}
}

// query is the inner method.
func (r *listing) query(ctx context.Context, ids []string) ([]*contact, error) {
	found, err := r.rows(ctx, ids)
	if err != nil {
		return nil, err
	}
	var rows []*contact
	for _, c := range found {
		rows = append(rows, c)
	}
	slices.SortFunc(rows, func(a, b *contact) int { return strings.Compare(a.ID, b.ID) })
	if r.change != nil {
		rows = r.change(rows)
	}
	return rows, nil
}

func keyOfID(key runtime.Key, id string) runtime.Key { return key.String(id) }

func keyOfRow(key runtime.Key, row *contact) runtime.Key {
	if row != nil {
		return key.String(row.ID)
	}
	return nil
}

func (r *listing) GetRows(ctx context.Context, ids ...string) ([]*contact, error) {
	var buf runtime.KeyBuffer
	return runtime.BatchRows(ctx, r.getRows, r.getRows.Key(ctx, &buf), ids, keyOfID, keyOfRow, r.query)
}

// listed is an answer as ids, with those that have another name than the first.
func listed(t testing.TB, r *listing, ids ...string) string {
	t.Helper()
	list, err := r.GetRows(acme(), ids...)
	require.NoError(t, err)
	require.NotNil(t, list)
	return described(list)
}

func described(list []*contact) string {
	var texts []string
	for _, c := range list {
		switch {
		case c == nil:
			texts = append(texts, "nil")
		case c.Name != "old":
			texts = append(texts, c.ID+"="+c.Name)
		default:
			texts = append(texts, c.ID)
		}
	}
	return strings.Join(texts, " ")
}

// A repository that sorts its rows answers for each item with the row of that item, whatever the
// order of the ids was.
func TestBatchOfSortedRowsAnswersEachItemWithItsRow(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		for _, opt := range []func(*runtime.ReadOptions){func(*runtime.ReadOptions) {}, local} {
			s := rows("1", "2", "3")
			c := b.newCache(t)
			r := decorateListing(s, c, opt)
			require.NoError(t, r.UpdateAll(acme()))
			require.Equal(t, "1 2", listed(t, r, "2", "1"), "a load has the order of the repository")
			before := s.loads.Load()
			for _, id := range []string{"1", "2"} {
				require.Equal(t, id, get(t, r.contacts, id).ID)
			}
			require.Equal(t, before, s.loads.Load(), "the single read has the entries of the batch")
			r.called()
			require.Equal(t, "2 1", listed(t, r, "2", "1"), "the cache has the order of the ids")
			require.Empty(t, r.called())
			require.Equal(t, "3 2 1", listed(t, r, "3", "2", "1"), "so has a mix")
			require.Equal(t, []string{"3"}, r.called())
			require.NoError(t, r.Update(acme(), contact{ID: "2", Name: "new"}))
			require.Equal(t, "2=new 3 1", listed(t, r, "2", "3", "1"))
			require.Equal(t, []string{"2"}, r.called())
			require.Zero(t, c.Stats().Unsplit)
		}
	})
}

func TestBatchOfRowsWithMissingOnes(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		for _, remember := range []bool{false, true} {
			s := rows("1", "3")
			c := b.newCache(t)
			r := decorateListing(s, c, local, func(o *runtime.ReadOptions) {
				if remember {
					o.NotFound = time.Minute
				}
			})
			require.NoError(t, r.UpdateAll(acme()))
			require.Equal(t, "1 3", listed(t, r, "3", "2", "1"))
			require.Equal(t, []string{"3 2 1"}, r.called())
			require.Equal(t, "3 1", listed(t, r, "3", "2", "1"))
			if !remember {
				require.Equal(t, []string{"2"}, r.called(), "what there is is remembered")
				continue
			}
			require.Empty(t, r.called())
			require.Empty(t, listed(t, r, "2"))
			require.Empty(t, r.called())
			_, err := r.Get(acme(), "2")
			require.ErrorIs(t, err, errNotFound, "a single read asks for itself")
			require.NoError(t, r.Update(acme(), contact{ID: "2", Name: "new"}))
			require.Equal(t, "3 2=new 1", listed(t, r, "3", "2", "1"))
			require.Equal(t, []string{"2"}, r.called())
			require.Zero(t, c.Stats().Unsplit, "to have no row for an item is an answer")
		}
	})
}

// What a load brings that is the one row of no item is returned and not stored: nil, what nobody
// asked for, what comes twice.
func TestBatchOfRowsHandsOnWhatItCannotStore(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := rows("1", "2", "3")
		c := b.newCache(t)
		r := decorateListing(s, c, local, func(o *runtime.ReadOptions) { o.NotFound = time.Minute })
		require.NoError(t, r.UpdateAll(acme()))
		r.change = func(rows []*contact) []*contact {
			list := []*contact{nil, {ID: "other", Name: "old"}}
			for _, c := range rows {
				if list = append(list, c); c.ID == "2" {
					list = append(list, &contact{ID: "2", Name: "again"}, &contact{ID: "2", Name: "more"})
				}
			}
			return list
		}
		require.Equal(t, "nil other 1 2 2=again 2=more 3", listed(t, r, "3", "2", "1"), "as the repository has it")
		require.Equal(t, []string{"3 2 1"}, r.called())
		require.Equal(t, "3 2 2=again 2=more 1 nil other", listed(t, r, "3", "2", "1"), "in the order of the ids, and then the rest")
		require.Equal(t, []string{"2"}, r.called())
		require.Equal(t, "nil other 2 2=again 2=more", listed(t, r, "2"))
		require.Equal(t, []string{"2"}, r.called())
		require.EqualValues(t, 3, c.Stats().Method("Contacts.GetRows").Unsplit)
		require.EqualValues(t, 5, c.Stats().Method("Contacts.GetRows").Loads)

		r.change = nil
		before := s.loads.Load()
		require.Equal(t, "old", get(t, r.contacts, "2").Name)
		require.Equal(t, before+1, s.loads.Load(), "an item with several rows has no entry")
		_, err := r.Get(acme(), "other")
		require.ErrorIs(t, err, errNotFound, "nor has what nobody asked for")
		require.Equal(t, "3 2 1", listed(t, r, "3", "2", "1"))
		require.Empty(t, r.called())
	})
}

func TestBatchOfRowsInChunks(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		r := decorateListing(rows("1", "2", "3", "4", "5", "6"), b.newCache(t), func(o *runtime.ReadOptions) { o.Chunk = 2 })
		require.Equal(t, "1 2", listed(t, r, "2", "1"), "one call has loaded everything")
		r.change = func(rows []*contact) []*contact {
			return append(rows, &contact{ID: "with" + rows[0].ID, Name: "old"})
		}
		require.Equal(t, "4 6 2 3 5 with4 with3", listed(t, r, "4", "6", "2", "3", "5"))
		require.Equal(t, []string{"2 1", "4 6", "3 5"}, r.called())
		require.Equal(t, "4 6 2 3 5", listed(t, r, "4", "6", "2", "3", "5"))
		require.Empty(t, r.called())

		require.NoError(t, r.UpdateAll(acme()))
		down := errors.New("the database is down")
		r.setHook(func(_ context.Context, ids []string) error {
			if ids[0] == "3" {
				return down
			}
			return nil
		})
		_, err := r.GetRows(acme(), "2", "1", "3")
		require.Equal(t, down, err)
		r.setHook(nil)
		r.called()
		require.Equal(t, "2 1 3 with3", listed(t, r, "2", "1", "3"))
		require.Equal(t, []string{"3"}, r.called(), "what earlier chunks brought is remembered")
	})
}

// An item that is asked for twice is answered once, by a load and by the cache alike.
func TestBatchOfRowsAnswersAnItemOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		for _, opt := range []func(*runtime.ReadOptions){func(*runtime.ReadOptions) {}, local} {
			c := b.newCache(t)
			r := decorateListing(rows("1", "2", "3"), c, opt)
			require.NoError(t, r.UpdateAll(acme()))
			require.Equal(t, "1 2", listed(t, r, "2", "1", "2"))
			require.Equal(t, []string{"2 1"}, r.called())
			require.Equal(t, "2 1", listed(t, r, "2", "1", "2", "1"))
			require.Empty(t, r.called())
			require.Equal(t, "2 3 1", listed(t, r, "2", "2", "3", "1", "3"))
			require.Equal(t, []string{"3"}, r.called())
			counts := c.Stats().Method("Contacts.GetRows")
			require.EqualValues(t, 3, counts.Loads)
			require.EqualValues(t, 4, counts.Hits())
		}
	})
}

func TestBatchOfRowsBelongsToItsCaller(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		r := decorateListing(rows("1", "2"), b.newCache(t), local, func(o *runtime.ReadOptions) {
			o.Result = copiedBy(func(c *contact) *contact {
				d := *c
				d.Tags = slices.Clone(c.Tags)
				return &d
			})
		})
		require.NoError(t, r.UpdateAll(acme()))
		for range 3 {
			list, err := r.GetRows(acme(), "1", "2")
			require.NoError(t, err)
			require.Equal(t, "1 2", described(list))
			require.Equal(t, []string{"2"}, list[1].Tags)
			list[0].Name, list[1].Tags[0] = "edited", "edited"
			list[0], list[1] = list[1], nil
		}
	})
}

// Who joins a load gets the row of its item, unless there are several, and nothing that the load
// brought beside it.
func TestBatchOfRowsIsJoined(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := rows("1", "2", "3")
		r := decorateListing(s, b.newCache(t))
		r.change = func(rows []*contact) []*contact {
			if rows[0].ID == "1" {
				rows = append(rows, &contact{ID: "2", Name: "again"}, &contact{ID: "other", Name: "old"}, nil)
			}
			return rows
		}
		read, goOn := make(chan struct{}), make(chan struct{})
		r.setHook(func(context.Context, []string) error {
			close(read)
			<-goOn
			return nil
		})
		first := make(chan string)
		go func() { first <- listed(t, r, "2", "1", "9") }()
		<-read
		r.setHook(nil)
		r.called()
		one, two, both, missing := make(chan string), make(chan string), make(chan string), make(chan error)
		go func() { one <- get(t, r.contacts, "1").Name }()
		go func() { two <- get(t, r.contacts, "2").Name }()
		go func() { both <- listed(t, r, "3", "2", "1") }()
		go func() {
			_, err := r.Get(acme(), "9")
			missing <- err
		}()
		time.Sleep(50 * time.Millisecond) // long enough for them to join the load
		close(goOn)
		require.Equal(t, "1 2 2=again other nil", <-first)
		require.Equal(t, "old", <-one)
		require.Equal(t, "old", <-two, "of several rows, none is that of the single read")
		require.Equal(t, "3 2 1", <-both)
		require.ErrorIs(t, <-missing, errNotFound)
		require.EqualValues(t, 2, s.loads.Load(), "of 2 and of 9")
		require.Equal(t, []string{"3", "2"}, r.called(), "the batch asks for what it could not share")

		// What a batch has found, or not found, another one shares.
		require.NoError(t, r.UpdateAll(acme()))
		r.change = nil
		read, goOn = make(chan struct{}), make(chan struct{})
		r.setHook(func(context.Context, []string) error {
			close(read)
			<-goOn
			return nil
		})
		go func() { first <- listed(t, r, "3", "9", "1") }()
		<-read
		r.setHook(nil)
		go func() { both <- listed(t, r, "3", "9", "1") }()
		time.Sleep(50 * time.Millisecond)
		close(goOn)
		require.Equal(t, "1 3", <-first)
		require.Equal(t, "3 1", <-both)
		require.Equal(t, []string{"3 9 1"}, r.called())
	})
}

// An error belongs to the call, and a panic to all who wait: of the load, or of the method that
// says which item a row is about.
func TestBatchOfRowsThatFails(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		c := b.newCache(t)
		r := decorateListing(rows("1", "2"), c, func(o *runtime.ReadOptions) { o.NotFound = time.Minute })
		r.setHook(func(context.Context, []string) error { return errNotFound })
		list, err := r.GetRows(acme(), "1", "3")
		require.Equal(t, errNotFound, err)
		require.Nil(t, list)
		r.setHook(nil)

		panics := make(chan any)
		catch := func(f func()) {
			defer func() { panics <- recover() }()
			f()
		}
		for _, where := range []string{"load", "identity"} {
			read, goOn := make(chan struct{}), make(chan struct{})
			once := sync.OnceFunc(func() { close(read) })
			r.setHook(func(context.Context, []string) error {
				once()
				<-goOn
				if where == "load" {
					panic("boom")
				}
				return nil
			})
			call := func(ids ...string) {
				var buf runtime.KeyBuffer
				_, _ = runtime.BatchRows(acme(), r.getRows, r.getRows.Key(acme(), &buf), ids, keyOfID, func(runtime.Key, *contact) runtime.Key { panic("boom") }, r.query)
			}
			go catch(func() { call("1", "2") })
			<-read
			go catch(func() { call("2") })
			time.Sleep(50 * time.Millisecond) // long enough for it to join the load
			close(goOn)
			for range 2 {
				require.Equal(t, "boom", <-panics, where)
			}
		}
		r.setHook(nil)
		r.called()
		require.Equal(t, "1 2", listed(t, r, "2", "1"), "and holds nobody up")
		require.Equal(t, []string{"2 1"}, r.called(), "nor is anything remembered")
	})
}

func TestBatchOfRowsPastTheCache(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		c := b.newCache(t)
		r := decorateListing(rows("1", "2"), c)
		listed(t, r, "1")
		r.called()
		list, err := r.GetRows(acme())
		require.NoError(t, err)
		require.Nil(t, list)
		require.Equal(t, []string{""}, r.called(), "what it means to ask for nothing, the inner method knows")
		inTx, tx := c.Begin(acme())
		for _, ctx := range []context.Context{context.Background(), inTx} {
			list, err := r.GetRows(ctx, "2", "1", "1")
			require.NoError(t, err)
			require.Equal(t, "1 2", described(list))
			require.Equal(t, []string{"2 1 1"}, r.called())
		}
		tx.Rollback(inTx)
		require.Empty(t, listed(t, r, "9"), "an answer from the cache is never nil, nor is one of nothing")
	})
}

// A row whose identity has no text is that of no item, and goes the way of these.
func TestBatchOfRowsWithAnIdentityWithoutText(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		r := decorateListing(rows("1", "2"), b.newCache(t))
		key := func(key runtime.Key, row *contact) runtime.Key {
			if row.ID == "2" {
				return key.Text(textless{})
			}
			return key.String(row.ID)
		}
		for range 2 {
			var buf runtime.KeyBuffer
			list, err := runtime.BatchRows(acme(), r.getRows, r.getRows.Key(acme(), &buf), []string{"2", "1"}, keyOfID, key, r.query)
			require.NoError(t, err)
			require.Len(t, list, 2)
		}
		require.Equal(t, []string{"2 1", "2"}, r.called())
	})
}

// The rows of a batch hang on the tags of their items, by arguments and by results.
func TestBatchOfRowsHangsOnTags(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		r := decorateListing(labels("1", "2", "3"), b.newCache(t))
		hung := decorateHung(r.store, b.newCache(t))
		call := func() string {
			var buf runtime.KeyBuffer
			list, err := runtime.BatchRowsTagged(acme(), hung.batch, hung.batch.Key(acme(), &buf), []string{"3", "2", "1", "9"}, keyOfID, keyOfRow, onProfile, onLabels, r.query)
			require.NoError(t, err)
			return described(list)
		}
		require.Equal(t, "1 2 3", call())
		r.called()
		for _, c := range []struct {
			prefix, id string
			loaded     []string
		}{
			{"label", "of2", []string{"2"}}, {"profile", "3", []string{"3"}}, {"label", "all", []string{"3 2 1"}}, {"profile", "9", []string{"9"}}, {"label", "none", nil},
		} {
			touch(hung, c.prefix, c.id)
			require.Equal(t, "3 2 1", call())
			require.Equal(t, c.loaded, r.called())
		}
	})
}

// Rows need not be pointers, and a zero row is a row.
func TestBatchOfRowsThatAreValues(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		batch := runtime.NewBatch(b.newCache(t), runtime.ReadOptions{Result: resultOf[int](), Method: "M", Prefix: "p", Version: "00c0ffee", TTL: time.Minute, Strong: b.client != nil})
		item := func(key runtime.Key, id int) runtime.Key { return key.Int(int64(id)) }
		loads := 0
		for n := range 2 {
			var buf runtime.KeyBuffer
			got, err := runtime.BatchRows(acme(), batch, batch.Key(acme(), &buf), []int{3, 0, 2}, item, item, func(_ context.Context, ids []int) ([]int, error) {
				loads++
				slices.Sort(ids)
				return ids, nil
			})
			require.NoError(t, err)
			require.Equal(t, [][]int{{0, 2, 3}, {3, 0, 2}}[n], got)
		}
		require.Equal(t, 1, loads)
	})
}

// Two processes whose batches hold each other's items have the rest from each other.
func TestBatchesOfRowsOfTwoProcesses(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		s := rows("1", "2", "3")
		one, two := decorateListing(s, b.newCache(t)), decorateListing(s, b.newCache(t))
		listed(t, one, "9") // the tenant's table is there
		one.called()
		answer := make(chan string)
		one.setHook(func(context.Context, []string) error {
			one.setHook(nil)
			loading := make(chan struct{})
			two.setHook(func(context.Context, []string) error { close(loading); return nil })
			go func() { answer <- listed(t, two, "3", "1", "2") }()
			<-loading
			return nil
		})
		require.Equal(t, "1 2", listed(t, one, "2", "1"))
		require.Equal(t, "3 1 2", <-answer)
		require.Equal(t, []string{"2 1"}, one.called())
		require.Equal(t, []string{"3"}, two.called())
	})
}
