package protocol

import "fmt"

type readerStep uint8

const (
	rIdle readerStep = iota
	rLook
	rShare
	rDecide
	rTags
	rRaise
	rLapse
	rPrepare
	rTable
	rClaim
	rLoad
	rRestamp
	rMayFill
	rLapseTag
	rFill
	rPut
	rWait
	rLateLoad
	rLateCheck
)

// reader is a goroutine that reads.
type reader struct {
	step readerStep
	left uint8 // reads to start
	owes set   // the writes that it has to see
	// The readers of this process that had started when the load, or the look, of this flight
	// began.
	after set

	applied, before          num // of the process, when the look began
	gotA, gotT, gotE, failed bool
	seq, floor, least        num
	fresh, apart             bool
	fenced                   set // the fields on which it has found fences
	e                        entry
	epoch                    uint8 // of the record

	late    bool // it has answered, and stores what it has loaded without a claim
	claimed bool // it has a claim by now
	asOf    num  // the stamp of that

	flying  bool // it runs a flight
	proven  bool // the flight that it waits for is new enough in any case
	pending bool // it has answered, and its fill follows
	on      uint8
	val     uint8
}

func (r *reader) token(i int) uint8 { return uint8(i)*2 + r.left + 1 }

// valid reports whether what has been looked at makes the entry an answer.
func (r *reader) valid() bool {
	return r.floor != 0 && r.fresh && r.e.is && r.e.epoch == r.epoch && r.e.stamp >= r.least
}

// read is a step of a reader. Of two choices, the first looks at the state and the second at the
// entry.
func (w *world) read(s *state, i, choice int) bool {
	r := &s.reads[i]
	p := &s.procs[w.reads[i]]
	if p.dead || choice == 1 && r.step != rLook {
		return false
	}
	if w.trace {
		w.say("R%d (P%d)", i, w.reads[i])
	}
	switch r.step {
	case rIdle:
		return w.begin(s, i)
	case rLook:
		return w.readPart(s, i, choice == 1)
	case rDecide:
		w.decide(s, i)
	case rTags:
		w.readTags(s, i)
	case rRaise:
		w.raiseFloor(s, i)
	case rLapse:
		w.lapse(s, i)
	case rPrepare:
		w.register(s, i)
	case rTable:
		w.lookForFences(s, i)
	case rClaim:
		w.claim(s, i)
	case rLoad:
		w.load(s, i)
	case rRestamp: // instead of the stamp from before the load
		if s.s.a.is {
			r.seq = s.s.a.seq
		}
		w.say("takes its stamp: %d", r.seq)
		w.loaded(s, i)
	case rMayFill:
		w.mayFill(s, i)
	case rLapseTag:
		w.lapseTag(s, i)
	case rFill:
		w.fill(s, i)
	case rPut:
		p.is, p.val, p.stamp = true, r.val, r.seq
		w.say("keeps a copy, stamp %d", r.seq)
		if r.pending {
			r.step = rFill
		} else {
			w.finish(s, i, r.val)
		}
	case rLateLoad:
		w.loadLate(s, i)
	case rLateCheck:
		return w.checkLog(s, i)
	default:
		return false
	}
	return true
}

func (w *world) begin(s *state, i int) bool {
	r, at := &s.reads[i], w.reads[i]
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
	if j := s.procs[at].pending; j != 0 && !w.on(rulePendingLook) {
		w.say("takes a pending fill")
		w.finish(s, i, s.reads[j-1].val)
		return true
	}
	if w.late.has(i) && s.procs[at].applied != 0 {
		w.beginLate(s, i)
		return true
	}
	w.look(s, i)
	return true
}

// look begins to read the state and the entry. While an invalidation of the process waits, it goes
// past the cache.
func (w *world) look(s *state, i int) {
	at := w.reads[i]
	switch {
	case !w.waits(s, at) || s.procs[at].pending != 0 && !w.on(rulePendingOwn):
		w.ask(s, i)
		if w.shares {
			w.share(s, i)
		}
	case s.reads[i].late:
		w.drop(s, i)
	default:
		w.goPast(s, i)
	}
}

// goPast lets a read go past the cache.
func (w *world) goPast(s *state, i int) {
	r := &s.reads[i]
	*r = reader{left: r.left, owes: r.owes, flying: r.flying, apart: true}
	w.say("goes past the cache, because an invalidation waits")
	w.miss(s, i)
}

// ask makes a question of its own.
func (w *world) ask(s *state, i int) {
	r := &s.reads[i]
	p := &s.procs[w.reads[i]]
	*r = reader{
		step: rLook, left: r.left, owes: r.owes, flying: r.flying, applied: p.applied, before: p.seen,
		late: r.late, claimed: r.claimed, asOf: r.asOf, val: r.val,
	}
	if !r.late {
		r.val = 0
	}
	if r.flying {
		r.after = w.running(s, w.reads[i])
	}
}

// readPart reads the entry, or the next part of the state.
func (w *world) readPart(s *state, i int, entry bool) bool {
	r := &s.reads[i]
	if entry {
		if r.gotE || !w.cluster && !(r.gotA && r.gotT) {
			return false
		}
		r.gotE, r.e = true, s.s.e
		w.say("reads the entry: %s", show(r.e))
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
		w.shareAnswer(s, i)
	}
	return true
}

func (w *world) readA(s *state, r *reader) {
	w.meet(s)
	r.gotA, r.failed = true, s.failed
	if a := &s.s.a; a.is {
		r.seq, r.floor, r.epoch = a.seq, a.floor, a.epoch
		r.least = max(r.least, a.floor, a.every)
		if a.settles.is {
			r.fenced = r.fenced.with(ofAll)
		}
	}
	w.say("reads A: seq %d", r.seq)
}

func (w *world) readT(s *state, r *reader) {
	t := &s.s.t
	r.gotT = true
	r.fresh = t.is || !w.on(ruleMissingTable)
	r.least = max(r.least, t.newest(w.asked))
	if w.on(ruleFenceRefuses) {
		r.fenced |= t.fenced(w.asked)
		if t.settles.is {
			r.fenced = r.fenced.with(ofAll)
		}
	}
	if t.is {
		w.say("reads T: least valid stamp %d, fenced %v", r.least, r.fenced != 0)
	} else {
		w.say("finds no T")
	}
}

// decide is what a reader makes of what it has read.
func (w *world) decide(s *state, i int) {
	r, at := &s.reads[i], w.reads[i]
	p := &s.procs[at]
	if w.on(ruleRegression) && r.floor != 0 && r.seq < r.before {
		w.say("finds that the server has forgotten something")
		r.step = rRaise
		return
	}
	p.seen = max(p.seen, r.seq)
	if r.failed {
		w.heard(s, at, r.before)
	}
	pending := w.takePending(s, i)
	switch {
	case r.late:
		w.decideLate(s, i)
	case r.fenced != 0:
		r.step = rLapse
		w.say("finds a fence")
	case !pending && w.waits(s, at) && !w.on(rulePendingOwn):
		w.goPast(s, i)
	case !r.valid():
		w.miss(s, i)
	case !w.hangs(), pending && !w.on(rulePendingTags):
		w.hit(s, i)
	case w.stripesTell(p, r.seq, r.e.stamp):
		r.least = max(r.least, p.tagStripe)
		w.say("finds the tag in its stripes: least valid stamp %d", r.least)
		w.hit(s, i)
	default:
		r.step = rTags
		w.say("has to ask for the tag")
	}
}

// hit answers with the entry, if it is valid.
func (w *world) hit(s *state, i int) {
	r := &s.reads[i]
	p := &s.procs[w.reads[i]]
	if !r.valid() {
		w.miss(s, i)
		return
	}
	if r.applied != 0 {
		p.is, p.val, p.stamp = true, r.e.val, r.applied
		if !w.on(ruleCopyApplied) {
			p.stamp = r.seq
		}
		w.say("keeps a copy, stamp %d", p.stamp)
	}
	w.finish(s, i, r.e.val)
}

func (w *world) raiseFloor(s *state, i int) {
	r, at := &s.reads[i], w.reads[i]
	floor := w.floorRaised(s, &s.procs[at])
	w.heard(s, at, r.before)
	w.say("raises the floor to %d", floor)
	if w.on(ruleLookAgain) {
		w.look(s, i)
		return
	}
	r.seq, r.floor, r.least, r.fresh, r.e, r.epoch = floor, floor, floor, true, entry{}, s.s.a.epoch
	w.miss(s, i)
}

func (w *world) answer(s *state, i int, val uint8) {
	w.say("R%d returns %d", i, val)
	for j := range w.writes {
		if min := s.writes[j].val; s.reads[i].owes.has(j) && val < min && !w.copies {
			w.bad = fmt.Sprintf("R%d returned %d, but %d had been announced when it started", i, val, min)
		}
	}
}

func show(e entry) string {
	switch {
	case e.is:
		return fmt.Sprintf("value %d, stamp %d", e.val, e.stamp)
	case e.heldByWrite():
		return "a write's claim"
	case e.claim != 0:
		return "a claim"
	}
	return "nothing"
}
