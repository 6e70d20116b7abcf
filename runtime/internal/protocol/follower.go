package protocol

// caughtUp lends what was asked for when the counter stood where the process has come to.
func (w *world) caughtUp(p *proc) {
	if p.owed {
		p.lease = true
		w.say("has a lease")
	}
	p.behind, p.owed = 0, false
}

// follow is a step of the follower of a process: 0 asks, or takes the answer; 1 applies a message;
// 2 finds that the log says less than A.
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
		w.meet(s)
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
		p.raise(m.about, m.id)
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
			p.seen = max(p.seen, p.behind)
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
