package protocol

// A budget is how often the environment may do something.
const (
	loseRecord = iota
	loseTable
	loseLog
	loseEntry // evicted, or a claim that has expired
	flush
	crash
	tick     // the staleness passes, and with it each lease that is not renewed
	lapse    // the time of a fence passes
	failover // to a replica that has missed the last commands
	renew    // a process keeps its fence open for longer
	repeat   // a client sends a command again that was done, because the answer was lost
	refuse   // Redis does not accept an invalidation, which is tried again
	back     // the clock of the server is set back, and nothing follows it from there
	budgets
)

var budgetNames = [budgets]string{
	"lose A", "lose T", "lose I", "lose the entry", "flush", "crash", "time", "fence lapse", "failover", "renewal", "repeated close", "refusal", "clock set back",
}

// kind is what a write makes stale.
type kind uint8

const (
	exact kind = iota // the entry
	scope             // what is above it
	every             // the same for all tenants
	tag               // exactly what it hangs on
	other             // another path
)

var kindNames = [...]string{"exact", "scope", "all tenants", "tag", "other path"}

// manner is how a write does that.
type manner uint8

const (
	plain   manner = iota // it invalidates at its end
	fenced                // it has a fence open until then
	put                   // it stores the entry, whose key it knows before
	putLate               // it stores the entry, whose key it knows after
	// It stores another entry of the path: under another version, or that of the tag.
	putElse
	putElseLate // the same, whose key it knows after
)

func (m manner) puts() bool      { return m >= put }
func (m manner) late() bool      { return m == putLate || m == putElseLate }
func (m manner) elsewhere() bool { return m == putElse || m == putElseLate }

// write is what a writer does.
type write struct {
	proc   int
	kind   kind
	manner manner
}

// field is that of the path which is made stale, if the table has one for it.
func (x write) field() (field int, ok bool) {
	switch x.kind {
	case scope:
		return ofScope, true
	case exact:
		return ofEntry, true
	case tag:
		return ofTag, true
	}
	return 0, false
}

func (x write) about() subject {
	switch x.kind {
	case tag:
		return aboutTag
	case other:
		return aboutOther
	}
	return aboutEntry
}

// hanging is what the tag of an entry is made of.
type hanging uint8

const (
	untagged   hanging = iota
	onArgument         // it is known before the entry is read
	onResult           // the entry says it
)

// nodes says what fails over.
type nodes uint8

const (
	oneServer nodes = iota // it holds everything
	stateNode              // of a cluster: A, T and I
	entryNode              // of a cluster: the entry
)

// scenario is who does what, and what may happen.
type scenario struct {
	name    string
	cluster bool // the state and the entry may answer in either order
	split   bool // A and T are read by two commands, between which something may happen
	// Their slot is on its way to another node: T answers first, and A when the client has been
	// sent there.
	moving bool
	copies bool  // only local copies are looked at
	needs  rules // of the added ones: without them there is a violation
	local  set   // processes that follow the log and keep local copies
	warm   bool  // the entry is stored in the beginning
	cold   bool  // there is nothing at all in the beginning
	bare   bool  // there is no T in the beginning
	// Writers do not know under which version the entry is stored, and it is not registered yet.
	strange bool
	late    set     // readers that have no time for Redis
	tags    hanging // the entry has a tag
	many    bool    // it has so many that it hangs on everything under their prefix
	kept    bool    // no reservation is lost: of puts that overlap neither may be stored
	fails   nodes
	// The server says which it is, so a failover makes no difference to what is promised. Else a
	// script alone notices it, and who has seen what was forgotten.
	met     bool
	shares  bool // reads join questions of their process
	follows bool // fills follow the answers
	// The processes know that there are fences, so a lost one makes no difference to what is
	// promised.
	settles  bool
	procs    int
	reads    []int // the process of each reader
	twice    set   // readers that read twice
	writes   []write
	limit    [budgets]uint8
	crashing set // processes that may crash
}

func (sc *scenario) start() state {
	var s state
	if !sc.cold {
		s.s.a = record{is: true, seq: 1, floor: 1, registered: !sc.strange, tagged: sc.tags != untagged && !sc.strange}
	}
	if !sc.cold && !sc.bare {
		s.s.t = table{is: true, whole: 1}
	}
	if sc.warm {
		s.s.e = entry{is: true, stamp: 1}
	}
	for i := range sc.procs {
		p := &s.procs[i]
		p.knows = !sc.strange
		if sc.cold {
			continue
		}
		p.seen = 1
		if !sc.strange {
			p.prepared = 1
		}
		if sc.local.has(i) {
			p.applied, p.floor, p.lease = 1, 1, true
		}
	}
	for i := range sc.reads {
		s.reads[i].left = 1
		if sc.twice.has(i) {
			s.reads[i].left = 2
		}
	}
	s.left = sc.limit
	return s
}

// alone reports whether each process has one reader at most.
func (sc *scenario) alone() bool {
	var seen set
	for _, p := range sc.reads {
		if seen.has(p) {
			return false
		}
		seen = seen.with(p)
	}
	return true
}

// logged reports whether somebody reads the log.
func (sc *scenario) logged() bool {
	for _, x := range sc.writes {
		if x.manner.late() {
			return true
		}
	}
	return sc.local != 0
}

// versions reports whether an entry of another version is put beside that which is read.
func (sc *scenario) versions() bool {
	for _, x := range sc.writes {
		if x.kind == exact && x.manner.elsewhere() {
			return true
		}
	}
	return false
}

// asked are the fields of T that a read asks for before it knows the entry.
func (sc *scenario) asked() set {
	asked := set(0).with(ofScope).with(ofEntry)
	if sc.tags == onArgument {
		asked = asked.with(ofTag)
	}
	return asked
}
