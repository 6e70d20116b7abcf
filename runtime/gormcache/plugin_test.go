package gormcache_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/gormcache"
)

// configs are the ways in which GORM runs single writes.
var configs = map[string]gorm.Config{
	"default":                     {},
	"prepared statements":         {PrepareStmt: true},
	"without default transaction": {SkipDefaultTransaction: true},
	"both":                        {PrepareStmt: true, SkipDefaultTransaction: true},
}

func eachConfig(t *testing.T, test func(*testing.T, *gorm.Config)) {
	for name, config := range configs {
		t.Run(name, func(t *testing.T) { test(t, &config) })
	}
}

// A write that bypasses the decorator is seen by all processes.
func TestWritePastTheDecorator(t *testing.T) {
	eachConfig(t, func(t *testing.T, config *gorm.Config) {
		s := newTwo(t, config, nil)
		s.want(t, "Ada")
		must(t, s.db.Model(&Contact{ID: 42}).Update("name", "Ada King").Error)
		s.want(t, "Ada King")
		must(t, s.db.Model(&Contact{}).Where("name LIKE ?", "Ada%").Update("name", "Ada Lovelace").Error)
		s.want(t, "Ada Lovelace")
		must(t, s.db.Save([]Contact{{ID: 42, Name: "Countess"}, {ID: 43}}).Error)
		s.want(t, "Countess")
		must(t, s.db.Exec("UPDATE contacts SET name = ? WHERE id = ?", "Augusta", 42).Error)
		s.want(t, "Augusta")
		must(t, s.db.Session(&gorm.Session{PrepareStmt: true}).Model(&Contact{ID: 42}).Update("name", "Ada").Error)
		s.want(t, "Ada")
		must(t, s.db.Delete(&Contact{}, 42).Error)
		if _, err := s.here.Name(s.ctx, 42); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("what was deleted is read with %v", err)
		}
	})
}

// Until the commit the old row is read, and stored again if it is not there. After it, it is stale.
func TestTransactionInvalidatesAfterItsCommit(t *testing.T) {
	eachConfig(t, func(t *testing.T, config *gorm.Config) {
		s := newTwo(t, config, nil)
		s.take()
		for _, prepare := range []bool{false, true} {
			must(t, s.db.Session(&gorm.Session{PrepareStmt: prepare}).Transaction(func(tx *gorm.DB) error {
				must(t, tx.Model(&Contact{ID: 42}).Update("name", "Ada King").Error)
				s.wantNothing(t, "before the commit")
				s.want(t, "Ada") // it is loaded and stored, because it is what everybody sees
				return nil
			}))
			s.want(t, "Ada King")
			if got := s.take(); len(got) != 1 || !strings.HasSuffix(got[0], ":acme:contact:42") {
				t.Errorf("the commit invalidates %q", got)
			}

			tx := s.db.Begin()
			must(t, tx.Exec("UPDATE contacts SET name = 'Ada' WHERE id = 42").Error)
			s.wantNothing(t, "before the commit")
			s.want(t, "Ada King")
			must(t, tx.Commit().Error)
			s.want(t, "Ada")
			s.take()
		}
	})
}

// The transaction that GORM begins for a single write ends before the invalidation, too.
func TestSingleWriteInvalidatesAfterItsCommit(t *testing.T) {
	for _, prepare := range []bool{false, true} {
		s := newTwo(t, &gorm.Config{PrepareStmt: prepare}, nil)
		s.take()
		var during []string
		must(t, s.db.Callback().Update().Before("gorm:commit_or_rollback_transaction").Register("test:during", func(*gorm.DB) {
			during = s.take()
			s.want(t, "Ada") // stored under the nose of the write
		}))
		must(t, s.db.Model(&Contact{ID: 42}).Update("name", "Ada King").Error)
		s.want(t, "Ada King")
		if len(during) > 0 {
			t.Errorf("before the commit, %q is invalidated", during)
		}
	}
}

func TestRollbackDropsWhatWasWritten(t *testing.T) {
	eachConfig(t, func(t *testing.T, config *gorm.Config) {
		s := newTwo(t, config, nil)
		s.want(t, "Ada")
		s.take()
		failed := errors.New("the second write failed")
		err := s.db.Transaction(func(tx *gorm.DB) error {
			must(t, tx.Model(&Contact{ID: 42}).Update("name", "nobody").Error)
			return failed
		})
		if !errors.Is(err, failed) {
			t.Errorf("the transaction returns %v", err)
		}
		s.wantNothing(t, "after a rollback")
		s.want(t, "Ada")

		func() {
			defer func() { _ = recover() }()
			_ = s.db.Transaction(func(tx *gorm.DB) error {
				must(t, tx.Model(&Contact{ID: 42}).Update("name", "nobody").Error)
				panic("in the transaction")
			})
		}()
		s.wantNothing(t, "after a panic")

		// A write that the database refuses is rolled back by GORM.
		must(t, s.db.Create(&Contact{ID: 50, Email: ptr("a@b")}).Error)
		s.take()
		if err := s.db.Create(&Contact{Email: ptr("a@b")}).Error; err == nil {
			t.Fatal("two contacts have one address")
		}
		if err := s.db.Delete(&Contact{}).Error; !errors.Is(err, gorm.ErrMissingWhereClause) {
			t.Fatal(err)
		}
		s.wantNothing(t, "after what the database refuses")
	})
}

// What was written before a savepoint is noted, whatever becomes of the savepoint.
func TestSavepoint(t *testing.T) {
	s := newTwo(t, nil, nil)
	s.take()
	must(t, s.db.Transaction(func(tx *gorm.DB) error {
		must(t, tx.Model(&Contact{ID: 42}).Update("name", "Ada King").Error)
		_ = tx.Transaction(func(tx *gorm.DB) error {
			must(t, tx.Create(&Contact{ID: 60}).Error)
			return errors.New("only this")
		})
		s.wantNothing(t, "after a savepoint")
		return nil
	}))
	s.want(t, "Ada King")
	if got := s.take(); len(got) != 2 {
		t.Errorf("%q is invalidated, want contact:42 and contact:60", got)
	}
}

// In a transaction of the cache, the invalidation waits for the end of that.
func TestTransactionOfTheCache(t *testing.T) {
	s := newTwo(t, nil, nil)
	s.want(t, "Ada")
	s.take()
	must(t, s.cache.Transact(s.ctx, func(ctx context.Context) error {
		must(t, s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			return tx.Model(&Contact{ID: 42}).Update("name", "Ada King").Error
		}))
		must(t, s.db.WithContext(ctx).Model(&Contact{ID: 42}).Update("name", "Ada Lovelace").Error)
		s.wantNothing(t, "in Transact")
		return nil
	}))
	s.want(t, "Ada Lovelace")

	s.take()
	ctx, tx := s.cache.Begin(s.ctx)
	must(t, s.db.WithContext(ctx).Model(&Contact{ID: 42}).Update("name", "Ada").Error)
	s.wantNothing(t, "before Commit")
	must(t, tx.Commit(ctx))
	s.want(t, "Ada")
}

// The commit was done and its answer lost: what was written is stale.
func TestLostAnswerToACommit(t *testing.T) {
	var lose atomic.Bool
	pool := sql.OpenDB(losing{stdlib.GetConnector(*postgresConfig(t)), &lose, nil})
	t.Cleanup(func() { pool.Close() })
	s := newTwo(t, nil, pool)
	s.want(t, "Ada")
	lose.Store(true)
	err := s.db.Transaction(func(tx *gorm.DB) error { return tx.Model(&Contact{ID: 42}).Update("name", "Ada King").Error })
	if !errors.Is(err, errLost) {
		t.Fatalf("the transaction returns %v", err)
	}
	lose.Store(false)
	s.want(t, "Ada King")

	lose.Store(true)
	if err := s.db.Model(&Contact{ID: 42}).Update("name", "Ada").Error; !errors.Is(err, errLost) {
		t.Fatalf("the write returns %v", err)
	}
	lose.Store(false)
	s.want(t, "Ada")
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
	s = newTwo(t, nil, pool)
	must(t, s.db.Model(&Contact{ID: 42}).Update("name", "Ada King").Error)
	s.want(t, "Ada King")
}

// A transaction that was begun past the plugin is one that it does not see the end of. Until it
// commits, the old row is not stored.
func TestTransactionPastThePlugin(t *testing.T) {
	var said bytes.Buffer
	warn := logger.New(log.New(&said, "", 0), logger.Config{LogLevel: logger.Warn})
	s := newTwo(t, &gorm.Config{Logger: warn}, nil)
	s.want(t, "Ada")
	must(t, s.db.Connection(func(db *gorm.DB) error {
		return db.Transaction(func(tx *gorm.DB) error {
			must(t, tx.Model(&Contact{ID: 42}).Update("name", "Ada King").Error)
			s.want(t, "Ada")
			return nil
		})
	}))
	s.want(t, "Ada King")
	if want := "gormcache: *sql.Tx is a transaction that was begun past the plugin"; strings.Count(said.String(), want) != 1 {
		t.Errorf("the logger got %q", &said)
	}

	// Single writes on a connection are seen to commit.
	said.Reset()
	s.take()
	must(t, s.db.Connection(func(db *gorm.DB) error {
		return db.Model(&Contact{ID: 42}).Update("name", "Ada").Error
	}))
	s.want(t, "Ada")
}

func TestTenants(t *testing.T) {
	seen := new(recorder)
	db := openGORM(t, openSQL(t, postgresConfig(t)), nil)
	must(t, db.Use(gormcache.New(newCache(t, runtime.Options{App: "crm", Observe: seen.observe}),
		gormcache.Entity(&Contact{}, "contact"),
		gormcache.Entity(&Contact{}, "directory", gormcache.In(runtime.Global), gormcache.Also("directory:list:*")),
	)))
	acme, globex := runtime.WithTenant(t.Context(), "acme"), runtime.WithTenant(t.Context(), "globex")
	want := func(paths ...string) {
		t.Helper()
		if got := seen.take(); !slices.Equal(got, paths) {
			t.Errorf("%q is invalidated, want %q", got, paths)
		}
	}
	must(t, db.WithContext(acme).Create(&Contact{ID: 1}).Error)
	want("crm:acme:contact:1", "crm:global:directory:1", "crm:global:directory:list:*")
	must(t, db.Create(&Contact{ID: 2}).Error)
	want("crm:*:contact:2", "crm:global:directory:2", "crm:global:directory:list:*")
	must(t, db.Transaction(func(tx *gorm.DB) error {
		must(t, tx.WithContext(acme).Delete(&Contact{}, 1).Error)
		return tx.WithContext(globex).Delete(&Contact{}, 2).Error
	}))
	want("crm:acme:contact:1", "crm:global:directory:1", "crm:global:directory:2",
		"crm:global:directory:list:*", "crm:global:directory:list:*", "crm:globex:contact:2")
}

// A transaction that writes many rows invalidates their entity.
func TestManyRows(t *testing.T) {
	s := newTwo(t, nil, nil)
	s.take()
	many := make([]Contact, 1001)
	for i := range many {
		many[i].ID = uint(1000 + i)
	}
	must(t, s.db.CreateInBatches(many, 100).Error)
	if got := s.take(); len(got) != 1 || !strings.HasSuffix(got[0], ":acme:contact:*") {
		t.Errorf("%q is invalidated", got)
	}
}

// Code that writes in the transaction past GORM finds it, and db.DB finds the pool.
func TestSQLTx(t *testing.T) {
	for _, prepare := range []bool{false, true} {
		s := newTwo(t, &gorm.Config{PrepareStmt: prepare}, nil)
		if gormcache.SQLTx(s.db) != nil {
			t.Error("there is a transaction outside of one")
		}
		must(t, s.db.Transaction(func(tx *gorm.DB) error {
			if db, err := tx.DB(); err != nil || db != s.pool {
				t.Errorf("the pool is %v (%v)", db, err)
			}
			must(t, tx.Model(&Contact{ID: 42}).Update("name", "Ada King").Error)
			_, err := gormcache.SQLTx(tx).Exec("UPDATE contacts SET email = 'a@b' WHERE id = 42")
			return err
		}))
		if db, err := s.db.DB(); err != nil || db != s.pool {
			t.Errorf("the pool is %v (%v)", db, err)
		}
		s.want(t, "Ada King")
	}
}

// Transactions side by side: whoever reads after a commit reads what it wrote, or later.
func TestReadsFollowCommits(t *testing.T) {
	s := newTwo(t, nil, nil)
	must(t, s.db.Model(&Contact{ID: 42}).Update("name", "0").Error)
	var newest atomic.Int64
	var group sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		group.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				floor := newest.Load()
				name, err := s.here.Name(s.ctx, 42)
				var got int64
				if _, scanErr := fmt.Sscan(name, &got); err != nil || scanErr != nil || got < floor {
					t.Errorf("after the commit of %d, %q is read (%v)", floor, name, err)
					return
				}
				_, _ = s.there.Name(s.ctx, 42) // it stores what it loads
			}
		})
	}
	for n := int64(1); n <= 40; n++ {
		must(t, s.db.Transaction(func(tx *gorm.DB) error {
			return tx.Model(&Contact{ID: 42}).Update("name", fmt.Sprint(n)).Error
		}))
		newest.Store(n)
	}
	close(done)
	group.Wait()
}

func TestWhatIsWrongIsSaidAtTheStart(t *testing.T) {
	db := openGORM(t, openSQL(t, postgresConfig(t)), nil)
	cache := newCache(t, runtime.Options{})
	type Chart struct {
		ID   float64
		Name string
	}
	for want, plugin := range map[string]*gormcache.Plugin{
		"gormcache: New was given a nil *Cache": gormcache.New(nil, gormcache.Entity(&Contact{}, "contact")),
		`gormcache: New was given nothing to invalidate; name what is cached, as in gormcache.Entity(&Contact{}, "contact")`: gormcache.New(cache),
		`gormcache: Entity(*gormcache_test.Contact): prefix "contact:*": "*" stands for all that follows and can only be the last segment of a pattern, as in "contact:*"`: gormcache.New(cache,
			gormcache.Entity(&Contact{}, "contact:*")),
		`gormcache: Entity(*gormcache_test.Contact): prefix "contact:{id}": placeholders belong to directives`: gormcache.New(cache,
			gormcache.Entity(&Contact{}, "contact:{id}")),
		`gormcache: Entity(*gormcache_test.Contact): prefix ":contact": a segment is empty`: gormcache.New(cache,
			gormcache.Entity(&Contact{}, ":contact")),
		`gormcache: Entity(*gormcache_test.Tag): By("Color"): no such column; there are id, name`: gormcache.New(cache,
			gormcache.Entity(&Tag{}, "tag", gormcache.By("Color"))),
		`gormcache: Entity(*gormcache_test.Chart): column id is a float64, which is no segment of a key; name others with By`: gormcache.New(cache,
			gormcache.Entity(&Chart{}, "chart")),
		`gormcache: Entity(*gormcache_test.Tag): pattern "*": "*" stands for all that follows and can only be the last segment of a pattern, as in "contact:*"`: gormcache.New(cache,
			gormcache.Entity(&Tag{}, "tag", gormcache.Also("*"))),
		`gormcache: Table("tags"): no patterns; say what is stale, as in "contact:*"`: gormcache.New(cache, gormcache.Table("tags")),
		`gormcache: Table(""): the name of the table is empty`:                        gormcache.New(cache, gormcache.Table("", "contact:*")),
		`gormcache: Table("tags"): pattern ":*": it is empty`:                         gormcache.New(cache, gormcache.Table("tags", ":*")),
		"gormcache: Entity(string): unsupported data type: ":                          gormcache.New(cache, gormcache.Entity("contact", "contact")),
	} {
		if err := db.Use(plugin); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("db.Use returns %q, want %q", err, want)
		}
	}
	must(t, db.Use(gormcache.New(cache, gormcache.Entity(&Contact{}, "contact"))))
	if err := db.Use(gormcache.New(cache, gormcache.Entity(&Tag{}, "tag"))); !errors.Is(err, gorm.ErrRegistered) {
		t.Errorf("a second plugin is %v", err)
	}
}
