package rows

import (
	"context"
	"fmt"
	"reflect"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/contact/renamed"
	"github.com/cachegen/cachegen/runtime/benchmarks/contact/retyped"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
)

// release fills Redis with one release of a program, and reads it with the next one.
func release(e *Env) ([]*report.Table, error) {
	t := &report.Table{
		ID: "release", Title: "A type that changes between two releases",
		Note: "The old release has filled Redis. The next one has renamed a field of the contact, or given one another type, and reads " +
			"the same contact. Does it get a **wrong value**, an **error**, or does it load the contact again?",
		Columns: []string{"", "a field renamed", "a field retyped", "afterwards the old release still runs, and reads"},
	}
	for _, c := range e.candidates(inRedis) {
		row := report.Row{Name: c.Name}
		r, err := nextRelease(e, c, c.Renamed, renamed.New)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		s, err := nextRelease(e, c, c.Retyped, retyped.New)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		row.Cells = []string{r.next, s.next, r.old}
		if s.old != r.old {
			row.Cells[2] = r.old + "; " + s.old
		}
		t.Rows = append(t.Rows, row)
	}
	return []*report.Table{t}, nil
}

// seen is what a release gets from the entries of the other.
type seen struct{ next, old string }

func nextRelease[T contact.Record](e *Env, c peers.Candidate, o peers.Opener[T], create func(string, int) T) (seen, error) {
	ctx := context.Background()
	const id = "released"
	old, err := open(e, c, c.Contacts, peers.Setup{}, contact.New, proxied)
	if err != nil {
		return seen{}, err
	}
	defer old.close()
	if err := old.warm(ctx, id); err != nil {
		return seen{}, err
	}
	next := &bench[T]{store: contact.NewStore(create), server: old.server}
	if err := next.connect(o, peers.Setup{}, proxied); err != nil {
		return seen{}, err
	}
	defer next.close()
	s := seen{next: what(ctx, next, id)}
	// While the new release is rolled out, an instance of the old one starts.
	next.settle()
	again, err := old.another(c.Contacts, peers.Setup{}, proxied)
	if err != nil {
		return seen{}, err
	}
	defer again.close()
	s.old = what(ctx, again, id)
	return s, nil
}

// what a read of the first version of a contact comes to.
func what[T contact.Record](ctx context.Context, b *bench[T], id string) string {
	loads := b.store.Loads()
	v, err := b.Get(ctx, id)
	switch {
	case err != nil:
		return "**error**"
	case !same(v, b.store.Make(id, 1)):
		return "**wrong value**"
	case b.store.Loads() > loads:
		return "loads again"
	}
	return "the right value"
}

// same compares records field by field but for their time, whose location some codecs lose.
func same(a, b any) bool {
	x, y := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	for i := range x.NumField() {
		if x.Type().Field(i).Name != "LastCall" && !reflect.DeepEqual(x.Field(i).Interface(), y.Field(i).Interface()) {
			return false
		}
	}
	return true
}
