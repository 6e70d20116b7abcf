// Package cachetest makes caches for tests.
package cachetest

import (
	"context"
	"testing"

	"github.com/cachegen/cachegen/runtime"
)

// New returns a cache that is closed when the test ends.
func New(t testing.TB, o runtime.Options) *runtime.Cache {
	t.Helper()
	o.Seed = 1 // what is not invalidated stays, not by chance
	cache, err := runtime.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's own context has ended.
		if err := cache.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return cache
}

// WantLoads checks how often the inner method has been called for misses: ContactRepository.Get.
func WantLoads(t testing.TB, cache *runtime.Cache, method string, want uint64) {
	t.Helper()
	if got := cache.Stats().Method(method).Loads; got != want {
		t.Errorf("%s has been loaded %d times, want %d", method, got, want)
	}
}
