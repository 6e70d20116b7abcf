package protocol

// set is a set of small numbers.
type set uint8

func (s set) has(i int) bool    { return s&(1<<i) != 0 }
func (s set) with(i int) set    { return s | 1<<i }
func (s set) without(i int) set { return s &^ (1 << i) }

const (
	maxProcs   = 3
	maxReaders = 3
	maxWriters = 2
	maxLog     = 10
)

// state is one state of everything.
type state struct {
	s      server
	backup server // what a replica holds
	saved  bool   // there is a backup
	failed bool   // there has been a failover
	back   bool   // the clock has been set back
	made   uint8  // epochs that have been given out
	db     uint8
	procs  [maxProcs]proc
	reads  [maxReaders]reader
	writes [maxWriters]writer
	left   [budgets]uint8
}

// server is what Redis holds.
type server struct {
	a   record
	t   table
	log [maxLog]message
	n   uint8 // messages in log
	e   entry
	els uint8 // the claim of a write on the entry of another version
	run uint8 // which server it is
}

// record is A, the record of the shard.
type record struct {
	is         bool
	seq, floor num
	every      num   // the stamp of a scope for all tenants
	registered bool  // the version of the entry
	tagged     bool  // tags point into the prefix of the entry's tag
	run        uint8 // the server that made it
	epoch      uint8
	settles    mark // nothing may be stored of any tenant
	busy       bool // a fence may stand
}

// A field of T holds the stamp of a path that concerns the entry.
const (
	ofScope = iota // the entry is under it
	ofEntry        // its own
	ofTag          // it hangs on it
	fields
	ofAll = fields // a settling mark stands on everything
)

// table is T, the table of the tenant.
type table struct {
	is     bool
	whole  num
	stamps [fields]num
	marks  [fields]mark
	// Nothing may be stored of the tenant.
	settles mark
}

// mark is a fence on a field of the table.
type mark struct {
	is      bool // the field says that it is fenced
	open    bool // its time has not passed
	writers uint8
}

// newest is the newest of the stamps of some fields, and of the tenant.
func (t *table) newest(of set) num {
	n := t.whole
	for f, stamp := range t.stamps {
		if of.has(f) {
			n = max(n, stamp)
		}
	}
	return n
}

// fenced lists those of some fields on which a fence stands, or stood when its time passed.
func (t *table) fenced(of set) set {
	var list set
	for f, m := range t.marks {
		if m.is && of.has(f) {
			list = list.with(f)
		}
	}
	return list
}

// fenced is the same of what a server holds, with the marks on everything.
func (v *server) fenced(of set) set {
	list := v.t.fenced(of)
	if v.a.settles.is || v.t.settles.is {
		list = list.with(ofAll)
	}
	return list
}

// message is an invalidation in the log.
type message struct {
	id, prev num
	about    subject
}

// subject is what a message makes stale, as far as the entry is concerned.
type subject uint8

const (
	aboutEntry subject = iota // it, or a scope above it
	aboutTag
	aboutOther
)

// entry is what is stored under the key.
type entry struct {
	claim      uint8 // of a load or a write; 0: none
	claimStamp num   // of a load
	is         bool  // there is a value
	stamp      num
	epoch      uint8 // of both stamps
	val        uint8
}

// writeToken is the claim of the first writer. Those of loads are lower.
const writeToken = 2*maxReaders + 1

func (e *entry) heldByWrite() bool { return e.claim >= writeToken }

// proc is what a process knows.
type proc struct {
	dead      bool
	lease     bool
	knows     bool // under which version the entry is stored
	is        bool // there is a local copy
	val       uint8
	stamp     num // of the copy
	applied   num
	least     num
	seen      num
	stripe    num // of the entry and its scopes
	tagStripe num
	floor     num  // of the record that the follower knows
	prepared  num  // the floor of the record in which this process has registered
	behind    num  // what the follower knows to be missing
	owed      bool // a lease, when that has been applied
	flight    uint8
	pending   uint8 // the reader whose fill follows its answer, and 1

	// A question of the follower to which the answer is on its way.
	asked                       bool
	askedLate                   bool // time has passed since
	askedPost                   bool // it was answered after a failover
	askSeq, askFloor, askBefore num
}
