package protocol

// open reports whether a fence is open on any field, or a settling mark.
func (v *server) open() bool {
	for _, m := range v.t.marks {
		if m.open {
			return true
		}
	}
	return v.a.settles.open || v.t.settles.open
}

// settling is the mark of what is made anew: it stores nothing until every writer that is alive has
// had the time to put its fence back. That time passes with a lapse.
func (w *world) settling() mark {
	on := w.settles && w.on(ruleAnewSettles)
	return mark{is: on, open: on}
}

// fencesLost notes that the fences are gone. They can be relied on all the same where what is made
// anew settles.
func (w *world) fencesLost(s *state) {
	if !w.settles {
		w.unfenced(s, true)
	}
}

// opened opens a fence of a writer.
func (w *world) opened(s *state, m *mark, writer int) {
	s.s.a.busy = s.s.a.busy || w.settles
	switch {
	case w.on(ruleFenceNames):
		if !m.open {
			m.writers = 0
		}
		m.writers |= 1 << writer
		m.open = true
	case m.open:
		m.writers++
	default:
		m.writers, m.open = 1, true
	}
}

// closed closes it.
func (w *world) closed(m *mark, writer int) {
	switch {
	case w.on(ruleFenceNames):
		m.writers &^= 1 << writer
	case m.writers > 0:
		m.writers--
	}
}

// printed is the mark as a script leaves it.
func (m mark) printed() mark {
	if !m.open || m.writers == 0 {
		return mark{}
	}
	m.is = true
	return m
}

// unfenced notes that the fences that stand are no longer to be relied on: by nobody, or by those
// whose process is alive and has been slower than it had said.
func (w *world) unfenced(s *state, all bool) {
	for i, x := range w.writes {
		y := &s.writes[i]
		if x.manner != fenced || y.done || y.step <= wOpen || !all && s.procs[x.proc].dead {
			continue
		}
		y.fenced, y.lapsed = false, true
		for j := range s.reads {
			if r := &s.reads[j]; all && x.kind == tag {
				r.owes = r.owes.without(i) // it looks at the tag last
			}
		}
	}
}

// hold is the script that keeps a fence open for longer, and opens it again if it is gone.
func (w *world) hold(s *state, i int) {
	y, x := &s.writes[i], w.writes[i]
	w.say("W%d renews its fence", i)
	w.made(s)
	w.madeTable(s)
	f, _ := x.field()
	m := &s.s.t.marks[f]
	if !m.open {
		w.say("opens it again")
		if w.on(ruleHoldStamps) {
			w.count(s, x.about())
			s.s.t.stamps[f] = s.s.a.seq
		}
	}
	w.opened(s, m, i)
	*m = m.printed()
	if y.lapsed {
		y.lapsed, y.fenced, y.old = false, y.val != 0, false
	}
}

// lapse looks at the fences that a read has run into.
func (w *world) lapse(s *state, i int) {
	r := &s.reads[i]
	r.apart = w.closeLapsed(s, r.fenced)
	switch {
	case r.apart:
		w.say("goes past the cache")
		w.miss(s, i)
	case w.on(ruleLookAgain):
		w.look(s, i)
	default:
		r.seq = s.s.a.seq
		r.least = max(r.least, r.seq)
		r.e = entry{}
		w.say("goes on with stamp %d", r.seq)
		w.miss(s, i)
	}
}

// closeLapsed is the script that closes those fences whose time has passed, and reports whether
// another still stands.
func (w *world) closeLapsed(s *state, fenced set) (stands bool) {
	v := &s.s
	w.made(s)
	for f := range fields {
		m := &v.t.marks[f]
		switch {
		case !fenced.has(f) || !m.is:
		case m.open:
			stands = true
		default:
			*m = mark{}
			if w.on(ruleLapseStamps) {
				about := aboutEntry
				if f == ofTag {
					about = aboutTag
				}
				w.count(s, about)
				v.t.stamps[f] = v.a.seq
				w.say("stamps the fence that has lapsed: %d", v.a.seq)
			}
		}
	}
	for _, settled := range [...]struct {
		m     *mark
		stamp *num
	}{{&v.a.settles, &v.a.every}, {&v.t.settles, &v.t.whole}} {
		switch {
		case !fenced.has(ofAll) || !settled.m.is:
		case settled.m.open:
			stands = true
		default:
			*settled.m = mark{}
			w.count(s, aboutEntry)
			*settled.stamp = v.a.seq
			w.say("stamps everything, which has settled: %d", v.a.seq)
		}
	}
	return stands
}
