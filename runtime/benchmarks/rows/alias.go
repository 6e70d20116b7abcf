package rows

import (
	"context"
	"fmt"
	"sync"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/internal/report"
	"github.com/cachegen/cachegen/runtime/benchmarks/peers"
)

// alias changes what was handed out, and looks whether the cache now answers with the change.
func alias(e *Env) ([]*report.Table, error) {
	t := &report.Table{
		ID: "alias", Title: "Does a caller's change reach the others?",
		Note: "A caller changes a field, a slice and a map of what it got, and the next one reads. **yes** means that the next one sees " +
			"the change. First of a hit; then of what the caller got whose call loaded it; then of the value that the repository returned " +
			"and kept.",
		Columns: []string{"", "of a hit", "of what one's own call loaded", "of what the repository returned"},
	}
	type subject struct {
		name  string
		setup peers.Setup
		c     peers.Candidate
	}
	var subjects []subject
	for _, c := range e.candidates(all) {
		subjects = append(subjects, subject{c.Name, peers.Setup{}, c})
		if c.Hands == peers.Either {
			subjects = append(subjects, subject{c.Name + ", `share`", peers.Setup{Shared: true}, c})
		}
	}
	for _, s := range subjects {
		row := report.Row{Name: s.name}
		for _, change := range []changed{aHit, ownLoad, theRepositorys} {
			bad, err := aliasOf(e, s.c, s.setup, change)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			row.Cells = append(row.Cells, yesNo(bad))
		}
		t.Rows = append(t.Rows, row)
	}
	return []*report.Table{t}, nil
}

// changed is what is changed.
type changed int

const (
	aHit changed = iota
	ownLoad
	theRepositorys
)

func aliasOf(e *Env, c peers.Candidate, s peers.Setup, what changed) (bool, error) {
	ctx := context.Background()
	const id = "shared"
	v := direct
	if c.Process && c.Redis {
		v = proxied // to see that a hit is one in the process
	}
	b, err := open(e, c, c.Contacts, s, contact.New, v)
	if err != nil {
		return false, err
	}
	defer b.close()
	var mu sync.Mutex
	var returned *contact.Contact
	b.store.OnRead(func(_ context.Context, loaded string, v *contact.Contact) {
		if loaded == id {
			mu.Lock()
			defer mu.Unlock()
			returned = v
		}
	})
	// The first read of an instance may load twice: before and after its connection is up. So this
	// is not it.
	if err := b.warm(ctx, "other"); err != nil {
		return false, err
	}
	got, err := b.Get(ctx, id)
	if err != nil {
		return false, err
	}
	if what == aHit {
		if err := b.warm(ctx, id); err != nil {
			return false, err
		}
		if got, err = b.Get(ctx, id); err != nil {
			return false, err
		}
	}
	b.settle() // whoever encodes in the background has to be through with it
	if what == theRepositorys {
		mu.Lock()
		got = returned
		mu.Unlock()
	}
	got.Notes, got.Tags[0], got.Custom["source"] = "changed", "changed", "changed"
	next, err := b.Get(ctx, id)
	if err != nil {
		return false, err
	}
	return next.Notes == "changed" || next.Tags[0] == "changed" || next.Custom["source"] == "changed", nil
}
