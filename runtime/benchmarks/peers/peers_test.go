package peers

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/internal/redistest"
)

// each runs a test for each candidate, with a server of its own for those that have a use for one.
func each(t *testing.T, test func(t *testing.T, c Candidate, s Setup)) {
	for _, c := range Candidates() {
		t.Run(c.Name, func(t *testing.T) {
			var s Setup
			if c.Redis {
				s.Addr = redistest.Start(t).Addr
			}
			test(t, c, s)
		})
	}
}

// open opens a peer in front of a new store of contacts.
func open[T contact.Record](t *testing.T, o Opener[T], s Setup, next contact.Repository[T]) Peer[T] {
	t.Helper()
	p, err := o(s, next)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

// becomesHit reads until a read loads nothing any more: some peers store in the background.
func becomesHit[T contact.Record](t *testing.T, p Peer[T], s *contact.Store[T], id string) T {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		before := s.Loads()
		v, err := p.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if s.Loads() == before {
			return v
		}
		if time.Now().After(deadline) {
			t.Fatal("each read loads")
		}
	}
}

// becomes reads until the answer has a version: some peers drop copies in the background.
func becomes[T contact.Record](t *testing.T, p Peer[T], id string, version int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		v, err := p.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if v.Rev() == version {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("version %d is still served, want %d", v.Rev(), version)
		}
	}
}

func TestReadsHitAndWritesInvalidate(t *testing.T) {
	each(t, func(t *testing.T, c Candidate, s Setup) {
		check(t, c.Contacts, s, contact.NewStore(contact.New))
		if c.Cards != nil {
			s.Addr = fresh(t, c)
			check(t, c.Cards, s, contact.NewStore(contact.NewCard))
		}
		if c.Hands == Either {
			s.Addr, s.Shared = fresh(t, c), true
			check(t, c.Contacts, s, contact.NewStore(contact.New))
		}
	})
}

// fresh starts a server without entries, for a candidate that has a use for one.
func fresh(t *testing.T, c Candidate) string {
	if !c.Redis {
		return ""
	}
	return redistest.Start(t).Addr
}

func check[T contact.Record](t *testing.T, o Opener[T], s Setup, store *contact.Store[T]) {
	t.Helper()
	ctx := t.Context()
	p := open(t, o, s, contact.Repository[T](store))
	if got, want := becomesHit(t, p, store, "c-1"), store.Make("c-1", 1); !reflect.DeepEqual(inUTC(got), inUTC(want)) {
		t.Errorf("a hit is\n%+v, want\n%+v", got, want)
	}
	if err := p.Update(ctx, "c-1", store.Make("c-1", 2)); err != nil {
		t.Fatal(err)
	}
	becomes(t, p, "c-1", 2)

	many, err := p.GetMany(ctx, []string{"c-1", "c-2", "c-3"})
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		if Why(err) == "" {
			t.Error("a refusal without a reason")
		}
	case err != nil:
		t.Fatal(err)
	default:
		if len(many) != 3 || many["c-1"].Rev() != 2 || many["c-3"].Rev() != 1 {
			t.Errorf("a batch is %v", many)
		}
		// It shares entries with the single read. A peer that follows its keys may have to hear
		// first of what it has stored itself.
		before := store.Loads() - 1
		for deadline := time.Now().Add(5 * time.Second); store.Loads() != before; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("each batch loads")
			}
			before = store.Loads()
			if _, err := p.GetMany(ctx, []string{"c-1", "c-2", "c-3"}); err != nil {
				t.Fatal(err)
			}
		}
		becomesHit(t, p, store, "c-2")
		if loads := store.Loads() - before; loads != 0 {
			t.Errorf("%d loads of what a batch has loaded", loads)
		}
	}

	switch err := p.UpdateAll(ctx); {
	case errors.Is(err, errors.ErrUnsupported):
		if Why(err) == "" {
			t.Error("a refusal without a reason")
		}
		becomes(t, p, "c-1", 2) // what is refused is not done either
	case err != nil:
		t.Fatal(err)
	default:
		for i := range 3 {
			becomes(t, p, fmt.Sprintf("c-%d", i+1), 3)
		}
	}
}

// inUTC is a record with its time in UTC: MessagePack forgets where a time was.
func inUTC(v any) any {
	switch v := v.(type) {
	case contact.Card:
		v.LastCall = v.LastCall.UTC()
		return v
	case *contact.Contact:
		c := v.Clone()
		*c.LastCall = c.LastCall.UTC()
		return c
	}
	panic(fmt.Sprintf("%T is no record", v))
}

// A second instance finds in Redis what the first has loaded.
func TestInstancesShareEntries(t *testing.T) {
	each(t, func(t *testing.T, c Candidate, s Setup) {
		if !c.Redis {
			t.Skip("it does not use Redis")
		}
		store := contact.NewStore(contact.New)
		a, b := open(t, c.Contacts, s, contact.Repository[*contact.Contact](store)), open(t, c.Contacts, s, contact.Repository[*contact.Contact](store))
		becomesHit(t, a, store, "c-1")
		// sturdyc stores in the background.
		for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
			before := store.Loads()
			v, err := b.Get(t.Context(), "c-1")
			if err != nil || v.Version != 1 {
				t.Fatalf("got %v, %v", v, err)
			}
			if store.Loads() == before {
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("each instance loads for itself")
			}
		}
	})
}

// With Remote, each hit asks Redis: without a server there is none.
func TestRemoteKeepsNoCopies(t *testing.T) {
	for _, c := range Candidates() {
		t.Run(c.Name, func(t *testing.T) {
			s := Setup{Remote: true}
			var server *redistest.Server
			if c.Redis {
				server = redistest.Start(t)
				s.Addr = server.Addr
			}
			store := contact.NewStore(contact.New)
			p, err := c.Contacts(s, store)
			if errors.Is(err, errors.ErrUnsupported) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			becomesHit(t, p, store, "c-1")
			server.Kill()
			before := store.Loads()
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if v, err := p.Get(ctx, "c-1"); err == nil && store.Loads() == before {
				t.Errorf("a hit without a server: %+v", v)
			}
		})
	}
}

// Hands is what is true of a hit in the process.
func TestHands(t *testing.T) {
	each(t, func(t *testing.T, c Candidate, s Setup) {
		if !c.Process {
			t.Skip("it keeps no copies in the process")
		}
		for _, shared := range []bool{false, true} {
			if shared && c.Hands != Either {
				continue
			}
			s.Shared = shared
			store := contact.NewStore(contact.New)
			p := open(t, c.Contacts, s, contact.Repository[*contact.Contact](store))
			becomesHit(t, p, store, "c-1")
			var same bool
			for range 1000 { // the copy of cachegen waits for its lease
				a, b := becomesHit(t, p, store, "c-1"), becomesHit(t, p, store, "c-1")
				if same = a == b; same {
					break
				}
				if !shared && c.Hands != Itself {
					break
				}
				time.Sleep(time.Millisecond)
			}
			if want := shared || c.Hands == Itself; same != want {
				t.Errorf("two callers got the same pointer: %v, want %v (shared=%v)", same, want, shared)
			}
		}
	})
}

func TestGETs(t *testing.T) {
	addr := redistest.Start(t).Addr
	for _, pipelined := range []bool{false, true} {
		g, err := OpenGETs(addr, pipelined)
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		if err := g.Fill(t.Context(), "c-1", []byte("text")); err != nil {
			t.Fatal(err)
		}
		if data, err := g.Get(t.Context(), "c-1"); err != nil || string(data) != "text" {
			t.Errorf("got %q, %v", data, err)
		}
		if _, err := g.Get(t.Context(), "c-2"); err == nil {
			t.Error("a miss is no error")
		}
		if n, err := g.GetMany(t.Context(), []string{"c-1", "c-2"}); n != 1 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
	}
}
