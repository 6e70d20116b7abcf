package protocol

import (
	"fmt"
	"math/bits"
)

// num is a number of the shard's counter. Only their order counts, so that states number them anew: see state.compress.
type num = uint8

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

// mark is a fence on a field of the table.
type mark struct {
	is      bool // the field says that it is fenced
	open    bool // its time has not passed
	writers uint8
}

// record is A, the record of the shard.
type record struct {
	is         bool
	seq, floor num
	every      num // the stamp of a scope for all tenants
	registered bool
	run        uint8 // the server that made it
}

// table is T, the table of the tenant.
type table struct {
	is                bool
	whole, scope, own num
	scopeMark         mark
	ownMark           mark
}

// entry is what is stored under the key.
type entry struct {
	claim      uint8 // of a load; 0: none
	claimStamp num
	is         bool // there is a value
	stamp      num
	val        uint8
}

// message is an invalidation in the log.
type message struct {
	id, prev num
	other    bool // it is about another path
}

// server is what Redis holds.
type server struct {
	a   record
	t   table
	log [maxLog]message
	n   uint8 // messages in log
	e   entry
	run uint8 // which server it is
}

// proc is what a process knows.
type proc struct {
	dead     bool
	lease    bool
	knows    bool // under which version the entry is stored
	is       bool // there is a local copy
	val      uint8
	stamp    num // of the copy
	applied  num
	least    num
	seen     num
	stripe   num
	floor    num  // of the record that the follower knows
	prepared num  // the floor of the record in which this process has registered
	behind   num  // what the follower knows to be missing
	owed     bool // a lease, when that has been applied
	flight   uint8

	// A question of the follower to which the answer is on its way.
	asked                       bool
	askedLate                   bool // time has passed since
	askedPost                   bool // it was answered after a failover
	askSeq, askFloor, askBefore num
}

type readerStep uint8

const (
	rIdle readerStep = iota
	rLook
	rDecide
	rRaise
	rLapse
	rPrepare
	rTable
	rClaim
	rLoad
	rRestamp
	rFill
	rPut
	rWait
)

// reader is a goroutine that reads.
type reader struct {
	step  readerStep
	left  uint8 // reads to start
	owes  set   // the writes that it has to see
	after set   // the readers of this process that had started when the load, or the look, of this flight began

	applied, before          num // of the process, when the look began
	gotA, gotT, gotE, failed bool
	seq, floor, least        num
	fresh, apart             bool
	scopeFenced, ownFenced   bool
	e                        entry

	flying bool // it runs a flight
	proven bool // the flight that it waits for is new enough in any case
	on     uint8
	val    uint8
}

type writerStep uint8

const (
	wIdle writerStep = iota
	wOpen
	wOpened
	wCommit
	wDelete
	wStamp
	wDeleteLate
	wReply
	wDone
)

// writer is a goroutine that writes once.
type writer struct {
	step        writerStep
	val         uint8 // 0: it has not committed
	seq, before num
	again       bool // for a version that it was told of
	told        bool // that a version is registered
	lapsed      bool // its fence is not to be relied on
	done        bool // the invalidation is complete
	fenced      bool // a fence was open at the commit, and stood until the close
	old         bool // what it announced is older than the staleness
	forgotten   bool // the server has forgotten the stamp
	noticed     bool // a process that had seen it has asked since
	seenBy      set
}

// state is one state of everything.
type state struct {
	s      server
	backup server // what a replica holds
	saved  bool   // there is a backup
	failed bool   // there has been a failover
	db     uint8
	procs  [maxProcs]proc
	reads  [maxReaders]reader
	writes [maxWriters]writer
	left   [budgets]uint8
}

// compress numbers the numbers anew, in their order.
func (s *state) compress() {
	var used uint64
	s.numbers(func(n *num) { used |= 1 << *n })
	used |= 1
	if used&(used+1) == 0 {
		return // they are in order
	}
	s.numbers(func(n *num) { *n = num(bits.OnesCount64(used & (1<<*n - 1))) })
}

// newest is the highest number that anybody has.
func (s *state) newest() num {
	var n num
	s.numbers(func(m *num) { n = max(n, *m) })
	return n
}

func (s *state) numbers(f func(*num)) {
	s.s.numbers(f)
	if s.saved && !s.failed {
		s.backup.numbers(f)
	}
	for i := range s.procs {
		p := &s.procs[i]
		f(&p.stamp)
		f(&p.applied)
		f(&p.least)
		f(&p.seen)
		f(&p.stripe)
		f(&p.floor)
		f(&p.prepared)
		f(&p.behind)
		f(&p.askSeq)
		f(&p.askFloor)
		f(&p.askBefore)
	}
	for i := range s.reads {
		r := &s.reads[i]
		f(&r.applied)
		f(&r.before)
		f(&r.seq)
		f(&r.floor)
		f(&r.least)
		f(&r.e.claimStamp)
		f(&r.e.stamp)
	}
	for i := range s.writes {
		f(&s.writes[i].seq)
		f(&s.writes[i].before)
	}
}

func (v *server) numbers(f func(*num)) {
	f(&v.a.seq)
	f(&v.a.floor)
	f(&v.a.every)
	f(&v.t.whole)
	f(&v.t.scope)
	f(&v.t.own)
	f(&v.e.claimStamp)
	f(&v.e.stamp)
	for i := range v.n {
		f(&v.log[i].id)
		f(&v.log[i].prev)
	}
}

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
	repeat   // a client sends a command again that was done, because the answer was lost
	budgets
)

var budgetNames = [budgets]string{"lose A", "lose T", "lose I", "lose the entry", "flush", "crash", "time", "fence lapse", "failover", "repeated close"}

type kind uint8

const (
	exact kind = iota
	scope
	every
	other
)

var kindNames = [...]string{"exact", "scope", "all tenants", "other path"}

// write is what a writer does.
type write struct {
	proc  int
	kind  kind
	fence bool
}

// nodes says what fails over.
type nodes uint8

const (
	oneServer nodes = iota // it holds everything
	stateNode              // of a cluster: A, T and I
	entryNode              // of a cluster: the entry
)

// scenario is who does what, and what may happen.
type scenario struct {
	name     string
	cluster  bool  // the state and the entry may answer in either order
	split    bool  // A and T are read by two commands, between which something may happen
	moving   bool  // their slot is on its way to another node: T answers first, and A when the client has been sent there
	copies   bool  // only local copies are looked at
	needs    rules // of the added ones: without them there is a violation
	local    set   // processes that follow the log and keep local copies
	warm     bool  // the entry is stored in the beginning
	cold     bool  // there is nothing at all in the beginning
	bare     bool  // there is no T in the beginning
	strange  bool  // writers do not know under which version the entry is stored, and it is not registered yet
	fails    nodes
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
		s.s.a = record{is: true, seq: 1, floor: 1, registered: !sc.strange}
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

// world is a scenario under rules. Its methods change a state by one step.
type world struct {
	*scenario
	rules rules
	alone bool // no process has two readers, so what it does by itself goes with what it did before
	trace bool
	note  string // what the step did, with trace
	bad   string // what it did wrong
	top   num    // given out, with trace
}

func (w *world) on(r rule) bool { return w.rules.has(r) }

// claims is the step at which a load claims its entry. The runtime looks at the table while it claims, and wherever the server is a cluster; in the
// model it looks before, which is the less it can see, and only where that matters.
func (w *world) claims() readerStep {
	if w.moving && w.on(ruleTableAgain) {
		return rTable
	}
	return rClaim
}

func (w *world) say(format string, args ...any) {
	if w.trace {
		if w.note != "" {
			w.note += "; "
		}
		w.note += fmt.Sprintf(format, args...)
	}
}

// next is the number that the server gives out next.
func (w *world) next(s *state) num {
	if !w.on(ruleClock) {
		return s.s.a.seq + 1
	}
	n := s.newest() + 1
	if w.trace { // the same number does not come again
		n = max(n, w.top+1)
		w.top = n
	}
	return n
}

// announced reports whether a write has to be seen by every strong read that starts now in process p.
func (w *world) announced(s *state, i, p int) bool {
	x := &s.writes[i]
	if x.val == 0 {
		return false
	}
	if x.forgotten {
		return x.done && (x.noticed || x.seenBy.has(p))
	}
	return x.done || x.fenced
}

// owed lists the writes that a strong read that starts now in process p has to see.
func (w *world) owed(s *state, p int) set {
	var list set
	for i := range w.writes {
		if w.announced(s, i, p) {
			list = list.with(i)
		}
	}
	return list
}

// localMin is the oldest value that a local hit of process p may return.
func (w *world) localMin(s *state, p int) uint8 {
	var least uint8
	for i, x := range w.writes {
		if y := &s.writes[i]; y.old && w.announced(s, i, p) || y.done && x.proc == p && !y.forgotten {
			least = max(least, y.val)
		}
	}
	return least
}

// audit looks whether a read that starts now would be answered with something too old.
func (w *world) audit(s *state) {
	v := &s.s
	least := max(v.a.floor, v.a.every, v.t.whole, v.t.scope, v.t.own)
	stored := v.a.is && (v.t.is || !w.on(ruleMissingTable)) && v.e.is && v.e.stamp >= least
	fenced := w.on(ruleFenceRefuses) && (v.t.scopeMark.is || v.t.ownMark.is)
	for i := range w.procs {
		p := &s.procs[i]
		if p.dead {
			continue
		}
		if stored && !w.copies && !fenced && !(w.on(ruleRegression) && v.a.seq < p.seen) {
			for j := range w.writes {
				if min := s.writes[j].val; v.e.val < min && w.announced(s, j, i) {
					w.bad = fmt.Sprintf("a read that starts now in P%d gets value %d from Redis, not %d", i, v.e.val, min)
					return
				}
			}
		}
		if p.is && (p.lease || !w.on(ruleLease)) && p.stamp >= p.least && (p.stamp >= p.stripe || !w.on(ruleStripes)) {
			if min := w.localMin(s, i); p.val < min {
				w.bad = fmt.Sprintf("a read that starts now in P%d gets value %d from its local copy, not %d", i, p.val, min)
				return
			}
		}
	}
}

// made makes sure that there is a record, as each script does.
func (w *world) made(s *state) {
	a := &s.s.a
	if a.is && (a.run == s.s.run || !w.on(ruleNewServer)) {
		return
	}
	seq := num(1)
	if w.on(ruleClock) {
		seq = w.next(s)
	}
	*a = record{is: true, seq: seq, floor: seq, run: s.s.run}
	if !w.on(ruleMissingRecord) {
		a.floor = 1
	}
}

// madeTable makes sure that there is a table.
func (w *world) madeTable(s *state) {
	if !s.s.t.is {
		s.s.t = table{is: true, whole: s.s.a.seq}
		if !w.on(ruleMissingTable) {
			s.s.t.whole = 0
		}
	}
}

// stamped appends to the log.
func (w *world) stamped(s *state, prev num, other bool) {
	if w.local == 0 {
		return
	}
	v := &s.s
	if v.n == maxLog {
		panic(w.name + ": the log is full")
	}
	v.log[v.n] = message{v.a.seq, prev, other}
	v.n++
}

// floorRaised is the script that raises the floor above what process p has seen.
func (w *world) floorRaised(s *state, p *proc) num {
	w.made(s)
	a := &s.s.a
	if a.floor <= p.seen {
		a.seq = max(w.next(s), p.seen+1)
		a.floor = a.seq
	}
	p.least = max(p.least, a.floor)
	p.seen = max(p.seen, a.floor)
	return a.floor
}

// heard notes that process p, having seen a number, has asked the server since the failover.
func (w *world) heard(s *state, p int, seen num) {
	for i := range w.writes {
		if y := &s.writes[i]; y.seenBy.has(p) && seen >= y.seq {
			y.noticed = true
		}
	}
}

// An action is a step of somebody: 2 for each reader, 1 for each writer, 3 for each follower, 1 for each crash, then the environment.
const (
	actWriter = 2 * maxReaders
	actFollow = actWriter + maxWriters
	actCrash  = actFollow + 3*maxProcs
	actRepeat = actCrash + maxProcs
	actEnv    = actRepeat + maxWriters
	actSave   = actEnv + budgets
	actions   = actSave + 1
)

// do does an action, and reports whether it could be done.
func (w *world) do(s *state, action int) bool {
	switch {
	case action < actWriter:
		i := action / 2
		if i >= len(w.reads) || !w.read(s, i, action%2) {
			return false
		}
		if step := s.reads[i].step; w.alone && (step == rDecide || step == rPut) {
			w.read(s, i, 0)
		}
	case action < actFollow:
		i := action - actWriter
		if i >= len(w.writes) || s.procs[w.writes[i].proc].dead || !w.write(s, i) {
			return false
		}
		if step := s.writes[i].step; w.alone && w.local == 0 && w.limit[failover]+w.limit[repeat] == 0 && (step == wReply || step == wOpened) {
			w.write(s, i)
		}
	case action < actCrash:
		i := (action - actFollow) / 3
		return w.local.has(i) && !s.procs[i].dead && w.follow(s, i, (action-actFollow)%3)
	case action < actRepeat:
		i := action - actCrash
		return w.crashing.has(i) && !s.procs[i].dead && w.spend(s, crash) && w.crash(s, i)
	case action < actEnv:
		i := action - actRepeat
		if i >= len(w.writes) || s.writes[i].step != wReply || !w.writes[i].fence || s.writes[i].again || s.procs[w.writes[i].proc].dead || !w.spend(s, repeat) {
			return false
		}
		w.say("W%d's close is sent again", i)
		w.stamp(s, i)
		return true
	case action < actSave:
		return w.happen(s, action-actEnv)
	default:
		if s.saved || s.left[failover] == 0 {
			return false
		}
		w.say("a replica hears nothing from here on")
		s.saved, s.backup = true, s.s
	}
	return true
}

func (w *world) spend(s *state, budget int) bool {
	if s.left[budget] == 0 {
		return false
	}
	s.left[budget]--
	return true
}

func (w *world) crash(s *state, p int) bool {
	w.say("P%d dies", p)
	s.procs[p] = proc{dead: true}
	for i, at := range w.reads {
		if at == p {
			s.reads[i] = reader{}
		}
	}
	return true
}

// happen is what the environment does by itself.
func (w *world) happen(s *state, what int) bool {
	v := &s.s
	switch {
	case s.left[what] == 0:
		return false
	case what == loseRecord && v.a.is:
		v.a = record{}
	case what == loseTable && v.t.is:
		v.t = table{}
		w.unfenced(s, true)
	case what == loseLog && v.n > 0:
		v.log, v.n = [maxLog]message{}, 0
	case what == loseEntry && (v.e.is || v.e.claim != 0):
		v.e = entry{}
	case what == flush:
		*v = server{run: v.run}
		w.unfenced(s, true)
	case what == tick:
		for i := range w.procs {
			p := &s.procs[i]
			p.lease = false
			p.askedLate = p.asked
			p.owed = p.owed && !w.on(ruleLeaseFromAsking)
		}
		for i := range w.writes {
			x := &s.writes[i]
			x.old = x.val != 0 && (x.done || x.fenced) && (!x.forgotten || x.noticed)
		}
	case what == lapse && (v.t.scopeMark.open || v.t.ownMark.open):
		v.t.scopeMark.open, v.t.ownMark.open = false, false
		w.unfenced(s, false)
	case what == failover && s.saved && !s.failed:
		w.fail(s)
	default:
		return false
	}
	s.left[what]--
	w.say("%s", budgetNames[what])
	return true
}

// unfenced notes that the fences that stand are no longer to be relied on: by nobody, or by those whose process is alive and has been slower
// than it had said.
func (w *world) unfenced(s *state, all bool) {
	for i, x := range w.writes {
		y := &s.writes[i]
		if x.fence && !y.done && y.step > wOpen && (all || !s.procs[x.proc].dead) {
			y.fenced, y.lapsed = false, true
		}
	}
}

func (w *world) fail(s *state) {
	s.failed = true
	v, b := &s.s, &s.backup
	switch w.fails {
	case entryNode:
		v.e = b.e
	case stateNode:
		v.a, v.t, v.log, v.n = b.a, b.t, b.log, b.n
		v.run++
	case oneServer:
		run := v.run + 1
		*v = *b
		v.run = run
	}
	for i, x := range w.writes {
		y := &s.writes[i]
		switch {
		case w.fails == entryNode:
		case y.step > wStamp && y.seq > b.a.seq:
			y.forgotten, y.old = true, false
			for p := range w.procs {
				if !s.procs[p].dead && s.procs[p].seen >= y.seq {
					y.seenBy = y.seenBy.with(p)
				}
			}
			for j := range s.reads {
				if r := &s.reads[j]; r.before < y.seq {
					r.owes = r.owes.without(i) // it could not know
				}
			}
		case y.step == wStamp && x.kind == exact && w.fails == oneServer:
			y.step = wDelete // both are sent on one connection, which is lost
		}
	}
	s.backup = server{}
	for i := range s.reads {
		switch r := &s.reads[i]; {
		case r.step != rLook || w.fails == entryNode:
		case w.fails == oneServer:
			w.look(s, i) // what it has read it has read on a connection that is lost
		case !r.gotA || !r.gotT:
			r.gotA, r.gotT = false, false
		}
	}
	for i := range w.writes {
		if y := &s.writes[i]; y.done && !y.forgotten {
			y.seq = 0
		}
	}
}

// read is a step of a reader. Of two choices, the first looks at the state and the second at the entry.
func (w *world) read(s *state, i, choice int) bool {
	r, v := &s.reads[i], &s.s
	at := w.reads[i]
	p := &s.procs[at]
	if p.dead || choice == 1 && r.step != rLook {
		return false
	}
	if w.trace {
		w.say("R%d (P%d)", i, at)
	}
	switch r.step {
	case rIdle:
		if r.left == 0 {
			return false
		}
		*r = reader{left: r.left - 1, owes: w.owed(s, at)}
		for j, p := range w.reads {
			if p == at {
				s.reads[j].after = s.reads[j].after.without(i)
			}
		}
		w.say("starts")
		w.look(s, i)
	case rLook:
		if choice == 1 {
			if r.gotE || !w.cluster && !(r.gotA && r.gotT) {
				return false
			}
			r.gotE, r.e = true, v.e
			w.say("reads the entry: %s", show(v.e))
		} else if r.gotA && r.gotT {
			return false
		} else {
			first := r.gotA == r.gotT
			if first == (w.on(ruleRecordFirst) && !w.moving) {
				w.readA(s, r)
			} else {
				w.readT(s, r)
			}
			if first && !w.split {
				w.readT(s, r)
			}
		}
		if r.gotA && r.gotT && r.gotE {
			r.step = rDecide
		}
	case rDecide:
		if w.on(ruleRegression) && r.floor != 0 && r.seq < r.before {
			w.say("finds that the server has forgotten something")
			r.step = rRaise
			break
		}
		p.seen = max(p.seen, r.seq)
		if r.failed {
			w.heard(s, at, r.before)
		}
		switch {
		case r.scopeFenced || r.ownFenced:
			r.step = rLapse
			w.say("finds a fence")
		case r.floor != 0 && r.fresh && r.e.is && r.e.stamp >= r.least:
			if r.applied != 0 {
				p.is, p.val, p.stamp = true, r.e.val, r.applied
				if !w.on(ruleCopyApplied) {
					p.stamp = r.seq
				}
				w.say("keeps a copy, stamp %d", p.stamp)
			}
			w.finish(s, i, r.e.val)
		default:
			w.miss(s, i)
		}
	case rRaise:
		floor := w.floorRaised(s, p)
		w.heard(s, at, r.before)
		w.say("raises the floor to %d", floor)
		if w.on(ruleLookAgain) {
			w.look(s, i)
			break
		}
		r.seq, r.floor, r.least, r.fresh, r.e = floor, floor, floor, true, entry{}
		w.miss(s, i)
	case rLapse:
		w.made(s)
		for _, f := range []struct {
			seen  bool
			m     *mark
			stamp *num
		}{{r.scopeFenced, &v.t.scopeMark, &v.t.scope}, {r.ownFenced, &v.t.ownMark, &v.t.own}} {
			switch {
			case !f.seen || !f.m.is:
			case f.m.open:
				r.apart = true
			default:
				*f.m = mark{}
				if w.on(ruleLapseStamps) {
					prev := v.a.seq
					v.a.seq = w.next(s)
					*f.stamp = v.a.seq
					w.stamped(s, prev, false)
					w.say("stamps the fence that has lapsed: %d", v.a.seq)
				}
			}
		}
		switch {
		case r.apart:
			w.say("goes past the cache")
			w.miss(s, i)
		case w.on(ruleLookAgain):
			w.look(s, i)
		default:
			r.seq = v.a.seq
			r.least = max(r.least, r.seq)
			r.e = entry{}
			w.say("goes on with stamp %d", r.seq)
			w.miss(s, i)
		}
	case rPrepare:
		w.made(s)
		w.madeTable(s)
		if w.on(ruleRegister) {
			v.a.registered = true
		}
		p.prepared = v.a.floor
		r.step = w.claims()
		w.say("makes what is missing and registers its version")
		if r.fresh && r.floor == v.a.floor {
			break
		}
		if w.on(ruleLookAgain) {
			w.look(s, i)
			break
		}
		r.seq, r.floor, r.least, r.fresh = v.a.seq, v.a.floor, v.a.seq, true
		w.say("goes on with stamp %d", r.seq)
	case rTable:
		if t := &v.t; !t.is || t.scopeMark.is || t.ownMark.is {
			w.say("finds a fence that it had overlooked, or no table")
			w.look(s, i)
			break
		}
		r.step = rClaim
		w.say("finds no fence")
	case rClaim:
		e := &v.e
		switch {
		case e.claim != 0 && (e.claimStamp >= r.least || !w.on(ruleClaimValid)):
			w.say("finds the claim of another")
			w.look(s, i)
		case e.is && e.stamp >= r.least && e.stamp != r.e.stamp:
			w.say("finds a newer value")
			w.look(s, i)
		default:
			*e = entry{claim: r.token(i), claimStamp: r.seq}
			r.e = entry{}
			r.step = rLoad
			w.say("claims, stamp %d", r.seq)
		}
	case rLoad:
		r.val = s.db
		r.after = w.running(s, at)
		w.say("loads %d from the database", r.val)
		switch {
		case r.apart:
			w.finish(s, i, r.val)
		case w.on(ruleStampFirst):
			r.step = rFill
		default:
			r.step = rRestamp
		}
	case rRestamp: // instead of the stamp from before the load
		if v.a.is {
			r.seq = v.a.seq
		}
		w.say("takes its stamp: %d", r.seq)
		r.step = rFill
	case rFill:
		if w.on(ruleFillClaimed) && v.e.claim != r.token(i) {
			w.say("may not store")
			w.finish(s, i, r.val)
			break
		}
		v.e = entry{is: true, stamp: r.seq, val: r.val}
		w.say("stores %d, stamp %d", r.val, r.seq)
		if p.applied != 0 {
			r.step = rPut
		} else {
			w.finish(s, i, r.val)
		}
	case rPut:
		p.is, p.val, p.stamp = true, r.val, r.seq
		w.say("keeps a copy, stamp %d", r.seq)
		w.finish(s, i, r.val)
	default:
		return false
	}
	return true
}

func (w *world) readA(s *state, r *reader) {
	r.gotA, r.failed = true, s.failed
	if a := &s.s.a; a.is {
		r.seq, r.floor = a.seq, a.floor
		r.least = max(r.least, a.floor, a.every)
	}
	w.say("reads A: seq %d", r.seq)
}

func (w *world) readT(s *state, r *reader) {
	t := &s.s.t
	r.gotT = true
	r.fresh = t.is || !w.on(ruleMissingTable)
	r.least = max(r.least, t.whole, t.scope, t.own)
	if w.on(ruleFenceRefuses) {
		r.scopeFenced, r.ownFenced = t.scopeMark.is, t.ownMark.is
	}
	switch {
	case !t.is:
		w.say("finds no T")
	default:
		w.say("reads T: least valid stamp %d, fenced %v", r.least, r.scopeFenced || r.ownFenced)
	}
}

func (r *reader) token(i int) uint8 { return uint8(i)*2 + r.left + 1 }

// running is the readers of a process that have started.
func (w *world) running(s *state, p int) set {
	var list set
	for i, at := range w.reads {
		if at == p && s.reads[i].step != rIdle {
			list = list.with(i)
		}
	}
	return list
}

// look begins to read the state and the entry.
func (w *world) look(s *state, i int) {
	r := &s.reads[i]
	p := &s.procs[w.reads[i]]
	*r = reader{step: rLook, left: r.left, owes: r.owes, flying: r.flying, applied: p.applied, before: p.seen}
	if r.flying {
		r.after = w.running(s, w.reads[i])
	}
}

// miss joins a flight, or goes on with one of its own.
func (w *world) miss(s *state, i int) {
	r := &s.reads[i]
	p := &s.procs[w.reads[i]]
	if j := int(p.flight) - 1; !r.flying && j >= 0 {
		f := &s.reads[j]
		// The load of f has begun when it holds a value, or is past it.
		began := f.step == rRestamp || f.step == rFill || f.step == rPut
		join, proven := true, false
		switch {
		case !w.on(ruleJoin):
			proven = true
		case !began || f.after.has(i):
		case !r.apart && f.seq >= r.least && r.e.claim == f.token(j):
			proven = true
		default:
			join = false
		}
		if join {
			*r = reader{step: rWait, left: r.left, owes: r.owes, on: uint8(j), proven: proven}
			w.say("waits for R%d", j)
			return
		}
	}
	r.flying = true
	p.flight = uint8(i) + 1
	switch {
	case r.apart:
		r.step = rLoad
	case r.floor != 0 && p.prepared == r.floor && r.fresh:
		r.step = w.claims()
	default:
		r.step = rPrepare
	}
}

// finish answers a reader, and those who wait for it.
func (w *world) finish(s *state, i int, val uint8) {
	r := &s.reads[i]
	p := &s.procs[w.reads[i]]
	w.answer(s, i, val)
	if !r.flying {
		*r = reader{left: r.left}
		return
	}
	if int(p.flight) == i+1 {
		p.flight = 0
	}
	after := r.after
	*r = reader{left: r.left}
	for j := range w.reads {
		x := &s.reads[j]
		if x.step != rWait || int(x.on) != i {
			continue
		}
		if x.proven || after.has(j) {
			w.answer(s, j, val)
			*x = reader{left: x.left}
		} else {
			w.look(s, j)
			w.say("R%d looks again", j)
		}
	}
}

func (w *world) answer(s *state, i int, val uint8) {
	w.say("R%d returns %d", i, val)
	for j := range w.writes {
		if min := s.writes[j].val; s.reads[i].owes.has(j) && val < min && !w.copies {
			w.bad = fmt.Sprintf("R%d returned %d, but %d had been announced when it started", i, val, min)
		}
	}
}

// write is a step of a writer.
func (w *world) write(s *state, i int) bool {
	y, x, v := &s.writes[i], w.writes[i], &s.s
	p := &s.procs[x.proc]
	if w.trace {
		w.say("W%d (P%d, %s)", i, x.proc, kindNames[x.kind])
	}
	switch y.step {
	case wIdle:
		switch {
		case !x.fence:
			return w.commit(s, i)
		case x.kind == exact:
			y.step = wOpen
			w.delete(s, p)
		default:
			w.stamp(s, i)
		}
	case wOpen:
		w.stamp(s, i)
	case wOpened:
		w.reply(s, i)
		y.step = wCommit
	case wCommit:
		return w.commit(s, i)
	case wDelete:
		w.delete(s, p)
		y.step = wStamp
	case wStamp:
		w.stamp(s, i)
	case wDeleteLate:
		w.delete(s, p)
		y.step = wReply
	case wReply:
		w.reply(s, i)
		if x.kind == exact && !p.knows && v.a.registered && y.told && w.on(ruleTold) {
			p.knows = true
			y.again = true
			y.step = wDelete
			w.say("is told of a version that it did not know")
			break
		}
		y.step, y.done, y.told, y.lapsed = wDone, true, false, false
		switch {
		case y.forgotten:
			y.seenBy = y.seenBy.with(x.proc)
		case s.left[failover] == 0:
			y.seq = 0
		}
		w.say("the invalidation is complete")
	default:
		return false
	}
	return true
}

func (w *world) commit(s *state, i int) bool {
	y, x := &s.writes[i], w.writes[i]
	if x.kind != other {
		s.db++
		y.val = s.db
		y.fenced = x.fence && !y.lapsed
		w.say("commits %d", y.val)
	}
	y.step = wStamp
	if x.kind == exact && w.on(ruleDeleteFirst) && s.procs[x.proc].knows {
		y.step = wDelete
	}
	if x.kind == other {
		w.stamp(s, i)
	}
	return true
}

func (w *world) delete(s *state, p *proc) {
	e := &s.s.e
	switch {
	case !p.knows:
	case w.on(ruleDeleteClaim):
		*e = entry{}
	default:
		e.is, e.stamp, e.val = false, 0, 0
	}
	w.say("deletes the entry")
}

// stamp is the stamping script.
func (w *world) stamp(s *state, i int) {
	y, x, v := &s.writes[i], w.writes[i], &s.s
	opens := x.fence && y.val == 0
	closes := x.fence && !opens && !y.again
	w.made(s)
	y.before = v.a.seq
	stamps := !(opens && !w.on(ruleOpenStamps) || closes && !w.on(ruleCloseStamps))
	if stamps {
		v.a.seq = w.next(s)
		w.stamped(s, y.before, x.kind == other)
	}
	y.seq = v.a.seq
	m, field := &v.t.scopeMark, &v.t.scope
	if x.kind == exact {
		m, field = &v.t.ownMark, &v.t.own
	}
	switch {
	case x.kind == every:
		v.a.every = v.a.seq
	case x.kind == other:
	case x.kind == exact && !x.fence && !m.is && *field == 0 && !w.on(ruleExactStamp):
	default:
		w.madeTable(s)
		if stamps {
			*field = v.a.seq
		}
		bit := uint8(1) << i
		switch {
		case opens && w.on(ruleFenceNames):
			if !m.open {
				m.writers = 0
			}
			m.writers |= bit
			m.open = true
		case opens && m.open:
			m.writers++
		case opens:
			m.writers, m.open = 1, true
		case closes && w.on(ruleFenceNames):
			m.writers &^= bit
		case closes && m.writers > 0:
			m.writers--
		}
		m.is = m.open && m.writers > 0
		if !m.is {
			*m = mark{}
		}
	}
	switch {
	case opens:
		y.step = wOpened
		w.say("opens a fence: seq %d", y.seq)
	case x.kind == exact && !w.on(ruleDeleteFirst) && y.step != wReply:
		y.step = wDeleteLate
		w.say("stamps: seq %d", y.seq)
	default:
		y.step = wReply
		y.told = v.a.registered
		w.say("stamps: seq %d", y.seq)
	}
}

// reply is what the process does with the answer of the stamping script.
func (w *world) reply(s *state, i int) {
	y := &s.writes[i]
	p := &s.procs[w.writes[i].proc]
	p.seen = max(p.seen, y.seq)
	w.say("hears of seq %d", y.seq)
	if w.local.has(w.writes[i].proc) && w.on(ruleOwnStripes) {
		if w.writes[i].kind != other {
			p.stripe = max(p.stripe, y.seq)
		}
		if p.applied == y.before && p.applied != 0 {
			p.applied = y.seq
		}
	}
	y.before = 0
}

// caughtUp lends what was asked for when the counter stood where the process has come to.
func (w *world) caughtUp(p *proc) {
	if p.owed {
		p.lease = true
		w.say("has a lease")
	}
	p.behind, p.owed = 0, false
}

// follow is a step of the follower of a process: 0 asks, or takes the answer; 1 applies a message; 2 finds that the log says less than A.
func (w *world) follow(s *state, i, choice int) bool {
	p, v := &s.procs[i], &s.s
	var m *message
	for j := range v.n {
		if v.log[j].id > p.applied {
			m = &v.log[j]
			break
		}
	}
	if w.trace {
		w.say("follower of P%d", i)
	}
	switch {
	case choice == 0 && !p.asked && p.behind == 0:
		p.asked, p.askBefore, p.askedPost = true, p.seen, s.failed
		if v.a.is {
			p.askSeq, p.askFloor = v.a.seq, v.a.floor
		}
		w.say("asks: seq %d", p.askSeq)
	case choice == 0 && p.asked:
		seq, floor, before := p.askSeq, p.askFloor, p.askBefore
		lease := !p.askedLate || !w.on(ruleLeaseFromAsking)
		post := p.askedPost
		p.asked, p.askedLate, p.askedPost, p.askSeq, p.askFloor, p.askBefore = false, false, false, 0, 0, 0
		switch {
		case floor == 0:
			p.floor = 0
			w.say("hears that there is no record")
		case w.on(ruleRegression) && seq < before:
			w.regressed(s, i)
		case p.floor != floor && w.on(ruleFloorEmpties) || p.applied == 0:
			if w.on(ruleFollowAnew) {
				p.least = max(p.least, seq)
			}
			p.seen = max(p.seen, seq)
			p.applied, p.floor, p.lease = seq, floor, lease
			w.say("begins to follow at %d", seq)
		case seq <= p.applied:
			p.lease = lease
			w.say("hears that nothing is missing: lease %v", lease)
		default:
			p.behind, p.owed = seq, lease
			w.say("hears that something is missing")
		}
		if post {
			w.heard(s, i, before)
		}
	case choice == 1 && m != nil && p.applied != 0:
		p.seen = max(p.seen, m.id)
		w.say("applies %d after %d", m.id, m.prev)
		switch {
		case m.prev < p.applied && w.on(ruleFork):
			w.regressed(s, i)
			return true
		case m.prev > p.applied && w.on(ruleGap):
			p.least = max(p.least, m.id)
			w.say("a gap: empties the local tier")
		}
		if !m.other {
			p.stripe = max(p.stripe, m.id)
		}
		p.applied = m.id
		if p.behind != 0 && p.applied >= p.behind {
			w.caughtUp(p)
		}
	case choice == 2 && p.behind != 0 && (m == nil || p.applied >= p.behind):
		if p.applied < p.behind {
			if w.on(ruleSilence) {
				p.least = max(p.least, p.behind)
			}
			p.applied = p.behind
			w.say("the log says nothing of %d: empties the local tier", p.behind)
		}
		w.caughtUp(p)
	default:
		return false
	}
	return true
}

func (w *world) regressed(s *state, i int) {
	p := &s.procs[i]
	p.lease = false
	w.heard(s, i, p.seen)
	w.floorRaised(s, p)
	p.applied, p.floor, p.behind, p.owed = 0, 0, 0, false
	w.say("the server has forgotten something: raises the floor to %d", p.least)
}

func show(e entry) string {
	switch {
	case e.is:
		return fmt.Sprintf("value %d, stamp %d", e.val, e.stamp)
	case e.claim != 0:
		return "a claim"
	}
	return "nothing"
}
