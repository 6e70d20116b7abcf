package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// many is a repository with a batch beside its single read, as the generator emits it.
type many struct {
	*contacts
	getMany *runtime.Read
	getList *runtime.Read

	mu    sync.Mutex
	calls []string                                      // the ids of each call of the inner method
	hook  func(ctx context.Context, ids []string) error // called after the rows were read
	edit  func(rows map[string]*contact)                // what the inner method returns
	short bool                                          // the aligned slice lacks its last element
}

func decorateMany(s *store, c *runtime.Cache, change ...func(*runtime.ReadOptions)) *many {
	o := runtime.ReadOptions{Result: resultOf[*contact](), Method: "Contacts.GetMany", Prefix: "contact", Version: "00c0ffee", TTL: time.Minute, Strong: true}
	for _, f := range change {
		f(&o)
	}
	list := o
	list.Method = "Contacts.GetList"
	return &many{contacts: decorate(s, c, change...), getMany: runtime.NewBatch(c, o), getList: runtime.NewBatch(c, list)}
}

// rows is the inner method.
func (r *many) rows(ctx context.Context, ids []string) (map[string]*contact, error) {
	rows := make(map[string]*contact)
	r.store.mu.Lock()
	for _, id := range ids {
		if c, ok := r.store.rows[id]; ok {
			rows[id] = &c
		}
	}
	r.store.mu.Unlock()
	r.mu.Lock()
	r.calls = append(r.calls, strings.Join(ids, " "))
	hook, edit := r.hook, r.edit
	r.mu.Unlock()
	if hook != nil {
		if err := hook(ctx, ids); err != nil {
			return nil, err
		}
	}
	if edit != nil {
		edit(rows)
	}
	return rows, nil
}

func (r *many) GetMany(ctx context.Context, ids ...string) (map[string]*contact, error) {
	var buf runtime.KeyBuffer
	key := r.getMany.Key(ctx, &buf)
	return runtime.BatchMap(ctx, r.getMany, key, ids, func(key runtime.Key, id string) runtime.Key { return key.String(id) }, r.rows)
}

func (r *many) GetList(ctx context.Context, ids ...string) ([]*contact, error) {
	var buf runtime.KeyBuffer
	key := r.getList.Key(ctx, &buf)
	return runtime.BatchSlice(ctx, r.getList, key, ids, func(key runtime.Key, id string) runtime.Key { return key.String(id) },
		func(ctx context.Context, ids []string) ([]*contact, error) {
			rows, err := r.rows(ctx, ids)
			if err != nil {
				return nil, err
			}
			list := make([]*contact, len(ids))
			for i, id := range ids {
				list[i] = rows[id]
			}
			if r.short {
				list = list[:len(list)-1]
			}
			return list, nil
		})
}

func (r *many) setHook(hook func(ctx context.Context, ids []string) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hook = hook
}

// called returns the calls of the inner method since the last time.
func (r *many) called() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := r.calls
	r.calls = nil
	return calls
}

// names is an answer as id=name, in the order of ids.
func names(t testing.TB, r *many, ids ...string) string {
	t.Helper()
	m, err := r.GetMany(acme(), ids...)
	require.NoError(t, err)
	var list []string
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if c, ok := m[id]; ok {
			list = append(list, id+"="+c.Name)
		}
	}
	require.Len(t, list, len(m))
	return strings.Join(list, " ")
}

func rows(ids ...string) *store {
	s := newStore()
	for _, id := range ids {
		s.set(contact{ID: id, Name: "old", Tags: []string{id}})
	}
	return s
}

func TestBatchSharesEntriesWithSingleReads(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := rows("1", "2", "3", "4")
		c := b.newCache(t)
		r := decorateMany(s, c)
		get(t, r.contacts, "2")
		s.set(contact{ID: "2", Name: "behind the cache"})
		require.Equal(t, "1=old 2=old 3=old", names(t, r, "3", "2", "1", "3"))
		require.Equal(t, []string{"3 1"}, r.called(), "the inner method is asked for what is not there, once, in the order of the caller")
		require.Equal(t, "1=old 2=old 3=old", names(t, r, "1", "2", "3"))
		require.Empty(t, r.called())
		before := s.loads.Load()
		require.Equal(t, "old", get(t, r.contacts, "1").Name)
		require.Equal(t, before, s.loads.Load(), "a single read finds what a batch has loaded")
		list, err := r.GetList(acme(), "4", "1", "4", "none")
		require.NoError(t, err)
		require.Len(t, list, 4)
		require.Equal(t, []string{"4", "1", "4"}, []string{list[0].ID, list[1].ID, list[2].ID})
		require.Nil(t, list[3])
		require.NotSame(t, list[0], list[2])
		require.Equal(t, []string{"4 none"}, r.called())
		counts := c.Stats().Method("Contacts.GetMany")
		require.EqualValues(t, 2, counts.Misses)
		require.EqualValues(t, 2, counts.Loads)
		require.EqualValues(t, 4, counts.Hits())
	})
}

func TestBatchItemsAreInvalidatedOneByOne(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		for _, opt := range []func(*runtime.ReadOptions){func(*runtime.ReadOptions) {}, local} {
			s := rows("1", "2", "3")
			c := b.newCache(t)
			r := decorateMany(s, c, opt)
			require.NoError(t, r.UpdateAll(acme()))
			names(t, r, "1", "2", "3")
			r.called()
			require.NoError(t, r.Update(acme(), contact{ID: "2", Name: "new"}))
			require.Equal(t, "1=old 2=new 3=old", names(t, r, "1", "2", "3"))
			require.Equal(t, []string{"2"}, r.called())
			require.NoError(t, r.UpdateAll(acme(), contact{ID: "1", Name: "new"}))
			require.Equal(t, "1=new 2=new 3=old", names(t, r, "1", "2", "3"))
			require.Equal(t, []string{"1 2 3"}, r.called())
		}
	})
}

func TestBatchResultsBelongToTheirCaller(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		for _, clone := range []func(*contact) *contact{nil, func(c *contact) *contact {
			d := *c
			d.Tags = slices.Clone(c.Tags)
			return &d
		}} {
			r := decorateMany(rows("1", "2"), b.newCache(t), local, func(o *runtime.ReadOptions) { o.Result = copiedBy(clone) })
			require.NoError(t, r.UpdateAll(acme()))
			for range 3 {
				m, err := r.GetMany(acme(), "1", "2")
				require.NoError(t, err)
				require.Equal(t, "old", m["1"].Name)
				require.Equal(t, []string{"2"}, m["2"].Tags)
				m["1"].Name, m["2"].Tags[0] = "edited", "edited"
				delete(m, "2")
				l, err := r.GetList(acme(), "1", "1")
				require.NoError(t, err)
				l[0].Tags[0] = "edited"
				require.Equal(t, []string{"1"}, l[1].Tags)
			}
		}
	})
}

func TestBatchRemembersNotFoundPerItem(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		for _, remember := range []bool{false, true} {
			s := rows("1")
			r := decorateMany(s, b.newCache(t), local, func(o *runtime.ReadOptions) {
				if remember {
					o.NotFound = time.Minute
				}
			})
			require.NoError(t, r.UpdateAll(acme()))
			require.Equal(t, "1=old", names(t, r, "1", "2", "3"))
			require.Equal(t, []string{"1 2 3"}, r.called())
			require.Equal(t, "1=old", names(t, r, "1", "2", "3"))
			if !remember {
				require.Equal(t, []string{"2 3"}, r.called())
				continue
			}
			require.Empty(t, r.called())
			l, err := r.GetList(acme(), "2", "1")
			require.NoError(t, err)
			require.Nil(t, l[0])

			// A single read says in its own way that there is nothing, and the batch understands
			// it.
			_, err = r.Get(acme(), "2")
			require.ErrorIs(t, err, errNotFound)
			require.ErrorContains(t, err, `"2"`)
			loads := s.loads.Load()
			_, err = r.Get(acme(), "2")
			require.ErrorIs(t, err, errNotFound)
			require.Equal(t, loads, s.loads.Load())
			require.Equal(t, "1=old", names(t, r, "1", "2", "3"))
			require.Empty(t, r.called())

			require.NoError(t, r.Update(acme(), contact{ID: "3", Name: "new"}))
			require.Equal(t, "1=old 3=new", names(t, r, "1", "2", "3"))
			require.Equal(t, []string{"3"}, r.called())
		}
	})
}

func TestBatchWithANilInTheMap(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		r := decorateMany(rows("1"), b.newCache(t), func(o *runtime.ReadOptions) { o.NotFound = time.Minute })
		r.edit = func(rows map[string]*contact) { rows["2"] = nil }
		for range 2 {
			m, err := r.GetMany(acme(), "1", "2")
			require.NoError(t, err)
			require.Len(t, m, 2)
			require.Nil(t, m["2"])
		}
		require.Equal(t, []string{"1 2"}, r.called())
	})
}

func TestBatchInChunks(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		r := decorateMany(rows("1", "2", "3", "4", "5", "6"), b.newCache(t), func(o *runtime.ReadOptions) { o.Chunk = 2 })
		names(t, r, "4")
		require.Equal(t, "1=old 2=old 3=old 4=old 5=old 6=old", names(t, r, "6", "5", "4", "3", "2", "1"))
		require.Equal(t, []string{"4", "6 5", "3 2", "1"}, r.called())

		// The call that fails is the last, and what the ones before it brought is kept.
		require.NoError(t, r.UpdateAll(acme()))
		down := errors.New("the database is down")
		r.setHook(func(_ context.Context, ids []string) error {
			if ids[0] == "3" {
				return down
			}
			return nil
		})
		_, err := r.GetMany(acme(), "1", "2", "3", "4", "5")
		require.Equal(t, down, err)
		require.Equal(t, []string{"1 2", "3 4"}, r.called())
		r.setHook(nil)
		names(t, r, "1", "2", "3", "4", "5")
		require.Equal(t, []string{"3 4", "5"}, r.called())
	})
}

func TestBatchErrorIsRememberedByNobody(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		c := b.newCache(t)
		r := decorateMany(rows("1", "2"), c, func(o *runtime.ReadOptions) { o.NotFound = time.Minute })
		names(t, r, "1")
		r.called()
		for _, failure := range []error{errors.New("down"), fmt.Errorf("one of them: %w", errNotFound)} {
			r.setHook(func(context.Context, []string) error { return failure })
			m, err := r.GetMany(acme(), "1", "2", "3")
			require.Equal(t, failure, err)
			require.Nil(t, m)
		}
		r.setHook(nil)
		require.Equal(t, "1=old 2=old", names(t, r, "1", "2", "3"))
		require.Equal(t, []string{"2 3", "2 3", "2 3"}, r.called())
		require.EqualValues(t, 4, c.Stats().Method("Contacts.GetMany").LoadErrors)
	})
}

func TestBatchThatCannotBeSplitIsReturnedAsItIs(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		c := b.newCache(t)
		r := decorateMany(rows("1", "2", "3"), c)
		r.short = true
		for range 2 {
			l, err := r.GetList(acme(), "1", "2")
			require.NoError(t, err)
			require.Len(t, l, 1)
		}
		require.Equal(t, []string{"1 2", "1 2"}, r.called())
		require.EqualValues(t, 2, c.Stats().Unsplit)
		r.short = false
		names(t, r, "1")
		r.short = true
		r.called()
		l, err := r.GetList(acme(), "1", "2", "3")
		require.NoError(t, err)
		require.Len(t, l, 2, "what the inner method says of all three")
		require.Equal(t, []string{"2 3", "1 2 3"}, r.called())

		r.edit = func(rows map[string]*contact) { rows["other"] = &contact{} }
		m, err := r.GetMany(acme(), "2")
		require.NoError(t, err)
		require.Len(t, m, 2)
		r.edit = nil
		names(t, r, "2")
		require.Equal(t, []string{"2", "2"}, r.called(), "nothing of that was remembered")
	})
}

func TestBatchPastTheCache(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		c := b.newCache(t)
		r := decorateMany(rows("1", "2"), c)
		names(t, r, "1")
		r.called()
		for _, ids := range [][]string{nil, {}} {
			m, err := r.GetMany(acme(), ids...)
			require.NoError(t, err)
			require.Empty(t, m)
		}
		require.Equal(t, []string{"", ""}, r.called(), "what it means to ask for nothing, the inner method knows")
		_, err := r.GetMany(context.Background(), "1", "1")
		require.NoError(t, err)
		require.EqualValues(t, 1, c.Stats().NoTenant)
		ctx, tx := c.Begin(acme())
		_, err = r.GetMany(ctx, "1", "2")
		require.NoError(t, err)
		require.Equal(t, []string{"1 1", "1 2"}, r.called())
		tx.Rollback(ctx)
		m, err := r.GetMany(runtime.WithTenant(context.Background(), "other"), "1")
		require.NoError(t, err)
		require.Len(t, m, 1)
		require.Equal(t, []string{"1"}, r.called(), "another tenant has entries of its own")
		closeCache(t, c)
		names(t, r, "1")
		require.Equal(t, []string{"1"}, r.called())
	})
}

// The race of TestLoadFromBeforeAnInvalidationIsNeverServedAfterIt, for one item of a batch.
func TestBatchLoadFromBeforeAnInvalidationIsNeverServedAfterIt(t *testing.T) {
	for _, kind := range []string{"entry", "scope"} {
		t.Run(kind, func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				s := rows("1", "2", "3")
				c := b.newCache(t)
				r, other := decorateMany(s, c, local), decorate(s, c)
				if b.client != nil {
					other = decorate(s, b.newCache(t)) // the writer is another process
				}
				read, goOn := make(chan struct{}), make(chan struct{})
				r.setHook(func(context.Context, []string) error {
					close(read)
					<-goOn
					return nil
				})
				first := make(chan string)
				go func() { first <- names(t, r, "1", "2", "3") }()
				<-read
				r.setHook(nil)
				if kind == "entry" {
					require.NoError(t, other.Update(acme(), contact{ID: "2", Name: "new"}))
				} else {
					require.NoError(t, other.UpdateAll(acme(), contact{ID: "2", Name: "new"}))
				}
				strong := decorateMany(s, c)
				require.Equal(t, "new", get(t, strong.contacts, "2").Name, "a read joined a load from before the invalidation")
				close(goOn)
				require.Equal(t, "1=old 2=old 3=old", <-first, "the batch began before the invalidation and may see the old row")
				for range 3 {
					require.Equal(t, "1=old 2=new 3=old", names(t, strong, "1", "2", "3"), "a value loaded before the invalidation was served after it")
				}
				if kind == "entry" {
					require.Empty(t, strong.called(), "the other items are not concerned")
				}
			})
		})
	}
}

func TestBatchAndSingleReadsJoin(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := rows("1", "2", "3")
		c := b.newCache(t)
		r := decorateMany(s, c)
		read, goOn := make(chan struct{}), make(chan struct{})
		r.setHook(func(context.Context, []string) error {
			close(read)
			<-goOn
			return nil
		})
		first := make(chan string)
		go func() { first <- names(t, r, "1", "2", "9") }()
		<-read
		r.setHook(nil)
		second, single, missing := make(chan string), make(chan string), make(chan error)
		go func() { second <- names(t, r, "2", "3") }()
		go func() { single <- get(t, r.contacts, "1").Name }()
		go func() {
			_, err := r.Get(acme(), "9")
			missing <- err
		}()
		time.Sleep(50 * time.Millisecond) // long enough for them to join the load
		close(goOn)
		require.Equal(t, "1=old 2=old", <-first)
		require.Equal(t, "2=old 3=old", <-second)
		require.Equal(t, "old", <-single)
		require.ErrorIs(t, <-missing, errNotFound, "what a batch does not find, a single read asks for itself")
		require.EqualValues(t, 1, s.loads.Load())

		// The other way round: an item waits for the load of a single read.
		require.NoError(t, r.UpdateAll(acme()))
		read, goOn = make(chan struct{}), make(chan struct{})
		s.setHook(func(context.Context, string) {
			close(read)
			<-goOn
		})
		go func() { single <- get(t, r.contacts, "1").Name }()
		<-read
		s.setHook(nil)
		r.called()
		go func() { first <- names(t, r, "1", "2") }()
		require.Eventually(t, func() bool { return slices.Equal(r.called(), []string{"2"}) }, 5*time.Second, time.Millisecond)
		close(goOn)
		require.Equal(t, "old", <-single)
		require.Equal(t, "1=old 2=old", <-first)
	})
}

// A batch can fail because of one of its items: who waits for another does not share its error.
func TestBatchErrorIsNotThatOfAWaitingSingleRead(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		r := decorateMany(rows("1"), b.newCache(t))
		read, goOn := make(chan struct{}), make(chan struct{})
		r.setHook(func(context.Context, []string) error {
			close(read)
			<-goOn
			return errors.New("malformed id")
		})
		failed := make(chan error)
		go func() {
			_, err := r.GetMany(acme(), "1", "?")
			failed <- err
		}()
		<-read
		r.setHook(nil)
		single, batch := make(chan string), make(chan string)
		go func() { single <- get(t, r.contacts, "1").Name }()
		go func() { batch <- names(t, r, "1") }()
		time.Sleep(50 * time.Millisecond) // long enough for them to join the load
		close(goOn)
		require.ErrorContains(t, <-failed, "malformed id")
		require.Equal(t, "old", <-single)
		require.Equal(t, "1=old", <-batch)
	})
}

func TestBatchPanicReachesAllWaiters(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		r := decorateMany(rows("1", "2"), b.newCache(t))
		read, goOn := make(chan struct{}), make(chan struct{})
		once := sync.OnceFunc(func() { close(read) })
		r.setHook(func(context.Context, []string) error {
			once()
			<-goOn
			panic("boom")
		})
		r.store.setHook(func(context.Context, string) { panic("boom") }) // who comes too late to wait panics in a load of its own
		panics := make(chan any)
		catch := func(f func()) {
			defer func() { panics <- recover() }()
			f()
		}
		go catch(func() { _, _ = r.GetMany(acme(), "1", "2") })
		<-read
		go catch(func() { _, _ = r.GetMany(acme(), "2") })
		go catch(func() { _, _ = r.Get(acme(), "1") })
		time.Sleep(50 * time.Millisecond) // long enough for them to join the load
		close(goOn)
		for range 3 {
			require.Equal(t, "boom", <-panics)
		}
		r.setHook(nil)
		require.Equal(t, "1=old 2=old", names(t, r, "1", "2"), "and holds nobody up")
	})
}

func TestBatchCancelledCallerEndsItsOwnWait(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		r := decorateMany(rows("1", "2"), b.newCache(t))
		read, goOn := make(chan struct{}), make(chan struct{})
		r.setHook(func(ctx context.Context, _ []string) error {
			close(read)
			<-goOn
			return ctx.Err()
		})
		ctx, cancel := context.WithCancel(acme())
		left := make(chan error)
		go func() {
			_, err := r.GetMany(ctx, "1", "2")
			left <- err
		}()
		<-read
		stays := make(chan string)
		go func() { stays <- names(t, r, "1", "2") }()
		time.Sleep(20 * time.Millisecond) // long enough for it to join what the other call loads
		cancel()
		require.ErrorIs(t, <-left, context.Canceled)
		close(goOn)
		require.Equal(t, "1=old 2=old", <-stays)
		require.Equal(t, []string{"1 2"}, r.called())
		_, err := r.GetMany(ctx, "3")
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestBatchLoadTimeout(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		r := decorateMany(rows("1", "2"), b.newCache(t, func(o *runtime.Options) { o.LoadTimeout = 50 * time.Millisecond }))
		r.setHook(func(ctx context.Context, _ []string) error {
			<-ctx.Done()
			return ctx.Err()
		})
		_, err := r.GetMany(acme(), "1", "2")
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// Two processes whose batches hold each other's items: each loads what it has claimed, and then has
// the rest from the other.
func TestBatchesOfTwoProcessesWaitForEachOther(t *testing.T) {
	shared(t, func(t *testing.T, b backend) {
		s := rows("1", "2", "3", "4")
		one, two := decorateMany(s, b.newCache(t)), decorateMany(s, b.newCache(t))
		names(t, one, "9") // the tenant's table is there
		one.called()
		var both sync.WaitGroup
		both.Add(2)
		wait := func(context.Context, []string) error { // each is loading
			both.Done()
			both.Wait()
			return nil
		}
		started := time.Now()
		answers := make(chan string, 2)
		one.setHook(func(ctx context.Context, ids []string) error {
			one.setHook(nil)
			go func() { answers <- names(t, two, "4", "3", "2", "1") }()
			return wait(ctx, ids)
		})
		two.setHook(func(ctx context.Context, ids []string) error {
			two.setHook(nil)
			go func() { answers <- names(t, one, "4", "2", "3", "1") }()
			return wait(ctx, ids)
		})
		require.Equal(t, "1=old 2=old", names(t, one, "1", "2"))
		for range 2 {
			require.Equal(t, "1=old 2=old 3=old 4=old", <-answers)
		}
		require.Less(t, time.Since(started), 5*time.Second)
		require.Equal(t, []string{"1 2"}, one.called())
		require.Equal(t, []string{"4 3"}, two.called(), "each item is loaded by one of them")
	})
}

func TestBatchWithAnItemBehindAFence(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := rows("1", "2")
		c := b.newCache(t)
		r := decorateMany(s, c, local)
		names(t, r, "1", "2")
		inv := r.update.Begin(acme())
		inv.Entry(inv.Path("contact").String("2"))
		inv.Open()
		r.called()
		for range 2 {
			names(t, r, "1", "2")
		}
		require.Equal(t, []string{"2", "2"}, r.called(), "nothing cached answers behind a fence")
		s.set(contact{ID: "2", Name: "new"})
		require.Equal(t, "1=old 2=new", names(t, r, "1", "2"), "a commit is seen at once")
		inv.End(nil)
		require.Equal(t, "1=old 2=new", names(t, r, "1", "2"))
		r.called()
		names(t, r, "1", "2")
		require.Empty(t, r.called())
	})
}

// However many items there are, all look-ups are one round trip, all claims another, all fills a
// third.
func TestBatchRoundTrips(t *testing.T) {
	ids := make([]string, 100)
	for i := range ids {
		ids[i] = fmt.Sprint("id", i)
	}
	shared(t, func(t *testing.T, b backend) {
		hook := new(counter)
		b.client.(interface{ AddHook(redis.Hook) }).AddHook(hook)
		r := decorateMany(rows(ids...), b.newCache(t))
		names(t, r, ids...) // scripts and state are there, on every node
		require.NoError(t, r.UpdateAll(acme()))
		nodes, fences := 1, 0
		if b.name == "cluster" {
			nodes, fences = 3, 1 // beside the claims, the table is looked at again
		}
		took := func(what string, most int, ids ...string) {
			t.Helper()
			hook.reset()
			names(t, r, ids...)
			require.LessOrEqual(t, hook.trips.Load(), int64(most), what)
		}
		took("a miss", 3*nodes+fences, ids...)
		took("a hit", nodes, ids...)
		require.NoError(t, r.Update(acme(), contact{ID: "id7"}))
		took("a partial hit", nodes+2+fences, ids...)
	})
	t.Run("local", func(t *testing.T) {
		_, b := startRedis(t)
		c := b.newCache(t)
		r := decorateMany(rows(ids...), c, local)
		warm(t, r.contacts, c, "id1")
		names(t, r, ids...)
		require.Eventually(t, func() bool {
			before := c.Stats().LocalHits
			names(t, r, ids...)
			return c.Stats().LocalHits-before == 100
		}, 5*time.Second, time.Millisecond)
	})
}

// Room is made for so many items at a time; what stands in one part of it is not mixed up with what
// stands in another, nor is an item that is asked for twice.
func TestBatchOfManyItems(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s, want := newStore(), make(map[string]string)
		var ids []string
		for n := range 300 {
			c := contact{ID: fmt.Sprint("id", n), Name: fmt.Sprint("name", n)}
			ids, want[c.ID] = append(ids, c.ID), c.Name
			s.set(c)
		}
		asked := slices.Concat(ids, ids)
		r := decorateMany(s, b.newCache(t), local)
		for range 3 {
			list, err := r.GetList(acme(), asked...)
			require.NoError(t, err)
			for i, c := range list {
				require.Equal(t, contact{ID: asked[i], Name: want[asked[i]]}, *c)
			}
		}
		require.Equal(t, []string{strings.Join(ids, " ")}, r.called())
		require.NoError(t, r.Update(acme(), contact{ID: "id250", Name: "new"}))
		got, err := r.GetMany(acme(), asked...)
		require.NoError(t, err)
		require.Equal(t, "new", got["id250"].Name)
		require.Equal(t, []string{"id250"}, r.called())
	})
}

func TestBatchWithoutRedis(t *testing.T) {
	server, b := startRedis(t)
	r := decorateMany(rows("1", "2"), b.newCache(t, func(o *runtime.Options) { o.RedisTimeout = 100 * time.Millisecond }))
	names(t, r, "1", "2")
	server.Kill()
	r.called()
	require.Equal(t, "1=old 2=old", names(t, r, "1", "2"))
	require.Equal(t, []string{"1 2"}, r.called())
}

func TestBatchIsObservedItemByItem(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		var seen []string
		r := decorateMany(rows("1", "2"), b.newCache(t, func(o *runtime.Options) {
			o.Observe = func(_ context.Context, e runtime.Event) {
				seen = append(seen, fmt.Sprint(e.Method, " ", e.Key, " ", e.Source))
			}
		}))
		names(t, r, "1", "2", "1")
		require.Equal(t, []string{
			"Contacts.GetMany test:acme:contact:1:v00c0ffee load",
			"Contacts.GetMany test:acme:contact:2:v00c0ffee load",
		}, seen)
		seen = nil
		_, _ = r.GetMany(context.Background(), "1", "2")
		require.Equal(t, []string{"Contacts.GetMany  bypass"}, seen)
	})
}
