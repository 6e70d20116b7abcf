package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// typedError is known by its type, as ent's is.
type typedError struct{ Tenant, label string }

func (e *typedError) Error() string { return e.Tenant + ": " + e.label + " not found" }

func isTyped(err error) bool {
	var e *typedError
	return errors.As(err, &e)
}

// codedError is known by its code, as gRPC's is.
type codedError struct {
	Code int
	Text string
}

func (e codedError) Error() string { return fmt.Sprint(e.Code, " ", e.Text) }

func isCoded(err error) bool {
	var e codedError
	return errors.As(err, &e) && e.Code == 5
}

// finder is a read that finds nothing.
type finder struct {
	cache *runtime.Cache
	get   *runtime.Read
	fail  func(tenant, id string) error
	loads int
}

func (f *finder) Get(ctx context.Context, tenant, id string) error {
	var buf runtime.KeyBuffer
	ctx = runtime.WithTenant(ctx, tenant)
	key := f.get.Key(ctx, &buf).String(id)
	if _, ok, err := f.get.Lookup(ctx, key); ok {
		return err
	}
	_, err := f.get.Load(ctx, key, func(context.Context) (any, error) {
		f.loads++
		return (*contact)(nil), f.fail(tenant, id)
	})
	return err
}

func newFinder(t *testing.T, b backend, is func(error) bool, fail func(tenant, id string) error) *finder {
	c := b.newCache(t, func(o *runtime.Options) { o.IsNotFound = is })
	return &finder{c, runtime.NewRead(c, runtime.ReadOptions{
		Result: resultOf[*contact](), Method: "Contacts.Find", Prefix: "found", Version: "00c0ffee", TTL: time.Minute, NotFound: time.Minute, Strong: true,
	}), fail, 0}
}

// An error that Options.IsNotFound accepts is remembered, by its type or by a field of it, and what
// comes out of the cache is accepted as well, and has the same text. What it says of a row is never
// that of another.
func TestErrorsThatMeanNotFoundAreRemembered(t *testing.T) {
	for name, c := range map[string]struct {
		is   func(error) bool
		fail func(tenant, id string) error
	}{
		"by type": {isTyped, func(tenant, id string) error { return &typedError{tenant, id} }},
		"wrapped": {isTyped, func(tenant, id string) error { return fmt.Errorf("get %s: %w", id, &typedError{tenant, id}) }},
		"one of several": {isTyped, func(tenant, id string) error {
			return errors.Join(errors.New("get"), &typedError{tenant, id})
		}},
		"by a code": {isCoded, func(tenant, id string) error { return codedError{5, tenant + " " + id} }},
		"a code in another": {isCoded, func(tenant, id string) error {
			return fmt.Errorf("get: %w", codedError{5, tenant + " " + id})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, func(t *testing.T, b backend) {
				check := func(f *finder, tenant, id string) {
					err := f.Get(context.Background(), tenant, id)
					require.EqualError(t, err, c.fail(tenant, id).Error())
					require.True(t, c.is(err), "callers would not know it")
					var typed *typedError
					if errors.As(err, &typed) {
						require.Contains(t, []string{"", tenant}, typed.Tenant)
					}
					var coded codedError
					if errors.As(err, &coded) {
						require.Contains(t, coded.Text, tenant+" "+id)
					}
				}
				f := newFinder(t, b, c.is, c.fail)
				for range 3 {
					check(f, "acme", "42")
					check(f, "acme", "43")
					check(f, "globex", "42")
				}
				require.Equal(t, 3, f.loads)
				if b.client == nil {
					return
				}
				// Another process learns it from a load of its own.
				other := newFinder(t, b, c.is, c.fail)
				for range 3 {
					check(other, "acme", "42")
					check(other, "acme", "43")
				}
				require.LessOrEqual(t, other.loads, 2)
				require.Zero(t, other.cache.Stats().CodecErrors)
			})
		})
	}
}

// An error that is not accepted, or makes no text, is remembered by nobody and breaks nothing.
func TestErrorsThatDoNotMeanNotFound(t *testing.T) {
	down := func(string, string) error { return errors.New("down") }
	f := newFinder(t, backend{name: "embedded"}, isTyped, down)
	for range 3 {
		require.EqualError(t, f.Get(context.Background(), "acme", "42"), "down")
	}
	require.Equal(t, 3, f.loads)

	// The zero value of its type panics: it is known by its text.
	f = newFinder(t, backend{name: "embedded"}, func(err error) bool {
		return strings.Contains(err.Error(), "nothing")
	}, func(string, string) error { return &brittleError{&typedError{label: "nothing"}} })
	for range 3 {
		require.EqualError(t, f.Get(context.Background(), "acme", "42"), "nothing")
	}
	require.Equal(t, 1, f.loads)
}

// brittleError cannot do without what it refers to.
type brittleError struct{ of *typedError }

func (e *brittleError) Error() string { return e.of.label }
