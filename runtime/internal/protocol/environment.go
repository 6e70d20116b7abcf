package protocol

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
		w.fencesLost(s)
	case what == loseLog && v.n > 0:
		v.log, v.n = [maxLog]message{}, 0
	case what == loseEntry && (v.e.is || v.e.claim != 0):
		v.e = entry{}
	case what == flush:
		*v = server{run: v.run}
		w.fencesLost(s)
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
	case what == lapse && v.open():
		for i := range v.t.marks {
			v.t.marks[i].open = false
		}
		v.a.settles.open, v.t.settles.open, v.a.busy = false, false, false
		w.unfenced(s, false)
	case what == back:
		s.back = true
	case what == failover && s.saved && !s.failed:
		w.fail(s)
	default:
		return false
	}
	s.left[what]--
	w.say("%s", budgetNames[what])
	return true
}

// fail lets the replica take over.
func (w *world) fail(s *state) {
	s.failed = true
	v, b := &s.s, &s.backup
	switch w.fails {
	case entryNode:
		v.e, v.els = b.e, b.els
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
		case w.met && !w.settles && x.manner == fenced && y.step > wOpen && !y.done && y.seq > b.a.seq:
			y.fenced, y.lapsed = false, true // the replica has not heard of the fence
		case w.met && y.step > wStamp:
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
			w.ask(s, i) // what it has read it has read on a connection that is lost
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
