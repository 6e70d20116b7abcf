package runtime_test

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

func TestSecondReadIsAnsweredFromTheCache(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "Ada", Tags: []string{"x"}})
		c := b.newCache(t)
		repo := decorate(s, c)
		for range 3 {
			got, err := repo.Get(acme(), "42")
			require.NoError(t, err)
			require.Equal(t, &contact{ID: "42", Name: "Ada", Tags: []string{"x"}}, got)
		}
		require.EqualValues(t, 1, s.loads.Load())
		stats := c.Stats().Method("Contacts.Get")
		require.EqualValues(t, 1, stats.Misses)
		require.EqualValues(t, 1, stats.Loads)
		require.EqualValues(t, 2, stats.Hits())
	})
}

func TestTenantsDoNotShareEntries(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42"})
		repo := decorate(s, b.newCache(t))
		for _, tenant := range []string{"acme", "global", "*", "acme:contact", "", "\x00", "%61cme"} {
			before := s.loads.Load()
			_, err := repo.Get(runtime.WithTenant(context.Background(), tenant), "42")
			require.NoError(t, err)
			require.Equal(t, before+1, s.loads.Load(), "tenant %q was answered from the entry of another", tenant)
		}
	})
}

func TestNoTenantBypassesAndInvalidatesEverywhere(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42"})
		c := b.newCache(t)
		repo := decorate(s, c)
		for range 2 {
			_, err := repo.Get(context.Background(), "42")
			require.NoError(t, err)
		}
		require.EqualValues(t, 2, s.loads.Load(), "a read without a tenant was cached")
		require.EqualValues(t, 2, c.Stats().Bypassed)
		require.EqualValues(t, 2, c.Stats().NoTenant)

		globex := runtime.WithTenant(context.Background(), "globex")
		for _, ctx := range []context.Context{acme(), globex} {
			_, err := repo.Get(ctx, "42")
			require.NoError(t, err)
		}
		require.NoError(t, repo.Update(context.Background(), contact{ID: "42", Name: "new"}))
		for _, ctx := range []context.Context{acme(), globex} {
			got, err := repo.Get(ctx, "42")
			require.NoError(t, err)
			require.Equal(t, "new", got.Name, "an invalidation without a tenant left an entry behind")
		}
	})
}

func TestInvalidation(t *testing.T) {
	for _, tt := range []struct {
		name       string
		invalidate func(*contacts, *runtime.Cache) error
		stale      []string // of "1" and "2"
	}{
		{"entry", func(r *contacts, _ *runtime.Cache) error { return r.Update(acme(), contact{ID: "1"}) }, []string{"1"}},
		{"scope", func(r *contacts, _ *runtime.Cache) error { return r.UpdateAll(acme()) }, []string{"1", "2"}},
		{"entry by hand", func(_ *contacts, c *runtime.Cache) error { return c.Invalidate(acme(), "contact:2") }, []string{"2"}},
		{"scope by hand", func(_ *contacts, c *runtime.Cache) error { return c.Invalidate(acme(), "contact:*") }, []string{"1", "2"}},
		{"entry's scope", func(_ *contacts, c *runtime.Cache) error { return c.Invalidate(acme(), "contact:1:*") }, []string{"1"}},
		{"tenant", func(_ *contacts, c *runtime.Cache) error { return c.Invalidate(acme(), "*") }, []string{"1", "2"}},
		{"another tenant's", func(_ *contacts, c *runtime.Cache) error {
			return c.Invalidate(runtime.WithTenant(context.Background(), "globex"), "*", "contact:1")
		}, nil},
		{"another prefix", func(_ *contacts, c *runtime.Cache) error {
			return c.Invalidate(acme(), "cont:*", "contact:11", "contact")
		}, nil},
		{"ids in braces", func(_ *contacts, c *runtime.Cache) error {
			return c.Invalidate(acme(), "contact:{3F2504E0-4F89}", "contact:%7Bid%7D", "contact:{2}", "contact:{}")
		}, nil},
		{"tenant by name", func(_ *contacts, c *runtime.Cache) error {
			return c.InvalidateIn(context.Background(), runtime.TenantOf("acme"), "contact:*")
		}, []string{"1", "2"}},
		{"global scope", func(_ *contacts, c *runtime.Cache) error { return c.InvalidateIn(acme(), runtime.Global, "*") }, nil},
		{"every tenant", func(_ *contacts, c *runtime.Cache) error { return c.Invalidate(context.Background(), "contact:1") }, []string{"1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				s := newStore(contact{ID: "1"}, contact{ID: "2"})
				c := b.newCache(t)
				repo := decorate(s, c)
				read := func() (loaded []string) {
					for _, id := range []string{"1", "2"} {
						before := s.loads.Load()
						_, err := repo.Get(acme(), id)
						require.NoError(t, err)
						if s.loads.Load() != before {
							loaded = append(loaded, id)
						}
					}
					return loaded
				}
				require.Equal(t, []string{"1", "2"}, read())
				require.Empty(t, read())
				require.NoError(t, tt.invalidate(repo, c))
				require.Equal(t, tt.stale, read())
				require.Empty(t, read(), "the reloaded entries do not stay")
			})
		})
	}
}

func TestMalformedPatternInvalidatesNothing(t *testing.T) {
	s := newStore(contact{ID: "1"})
	c := backend{}.newCache(t)
	repo := decorate(s, c)
	_, err := repo.Get(acme(), "1")
	require.NoError(t, err)
	for pattern, want := range map[string]string{
		"":            `pattern "": empty; write "*" for everything`,
		"contact:*:x": `"*" stands for all that follows`,
		"contact*":    `"*" stands for all that follows`,
		":x":          "first segment is empty",
		"a:100%":      `"%" is no escape; write a percent sign as %25`,

		"contact:{c.ID}:*":      `{c.ID} is a placeholder of directives; write the value itself`,
		"contact:v{f.Stage()}x": `{f.Stage()} is a placeholder of directives`,
	} {
		require.ErrorContains(t, c.Invalidate(acme(), "contact:*", pattern), want)
	}
	_, err = repo.Get(acme(), "1")
	require.NoError(t, err)
	require.EqualValues(t, 1, s.loads.Load())
}

// The race that most caches lose: a load reads the old row, the row is updated and invalidated, the
// load stores what it had read.
func TestLoadFromBeforeAnInvalidationIsNeverServedAfterIt(t *testing.T) {
	for _, kind := range []string{"entry", "scope"} {
		t.Run(kind, func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				s := newStore(contact{ID: "42", Name: "old"})
				c := b.newCache(t)
				repo := decorate(s, c)
				other := decorate(s, c)
				if b.client != nil {
					other = decorate(s, b.newCache(t)) // the writer is another process
				}
				read, goOn := make(chan struct{}), make(chan struct{})
				s.setHook(func(context.Context, string) {
					close(read)
					<-goOn
				})
				first := make(chan *contact)
				go func() {
					got, _ := repo.Get(acme(), "42")
					first <- got
				}()
				<-read
				s.setHook(nil)
				if kind == "entry" {
					require.NoError(t, other.Update(acme(), contact{ID: "42", Name: "new"}))
				} else {
					require.NoError(t, other.UpdateAll(acme(), contact{ID: "42", Name: "new"}))
				}
				// While the old load still runs, a read does not join it.
				got, err := repo.Get(acme(), "42")
				require.NoError(t, err)
				require.Equal(t, "new", got.Name, "a read joined a load from before the invalidation")
				close(goOn)
				require.Equal(t, "old", (<-first).Name, "the first read began before the invalidation and may see the old row")
				for range 3 {
					got, err := repo.Get(acme(), "42")
					require.NoError(t, err)
					require.Equal(t, "new", got.Name, "a value loaded before the invalidation was served after it")
				}
			})
		})
	}
}

func TestConcurrentMissesLoadOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "Ada"})
		caches := []*contacts{decorate(s, b.newCache(t))}
		if b.client != nil {
			caches = append(caches, decorate(s, b.newCache(t)), decorate(s, b.newCache(t)))
		}
		s.setHook(func(context.Context, string) { time.Sleep(50 * time.Millisecond) }) // long enough for all to pile up
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				got, err := caches[i%len(caches)].Get(acme(), "42")
				require.NoError(t, err)
				require.Equal(t, "Ada", got.Name)
				got.Name = "edited" // must not be seen by anyone else
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, s.loads.Load())
	})
}

func TestCallersEditIsItsOwn(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		repo := decorate(newStore(contact{ID: "42", Tags: []string{"a", "b"}}), b.newCache(t))
		for range 4 {
			got, err := repo.Get(acme(), "42")
			require.NoError(t, err)
			require.Equal(t, []string{"a", "b"}, got.Tags)
			got.Tags[0] = "edited"
		}
	})
}

func TestCancelledCallerDoesNotEndTheLoad(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "Ada"})
		repo := decorate(s, b.newCache(t))
		loading, goOn := make(chan struct{}), make(chan struct{})
		s.setHook(func(ctx context.Context, _ string) {
			close(loading)
			<-goOn
			require.NoError(t, ctx.Err(), "the load was cancelled with its first caller")
		})
		ctx, cancel := context.WithCancel(acme())
		failed := make(chan error)
		go func() {
			_, err := repo.Get(ctx, "42")
			failed <- err
		}()
		<-loading
		second := make(chan *contact)
		go func() {
			got, _ := repo.Get(acme(), "42")
			second <- got
		}()
		cancel()
		require.ErrorIs(t, <-failed, context.Canceled)
		close(goOn)
		require.Equal(t, "Ada", (<-second).Name)
		require.EqualValues(t, 1, s.loads.Load())
	})
}

func TestCancelledContextDoesNotStopAnInvalidation(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "old"})
		repo := decorate(s, b.newCache(t))
		_, err := repo.Get(acme(), "42")
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(acme())
		cancel()
		require.NoError(t, repo.Update(ctx, contact{ID: "42", Name: "new"}))
		got, err := repo.Get(acme(), "42")
		require.NoError(t, err)
		require.Equal(t, "new", got.Name)
	})
}

func TestPanicInALoadReachesEveryWaiter(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42"})
		repo := decorate(s, b.newCache(t))
		goOn := make(chan struct{})
		s.setHook(func(context.Context, string) {
			<-goOn
			panic("the driver is broken")
		})
		caught := make(chan any)
		for range 3 {
			go func() {
				defer func() { caught <- recover() }()
				_, _ = repo.Get(acme(), "42")
			}()
		}
		time.AfterFunc(20*time.Millisecond, func() { close(goOn) })
		for range 3 {
			require.Equal(t, "the driver is broken", <-caught)
		}
		s.setHook(nil)
		_, err := repo.Get(acme(), "42")
		require.NoError(t, err, "the panic stayed")
	})
}

// A mock fails its test with FailNow, which ends the goroutine it is called on: here the one of the
// load.
func TestGoexitInALoadReachesEveryWaiter(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42"})
		repo := decorate(s, b.newCache(t))
		s.setHook(func(context.Context, string) { goruntime.Goexit() })
		ended := make(chan bool)
		go func() {
			returned := false
			defer func() { ended <- returned }()
			_, _ = repo.Get(acme(), "42")
			returned = true
		}()
		require.False(t, <-ended)
	})
}

func TestLoadIsBounded(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42"})
		repo := decorate(s, b.newCache(t, func(o *runtime.Options) { o.LoadTimeout = 30 * time.Millisecond }))
		goOn := make(chan struct{})
		s.setHook(func(context.Context, string) { <-goOn }) // deaf to its context
		_, err := repo.Get(acme(), "42")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "LoadTimeout")
		close(goOn)
	})
}

func TestErrorIsNotRemembered(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore()
		c := b.newCache(t)
		repo := decorate(s, c)
		for range 2 {
			_, err := repo.Get(acme(), "42")
			require.EqualError(t, err, `contact "42": contact not found`)
		}
		require.EqualValues(t, 2, s.loads.Load())
		require.EqualValues(t, 2, c.Stats().LoadErrors)
	})
}

func TestNotFoundIsRemembered(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore()
		repo := decorate(s, b.newCache(t), func(o *runtime.ReadOptions) { o.NotFound = time.Minute })
		for range 3 {
			got, err := repo.Get(acme(), "42")
			require.Nil(t, got)
			require.ErrorIs(t, err, errNotFound)
			require.EqualError(t, err, `contact "42": contact not found`)
		}
		require.EqualValues(t, 1, s.loads.Load())
		require.NoError(t, repo.Update(acme(), contact{ID: "42", Name: "new"}))
		got, err := repo.Get(acme(), "42")
		require.NoError(t, err, "the remembered absence outlived the creation")
		require.Equal(t, "new", got.Name)
	})
}

func TestEntryExpires(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		if b.name == "miniredis" {
			t.Skip("its clock stands still")
		}
		s := newStore(contact{ID: "42"})
		repo := decorate(s, b.newCache(t), func(o *runtime.ReadOptions) { o.TTL = 30 * time.Millisecond })
		_, err := repo.Get(acme(), "42")
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			_, err := repo.Get(acme(), "42")
			return err == nil && s.loads.Load() == 2
		}, 5*time.Second, 10*time.Millisecond)
	})
}

// brokenCodec fails in one direction.
type brokenCodec struct {
	runtime.Codec
	encode, decode error
}

func (c brokenCodec) Append(dst []byte, v any) ([]byte, error) {
	if c.encode != nil {
		return nil, c.encode
	}
	return c.Codec.Append(dst, v)
}

func (c brokenCodec) Decode(data []byte, v any) error {
	if c.decode != nil {
		return c.decode
	}
	return c.Codec.Decode(data, v)
}

func TestCodecErrorCostsALoad(t *testing.T) {
	broken := errors.New("broken")
	for _, codec := range []brokenCodec{{encode: broken}, {decode: broken}} {
		everywhere(t, func(t *testing.T, b backend) {
			codec.Codec = runtime.DefaultCodec()
			s := newStore(contact{ID: "42", Name: "Ada"})
			c := b.newCache(t, func(o *runtime.Options) { o.Codec = codec })
			repo := decorate(s, c)
			for range 3 {
				got, err := repo.Get(acme(), "42")
				require.NoError(t, err)
				require.Equal(t, "Ada", got.Name)
			}
			require.EqualValues(t, 3, s.loads.Load())
			require.NotZero(t, c.Stats().CodecErrors)
		})
	}
}

// Callers that wait for one load get nothing of each other's, even when the codec cannot make
// copies.
func TestUnencodableResultIsNotShared(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "Ada"})
		repo := decorate(s, b.newCache(t, func(o *runtime.Options) {
			o.Codec = brokenCodec{Codec: runtime.DefaultCodec(), encode: errors.New("broken")}
		}))
		s.setHook(func(context.Context, string) { time.Sleep(20 * time.Millisecond) }) // so that they overlap
		var mu sync.Mutex
		seen := map[*contact]bool{}
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				got, err := repo.Get(acme(), "42")
				require.NoError(t, err)
				mu.Lock()
				defer mu.Unlock()
				require.False(t, seen[got], "two callers got the same pointer")
				seen[got] = true
			})
		}
		wg.Wait()
	})
}

func TestCloseWaitsForLoadsAndLaterReadsBypass(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		s := newStore(contact{ID: "42", Name: "Ada"})
		c := b.newCache(t)
		repo := decorate(s, c)
		loading, goOn := make(chan struct{}), make(chan struct{})
		s.setHook(func(context.Context, string) {
			close(loading)
			<-goOn
		})
		ctx, cancel := context.WithCancel(acme())
		go func() { _, _ = repo.Get(ctx, "42") }()
		<-loading
		cancel()
		short, cancelShort := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancelShort()
		require.ErrorIs(t, c.Close(short), context.DeadlineExceeded)
		close(goOn)
		s.setHook(nil)
		closeCache(t, c)
		for range 2 {
			got, err := repo.Get(acme(), "42")
			require.NoError(t, err)
			require.Equal(t, "Ada", got.Name)
		}
		require.EqualValues(t, 3, s.loads.Load())
	})
}

func TestObserveSaysWhereAnswersCameFrom(t *testing.T) {
	everywhere(t, func(t *testing.T, b backend) {
		var events []string
		s := newStore(contact{ID: "42"})
		repo := decorate(s, b.newCache(t, func(o *runtime.Options) {
			o.Observe = func(_ context.Context, e runtime.Event) {
				events = append(events, fmt.Sprintf("%s %s %s%s", e.Method, e.Source, e.Key, strings.Join(e.Paths, ",")))
			}
		}))
		for range 2 {
			_, err := repo.Get(acme(), "42")
			require.NoError(t, err)
		}
		require.NoError(t, repo.Update(acme(), contact{ID: "42"}))
		require.NoError(t, repo.UpdateAll(acme()))
		_, err := repo.Get(context.Background(), "42")
		require.NoError(t, err)
		hit := "local"
		if b.client != nil {
			hit = "redis"
		}
		require.Equal(t, []string{
			"Contacts.Get load test:acme:contact:42:v00c0ffee",
			"Contacts.Get " + hit + " test:acme:contact:42:v00c0ffee",
			"Contacts.Update write test:acme:contact:42",
			"Contacts.Update write test:acme:contact:*",
			"Contacts.Get bypass ",
		}, events)
	})
}

func TestOptionsAreChecked(t *testing.T) {
	for want, o := range map[string]runtime.Options{
		"Options.RedisTimeout is negative": {RedisTimeout: -1},
		"Options.LoadTimeout is negative":  {LoadTimeout: -1},
		"Options.MaxBytes is negative":     {MaxBytes: -1},
		"Options.NotFound[0] is nil":       {NotFound: []error{nil}},
	} {
		_, err := runtime.New(o)
		require.ErrorContains(t, err, want)
	}
}
