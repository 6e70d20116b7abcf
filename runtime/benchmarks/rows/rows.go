// Package rows has the rows of the comparison. Each makes one table or a few, and runs alone in a
// process of its own.
package rows

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/host"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/measure"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/proxy"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// A Row is one piece of work that all candidates are given.
type Row struct {
	ID    string // what -rows selects
	About string // one line
	Redis bool   // it needs a server
	Run   func(*Env) ([]*report.Table, error)
}

// All returns the rows in the order of the tables.
func All() []Row {
	return []Row{
		{"hits-value", "hits in the process, values", true, hitsValue},
		{"hits-pointer", "hits in the process, pointers to a copy of the caller's own", true, hitsPointer},
		{"hits-shared", "hits in the process, the cached value itself", true, hitsShared},
		{"redis", "hits in Redis, by 1 to 256 goroutines", true, redisHits},
		{"trips", "commands and round trips of a miss, a hit and a write", true, trips},
		{"misses", "how long a miss and its fill take", true, misses},
		{"batch", "a hundred contacts at once", true, batch},
		{"stampede", "many callers miss the same key", true, stampede},
		{"pattern", "invalidating everything under a prefix", true, pattern},
		{"stale", "stale answers in races with a write", true, stale},
		{"lag", "how long copies in another process stay stale", true, lag},
		{"alias", "whether callers see each other's changes", true, alias},
		{"outage", "Redis killed, and Redis frozen", true, outage},
		{"release", "a type that changes between two releases", true, release},
	}
}

// Scale is how much work a row does.
type Scale int

const (
	// Full is for numbers to publish.
	Full Scale = iota
	// Short is for a look: about a minute for everything.
	Short
	// Smoke is for tests: everything once.
	Smoke
)

// Env is what rows run in.
type Env struct {
	Scale Scale
	Host  *host.Host
	// Again starts this program again, as a process that calls Child.
	Again func() *exec.Cmd
	// Only selects candidates by name. Nil: all of them.
	Only func(name string) bool
}

// pick returns one of three by the scale.
func pick[T any](e *Env, full, short, smoke T) T { return []T{full, short, smoke}[e.Scale] }

// rounds is how many turns each candidate has, and how long one of them is.
func (e *Env) rounds() (int, time.Duration) {
	return pick(e, 11, 3, 1), pick(e, 100*time.Millisecond, 20*time.Millisecond, time.Millisecond)
}

// keys is how many contacts there are.
func (e *Env) keys() int { return pick(e, 10_000, 1_000, 200) }

// ids names all contacts, and drawn are the indices of those that are read, by a zipf distribution
// of exponent 1.1.
func (e *Env) ids() (ids []string, drawn []int) {
	ids = make([]string, e.keys())
	for i := range ids {
		ids[i] = contact.ID(i)
	}
	return ids, measure.Zipf(1.1, len(ids), 1<<16)
}

// candidates are those that are selected and that want likes.
func (e *Env) candidates(want func(peers.Candidate) bool) []peers.Candidate {
	var out []peers.Candidate
	for _, c := range peers.Candidates() {
		if want(c) && (e.Only == nil || e.Only(c.Name)) {
			out = append(out, c)
		}
	}
	return out
}

func all(peers.Candidate) bool        { return true }
func inRedis(c peers.Candidate) bool  { return c.Redis }
func noFloors(c peers.Candidate) bool { return !c.Floor }

// A bench is a peer with all that it runs on, for itself alone.
type bench[T contact.Record] struct {
	peers.Peer[T]
	store  *contact.Store[T]
	server *redistest.Server // nil: it does not use Redis
	proxy  *proxy.Proxy      // nil: it connects to the server itself
	copies bool              // it keeps copies in the process
	warmed bool              // warm has been called
	shut   []func()
}

// via says how a bench connects.
type via int

const (
	direct via = iota
	proxied
)

// open starts what a candidate runs on, and opens it.
func open[T contact.Record](e *Env, c peers.Candidate, o peers.Opener[T], s peers.Setup, create func(string, int) T, v via) (*bench[T], error) {
	b := &bench[T]{store: contact.NewStore(create), copies: c.Process && !s.Remote}
	if c.Redis {
		var err error
		if b.server, err = e.Host.Start(); err != nil {
			return nil, err
		}
		b.shut = append(b.shut, b.server.Kill)
	}
	if err := b.connect(o, s, v); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// another opens a second instance on the same store and server.
func (b *bench[T]) another(o peers.Opener[T], s peers.Setup, v via) (*bench[T], error) {
	other := &bench[T]{store: b.store, server: b.server, copies: b.copies}
	if err := other.connect(o, s, v); err != nil {
		other.close()
		return nil, err
	}
	return other, nil
}

func (b *bench[T]) connect(o peers.Opener[T], s peers.Setup, v via) error {
	if b.server != nil {
		s.Addr = b.server.Addr
		if v == proxied {
			var err error
			if b.proxy, err = proxy.New(s.Addr); err != nil {
				return err
			}
			b.shut = append(b.shut, b.proxy.Close)
			s.Addr = b.proxy.Addr()
		}
	}
	p, err := o(s, b.store)
	if err != nil {
		return err
	}
	b.Peer = p
	b.shut = append(b.shut, func() { _ = p.Close() })
	return nil
}

// close ends everything that the bench has started.
func (b *bench[T]) close() {
	for _, f := range slices.Backward(b.shut) {
		f()
	}
	b.shut = nil
}

// settle waits until what the peer does in the background has come to rest: until no command has
// been sent for a while, if there is a proxy.
func (b *bench[T]) settle() {
	if s, ok := b.Peer.(interface{ Settle() }); ok {
		s.Settle()
	}
	if b.proxy == nil {
		return
	}
	for quiet := 0; quiet < 3; {
		time.Sleep(5 * time.Millisecond) // a pause is what is looked for
		if quiet++; len(b.proxy.Commands()) > 0 {
			quiet = 0
		}
	}
}

// warm reads until reads load nothing and, where a proxy can tell, are answered by copies.
func (b *bench[T]) warm(ctx context.Context, ids ...string) error {
	local := b.proxy != nil && b.copies
	if !b.warmed { // what is nowhere is loaded by many at once, and soon there
		if err := inTurn(b.get, ids, nil, min(len(ids), 16), len(ids)); err != nil {
			return err
		}
		b.warmed = true
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		b.settle()
		loads := b.store.Loads()
		for _, id := range ids {
			if _, err := b.Get(ctx, id); err != nil {
				return err
			}
		}
		asked := 0
		if local {
			for _, name := range b.proxy.Commands() {
				if name != "XREAD" && name != "PING" { // on the side, now and then
					asked++
				}
			}
		}
		if b.store.Loads() == loads && asked <= len(ids)/1000 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("reads of %d contacts still cause %d loads and %d commands", len(ids), b.store.Loads()-loads, asked)
		}
	}
}

// no is the answer of a peer that does not offer something.
func no(err error) string { return "no: " + peers.Why(err) }

func unsupported(err error) bool { return errors.Is(err, errors.ErrUnsupported) }

// yes marks a bad answer, and none a good one.
func yesNo(bad bool) string {
	if bad {
		return "**yes**"
	}
	return "no"
}
