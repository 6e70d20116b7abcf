package entcache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"entgo.io/ent"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/orm"
)

// Hooks invalidates what a client writes. [New] makes it. It is safe for concurrent use.
type Hooks struct {
	entities []*entity
	write    *runtime.Write
	seen     atomic.Bool // the driver has run a statement
	missing  sync.Once
}

// entity is what writes of a table make stale.
type entity struct {
	name     string
	prefix   string // of the read: contact; "" of a Table
	table    string
	patterns []string
	scope    runtime.TenantScope // whose; zero: the tenant of the context
	// row returns what appends the id of a mutation of this type to a key, or nil if it has none.
	row func(ent.Mutation) (add func(runtime.Key), ours bool)
}

// Option says what is invalidated: [Entity], [Table].
type Option func(*Hooks)

// Mutation is what ent generates for a type whose id is an ID.
type Mutation[ID any] interface {
	ent.Mutation
	ID() (ID, bool)
}

// Entity says that rows which a type of mutations writes are cached under a prefix, that of the
// read: a mutation of the row 42 invalidates contact:42. The table is the generated constant
// contact.Table. The patterns are stale with any write of the entity: contact:list:*.
func Entity[M Mutation[ID], ID any](prefix, table string, patterns ...string) Option {
	e := &entity{name: fmt.Sprintf("Entity[%T]", *new(M)), prefix: prefix, table: table, patterns: patterns}
	e.row = func(m ent.Mutation) (func(runtime.Key), bool) {
		mutation, ours := m.(M)
		if !ours || mutation.Op().Is(ent.OpUpdate|ent.OpDelete) {
			return nil, ours
		}
		id, known := mutation.ID()
		if !known {
			return nil, true
		}
		return func(k runtime.Key) { runtime.KeyOf(k, id) }, true
	}
	return func(h *Hooks) { h.entities = append(h.entities, e) }
}

// Table says that any write of a table makes patterns stale: contact:42 one entry, contact:* all
// under contact. It is for the join tables of many-to-many edges.
func Table(name string, patterns ...string) Option {
	e := &entity{name: fmt.Sprintf("Table(%q)", name), table: name, patterns: patterns}
	e.row = func(ent.Mutation) (func(runtime.Key), bool) { return nil, false }
	return func(h *Hooks) { h.entities = append(h.entities, e) }
}

// In says whose entries the options invalidate, in place of those of the tenant of the context:
// runtime.Global for reads with tenant=global, runtime.AllTenants where scripts write rows of other
// tenants than that of their context.
func In(scope runtime.TenantScope, options ...Option) Option {
	return func(h *Hooks) {
		from := len(h.entities)
		for _, o := range options {
			o(h)
		}
		for _, e := range h.entities[from:] {
			e.scope = scope
		}
	}
}

// New makes the hooks of clients that use one cache. The error names all that is wrong with the
// options.
func New(cache *runtime.Cache, options ...Option) (*Hooks, error) {
	if cache == nil {
		return nil, errors.New("entcache: New was given a nil *Cache")
	}
	h := new(Hooks)
	for _, o := range options {
		o(h)
	}
	var errs []error
	if len(h.entities) == 0 {
		errs = append(errs, errors.New("entcache: New was given nothing to invalidate; name what is cached, as in entcache.Entity[*ent.ContactMutation](\"contact\", contact.Table)"))
	}
	for _, e := range h.entities {
		for _, err := range e.check() {
			errs = append(errs, fmt.Errorf("entcache: %s: %w", e.name, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	h.write = runtime.NewWrite(cache, runtime.WriteOptions{Method: "github.com/cachegen/cachegen/runtime/entcache.Hooks.Commit"})
	return h, nil
}

func (e *entity) check() (errs []error) {
	if e.table == "" {
		errs = append(errs, errors.New("the name of the table is empty"))
	}
	paths := map[string]string{}
	for _, p := range e.patterns {
		paths[p] = strings.TrimSuffix(p, ":*")
	}
	if !strings.HasPrefix(e.name, "Table") {
		paths[e.prefix] = e.prefix
	} else if len(e.patterns) == 0 {
		errs = append(errs, errors.New(`no patterns; say what is stale, as in "contact:*"`))
	}
	for text, path := range paths {
		switch {
		case path == "" || strings.HasPrefix(path, ":") || strings.HasSuffix(path, ":") || strings.Contains(path, "::"):
			errs = append(errs, fmt.Errorf("%q: a segment is empty", text))
		case strings.Contains(path, "*"):
			errs = append(errs, fmt.Errorf(`%q: "*" stands for all that follows and can only be the last segment of a pattern, as in "contact:*"`, text))
		case strings.ContainsAny(path, "{}"):
			errs = append(errs, fmt.Errorf("%q: placeholders belong to directives", text))
		}
	}
	return errs
}

// running is a mutation that is under way. The driver finds it in the context of statements.
type running struct {
	ctx    context.Context // without it
	tables []string        // that the hook knows the rows of

	mu      sync.Mutex
	tx      *transaction
	reached bool // a statement has reached the driver
	others  bool // than the row of the mutation may have been written
}

type runningKey struct{}

// Hook is an [ent.Hook], for client.Use.
func (h *Hooks) Hook(next ent.Mutator) ent.Mutator {
	return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (v ent.Value, err error) {
		run := &running{ctx: ctx}
		for _, e := range h.entities {
			if _, ours := e.row(m); ours {
				run.tables = append(run.tables, e.table)
			}
		}
		defer func() {
			if failed := h.mutated(run, m, err); err == nil {
				err = failed
			}
		}()
		return next.Mutate(context.WithValue(ctx, runningKey{}, run), m)
	})
}

// mutated notes what a mutation has changed, also one that failed or panicked: it may have been
// done.
func (h *Hooks) mutated(run *running, m ent.Mutation, err error) error {
	if len(run.tables) == 0 || orm.WasRefused(err) {
		return nil
	}
	run.mu.Lock()
	tx, reached, others := run.tx, run.reached, run.others
	run.mu.Unlock()
	if !reached {
		seen := h.seen.Load()
		if err != nil || seen && m.Op().Is(ent.OpCreate) {
			return nil // nothing was run, or the last mutation of a batch notes all of it
		}
		h.missing.Do(func() {
			slog.WarnContext(run.ctx, "entcache: a mutation has not reached the driver, so its transaction is not known; "+
				"make the client with ent.Driver(hooks.Driver(driver)), and pass contexts on in hooks (logged once)", "type", m.Type())
		})
	}
	var list changes
	for _, e := range h.entities {
		if add, ours := e.row(m); ours {
			list.add(e, add, others || add == nil)
		}
	}
	return h.note(run.ctx, tx, list)
}

// note leaves changes to the end of their transaction, or invalidates now.
func (h *Hooks) note(ctx context.Context, tx *transaction, list changes) error {
	if len(list) == 0 || tx != nil && tx.pending.Add(ctx, func(into *changes) { into.merge(list) }) {
		return nil
	}
	return list.invalidate(ctx, h.write)
}
