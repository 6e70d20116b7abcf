package invalidation_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cachegen/cachegen/examples/directives/invalidation"
	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/runtime"
)

// bank answers as its fields say.
type bank struct {
	err error
	now func() // called by Transfer
}

func (bank) Get(_ context.Context, id string) (*invalidation.Account, error) {
	return &invalidation.Account{ID: id}, nil
}

func (bank) List(context.Context, string, int) ([]*invalidation.Account, error) { return nil, nil }

func (bank) Open(_ context.Context, owner string) (*invalidation.Account, error) {
	return &invalidation.Account{ID: "42", Owner: owner}, nil
}

func (bank) Close(context.Context, string) error { return nil }

func (bank) Import(context.Context, []*invalidation.Account) error { return nil }

func (bank) SaveAll(context.Context, []*invalidation.Account) error { return nil }

func (b bank) Rename(context.Context, string, string) error { return b.err }

func (b bank) Transfer(context.Context, string, string, int64) error {
	b.now()
	return nil
}

func (bank) Adjust(context.Context, string, int64) error { return nil }

func (bank) SetSeen(context.Context, string) error { return nil }

func TestWritesMakeReadsStale(t *testing.T) {
	refused := errors.New("refused")
	for name, tt := range map[string]struct {
		err   error
		write func(context.Context, invalidation.AccountRepository) error
		get   uint64 // loads of Get 42 after the write
		ada   uint64 // of the list of ada
		alan  uint64 // of the list of alan
	}{
		"Open": {nil, func(ctx context.Context, r invalidation.AccountRepository) error {
			_, err := r.Open(ctx, "ada")
			return err
		}, 1, 1, 0},
		"Close": {nil, func(ctx context.Context, r invalidation.AccountRepository) error {
			return r.Close(ctx, "43")
		}, 0, 1, 1},
		"Import": {nil, func(ctx context.Context, r invalidation.AccountRepository) error {
			return r.Import(ctx, nil)
		}, 1, 1, 1},
		"SaveAll": {nil, func(ctx context.Context, r invalidation.AccountRepository) error {
			return r.SaveAll(ctx, []*invalidation.Account{{ID: "1", Owner: "ada"}, nil, {ID: "42", Owner: "ada"}})
		}, 1, 1, 1},
		"SaveAll of another": {nil, func(ctx context.Context, r invalidation.AccountRepository) error {
			return r.SaveAll(ctx, []*invalidation.Account{{ID: "43"}})
		}, 0, 1, 1},
		"Rename": {nil, func(ctx context.Context, r invalidation.AccountRepository) error {
			return r.Rename(ctx, "42", "alan")
		}, 1, 1, 1},
		"Rename fails": {refused, func(ctx context.Context, r invalidation.AccountRepository) error {
			return r.Rename(ctx, "42", "alan")
		}, 0, 0, 0},
		"SetSeen": {nil, func(ctx context.Context, r invalidation.AccountRepository) error {
			return r.SetSeen(ctx, "42")
		}, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			cache := cachetest.New(t, runtime.Options{})
			accounts := invalidation.NewCachedAccountRepository(bank{err: tt.err}, cache)
			ctx := runtime.WithTenant(t.Context(), "acme")
			get := func() uint64 {
				return loads(t, cache, "Get", func() error { return second(accounts.Get(ctx, "42")) })
			}
			list := func(owner string) uint64 {
				return loads(t, cache, "List", func() error { return second(accounts.List(ctx, owner, 1)) })
			}
			get()
			list("ada")
			list("alan")
			if err := tt.write(ctx, accounts); err != tt.err {
				t.Fatalf("the write = %v, want %v", err, tt.err)
			}
			if g, a, b := get(), list("ada"), list("alan"); g != tt.get || a != tt.ada || b != tt.alan {
				t.Errorf("loads after the write: %d, %d, %d; want %d, %d, %d", g, a, b, tt.get, tt.ada, tt.alan)
			}
		})
	}
}

// While a fenced write runs, nothing cached answers for what it covers, and nothing is stored.
func TestNothingCachedAnswersDuringAFencedWrite(t *testing.T) {
	cache := cachetest.New(t, runtime.Options{})
	ctx := runtime.WithTenant(t.Context(), "acme")
	b := &bank{}
	accounts := invalidation.NewCachedAccountRepository(b, cache)
	get := func() uint64 {
		return loads(t, cache, "Get", func() error { return second(accounts.Get(ctx, "42")) })
	}
	get()
	var during uint64
	b.now = func() { during = get() + get() }
	if err := accounts.Transfer(ctx, "42", "43", 100); err != nil {
		t.Fatal(err)
	}
	if during != 2 {
		t.Errorf("two reads during the write have loaded %d times", during)
	}
	if after := get() + get(); after != 1 {
		t.Errorf("two reads after the write have loaded %d times", after)
	}
}

func TestNothingIsStoredUntilTheReplicaHasCaughtUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := cachetest.New(t, runtime.Options{})
		ctx := runtime.WithTenant(t.Context(), "acme")
		accounts := invalidation.NewCachedAccountRepository(bank{}, cache)
		get := func() uint64 {
			return loads(t, cache, "Get", func() error { return second(accounts.Get(ctx, "42")) })
		}
		if err := accounts.Adjust(ctx, "42", 1); err != nil {
			t.Fatal(err)
		}
		if n := get() + get(); n != 2 {
			t.Errorf("two reads within 2 s have loaded %d times", n)
		}
		time.Sleep(3 * time.Second)
		if n := get() + get(); n != 1 {
			t.Errorf("two reads after 2 s have loaded %d times", n)
		}
	})
}

// loads counts the loads of a method while f runs.
func loads(t *testing.T, cache *runtime.Cache, method string, f func() error) uint64 {
	t.Helper()
	before := cache.Stats().Method("AccountRepository." + method).Loads
	if err := f(); err != nil {
		t.Error(err)
	}
	return cache.Stats().Method("AccountRepository."+method).Loads - before
}

func second[T any](_ T, err error) error { return err }
