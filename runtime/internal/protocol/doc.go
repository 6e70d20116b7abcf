// Package protocol is a small model of the consistency protocol between the processes and Redis, and a search through all that can happen in
// it. It holds no code that the runtime runs; its tests are what it is for.
//
// # What is modelled
//
// One tenant, one prefix, and one entry under it. Values are version numbers of a row in the database. A step is one command or script in Redis,
// one read of the database or one commit, or what a process does by itself between them. Up to three readers, two writers and three processes take
// steps in any order: readers that look at the record and the table of the shard and at the entry (on a cluster in either order, and the table
// before the record while their slot moves), claim, load, store, keep a local copy, or join a load of their process; writers that make the entry,
// its scope, the scope of all tenants, or another path stale, with a fence or without; followers that ask for the counter, take the answer later,
// and apply messages at any time or never. Meanwhile, a bounded number of times, records, tables, logs, entries and claims are lost, time passes,
// fences lapse, processes die, a command is done twice, and a replica that has missed any number of the last commands takes over: from the only
// server, from the node of the state, or from the node of the entry.
//
// Numbers of the counter are compared and never counted, so states that differ in nothing but the numbers are one state.
//
// In each state it is asked what a read that starts now, and is answered at once, would get in each living process; reads that take several
// steps are checked when they return.
//
//   - From Redis, or from a load: nothing older than any write that was complete when the read began, and behind a fence nothing older than any
//     write that was committed.
//   - From a local copy: nothing older than what that was when time last passed, and nothing older than the complete writes of the process.
//   - After a failover that has forgotten a write: the same for processes that have seen the write, and for all once one of those has asked the
//     server again.
//   - A fence whose writer is alive and late, or whose table is lost, guarantees what an invalidation without a fence does: only that.
//
// Not modelled: put, settle, tags, transactions, retries of what Redis has not accepted, expiry by ttl, clocks that go back, the shedding of
// fields, and a cache without Redis.
//
// # What each rule is for
//
// With all rules no violation is found. Together with the scenarios that do without the rules marked +, that is twelve million states, all there
// are within the bounds. Without one of the rules, the shortest way to a violation has this many steps; "go test -run TestRules -v" prints it.
// Rules marked + were added because of the model: without one, the protocol has the violation that is shown. As they also stand in for some of
// the others, those are removed from the protocol without the added rules.
//
//	  a load takes its stamp before it begins               9  load, invalidate the scope, stamp, store
//	  a fill needs the claim of its load                    9  load, delete the entry, store, stamp
//	  an exact invalidation deletes claims too              9  the same: the claim still stands at the fill
//	  an exact invalidation deletes, then stamps            8  stamp, apply, copy the old entry as newer than the stamp, delete
//	  a missing table is stamped as a whole                 9  store, invalidate the scope, lose the table
//	  a missing record has a new floor                     10  the versions are lost with the record: nobody deletes the entry
//	  numbers follow the clock                             10  the new record begins with a number that old entries reach
//	  a version is registered before a fill                 9  a writer that never heard of the version deletes nothing
//	  a version that a writer is told of is deleted         9  the same
//	  a claim with an old stamp holds nothing            none  it is there so that nobody waits for a load that is of no use
//	  a read joins no load from before an invalidation     14  load, invalidate, begin to read, share the load
//	  a local hit looks at the stripes                      7  copy, invalidate in the same process
//	  a writer raises its own stripes                       7  the same, before its message arrives
//	  a copy of an entry carries what was applied           7  read the entry, invalidate, read the counter, copy as that new
//	  a local hit needs a lease                             7  copy, invalidate, the message is late
//	  a lease counts from the question                      9  ask, invalidate, time passes, the answer comes
//	  who begins to follow voids older copies              11  copy, lose the record, invalidate, follow the new record
//	  a new floor voids older copies                     none  a new floor is a number that the log lacks: the next two rules see it
//	  a gap between two messages voids older copies        12  lose the log with one message, apply the next
//	  a log that is behind the record voids copies         11  lose the log with the last message
//	  a counter that goes back raises the floor             5  invalidate, a replica without it takes over
//	  a message that forks the log raises the floor        14  the same, and another invalidation hides that the counter was back
//	  opening a fence stamps                                9  local copies from before outlive the commit
//	  behind a fence nothing is stored or answered          8  read past the fence, store, commit
//	  closing a fence stamps                               12  a slow writer's fence lapses, load and store, commit, close
//	  a fence that lapses is stamped                       17  prepare under the fence, load, commit, crash, store
//	  the record is read before the table                  14  look for a fence, open it, take its number for a stamp, copy, commit
//	+ an exact invalidation stamps its path, too           12  the entry's node fails over and has the deleted entry again
//	+ a script on another server makes a new floor          6  invalidate, fail over, invalidate another path: the counter looks right
//	+ a fence knows its writers by name                    12  one lapses, another opens, the first closes the other's
//	+ a later stamp means looking for fences again         14  no table, open a fence, prepare: stamp as new as the fence, copy, commit
//	+ the table is read again after the record             14  T answers, its slot moves, open a fence, A answers: stamp as new as the fence
package protocol
