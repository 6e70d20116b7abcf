// Package runtime is what the decorators that cachegen generates call: it keeps the answers of
// repository methods, in this process or in a Redis that processes share, and makes them stale when
// a write says so.
//
// An application makes one Cache with New, hands it to the generated constructors, names the tenant
// of each request with WithTenant or Options.Tenant, and calls Cache.Close when it ends. Everything
// else here is for generated code.
//
// # What is promised
//
//   - No stale answer. Once an invalidation has returned, no strong read that starts later, in any
//     process that shares the Redis, is answered with a value whose load began before it, whatever
//     the timing. A load notes the invalidation counter before it begins and its result is valid
//     only while nothing above it has been stamped since; it is stored only if the claim it made on
//     its key still stands. So strong reads, and all reads without local copies, are linearizable
//     with respect to invalidations: each takes effect at one moment between its start and its end,
//     and from then on no read returns an older value.
//   - A fenced write is atomic. From its commit on, no strong read that starts is answered with the
//     row from before it: strong reads and fenced writes of one key are an atomic register.
//   - Local copies are bounded. A read that is not strong may be answered from a copy in this
//     process, which is never staler than Options.Staleness, whatever the network does: copies
//     answer only under a lease that Redis renews. Usually it is less than a millisecond. Without
//     Redis every read is strong.
//   - A tag is as good as a key. An entry with tags is stale under all of the above when one of the
//     paths it hangs on is invalidated.
//   - A put is never older than the row. It is stored only if no other put of its entry overlapped
//     and nothing that covers it was invalidated or fenced during the write; else it is an
//     invalidation. Another write of the row that overlaps invalidates at its own end.
//   - A process reads its own writes, from local copies too.
//   - Lost state is a miss. Records, tables, logs or entries that Redis evicts, loses or flushes
//     make entries invalid; they never bring back what had been invalidated. Nor does a failover
//     that forgets an invalidation which a living process has seen.
//   - A fenced write is safe from crashes: behind its fence nothing cached answers, and wherever
//     the process dies, between commit and invalidation too, entries are missed, not stale.
//   - An invalidation is not given up. One that Redis does not accept is retried until it is;
//     meanwhile this process does not answer from what it covers, and Options.StrictInvalidation
//     tells the writer.
//   - No entry is shared by accident. Keys are injective over application, tenant, method prefix,
//     arguments and the shape of the result type. Without a tenant a read bypasses the cache, and
//     an invalidation covers every tenant.
//   - A caller is alone with its result. Nobody sees what another caller did to the value that it
//     got.
//   - A batch is as many reads as it has items, each held to all of this by itself. They are not a
//     snapshot of one moment.
//   - A caller is alone with its context. Reads that miss together load once; the load runs on a
//     context of its own, so a caller that gives up ends its own wait only. A panic in the load
//     reaches everyone who waits for it.
//   - The cache never breaks the application. A Redis that fails, an entry that is corrupt, a codec
//     that errs cost a load; no read waits for Redis longer than Options.RedisTimeout. They are
//     logged, and counted in Cache.Stats.
//
// # What that rests on
//
//   - The write has been committed when the inner method returns, or the transaction is declared
//     with Cache.Begin or InTx.
//   - Loads read what the write wrote to. Where they read a replica that lags behind, declare
//     settle.
//   - The Redis client reads from primaries, and a write that a primary has acknowledged survives,
//     or is seen by some living process. Redis replicates asynchronously: a failover can forget an
//     invalidation that nobody alive has seen. And a primary that is cut off and replaced does not
//     know it: processes that are cut off with it take its word, unless it is set up to refuse
//     writes then (min-replicas-to-write).
//   - A fenced write renews its fence while it runs. One that is stopped for longer than ten
//     seconds loses it. A fence that Redis did not accept does not stand; the write goes on
//     without.
//   - The monotonic clock runs while the process does. A machine that is suspended, with its clock,
//     can wake up with copies it takes for fresh.
//
// # What is not promised
//
//   - That a write without a fence is atomic. From its commit until it returns, a read that loads
//     sees the new row, and one after it may still find the old entry. A process that dies in
//     between leaves that until its ttl.
//   - That an entry is found. Any of the above costs misses. A Redis that is full and may not evict
//     (maxmemory-policy noeviction) stores no more entries and reads go past it; what makes entries
//     stale is accepted all the same, about 150 bytes for each, until they expire.
//   - That what is invalidated is gone from memory at once. Scopes are stamped, and entries leave
//     with their ttl.
//   - An order between reads of different keys.
//
// # Keys
//
// A key is app:tenant:prefix:arg:arg:version. What has a meaning in a key is written %XX where it
// is part of a tenant or an argument: the bytes ":", "*", "%", "~", "&", "#", "{", "}", white space
// and control bytes. A nil pointer, slice or map is "~", and "~~" a nil pointer on the way to such
// a value; a slice is its length and its elements; a map the same, sorted; a struct its fields in
// order, behind a pointer too; a time its nanoseconds since 1970 UTC. Arguments of more than 200
// bytes together become "#" and a hash of 128 bits. The global scope is the tenant "global"; a
// tenant of that name is written "%67lobal". The version is "v" and the fingerprint of the result
// type's shape.
//
// Beside the entries, Redis holds per shard ({0} to {15}, by hash of the tenant) a record
// app:{n}:state, a log app:{n}:log, and for each tenant a table app:{n}:tenant:name. All of them
// expire when they are no longer used.
package runtime
