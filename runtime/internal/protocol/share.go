package protocol

// Reads of a process share a round trip. One that begins while another's question has not been sent
// yet joins that, and gets the same answer.

// unsent reports whether no server has been asked for any part of a question.
func (r *reader) unsent() bool { return !r.gotA && !r.gotT && !r.gotE }

// share joins the question of another reader of the process, if there is one.
func (w *world) share(s *state, i int) {
	r := &s.reads[i]
	for j, at := range w.reads {
		q := &s.reads[j]
		switch {
		case j == i || at != w.reads[i]:
		case q.step == rLook && (q.unsent() || !w.on(ruleShareUnsent)):
			r.step, r.on = rShare, uint8(j)
			w.say("joins the question of R%d", j)
			return
		case q.step == rDecide && !w.on(ruleShareUnsent): // the answer is on its way
			w.copyAnswer(r, q)
			w.say("shares the answer of R%d", j)
			return
		}
	}
}

// shareAnswer gives the answer to a question to those who have joined it.
func (w *world) shareAnswer(s *state, i int) {
	for j := range w.reads {
		if r := &s.reads[j]; r.step == rShare && int(r.on) == i {
			w.copyAnswer(r, &s.reads[i])
		}
	}
}

// copyAnswer gives a reader the answer to the question of another. What its process had seen and
// applied when it joined is its own.
func (w *world) copyAnswer(r, q *reader) {
	r.step, r.on = rDecide, 0
	r.gotA, r.gotT, r.gotE, r.failed = q.gotA, q.gotT, q.gotE, q.failed
	r.seq, r.floor, r.least, r.fresh, r.fenced, r.e, r.epoch = q.seq, q.floor, q.least, q.fresh, q.fenced, q.e, q.epoch
	if !w.on(ruleShareSeen) {
		r.before = q.before
	}
}
