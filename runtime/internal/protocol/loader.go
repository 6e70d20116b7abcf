package protocol

// claims is the step at which a load claims its entry. The runtime looks at the table while it
// claims, and wherever the server is a cluster; in the model it looks before, which is the less it
// can see, and only where that matters.
func (w *world) claims() readerStep {
	if w.moving && w.on(ruleTableAgain) {
		return rTable
	}
	return rClaim
}

// register makes the state that a load needs.
func (w *world) register(s *state, i int) {
	r, v := &s.reads[i], &s.s
	w.prepare(s, &s.procs[w.reads[i]])
	r.step = w.claims()
	w.say("makes what is missing and registers its version")
	if r.fresh && r.floor == v.a.floor && r.epoch == v.a.epoch {
		return
	}
	if w.on(ruleLookAgain) {
		w.look(s, i)
		return
	}
	r.seq, r.floor, r.least, r.fresh, r.epoch = v.a.seq, v.a.floor, v.a.seq, true, v.a.epoch
	w.say("goes on with stamp %d", r.seq)
}

// lookForFences looks at the table again, now that the record has been read.
func (w *world) lookForFences(s *state, i int) {
	if v := &s.s; !v.t.is || v.fenced(w.asked) != 0 {
		w.say("finds a fence that it had overlooked, or no table")
		w.look(s, i)
		return
	}
	s.reads[i].step = rClaim
	w.say("finds no fence")
}

// claim is the script that claims the entry for a load.
func (w *world) claim(s *state, i int) {
	r, e := &s.reads[i], &s.s.e
	switch {
	case r.late && !w.free(s, i):
		w.say("finds that another loads or has stored")
		w.drop(s, i)
	case e.heldByWrite() && w.on(rulePastWrites):
		r.apart, r.step = true, rLoad
		w.say("goes past a write that will put")
	case e.claim != 0 && !e.heldByWrite() && e.epoch == r.epoch && (e.claimStamp >= r.least || !w.on(ruleClaimValid)):
		w.say("finds the claim of another")
		w.look(s, i)
	case e.is && e.epoch == r.epoch && e.stamp >= r.least && e.stamp != r.e.stamp:
		w.say("finds a newer value")
		w.look(s, i)
	default:
		stamp := r.seq
		if r.late {
			stamp = r.asOf
		}
		*e = entry{claim: r.token(i), claimStamp: stamp, epoch: r.epoch}
		r.e = entry{}
		r.step = rLoad
		w.say("claims, stamp %d", stamp)
		if r.late {
			w.claimedLate(s, i)
		}
	}
}

// free reports whether a claim would be granted.
func (w *world) free(s *state, i int) bool {
	r, e := &s.reads[i], &s.s.e
	return !e.heldByWrite() && (e.claim == 0 || e.epoch != r.epoch || e.claimStamp < r.least && w.on(ruleClaimValid)) && !(e.is && e.epoch == r.epoch && e.stamp >= r.least && e.stamp != r.e.stamp)
}

// load reads the database.
func (w *world) load(s *state, i int) {
	r := &s.reads[i]
	r.val = s.db
	r.after = w.running(s, w.reads[i])
	w.say("loads %d from the database", r.val)
	switch {
	case r.apart:
		w.finish(s, i, r.val)
	case w.on(ruleStampFirst):
		w.loaded(s, i)
	default:
		r.step = rRestamp
	}
}

// loaded is what comes after a load.
func (w *world) loaded(s *state, i int) {
	r := &s.reads[i]
	r.pending = w.follows && !r.late
	if w.tags == onResult && w.on(ruleTagBeforeFill) {
		r.step = rMayFill
	} else {
		w.keeps(s, i)
	}
	if r.pending {
		w.answerFirst(s, i)
	}
}

// keeps goes on to store what was loaded. If the answer has been given, the process has its copy
// first.
func (w *world) keeps(s *state, i int) {
	r := &s.reads[i]
	r.step = rFill
	if r.pending && s.procs[w.reads[i]].applied != 0 {
		r.step = rPut
	}
}

// fill is the script that stores what was loaded.
func (w *world) fill(s *state, i int) {
	r, e := &s.reads[i], &s.s.e
	if r.pending && *e == (entry{}) && !w.on(rulePendingGone) {
		e.claim = r.token(i)
		w.say("finds its claim gone, and claims again")
	}
	if w.on(ruleFillClaimed) && e.claim != r.token(i) {
		w.say("may not store")
		w.finish(s, i, r.val)
		return
	}
	*e = entry{is: true, stamp: r.seq, val: r.val, epoch: r.epoch}
	w.say("stores %d, stamp %d", r.val, r.seq)
	if s.procs[w.reads[i]].applied != 0 && !r.pending {
		r.step = rPut
	} else {
		w.finish(s, i, r.val)
	}
}
