package keys_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/cachegen/cachegen/examples/directives/keys"
	"github.com/cachegen/cachegen/examples/internal/cachetest"
	"github.com/cachegen/cachegen/runtime"
)

type shop struct{}

func (shop) Get(_ context.Context, id string) (*keys.Order, error) { return &keys.Order{ID: id}, nil }

func (shop) List(context.Context, keys.Filter, int) ([]*keys.Order, error) { return nil, nil }

func (shop) Mine(context.Context) ([]*keys.Order, error) { return nil, nil }

func (shop) Search(context.Context, string) ([]*keys.Order, error) { return nil, nil }

func (shop) Count(context.Context, string, *slog.Logger) (int, error) { return 7, nil }

func (shop) Summary(context.Context, string) (map[string]int, error) { return nil, nil }

func TestKeys(t *testing.T) {
	var got []string
	cache := cachetest.New(t, runtime.Options{App: "shop", Observe: func(_ context.Context, e runtime.Event) {
		key := e.Key[:strings.LastIndexByte(e.Key, ':')] // without the version
		got = append(got, e.Source.String()+" "+key)
	}})
	orders := keys.NewCachedOrderRepository(shop{}, cache)
	ctx := runtime.WithTenant(t.Context(), "acme")
	for _, err := range []error{
		second(orders.Get(ctx, "a:b")),
		second(orders.List(ctx, keys.Filter{Customer: "ada", Trace: "1"}, 1)),
		second(orders.List(ctx, keys.Filter{Customer: "ada", Trace: "2"}, 1)),
		second(orders.Mine(keys.As(ctx, "ada"))),
		second(orders.Mine(keys.As(ctx, "bob"))),
		second(orders.Search(ctx, "Foo ")),
		second(orders.Search(ctx, "foo")),
		second(orders.Count(ctx, "ada", slog.Default())),
		second(orders.Count(ctx, "ada", nil)),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	want := []string{
		"load shop:acme:order:a%3Ab", // a colon of a value is no separator
		"load shop:acme:order:list:ada::1",
		"local shop:acme:order:list:ada::1",
		"load shop:acme:order:mine:ada",
		"load shop:acme:order:mine:bob",
		"load shop:acme:order:search:foo",
		"local shop:acme:order:search:foo",
		"load shop:acme:order:count:ada",
		"local shop:acme:order:count:ada",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("reads are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func second[T any](_ T, err error) error { return err }
