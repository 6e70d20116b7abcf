package runtime

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/cachegen/cachegen/runtime/internal/entry"
)

// flights are the running loads of this process, one for each key: reads that miss together load
// once.
//
// x/sync's singleflight cannot serve here. It lets every caller join; a read that starts after an
// invalidation must not join a load from before it, even if another process did the invalidating.
// And its channel form crashes the process when a load panics, and never answers when a load ends
// in runtime.Goexit, which is how a mock fails its test. To keep account of a load takes 1.4 times
// as long as with singleflight, and as many allocations; on a goroutine of its own, which a caller
// can stop waiting for, singleflight takes 1.5 times as long and two allocations more.
type flights struct {
	mu    sync.Mutex
	byKey map[string]*flight
	// clock orders the reads and loads of this process.
	clock atomic.Uint64
}

// flight is one load, or one wait for the load of another process.
type flight struct {
	done chan struct{}
	over context.Context // ends when the load may take no longer
	prev *flight         // a load to let pass first, so that they do not pile up

	// Guarded by flights.mu.
	began uint64      // clock when the load began; 0: it has not
	claim entry.Token // under which it loads; 0: without
	stamp uint64      // of the load

	out outcome // valid once done is closed
}

// outcome is how a flight ended.
type outcome struct {
	// asOf is a clock value from before which the answer cannot be: a read that began earlier may
	// take it whatever else happened.
	asOf uint64
	// Nil: there is nothing that could be shared, each caller has to load for itself.
	payload  []byte
	kept     any // the value, of a read InProcess
	err      error
	panicked any
	exited   bool // the load ended in runtime.Goexit

	// Of an item of a batch.
	batch  bool   // err is that of the whole batch, perhaps because of another of its items
	absent []byte // the payload of an item that was not there
}

func newFlights() *flights { return &flights{byKey: make(map[string]*flight)} }

// tick returns a clock value above all before it.
func (fs *flights) tick() uint64 { return fs.clock.Add(1) }

// join returns the flight that an item of a read should wait for. The read started at clock value
// start and has since seen what it.seen holds. The caller holds fs.mu.
//
//	mine:   the read must run the flight
//	proven: whatever the flight loads is new enough; else the outcome has to say so
func (fs *flights) join(it *item, start uint64, over context.Context) (f *flight, mine, proven bool) {
	f = fs.byKey[it.Key]
	if f != nil && f.over.Err() != nil {
		f = nil // it hangs, and nobody waits for it any more
	}
	seen, tagged := it.seen, it.resultTags != nil
	if f != nil {
		switch {
		case f.began == 0, f.began > start:
			return f, false, false
		case !tagged && !seen.Bypass && f.stamp >= seen.MinStamp &&
			(seen.Complete || seen.Stated() && f.claim != 0 && f.claim == seen.Entry.Claim):
			// Nothing has invalidated the key since the load took its stamp: no scope has, and the
			// claim still stood when the read looked, or the scopes say it all. Behind a fence that
			// says nothing of a commit in between; nor of a load whose answer has yet to say what
			// its tags are. Of scopes, state that was lost says nothing:
			//
			//  1. the load takes its stamp, claims, and reads the old row
			//  2. a write commits and stamps a scope, which does not touch the claim
			//  3. Redis evicts the table of the tenant
			//  4. this read finds the claim, and no stamp that is newer than the load's
			return f, false, true
		}
	}
	next := &flight{done: make(chan struct{}), over: over}
	if seen.Bypass || tagged {
		next.prev = f
	}
	fs.byKey[it.Key] = next
	return next, true, true
}

// begin marks the start of the load.
func (fs *flights) begin(f *flight, claim entry.Token, stamp uint64) uint64 {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.claim, f.stamp = claim, stamp
	f.began = fs.tick()
	return f.began
}

// end publishes the outcome.
func (fs *flights) end(key string, f *flight, out outcome) {
	fs.mu.Lock()
	f.out = out
	if fs.byKey[key] == f {
		delete(fs.byKey, key)
	}
	fs.mu.Unlock()
	close(f.done)
}

// wait waits for the flight to end, for as long as the caller's context and the bound of the load
// allow.
func (f *flight) wait(ctx context.Context) (outcome, error) {
	select {
	case <-f.done:
		return f.out, nil
	default:
	}
	select {
	case <-f.done:
		return f.out, nil
	case <-ctx.Done():
		return outcome{}, ctx.Err()
	case <-f.over.Done():
		select {
		case <-f.done:
			return f.out, nil
		default:
			if err := f.over.Err(); err != context.DeadlineExceeded {
				return outcome{}, fmt.Errorf("cachegen: the cache was closed during the load: %w", err)
			}
			return outcome{}, fmt.Errorf("cachegen: the load took longer than Options.LoadTimeout: %w", context.DeadlineExceeded)
		}
	}
}

// rethrow lets a load end for a waiter as it ended for itself.
func (o *outcome) rethrow() {
	if o.panicked != nil {
		panic(o.panicked)
	}
	if o.exited {
		runtime.Goexit()
	}
}

// loadPanic is what a panic in a load is logged as; the callers get the value itself.
func loadPanic(p any) error { return fmt.Errorf("panic: %v\n%s", p, debug.Stack()) }

// errGoexit is what a load that ended in runtime.Goexit is logged as.
var errGoexit = errors.New("the load called runtime.Goexit")
