package store

import (
	"time"

	"github.com/cachegen/cachegen/runtime/internal/entry"
)

// Snapshot is what a read has seen of an entry, and of what makes it stale.
type Snapshot struct {
	Entry entry.Entry
	Seq   uint64 // the shard's counter
	// The number that the shard's record began with; 0: there is no record.
	Floor    uint64
	Epoch    entry.Epoch // of the record
	MinStamp uint64      // no value with a lower stamp is valid
	// MinStamp says it all; else an exact invalidation shows in the entry alone.
	Complete    bool
	TableExists bool // the tenant's table is there
	// The cache can have no part in this read: Redis could not be asked, or a fence is open.
	Bypass     bool
	TTL        time.Duration // of the entry; 0: not asked for
	CopyStamp  uint64        // the stamp of a local copy of the entry; 0: none may be kept
	TagStripes []uint16      // stripes of the tags of the entry's result
	Err        error         // of the entry, which cannot be used
}

// Valid reports whether the entry may be served.
func (s *Snapshot) Valid() bool {
	return !s.Bypass && s.Floor != 0 && s.TableExists && s.Entry.Payload != nil && s.Entry.Epoch == s.Epoch && s.Entry.Stamp >= s.MinStamp
}

// Stated reports that the state was there which MinStamp is made of. Where it is lost, something
// may have been invalidated that nothing tells of.
func (s *Snapshot) Stated() bool { return s.Floor != 0 && s.TableExists }

// SameState reports that two snapshots say the same of their shard and tenant.
func (s *Snapshot) SameState(t *Snapshot) bool {
	return s.Seq == t.Seq && s.Floor == t.Floor && s.Epoch == t.Epoch && s.TableExists == t.TableExists
}
