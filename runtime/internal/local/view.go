package local

import "sync/atomic"

// View is what this process knows of a shard of the state in Redis.
type View struct {
	// Every invalidation up to this number has raised its stripes; 0: the shard is not followed.
	Applied atomic.Uint64
	Epoch   atomic.Uint32 // of the record that Applied is a number of
	Least   atomic.Uint64 // copies with a lower stamp are void
	Lease   atomic.Int64  // on the clock of the tier: until when local copies may answer
	Seen    atomic.Uint64 // the highest number that any answer has shown
	Every   atomic.Bool   // something has been invalidated for every tenant, ever
	Wanted  atomic.Int64  // when a read or a write last asked for the shard to be followed
	Wrote   atomic.Int64  // when this process last invalidated something in it; 0: never
}
