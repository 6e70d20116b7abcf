package protocol

// A late reader has no time for Redis: it loads without a claim, and answers. What it has loaded is
// stored then, if nothing has changed since.

// beginLate notes how far the process has applied the log, for a stamp.
func (w *world) beginLate(s *state, i int) {
	r := &s.reads[i]
	r.late, r.asOf, r.step = true, s.procs[w.reads[i]].applied, rLateLoad
	w.say("has no time for Redis, and takes its stamp: %d", r.asOf)
}

// loadLate reads the database, and answers.
func (w *world) loadLate(s *state, i int) {
	r := &s.reads[i]
	r.val = s.db
	w.say("loads %d from the database", r.val)
	w.answer(s, i, r.val)
	r.owes = 0
	w.look(s, i)
}

// decideLate is what is made of a look: the first, or that after the claim.
func (w *world) decideLate(s *state, i int) {
	r := &s.reads[i]
	switch {
	case r.fenced != 0, r.valid(), r.least > r.asOf:
		w.say("finds that something has changed")
		w.drop(s, i)
	case r.claimed:
		r.step = rLateCheck
	case r.floor != 0 && s.procs[w.reads[i]].prepared == r.floor && r.fresh:
		r.step = w.claims()
	default:
		r.step = rPrepare
	}
}

// claimedLate is what comes after the claim.
func (w *world) claimedLate(s *state, i int) {
	r := &s.reads[i]
	r.claimed = true
	if w.on(ruleLateLook) {
		w.look(s, i)
	} else {
		r.step = rLateCheck
	}
}

// checkLog asks the stripes, when the process has applied the log as far as the look after the
// claim.
func (w *world) checkLog(s *state, i int) bool {
	r, p := &s.reads[i], &s.procs[w.reads[i]]
	if p.applied < r.seq && w.on(ruleLateApplied) {
		return false
	}
	switch {
	case max(p.stripe, p.tagStripe) > r.asOf && w.on(ruleLateStripes),
		p.least > r.asOf && w.on(ruleLateSince):
		w.say("knows of an invalidation since")
		w.drop(s, i)
	default:
		r.seq = r.asOf
		w.say("knows of no invalidation since %d", r.seq)
		w.loaded(s, i)
	}
	return true
}

// drop gives up what was loaded.
func (w *world) drop(s *state, i int) {
	r, e := &s.reads[i], &s.s.e
	if r.claimed && e.claim == r.token(i) {
		*e = entry{}
	}
	*r = reader{left: r.left}
}
