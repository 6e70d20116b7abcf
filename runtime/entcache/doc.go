// Package entcache makes what a cache holds of a row stale when ent has written the row. It sees
// the writes that bypass the decorators of cachegen: those of scripts, of hooks, of edges.
//
//	hooks, err := entcache.New(cache, entcache.Entity[*ent.ContactMutation]("contact", contact.Table))
//	client := ent.NewClient(ent.Driver(hooks.Driver(driver)))
//	client.Use(hooks.Hook)
//
// From then on each mutation of a Contact invalidates contact:{id}, the entry of the read with
// prefix=contact, and what carries it as a tag. Both lines are needed: the hook knows the row, and
// the driver knows the transaction.
//
// # When
//
// An invalidation waits for the commit of the transaction that the mutation is part of. A rollback
// drops it. A commit that fails invalidates as well, because its answer may have been lost. If the
// context of the mutation belongs to a transaction of the cache (Cache.Transact, Cache.Begin), the
// invalidation waits for the end of that one too.
//
// # Which rows
//
// The row is known if it is created by itself, or updated or deleted by its id. An update or a
// deletion of many rows by predicates, a bulk creation and an upsert invalidate all rows of the
// entity, contact:*, and so does a transaction that writes more than a thousand rows. Other rows
// may match the predicates between a look at the ids and the write, so the hook does not ask for
// them.
//
// # For which tenant
//
// The tenant is that of the mutation's context. A context without a tenant covers every tenant.
// Entries with tenant=global need [In].
//
// # What is seen by its text
//
// The driver looks for the tables of other entities in statements that write. So an edge that is
// kept in the table of another type (AddPhones of a contact writes phones.contact_phones) makes all
// of that entity stale, and so does a statement of client.ExecContext. [Table] names tables
// without an entity, such as the join table of a many-to-many edge.
//
// # What is not seen
//
//   - Triggers, cascades of foreign keys, functions, and writes past the driver.
//   - Raw SQL that writes and is read with QueryContext outside of a transaction: it may still run
//     when its rows are looked at.
//   - Lists that a new row belongs to, unless the patterns of [Entity] name them.
package entcache
