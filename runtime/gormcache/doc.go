// Package gormcache makes what a cache holds of a row stale when GORM has written the row. It sees
// the writes that bypass the decorators of cachegen: those of scripts, of hooks, of associations.
//
//	err := db.Use(gormcache.New(cache, gormcache.Entity(&Contact{}, "contact")))
//
// From then on each create, update, save and delete of a Contact invalidates contact:{id}, the
// entry of the read with prefix=contact, and what carries it as a tag.
//
// # When
//
// An invalidation waits for the commit of the transaction that the write is part of: the one that
// GORM begins for a single write, or one of db.Transaction or db.Begin. A rollback drops it. What
// was written before a savepoint is rolled back stays noted, which costs a load. A commit that
// fails invalidates as well, because its answer may have been lost. If the context of the
// statement belongs to a transaction of the cache (Cache.Transact, Cache.Begin), the invalidation
// waits for the end of that one too.
//
// # Which rows
//
// The rows of a statement are known if it creates them, or if its conditions, joined by AND, name
// their primary key: db.Save(c), db.Delete(&Contact{}, 42), Where("id IN ?", ids). Of any other
// statement all rows of the entity are invalidated, contact:*, and so they are of a transaction
// that writes more than a thousand rows, of an upsert on other columns than the primary key, and
// of an entity whose key is of several columns, unless [By] names them in their order.
//
// # For which tenant
//
// The tenant is that of the statement's context, db.WithContext(ctx). A context without a tenant
// covers every tenant. Entries with tenant=global need [In].
//
// # What is seen by its text
//
// Of raw SQL (db.Exec, and db.Raw with Scan) the text is searched for a verb that writes and for
// the tables of the entities. A table that is named makes all of its entity stale.
//
// # What is not seen
//
//   - Writes that do not name the table: triggers, cascades of foreign keys, functions. [Table]
//     and [Also] say what else a write of a table makes stale.
//   - The join tables of a many-to-many relation, unless [Table] or [Entity] names them.
//   - Raw SQL that writes and is read with Row or Rows outside of a transaction: it may still run
//     when its rows are looked at. Use Scan.
//   - Lists that a new row belongs to, unless they are under the prefix of a whole invalidation or
//     [Also] names them.
//   - Writes past GORM. db.DB() returns the same *sql.DB as before.
//   - A primary key that the database compares in another way than Go, such as 'abc' and 'ABC' in
//     MySQL.
//
// # What changes in GORM
//
// The plugin puts its own pool around that of the *gorm.DB. Inside a transaction
// db.Statement.ConnPool is no *sql.Tx then; [SQLTx] returns it. A transaction that was begun past
// the pool, on a connection of db.Connection for example, is not seen to commit. What is written
// in it is invalidated at once, nothing is stored under it for ten seconds, and the logger of GORM
// gets a warning; Cache.Transact around such a transaction is exact.
//
// A decorator with put= stores nothing for a write that this plugin sees, because the invalidation
// comes during the write.
package gormcache
