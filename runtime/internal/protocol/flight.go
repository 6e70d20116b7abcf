package protocol

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

// miss joins a flight, or goes on with one of its own.
func (w *world) miss(s *state, i int) {
	r := &s.reads[i]
	p := &s.procs[w.reads[i]]
	if j := int(p.flight) - 1; !r.flying && j >= 0 {
		f := &s.reads[j]
		join, proven := true, false
		switch {
		case !w.on(ruleJoin):
			proven = true
		case !f.began() || f.after.has(i):
		case w.tags == onResult && w.on(ruleTagJoin):
			join = false
		case w.on(ruleJoinState) && (r.floor == 0 || !r.fresh):
			join = false
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

// began reports whether the load of a flight has begun: it holds a value, or is past it.
func (r *reader) began() bool {
	switch r.step {
	case rRestamp, rMayFill, rLapseTag, rFill, rPut:
		return true
	}
	return false
}

// finish answers a reader, and those who wait for it.
func (w *world) finish(s *state, i int, val uint8) {
	r := &s.reads[i]
	if r.pending {
		w.followed(s, i)
		return
	}
	w.answer(s, i, val)
	flying, after := r.flying, r.after
	*r = reader{left: r.left}
	if flying {
		w.land(s, i, after, val)
	}
}

// land ends a flight, and answers those who wait for it and had started before some moment, or
// need not have.
func (w *world) land(s *state, i int, after set, val uint8) {
	if p := &s.procs[w.reads[i]]; int(p.flight) == i+1 {
		p.flight = 0
	}
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
