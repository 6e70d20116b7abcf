package protocol

// next is the number that the server gives out next.
func (w *world) next(s *state) num {
	if !w.on(ruleClock) || s.back {
		return s.s.a.seq + 1
	}
	n := w.newest(s) + 1
	if w.trace { // the same number does not come again
		n = max(n, w.top+1)
		w.top = n
	}
	return n
}

// count gives out the next number, for a message about something.
func (w *world) count(s *state, about subject) (before num) {
	v := &s.s
	before = v.a.seq
	v.a.seq = w.next(s)
	if !w.logged {
		return before
	}
	if v.n == maxLog {
		panic(w.name + ": the log is full")
	}
	v.log[v.n] = message{v.a.seq, before, about}
	v.n++
	return before
}

// made makes sure that there is a record, as each script does.
func (w *world) made(s *state) {
	a := &s.s.a
	if a.is && (a.run == s.s.run || !w.on(ruleNewServer)) {
		return
	}
	seq := num(1)
	switch v := &s.s; {
	case w.on(ruleClock) && !s.back:
		seq = w.next(s)
	case v.n > 0:
		seq = v.log[v.n-1].id + 1
	}
	*a = record{is: true, seq: seq, floor: seq, run: s.s.run, settles: w.settling(), busy: a.busy || w.settles}
	if w.on(ruleEpoch) && w.limit[back] > 0 { // elsewhere they tell nothing that numbers do not
		s.made++
		a.epoch = s.made
	}
	if !w.on(ruleMissingRecord) {
		a.floor = 1
	}
}

// meet is what a process does before it believes a server that is new to it.
func (w *world) meet(s *state) {
	if w.stranger(s) {
		w.say("meets the server")
		w.made(s)
	}
}

// stranger reports a server that no process has met.
func (w *world) stranger(s *state) bool {
	return w.met && w.on(ruleMeet) && s.s.a.is && s.s.a.run != s.s.run
}

// madeTable makes sure that there is a table.
func (w *world) madeTable(s *state) {
	if !s.s.t.is {
		s.s.t = table{is: true, whole: s.s.a.seq}
		if s.s.a.busy {
			s.s.t.settles = w.settling()
		}
		if !w.on(ruleMissingTable) {
			s.s.t.whole = 0
		}
	}
}

// floorRaised is the script that raises the floor above what process p has seen.
func (w *world) floorRaised(s *state, p *proc) num {
	w.made(s)
	a := &s.s.a
	if a.floor <= p.seen {
		a.seq = max(w.next(s), p.seen+1)
		a.floor = a.seq
	}
	p.least = max(p.least, a.floor)
	p.seen = max(p.seen, a.floor)
	return a.floor
}

// prepare is the script that makes what is missing and registers the versions and tags of a
// process.
func (w *world) prepare(s *state, p *proc) {
	w.made(s)
	w.madeTable(s)
	if w.on(ruleRegister) {
		s.s.a.registered = true
	}
	if w.on(ruleRegisterTags) {
		s.s.a.tagged = w.tags != untagged
	}
	p.prepared = s.s.a.floor
}
