package gormcache_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/gormcache"
)

// Contact is cached under contact:{id}.
type Contact struct {
	ID     uint
	Name   string
	Email  *string `gorm:"unique"`
	Phones []Phone
	Tags   []Tag `gorm:"many2many:contact_tags"`
}

// Phone belongs to a contact.
type Phone struct {
	ID        uint
	ContactID *uint
	Number    string
}

// Tag is what contacts have many of.
type Tag struct{ ID, Name string }

// Member has a primary key of two columns.
type Member struct {
	Team   string `gorm:"primaryKey"`
	Person int64  `gorm:"primaryKey"`
	Role   string
}

// Note is deleted softly.
type Note struct {
	ID      string `gorm:"primaryKey"`
	Text    string
	Deleted gorm.DeletedAt
}

// Device has a primary key that marshals itself.
type Device struct {
	ID   Serial `gorm:"primaryKey;type:text"`
	Name string
}

// newCache makes a cache that is closed when the test ends.
func newCache(t testing.TB, o runtime.Options) *runtime.Cache {
	t.Helper()
	cache, err := runtime.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cache.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return cache
}

// recorder keeps the paths that were invalidated, without application and tenant.
type recorder struct {
	mu    sync.Mutex
	calls [][]string
}

func (r *recorder) observe(_ context.Context, e runtime.Event) {
	if e.Source != runtime.SourceWrite {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, e.Paths)
}

// take returns the paths of each invalidation since the last call, sorted.
func (r *recorder) take() (list []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, paths := range r.calls {
		for _, path := range paths {
			list = append(list, strings.TrimPrefix(path, "cache:acme:"))
		}
	}
	r.calls = nil
	slices.Sort(list)
	return list
}

// openGORM opens GORM on a pool, silent, and makes the tables.
func openGORM(t testing.TB, pool *sql.DB, config *gorm.Config) *gorm.DB {
	t.Helper()
	if config == nil {
		config = new(gorm.Config)
	}
	if config.Logger == nil {
		config.Logger = logger.Discard
	}
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), config)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.AutoMigrate(new(Contact), new(Phone), new(Tag), new(Member), new(Note), new(Device)); err != nil {
		t.Fatal(err)
	}
	return db
}

// reader is the decorator of a repository that is read past GORM: contact:{id}.
type reader struct {
	read *runtime.Read
	db   *sql.DB
}

func newReader(cache *runtime.Cache, db *sql.DB) *reader {
	return &reader{db: db, read: runtime.NewRead(cache, runtime.ReadOptions{
		Method: "ContactRepository.Name", Prefix: "contact", Version: "1", TTL: time.Hour,
		Result: runtime.ResultOf(nil, nil, runtime.Same[string]),
	})}
}

// Name returns the name of a contact.
func (r *reader) Name(ctx context.Context, id uint) (string, error) {
	var buf runtime.KeyBuffer
	key := r.read.Key(ctx, &buf).Uint(uint64(id))
	if v, ok, err := r.read.Lookup(ctx, key); ok {
		return v.(string), err
	}
	v, err := r.read.Load(ctx, key, func(ctx context.Context) (any, error) {
		var name string
		err := r.db.QueryRowContext(ctx, "SELECT name FROM contacts WHERE id = $1", id).Scan(&name)
		return name, err
	})
	return v.(string), err
}

// two are two processes that share a database and a Redis. One of them writes, past its decorator.
type two struct {
	*recorder
	ctx         context.Context
	db          *gorm.DB
	pool        *sql.DB
	cache       *runtime.Cache
	here, there *reader
}

func newTwo(t *testing.T, config *gorm.Config, pool *sql.DB) *two {
	t.Helper()
	if pool == nil {
		pool = openSQL(t, postgresConfig(t))
	}
	s := &two{recorder: new(recorder), ctx: runtime.WithTenant(t.Context(), "acme"), pool: pool}
	o := redisOptions(t)
	other := newCache(t, o)
	o.Observe = s.observe
	s.cache = newCache(t, o)
	s.here, s.there = newReader(s.cache, pool), newReader(other, pool)
	s.db = openGORM(t, pool, config).WithContext(s.ctx)
	if err := s.db.Create(&Contact{ID: 42, Name: "Ada"}).Error; err != nil {
		t.Fatal(err)
	}
	if err := s.db.Use(gormcache.New(s.cache, gormcache.Entity(&Contact{}, "contact"))); err != nil {
		t.Fatal(err)
	}
	return s
}

// want checks what each process reads, twice: once it may have to be loaded.
func (s *two) want(t *testing.T, name string) {
	t.Helper()
	for range 2 {
		s.wantAt(t, "the process that writes", s.here, name)
		s.wantAt(t, "the other process", s.there, name)
	}
}

func (s *two) wantAt(t *testing.T, who string, r *reader, name string) {
	t.Helper()
	deadline := time.Now().Add(patience) // a copy in the process may be stale for a moment
	for {
		got, err := r.Name(s.ctx, 42)
		if err == nil && got == name {
			return
		}
		if r == s.here || err != nil || time.Now().After(deadline) {
			t.Errorf("%s reads %q (%v), want %q", who, got, err, name)
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// wantNothing checks that nothing has been invalidated yet.
func (s *two) wantNothing(t *testing.T, when string) {
	t.Helper()
	if got := s.take(); len(got) > 0 {
		t.Errorf("%s, %q is invalidated", when, got)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
