// Package host lends the Redis servers of package redistest to a program that is no test.
package host

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// Host owns servers and what else has to be cleaned up.
type Host struct {
	tb *tb
}

// New returns a host without servers.
func New() *Host { return &Host{&tb{}} }

// Missing says why there can be no server on this machine, or "".
func Missing() string { return redistest.Missing() }

// Start starts a server with further arguments, on a port of its own.
func (h *Host) Start(args ...string) (s *redistest.Server, err error) {
	defer func() {
		switch f := recover().(type) {
		case nil:
		case failure:
			err = f
		default:
			panic(f)
		}
	}()
	return redistest.Start(h.tb, args...), nil
}

// Defer calls f in Close, before what was deferred earlier.
func (h *Host) Defer(f func()) { h.tb.Cleanup(f) }

// Close stops all servers.
func (h *Host) Close() {
	for {
		h.tb.mu.Lock()
		n := len(h.tb.cleanups)
		if n == 0 {
			h.tb.mu.Unlock()
			return
		}
		f := h.tb.cleanups[n-1]
		h.tb.cleanups = h.tb.cleanups[:n-1]
		h.tb.mu.Unlock()
		f()
	}
}

// failure is what a test would fail with.
type failure string

func (f failure) Error() string { return string(f) }

// tb is as much of a testing.TB as starting a server takes. What it lacks panics.
type tb struct {
	testing.TB
	mu       sync.Mutex
	cleanups []func()
}

func (*tb) Helper() {}

func (*tb) Fatal(args ...any) { panic(failure(fmt.Sprint(args...))) }

func (*tb) Fatalf(format string, args ...any) { panic(failure(fmt.Sprintf(format, args...))) }

func (*tb) Skipf(format string, args ...any) { panic(failure(fmt.Sprintf(format, args...))) }

func (t *tb) Cleanup(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cleanups = append(t.cleanups, f)
}

func (t *tb) TempDir() string {
	dir, err := os.MkdirTemp("", "cachegen-benchmarks-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
