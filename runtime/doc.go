// Package runtime is the library under the caching decorators that cachegen generates. It keeps the
// answers of repository methods, in this process or in a Redis that processes share, and makes them
// stale when a write says so.
//
// # What applications use
//
//   - [New] makes the [Cache] of an application from [Options], for the generated constructors;
//     [Cache.Close] ends it.
//   - [WithTenant] names the tenant of a request; [Options.Tenant] finds it in a context.
//   - [InTx] runs a transaction of database/sql, [Cache.Transact] one of any other database. They
//     are made of [Cache.Begin] and [Tx].
//   - [Cache.Invalidate] makes entries stale by hand; [Cache.InvalidateIn] does it in a
//     [TenantScope]: [TenantOf] one tenant, [Global] or [AllTenants].
//   - [InvalidationError] tells a writer that Redis has not accepted an invalidation.
//   - [Cache.Stats] returns [Stats]: [Counts] of the cache and of each [Method], and
//     [FollowerStats].
//   - [Options.Observe] receives an [Event] for each call, with the [Source] of the answer.
//   - [Options.Codec] takes a [Codec] for all entries: [JSON], or one around [DefaultCodec].
//
// # What generated code calls
//
// An application needs none of these:
//
//   - reads: [Read], [NewRead], [ReadOptions]; of many items: [NewBatch], [BatchMap],
//     [BatchMapTagged], [BatchSlice], [BatchSliceTagged], [BatchRows], [BatchRowsTagged]
//   - results: [Result], [ResultOf], [ResultOfPtr], [ResultOfPtrs], [Same], [As], [Own]
//   - writes: [Write], [NewWrite], [WriteOptions], [Invalidation], [Put];
//     in transactions: [TxRunner], [NewTxRunner]
//   - keys and tags: [Key], [KeyBuffer], [KeyMap], [KeyOf], [Tags]
//   - generic types: [CheckKeys], [VersionFor]
//   - bytes: [Encoder], [Decoder], and for tests [EncodeWith], [DecodeWith]
//
// # What is promised
//
//   - No stale answer. Once an invalidation has returned, no strong read that starts later gets a
//     value whose load began before it, in any process that shares the Redis, whatever the timing.
//     A load notes the invalidation counter before it begins. Its result is valid only while
//     nothing above it has been stamped since, and is stored only if the load's claim on the key
//     still stands. So strong reads, and all reads without local copies, are linearizable with
//     respect to invalidations: each invalidation takes effect at one moment between its start and
//     its end, and no later read returns an older value.
//   - A fenced write is atomic. No strong read that starts after its commit gets the row from
//     before it: strong reads and fenced writes of one key are an atomic register.
//   - Local copies are bounded. A read that is not strong may be answered by a copy in this
//     process. The copy is never staler than [Options.Staleness], whatever the network does,
//     because copies answer only under a lease that Redis renews. Usually it is less than a
//     millisecond. Without Redis every read is strong.
//   - A tag is as good as a key. All of the above holds for an entry when one of its tags is
//     invalidated.
//   - A put is never older than the row. It is stored only if no other put of its entry overlapped
//     and nothing that covers it was invalidated or fenced during the write; else it is an
//     invalidation. Any other overlapping write of the row invalidates the entry at its own end.
//   - A process reads its own writes, from local copies too.
//   - Lost state is a miss. Records, tables, logs and entries that Redis evicts, loses or flushes
//     make entries invalid; they never bring back what was invalidated. Nor does a failover, or a
//     restart from a dump, that forgets an invalidation.
//   - A fenced write is safe from crashes. While its fence stands, nothing cached answers. Wherever
//     the process dies, between commit and invalidation too, it leaves misses, not stale entries.
//   - An invalidation is not given up. If Redis does not accept it, it is retried until Redis does.
//     Meanwhile this process does not answer from what it covers, and [Options.StrictInvalidation]
//     tells the writer.
//   - No entry is shared by accident. Keys are injective over application, tenant, method prefix,
//     arguments and the shape of the result type. Without a tenant a read bypasses the cache, and
//     an invalidation covers every tenant.
//   - A caller is alone with its result. Nobody sees what another caller does to the value it got.
//   - A batch is as many reads as it has items. Each item has all of these promises; together they
//     are no snapshot of one moment.
//   - A caller is alone with its context. Reads that miss together load once, on a context of the
//     load's own: a caller that gives up ends only its own wait. A panic in the load reaches
//     everyone who waits for it.
//   - The cache never breaks the application. A failing Redis, a corrupt entry and an error of a
//     codec each cost a load. They are logged, and counted in [Cache.Stats]. No read waits for
//     Redis longer than [Options.RedisTimeout].
//
// # What that rests on
//
//   - The write is committed when the inner method returns, or its transaction is declared with
//     [InTx], [Cache.Transact] or [Cache.Begin].
//   - Loads read what the write wrote to. If they read a replica that lags, declare settle=.
//   - The Redis client reads from primaries. One that was demoted, and still answers on connections
//     that are open, is believed for a second at most. A primary that is cut off and replaced does
//     not know it, and processes that are cut off with it believe it, unless it is configured to
//     refuse writes then (min-replicas-to-write). The server says which it is (INFO), or else a
//     process that has met the old one, or has seen what was forgotten, has to notice a failover.
//   - A fenced write renews its fence while it runs. A process that is stopped for longer than ten
//     seconds loses its fence. If Redis does not accept a fence, the write continues without it.
//   - The monotonic clock runs while the process does. A machine that is suspended together with
//     its clock can wake up with copies that it takes for fresh.
//
// # What is not promised
//
//   - That a write without a fence is atomic. Between its commit and its return, a read that loads
//     sees the new row, and a later read may still find the old entry. If the process dies in
//     between, the old entry stays until its ttl.
//   - That an entry is found. Any of the above costs misses. A Redis that is full and may not evict
//     (maxmemory-policy noeviction) stores no more entries, and reads load. It still accepts what
//     makes entries stale, about 150 bytes each until they expire.
//   - That what is invalidated leaves the memory at once. Scopes are stamped, and their entries
//     leave with their ttl.
//   - An order between reads of different keys.
//
// # Keys
//
// A key is app:tenant:prefix:arg:arg:version, for example crm:acme:contact:list:::1:v99193e48. In a
// tenant or an argument, each byte that has a meaning in keys is written %XX: ":", "*", "%", "~",
// "&", "#", "{", "}", white space and control bytes.
//
//   - A nil pointer, slice or map is "~", and "~~" a nil pointer on the way to such a value.
//   - A slice is its length and its elements. A map is its length and its entries, sorted.
//   - A struct is its fields in order, also through a pointer.
//   - A time is its nanoseconds since 1970 UTC.
//   - Arguments of more than 200 bytes together are "#" and a hash of 128 bits, and so is a tenant.
//   - The tenant of the global scope is "global"; a tenant of that name is written "%67lobal".
//   - The version is "v" and a fingerprint of the result type's shape.
//
// Beside the entries, Redis holds for each shard n of 16, which a hash of the tenant chooses, a
// record app:{n}:state and a log app:{n}:log, and for each tenant a table app:{n}:tenant:name. All
// of them expire when they are no longer used.
package runtime
