package runtime

import "time"

// Source says where the answer of a call came from.
type Source uint8

const (
	// SourceLoad is the inner repository, called for this read.
	SourceLoad Source = iota
	// SourceLocal is the in-process tier.
	SourceLocal
	// SourceRedis is Redis.
	SourceRedis
	// SourceShared is a load that another caller of this process had started.
	SourceShared
	// SourceBypass is the inner repository, called past the cache: no tenant, no usable key, or the
	// cache is closed.
	SourceBypass
	// SourceWrite is the inner repository, called for a write.
	SourceWrite
)

var sourceNames = [...]string{"load", "local", "redis", "shared", "bypass", "write"}

func (s Source) String() string {
	if int(s) < len(sourceNames) {
		return sourceNames[s]
	}
	return "unknown"
}

// Event describes one call of a generated method, or one item of a batch, which has an Event for
// each.
type Event struct {
	Method string // ContactRepository.Get; the package is not in it
	Key    string // of a read, as it stands in Redis; "" where the read has none
	// Of a write: what it invalidated, app:tenant:contact:42 and app:tenant:contact:list:*.
	Paths  []string
	Source Source        // where the answer came from
	Took   time.Duration // a read: the whole call; a write: the invalidation alone
	Err    error         // of the answer, or of the invalidation
}
