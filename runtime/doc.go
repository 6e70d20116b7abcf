// Package runtime is what the decorators that cachegen generates call: it keeps the answers of repository methods, in this process or in a
// Redis that processes share, and makes them stale when a write says so.
//
// An application makes one Cache with New, hands it to the generated constructors, names the tenant of each request with WithTenant or
// Options.Tenant, and calls Cache.Close when it ends. Everything else here is for generated code.
//
// # What is promised
//
//   - No stale answer. Once an invalidation has returned, no read that starts later is answered with a value whose load began before it,
//     in any process that shares the Redis, whatever the timing. A load notes the invalidation counter before it begins and its result is
//     valid only while nothing above it has been stamped since; it is stored only if the claim it made on its key still stands.
//   - Lost state is a miss. Records, tables, logs or entries that Redis evicts, loses or flushes make entries invalid; they never bring back
//     what had been invalidated.
//   - No entry is shared by accident. Keys are injective over application, tenant, method prefix, arguments and the shape of the result type.
//     Without a tenant a read bypasses the cache, and an invalidation covers every tenant.
//   - A caller is alone with its result. Nobody sees what another caller did to the value that it got.
//   - A caller is alone with its context. Reads that miss together load once; the load runs on a context of its own, so a caller that gives up
//     ends its own wait only. A panic in the load reaches everyone who waits for it.
//   - The cache never breaks the application. A Redis that fails, an entry that is corrupt, a codec that errs cost a load; no read waits for
//     Redis longer than Options.RedisTimeout. They are logged, and counted in Cache.Stats.
//
// # What that rests on
//
//   - The write has been committed when the inner method returns. A repository that writes inside a database transaction of its caller
//     announces the change before others can see it.
//   - Loads read what the write wrote to, not a replica that lags behind.
//   - Invalidations reach Redis. One that fails is logged and counted, and entries then live until their ttl.
//
// # Keys
//
// A key is app:tenant:prefix:arg:arg:version. What has a meaning in a key is written %XX where it is part of a tenant or an argument: the bytes
// ":", "*", "%", "~", "&", "#", "{", "}", white space and control bytes. A nil pointer, slice or map is "~"; a slice is its length and its elements; a
// map the same, sorted; a struct its fields in order; a time its nanoseconds since 1970 UTC. Arguments of more than 200 bytes together become
// "#" and a hash of 128 bits. The global scope is the tenant "global"; a tenant of that name is written "%67lobal". The version is "v" and the
// fingerprint of the result type's shape.
//
// Beside the entries, Redis holds per shard ({0} to {15}, by hash of the tenant) a record app:{n}:state, a log app:{n}:log, and for each
// tenant a table app:{n}:tenant:name. All of them expire when they are no longer used.
package runtime
