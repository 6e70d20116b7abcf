package protocol

import "fmt"

// announced reports whether a write has to be seen by every strong read that starts now in process
// p.
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
		if !w.copies && w.storedAnswers(s, p) {
			for j := range w.writes {
				if min := s.writes[j].val; s.s.e.val < min && w.announced(s, j, i) {
					w.bad = fmt.Sprintf("a read that starts now in P%d gets value %d from Redis, not %d", i, s.s.e.val, min)
					return
				}
			}
		}
		if w.copyAnswers(p) {
			if min := w.localMin(s, i); p.val < min {
				w.bad = fmt.Sprintf("a read that starts now in P%d gets value %d from its local copy, not %d", i, p.val, min)
				return
			}
		}
	}
}

// storedAnswers reports whether a read that starts now in a process, and looks at everything at
// once, is answered from Redis.
func (w *world) storedAnswers(s *state, p *proc) bool {
	v := &s.s
	if w.stranger(s) || !v.a.is || !v.t.is && w.on(ruleMissingTable) || !v.e.is || w.on(ruleRegression) && v.a.seq < p.seen {
		return false
	}
	concerns := w.asked
	least := max(v.a.floor, v.a.every)
	if w.hangs() {
		if w.stripesTell(p, v.a.seq, v.e.stamp) {
			least = max(least, p.tagStripe)
		} else {
			concerns = concerns.with(ofTag)
		}
	}
	return v.e.stamp >= max(least, v.t.newest(concerns)) && !(w.on(ruleFenceRefuses) && v.t.fenced(concerns) != 0)
}

// copyAnswers reports whether a read that starts now in a process is answered from its local copy.
func (w *world) copyAnswers(p *proc) bool {
	return p.is && (p.lease || !w.on(ruleLease)) && p.stamp >= p.least && (p.stamp >= p.stripe || !w.on(ruleStripes)) &&
		(p.stamp >= p.tagStripe || !w.on(ruleTagStripes))
}
