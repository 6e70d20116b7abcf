package runtime

import "time"

// Source is where the answer of a call came from.
type Source uint8

const (
	// SourceLoad is a call of the inner repository by this read.
	SourceLoad Source = iota
	// SourceLocal is a copy in this process.
	SourceLocal
	// SourceRedis is an entry in Redis.
	SourceRedis
	// SourceShared is a load that another caller of this process had started.
	SourceShared
	// SourceBypass is a call of the inner repository past the cache: there is no tenant or no
	// usable key, a transaction is running, or the cache is closed.
	SourceBypass
	// SourceWrite is no answer: the event is an invalidation, by a write or by hand.
	SourceWrite
)

var sourceNames = [...]string{"load", "local", "redis", "shared", "bypass", "write"}

// String returns load, local, redis, shared, bypass or write.
func (s Source) String() string {
	if int(s) < len(sourceNames) {
		return sourceNames[s]
	}
	return "unknown"
}

// Event describes one call of a generated method, or one item of a batch. [Options.Observe] gets
// it.
type Event struct {
	// Method is the method that was called. An invalidation by hand is one of Cache.Invalidate.
	Method Method
	// Key is the key of a read, as it is in Redis; "" for a read past the cache.
	Key string
	// Paths are what a write invalidated: app:tenant:contact:42, app:tenant:contact:list:*.
	Paths  []string
	Source Source        // where the answer came from
	Took   time.Duration // of a read the whole call, of a write the invalidation alone
	Err    error         // of the answer, or of the invalidation
}
