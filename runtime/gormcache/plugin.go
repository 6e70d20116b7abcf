package gormcache

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/cachegen/cachegen/runtime"
	"github.com/cachegen/cachegen/runtime/internal/orm"
)

// unseenLasts is how long a transaction may take of which the plugin sees the writes and not the
// commit.
const unseenLasts = 10 * time.Second

// Plugin is a [gorm.Plugin]. [New] makes it, db.Use installs it. It is safe for concurrent use.
type Plugin struct {
	cache    *runtime.Cache
	entities []*entity
	byModel  map[reflect.Type][]*entity
	write    *runtime.Write

	unseen struct {
		once  sync.Once
		write *runtime.Write
	}
}

var _ gorm.Plugin = (*Plugin)(nil)

// Option says what a [Plugin] invalidates: [Entity], [Table].
type Option func(*Plugin)

// New makes a plugin that invalidates what the cache holds. db.Use checks the options, and returns
// all that is wrong with them.
func New(cache *runtime.Cache, options ...Option) *Plugin {
	p := &Plugin{cache: cache, byModel: make(map[reflect.Type][]*entity)}
	for _, o := range options {
		o(p)
	}
	return p
}

// Name is that of the plugin in gorm.Config.Plugins.
func (p *Plugin) Name() string { return "cachegen" }

// Initialize is for db.Use. It registers callbacks and replaces the pool of db.
func (p *Plugin) Initialize(db *gorm.DB) error {
	if p.cache == nil {
		return errors.New("gormcache: New was given a nil *Cache")
	}
	if len(p.entities) == 0 {
		return errors.New("gormcache: New was given nothing to invalidate; name what is cached, as in gormcache.Entity(&Contact{}, \"contact\")")
	}
	var errs []error
	for _, e := range p.entities {
		if err := e.resolve(db); err != nil {
			errs = append(errs, fmt.Errorf("gormcache: %s: %w", e.name, err))
			continue
		}
		if e.schema != nil {
			p.byModel[e.schema.ModelType] = append(p.byModel[e.schema.ModelType], e)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	p.write = runtime.NewWrite(p.cache, runtime.WriteOptions{Method: "github.com/cachegen/cachegen/runtime/gormcache.Plugin.Commit"})
	if err := p.register(db); err != nil {
		return err
	}
	db.ConnPool = p.around(db.ConnPool)
	db.Statement.ConnPool = p.around(db.Statement.ConnPool)
	return nil
}

// register places the callbacks: right after the statement, so that no hook of a model comes in
// between and the transaction of a single write is still running.
func (p *Plugin) register(db *gorm.DB) error {
	create, update, remove := db.Callback().Create(), db.Callback().Update(), db.Callback().Delete()
	return errors.Join(
		create.Before("gorm:begin_transaction").Register("cachegen:begin", p.begin),
		update.Before("gorm:begin_transaction").Register("cachegen:begin", p.begin),
		remove.Before("gorm:begin_transaction").Register("cachegen:begin", p.begin),
		create.After("gorm:create").Before("gorm:save_after_associations").Register("cachegen:create", p.after((*entity).created)),
		update.After("gorm:update").Before("gorm:save_after_associations").Register("cachegen:update", p.after((*entity).updated)),
		remove.After("gorm:delete").Before("gorm:after_delete").Register("cachegen:delete", p.after((*entity).matched)),
		db.Callback().Raw().After("gorm:raw").Register("cachegen:raw", p.afterRaw),
		db.Callback().Query().After("gorm:query").Register("cachegen:query", p.afterRaw),
		db.Callback().Row().After("gorm:row").Register("cachegen:row", p.afterRaw),
	)
}

// begin puts the pool of the plugin around one that is not that of the *gorm.DB: a connection, or
// what another plugin has chosen.
func (p *Plugin) begin(db *gorm.DB) {
	if !db.DryRun {
		db.Statement.ConnPool = p.around(db.Statement.ConnPool)
	}
}

// after returns the callback that follows a statement which GORM has built.
func (p *Plugin) after(rowsOf func(*entity, *gorm.Statement) rows) func(*gorm.DB) {
	return func(db *gorm.DB) {
		stmt := db.Statement
		if db.DryRun || stmt.SQL.Len() == 0 || wasRefused(db.Error) {
			return // the database has not been asked, or has said no
		}
		var list changes
		for _, e := range p.concerned(stmt) {
			list.add(e, rowsOf(e, stmt))
		}
		p.note(db, list)
	}
}

// afterRaw is the callback that follows a statement of which only the text is known.
func (p *Plugin) afterRaw(db *gorm.DB) {
	stmt := db.Statement
	if db.DryRun || stmt.SQL.Len() == 0 || wasRefused(db.Error) {
		return
	}
	text := stmt.SQL.String()
	if !orm.MayWrite(text) {
		return
	}
	var list changes
	for _, e := range p.entities {
		if orm.Mentions(text, e.table) {
			list.add(e, rows{all: true})
		}
	}
	p.note(db, list)
}

// concerned lists the entities that a statement writes to: those of its model, which may stand for
// several tables, and those of its table.
func (p *Plugin) concerned(stmt *gorm.Statement) []*entity {
	var list []*entity
	if stmt.Schema != nil {
		list = p.byModel[stmt.Schema.ModelType]
	}
	for _, e := range p.entities {
		named := e.table == stmt.Table || stmt.TableExpr != nil && orm.Mentions(stmt.TableExpr.SQL, e.table) // contacts AS c
		if named && !slices.Contains(list, e) {
			list = append(slices.Clip(list), e)
		}
	}
	return list
}

// note leaves what a statement has changed to the end of its transaction, or invalidates it now.
func (p *Plugin) note(db *gorm.DB, list changes) {
	if len(list) == 0 {
		return
	}
	ctx, pool := db.Statement.Context, db.Statement.ConnPool
	write := p.write
	if tx := transactionOf(pool); tx != nil {
		if tx.pending.Add(ctx, func(into *changes) { into.merge(list) }) {
			return
		}
	} else if _, running := pool.(gorm.TxCommitter); running {
		write = p.whileUnseen(db)
	}
	if err := list.invalidate(ctx, write); err != nil {
		_ = db.AddError(err)
	}
}

// whileUnseen returns the Write for a transaction that the plugin does not see the end of.
func (p *Plugin) whileUnseen(db *gorm.DB) *runtime.Write {
	p.unseen.once.Do(func() {
		p.unseen.write = runtime.NewWrite(p.cache, runtime.WriteOptions{Method: "github.com/cachegen/cachegen/runtime/gormcache.Plugin.Commit", Settle: unseenLasts})
		db.Logger.Warn(db.Statement.Context, "gormcache: %T is a transaction that was begun past the plugin: "+
			"it has to commit within %v, or to run in Cache.Transact (logged once)", db.Statement.ConnPool, unseenLasts)
	})
	return p.unseen.write
}

// wasRefused reports that a statement has changed nothing for certain.
func wasRefused(err error) bool {
	for _, refusal := range []error{
		gorm.ErrMissingWhereClause, gorm.ErrDuplicatedKey, gorm.ErrForeignKeyViolated, gorm.ErrCheckConstraintViolated,
	} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return orm.WasRefused(err)
}
