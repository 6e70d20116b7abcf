package protocol

// A load answers its callers, and its fill follows. Until that is done, the fill is pending: a
// later read in the same process may take it for the entry that Redis does not have yet.

// answerFirst answers the callers of a load whose fill follows.
func (w *world) answerFirst(s *state, i int) {
	r := &s.reads[i]
	s.procs[w.reads[i]].pending = uint8(i) + 1
	w.answer(s, i, r.val)
	flying, after := r.flying, r.after
	*r = reader{step: r.step, left: r.left, seq: r.seq, val: r.val, pending: true}
	w.say("its fill is pending")
	if flying {
		w.land(s, i, after, r.val)
	}
}

// followed ends a fill that was pending.
func (w *world) followed(s *state, i int) {
	r, p := &s.reads[i], &s.procs[w.reads[i]]
	if int(p.pending) == i+1 {
		p.pending = 0
	}
	*r = reader{left: r.left}
}

// takePending takes what is pending for the entry, if that is not valid and the pending fill is.
func (w *world) takePending(s *state, i int) bool {
	r, at := &s.reads[i], w.reads[i]
	if r.late || r.fenced != 0 || r.valid() {
		return false
	}
	e, ok := w.pendingEntry(s, at, r.e.claim, r.least)
	if ok {
		r.e = e
		w.say("finds a pending fill: %s", show(e))
	}
	return ok
}

// pendingEntry is the pending fill of a process as an entry, for a look that found a claim and the
// least valid stamp.
func (w *world) pendingEntry(s *state, p int, claim uint8, least num) (e entry, ok bool) {
	j := int(s.procs[p].pending) - 1
	if j < 0 {
		return entry{}, false
	}
	f := &s.reads[j]
	switch {
	case f.token(j) != claim && w.on(rulePendingClaim),
		f.seq < least && w.on(rulePendingStamp),
		(f.step == rMayFill || f.step == rLapseTag) && w.on(rulePendingMay):
		return entry{}, false
	}
	return entry{is: true, stamp: max(f.seq, least), val: f.val}, true
}
