package protocol

import "fmt"

// announced reports whether a write has to be seen by every strong read that starts now in process
// p. One whose invalidation waits has to be seen in its own process.
func (w *world) announced(s *state, i, p int) bool {
	x := &s.writes[i]
	if x.val == 0 {
		return false
	}
	if x.waits && w.writes[i].proc == p {
		return true
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
		if y := &s.writes[i]; y.old && w.announced(s, i, p) || (y.done || y.waits) && x.proc == p && !y.forgotten {
			least = max(least, y.val)
		}
	}
	return least
}

// heard notes that process p, having seen a number, has asked the server since the failover.
func (w *world) heard(s *state, p int, seen num) {
	for i := range w.writes {
		if y := &s.writes[i]; y.seenBy.has(p) && seen >= y.seq {
			y.noticed = true
		}
	}
}

// audit looks whether a read that starts now would be answered with something too old.
func (w *world) audit(s *state) {
	for i := range w.procs {
		p := &s.procs[i]
		if p.dead {
			continue
		}
		if !w.copies && w.storedAnswers(s, i) && w.tooOld(s, i, s.s.e.val, "Redis") {
			return
		}
		if e, ok := w.pendingAnswers(s, i); ok && w.tooOld(s, i, e.val, "a pending fill") {
			return
		}
		if w.copyAnswers(s, i) {
			if min := w.localMin(s, i); p.val < min {
				w.bad = fmt.Sprintf("a read that starts now in P%d gets value %d from its local copy, not %d", i, p.val, min)
				return
			}
		}
	}
}

// tooOld reports whether a value is older than a write that a read in process p has to see.
func (w *world) tooOld(s *state, p int, val uint8, from string) bool {
	for j := range w.writes {
		if min := s.writes[j].val; val < min && w.announced(s, j, p) {
			w.bad = fmt.Sprintf("a read that starts now in P%d gets value %d from %s, not %d", p, val, from, min)
			return true
		}
	}
	return false
}

// storedAnswers reports whether a read that starts now in a process, and looks at everything at
// once, is answered from Redis.
func (w *world) storedAnswers(s *state, i int) bool {
	return !w.waits(s, i) && w.valid(s, i, s.s.e, w.hangs())
}

// pendingAnswers returns the pending fill by which such a read is answered.
func (w *world) pendingAnswers(s *state, i int) (e entry, ok bool) {
	p := &s.procs[i]
	switch {
	case p.pending == 0, w.waits(s, i) && w.on(rulePendingOwn):
		return entry{}, false
	case !w.on(rulePendingLook):
		return entry{val: s.reads[p.pending-1].val}, true
	}
	v := &s.s
	e, ok = w.pendingEntry(s, i, v.e.claim, max(v.a.floor, v.a.every, v.t.newest(w.asked)))
	return e, ok && w.valid(s, i, e, w.hangs() && w.on(rulePendingTags))
}

// valid reports whether an entry is an answer, as far as the state says and its tag, if it hangs
// on one.
func (w *world) valid(s *state, i int, e entry, hangs bool) bool {
	p, v := &s.procs[i], &s.s
	if w.stranger(s) || !v.a.is || !v.t.is && w.on(ruleMissingTable) || !e.is || e.epoch != v.a.epoch || w.on(ruleRegression) && v.a.seq < p.seen {
		return false
	}
	concerns := w.asked
	least := max(v.a.floor, v.a.every)
	if hangs {
		if w.stripesTell(p, v.a.seq, e.stamp) {
			least = max(least, p.tagStripe)
		} else {
			concerns = concerns.with(ofTag)
		}
	}
	return e.stamp >= max(least, v.t.newest(concerns)) && !(w.on(ruleFenceRefuses) && v.fenced(concerns) != 0)
}

// copyAnswers reports whether a read that starts now in a process is answered from its local copy.
func (w *world) copyAnswers(s *state, i int) bool {
	p := &s.procs[i]
	return p.is && !w.waits(s, i) && (p.lease || !w.on(ruleLease)) && p.stamp >= p.least &&
		(p.stamp >= p.stripe || !w.on(ruleStripes)) && (p.stamp >= p.tagStripe || !w.on(ruleTagStripes))
}
