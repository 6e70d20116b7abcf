package entcache_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/entcache"
	"github.com/cachegen/cachegen/runtime/entcache/internal/ent"
	"github.com/cachegen/cachegen/runtime/entcache/internal/ent/contact"
	"github.com/cachegen/cachegen/runtime/entcache/internal/ent/phone"
)

// two are two processes that share a database and a Redis. One of them writes, past its decorator.
type two struct {
	ctx         context.Context
	pool        *sql.DB
	client      *ent.Client
	cache       *runtime.Cache
	here, there *runtime.Read

	mu    sync.Mutex
	paths []string
}

func newTwo(t *testing.T, pool *sql.DB) *two {
	t.Helper()
	if pool == nil {
		pool = openSQL(t, postgresConfig(t))
	}
	s := &two{ctx: runtime.WithTenant(t.Context(), "acme"), pool: pool}
	o := redisOptions(t)
	other := newCache(t, o)
	o.Observe = func(_ context.Context, e runtime.Event) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if e.Source == runtime.SourceWrite {
			for _, path := range e.Paths {
				s.paths = append(s.paths, strings.TrimPrefix(path, o.App+":acme:"))
			}
		}
	}
	s.cache = newCache(t, o)
	s.here, s.there = newRead(s.cache), newRead(other)
	hooks, err := entcache.New(s.cache,
		entcache.Entity[*ent.ContactMutation]("contact", contact.Table),
		entcache.Entity[*ent.PhoneMutation]("phone", phone.Table, "phonebook:*"),
		entcache.Table(contact.TagsTable, "tagged:*"),
	)
	must(t, err)
	s.client = ent.NewClient(ent.Driver(hooks.Driver(entsql.OpenDB(dialect.Postgres, pool))), ent.Log(func(...any) {}))
	must(t, s.client.Schema.Create(s.ctx))
	s.client.Use(hooks.Hook)
	must(t, s.client.Contact.Create().SetID(42).SetName("Ada").Exec(s.ctx))
	s.take()
	return s
}

func newCache(t *testing.T, o runtime.Options) *runtime.Cache {
	t.Helper()
	cache, err := runtime.New(o)
	must(t, err)
	t.Cleanup(func() {
		if err := cache.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return cache
}

func newRead(cache *runtime.Cache) *runtime.Read {
	return runtime.NewRead(cache, runtime.ReadOptions{
		Method: "ContactRepository.Name", Prefix: "contact", Version: "1", TTL: time.Hour,
		Result: runtime.ResultOf(nil, nil, runtime.Same[string]),
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// take returns what was invalidated since the last call.
func (s *two) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.paths
	s.paths = nil
	slices.Sort(list)
	return list
}

func (s *two) name(read *runtime.Read) (string, error) {
	var buf runtime.KeyBuffer
	key := read.Key(s.ctx, &buf).Int(42)
	if v, ok, err := read.Lookup(s.ctx, key); ok {
		return v.(string), err
	}
	v, err := read.Load(s.ctx, key, func(ctx context.Context) (any, error) {
		var name string
		err := s.pool.QueryRowContext(ctx, "SELECT name FROM contacts WHERE id = 42").Scan(&name)
		return name, err
	})
	return v.(string), err
}

// want checks what each process reads, twice: once it may have to be loaded.
func (s *two) want(t *testing.T, name string) {
	t.Helper()
	for range 2 {
		if got, err := s.name(s.here); err != nil || got != name {
			t.Errorf("the process that writes reads %q (%v), want %q", got, err, name)
		}
		deadline := time.Now().Add(patience) // a copy in the process may be stale for a moment
		for {
			got, err := s.name(s.there)
			if err == nil && got == name {
				break
			}
			if time.Now().After(deadline) {
				t.Errorf("the other process reads %q (%v), want %q", got, err, name)
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
}

func (s *two) wantPaths(t *testing.T, when string, want ...string) {
	t.Helper()
	if got := s.take(); !slices.Equal(got, want) {
		t.Errorf("%s: %q is invalidated, want %q", when, got, want)
	}
}

// Each mutation invalidates the row that it names, and all of the entity if it names none.
func TestRows(t *testing.T) {
	s := newTwo(t, nil)
	db, ctx := s.client, s.ctx
	do := func(_ int, err error) error { return err }
	for _, c := range []struct {
		name  string
		write func() error
		want  []string
	}{
		{"create", func() error { return db.Contact.Create().SetID(7).SetName("a").Exec(ctx) }, []string{"contact:7"}},
		{"create with a key of the database", func() error { return db.Contact.Create().SetName("a").Exec(ctx) }, []string{"contact:1"}},
		{"create one as a batch", func() error {
			return db.Contact.CreateBulk(db.Contact.Create().SetID(8).SetName("a")).Exec(ctx)
		}, []string{"contact:8"}},
		{"create a batch", func() error {
			return db.Contact.CreateBulk(db.Contact.Create().SetID(20).SetName("a"), db.Contact.Create().SetID(21).SetName("b")).Exec(ctx)
		}, []string{"contact:*"}},
		{"upsert", func() error {
			return db.Contact.Create().SetID(7).SetName("b").OnConflictColumns(contact.FieldID).UpdateNewValues().Exec(ctx)
		}, []string{"contact:*"}},
		{"update one", func() error { return db.Contact.UpdateOneID(7).SetName("c").Exec(ctx) }, []string{"contact:7"}},
		{"update many", func() error { return db.Contact.Update().Where(contact.Name("c")).SetName("d").Exec(ctx) }, []string{"contact:*"}},
		{"delete one", func() error { return db.Contact.DeleteOneID(20).Exec(ctx) }, []string{"contact:20"}},
		{"delete many", func() error { return do(db.Contact.Delete().Where(contact.Name("b")).Exec(ctx)) }, []string{"contact:*"}},
		{"phone", func() error { return db.Phone.Create().SetID("1:2").Exec(ctx) }, []string{"phone:1%3A2", "phonebook:*"}},
		{"edge in the table of another type", func() error { return db.Contact.UpdateOneID(7).AddPhoneIDs("1:2").Exec(ctx) },
			[]string{"contact:7", "phone:*", "phonebook:*"}},
		{"edge in a table of its own", func() error {
			must(t, db.Tag.Create().SetID("vip").Exec(ctx))
			return db.Contact.UpdateOneID(7).AddTagIDs("vip").Exec(ctx)
		}, []string{"contact:7", "tagged:*"}},
		{"raw", func() error {
			_, err := db.ExecContext(ctx, `UPDATE "contacts" SET name = 'raw' WHERE id = 7`)
			return err
		}, []string{"contact:*"}},
		{"a read", func() error { return do(db.Contact.Query().Count(ctx)) }, nil},
		{"a constraint", func() error {
			if err := db.Contact.Create().SetID(7).SetName("x").Exec(ctx); !ent.IsConstraintError(err) {
				return err
			}
			return nil
		}, nil},
		{"no name", func() error {
			if err := db.Contact.Create().SetID(7).Exec(ctx); !ent.IsValidationError(err) {
				return err
			}
			return nil
		}, nil},
	} {
		must(t, c.write())
		s.wantPaths(t, c.name, c.want...)
	}
}

// A script of one tenant writes the row of another: In says that all are concerned.
func TestEntriesOfAllTenants(t *testing.T) {
	s := newTwo(t, nil)
	hooks, err := entcache.New(s.cache,
		entcache.In(runtime.AllTenants, entcache.Entity[*ent.ContactMutation]("contact", contact.Table)),
		entcache.Entity[*ent.PhoneMutation]("phone", phone.Table),
	)
	must(t, err)
	client := ent.NewClient(ent.Driver(hooks.Driver(entsql.OpenDB(dialect.Postgres, s.pool))))
	client.Use(hooks.Hook)

	s.want(t, "Ada")
	must(t, client.Contact.UpdateOneID(42).SetName("Grace").Exec(runtime.WithTenant(t.Context(), "globex")))
	s.want(t, "Grace")
	s.take()
	must(t, client.Phone.Create().SetID("7").Exec(s.ctx))
	s.wantPaths(t, "an option beside In", "phone:7")
}

// Until the commit the old row is read, and stored again if it is not there. After it, it is stale.
func TestTransaction(t *testing.T) {
	for name, begin := range map[string]func(*two) (*ent.Tx, error){
		"Tx": func(s *two) (*ent.Tx, error) { return s.client.Tx(s.ctx) },
		"BeginTx": func(s *two) (*ent.Tx, error) {
			return s.client.BeginTx(s.ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
		},
		"Debug": func(s *two) (*ent.Tx, error) { return s.client.Debug().Tx(s.ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newTwo(t, nil)
			s.want(t, "Ada")
			tx, err := begin(s)
			must(t, err)
			must(t, tx.Contact.UpdateOneID(42).SetName("Ada King").Exec(s.ctx))
			must(t, tx.Contact.Create().SetID(50).SetName("new").Exec(s.ctx))
			must(t, tx.Contact.CreateBulk(tx.Contact.Create().SetName("a"), tx.Contact.Create().SetName("b")).Exec(s.ctx))
			must(t, tx.Contact.UpdateOneID(42).AddPhones().Exec(s.ctx))
			s.wantPaths(t, "before the commit")
			s.want(t, "Ada")
			must(t, tx.Commit())
			s.want(t, "Ada King")
			s.wantPaths(t, "after the commit", "contact:*")

			tx, err = begin(s)
			must(t, err)
			must(t, tx.Contact.UpdateOneID(42).SetName("nobody").Exec(s.ctx))
			must(t, tx.Rollback())
			s.wantPaths(t, "after a rollback")
			s.want(t, "Ada King")
		})
	}
}

// A write that bypasses the decorator is seen by all processes.
func TestWritePastTheDecorator(t *testing.T) {
	s := newTwo(t, nil)
	s.want(t, "Ada")
	must(t, s.client.Contact.UpdateOneID(42).SetName("Ada King").Exec(s.ctx))
	s.want(t, "Ada King")
	must(t, s.client.Contact.Update().SetName("Ada Lovelace").Exec(s.ctx))
	s.want(t, "Ada Lovelace")
	must(t, s.cache.Transact(s.ctx, func(ctx context.Context) error {
		must(t, s.client.Contact.UpdateOneID(42).SetName("Countess").Exec(ctx))
		s.take()
		return nil
	}))
	s.wantPaths(t, "at the end of Transact", "contact:42")
	s.want(t, "Countess")
}

// While a transaction commits, others read the old row and store it. The invalidation follows.
func TestReadDuringACommit(t *testing.T) {
	var s *two
	var lose atomic.Bool
	pool := sql.OpenDB(losing{stdlib.GetConnector(*postgresConfig(t)), &lose, func() {
		if s != nil {
			s.want(t, "Ada")
		}
	}})
	t.Cleanup(func() { pool.Close() })
	s = newTwo(t, pool)
	tx, err := s.client.Tx(s.ctx)
	must(t, err)
	must(t, tx.Contact.UpdateOneID(42).SetName("Ada King").Exec(s.ctx))
	must(t, tx.Commit())
	s.want(t, "Ada King")
}

// The commit was done and its answer lost: what was written is stale.
func TestLostAnswerToACommit(t *testing.T) {
	var lose atomic.Bool
	pool := sql.OpenDB(losing{stdlib.GetConnector(*postgresConfig(t)), &lose, nil})
	t.Cleanup(func() { pool.Close() })
	s := newTwo(t, pool)
	s.want(t, "Ada")
	tx, err := s.client.Tx(s.ctx)
	must(t, err)
	must(t, tx.Contact.UpdateOneID(42).SetName("Ada King").Exec(s.ctx))
	lose.Store(true)
	if err := tx.Commit(); !errors.Is(err, errLost) {
		t.Fatalf("Commit returns %v", err)
	}
	s.want(t, "Ada King")
	if err := s.client.Contact.UpdateOneID(42).SetName("Ada").Exec(s.ctx); !errors.Is(err, errLost) {
		t.Fatalf("the mutation returns %v", err)
	}
	s.want(t, "Ada")
}

func TestWhatIsWrongIsSaidAtTheStart(t *testing.T) {
	cache := newCache(t, runtime.Options{})
	entity := entcache.Entity[*ent.ContactMutation, int]
	for want, options := range map[string][]entcache.Option{
		"entcache: New was given nothing to invalidate":                                     nil,
		`entcache: Entity[*ent.ContactMutation]: "": a segment is empty`:                    {entity("", contact.Table)},
		`entcache: Entity[*ent.ContactMutation]: "contact:{id}": placeholders belong`:       {entity("contact:{id}", contact.Table)},
		`entcache: Entity[*ent.ContactMutation]: the name of the table is empty`:            {entity("contact", "")},
		`entcache: Entity[*ent.ContactMutation]: "contact:*": "*" stands for all that foll`: {entity("contact:*", contact.Table)},
		`entcache: Table("tags"): no patterns; say what is stale, as in "contact:*"`:        {entcache.Table("tags")},
	} {
		if _, err := entcache.New(cache, options...); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("New returns %q, want %q", err, want)
		}
	}
	if _, err := entcache.New(nil); err == nil {
		t.Error("New takes a nil *Cache")
	}
}
