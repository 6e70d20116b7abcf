package protocol

import "fmt"

// noteCounter notes the counter before a write that puts.
func (w *world) noteCounter(s *state, i int) {
	y, x, v := &s.writes[i], w.writes[i], &s.s
	y.since, y.before, y.epoch = v.a.seq, v.a.floor, v.a.epoch
	if !v.t.is {
		y.before = 0
	}
	w.say("notes the counter: %d", y.since)
	if y.before != 0 && s.procs[x.proc].prepared == v.a.floor {
		w.noted(y, x)
	} else {
		y.step = wPrepare
	}
}

// prepareToPut makes the state that a put needs. It notes the counter once more, if that was of a
// state that is no more.
func (w *world) prepareToPut(s *state, i int) {
	y, x := &s.writes[i], w.writes[i]
	w.say("makes what is missing and registers its version")
	w.prepare(s, &s.procs[x.proc])
	switch {
	case y.before != 0 && y.before == s.s.a.floor:
		w.noted(y, x)
	case y.tried:
		y.off = true
		w.noted(y, x)
	default:
		y.tried, y.step = true, wIdle
	}
}

// noted goes on when the counter is known.
func (w *world) noted(y *writer, x write) {
	y.before, y.tried = 0, false
	y.step = wCommit
	if !x.manner.late() && w.reserves(x) && !y.off {
		y.step = wReserve
	}
}

// reserves reports whether the entry that is put matters to others that are modelled: that of the
// tag does not.
func (w *world) reserves(x write) bool { return x.kind == exact }

// reserve is the script that claims the entry for a write.
func (w *world) reserve(s *state, i int) {
	y, v, claim := &s.writes[i], &s.s, writeToken+uint8(i)
	elsewhere := w.writes[i].manner.elsewhere()
	if held := v.e.heldByWrite() && !elsewhere || v.els != 0 && elsewhere; held && w.on(rulePutsOverlap) {
		y.off, claim = true, 0
		w.say("finds the claim of another write, which is gone with that")
	} else {
		w.say("reserves what it will put")
	}
	if elsewhere {
		v.els = claim
	} else {
		v.e = entry{claim: claim}
	}
}

// afterWriting is what a put does when its write is committed.
func (w *world) afterWriting(x write) writerStep {
	if x.manner.late() && w.reserves(x) {
		return wReserveLate
	}
	return w.deletes(x)
}

func (w *world) afterReserving(s *state, i int) writerStep {
	if s.writes[i].off {
		return w.invalidates(s, i)
	}
	return w.deletes(w.writes[i])
}

// deletes is the step at which a put deletes the entries of other versions, where there are any.
func (w *world) deletes(x write) writerStep {
	if x.kind == exact && w.versions && w.on(rulePutDeletes) {
		return wDeleteOthers
	}
	return w.checks()
}

func (w *world) deleteOthers(s *state, x write) {
	v := &s.s
	switch {
	case !x.manner.elsewhere():
		v.els = 0
	case s.procs[x.proc].knows:
		v.e = entry{}
	}
	w.say("deletes the entries of other versions that it knows")
}

func (w *world) checks() writerStep {
	if w.on(rulePutAtOnce) {
		return wStampPut
	}
	return wCheck
}

// check looks for what has overtaken a put.
func (w *world) check(s *state, i int) {
	w.made(s)
	if w.overtaken(s, i) {
		w.say("has been overtaken")
		w.refuse(s, i)
		return
	}
	w.say("has not been overtaken")
	s.writes[i].step = wStampPut
}

// refuse lets a put invalidate instead.
func (w *world) refuse(s *state, i int) {
	y := &s.writes[i]
	y.off = true
	if !w.on(rulePutInvalidates) {
		w.complete(s, i)
		return
	}
	y.step = w.invalidates(s, i)
}

// stampPut is the script that stamps a put, unless something has overtaken it.
func (w *world) stampPut(s *state, i int) {
	y, x, v := &s.writes[i], w.writes[i], &s.s
	w.made(s)
	if !w.on(rulePutNotes) {
		y.since = v.a.seq
	}
	if w.on(rulePutAtOnce) && w.overtaken(s, i) {
		w.say("has been overtaken")
		w.refuse(s, i)
		return
	}
	if !w.on(rulePutStamps) {
		y.seq = y.since
		y.step = wFill
		w.say("does not stamp")
		return
	}
	w.sees(s, i)
	y.before = w.count(s, x.about())
	y.seq = v.a.seq
	if f, ok := x.field(); ok && w.leavesStamp(v, x) {
		w.madeTable(s)
		v.t.stamps[f] = v.a.seq
	}
	y.told = v.a.registered
	y.step = wReplyPut
	w.say("stamps what it puts: seq %d", y.seq)
}

// overtaken reports whether anything that concerns what is put has been invalidated since the write
// began, or is fenced.
func (w *world) overtaken(s *state, i int) bool {
	y, x, v := &s.writes[i], w.writes[i], &s.s
	if y.epoch != v.a.epoch || w.on(rulePutFloor) && v.a.floor > y.since || w.on(rulePutTable) && !v.t.is {
		return true
	}
	of, newest := set(0).with(ofScope).with(ofEntry), v.a.every
	if x.kind == tag {
		of, newest = set(0).with(ofTag), 0
	} else if w.tags != untagged && w.on(rulePutTags) {
		of = of.with(ofTag)
	}
	if w.on(rulePutOvertaken) && max(newest, v.t.newest(of)) > y.since || w.on(rulePutFence) && v.fenced(of) != 0 {
		return true
	}
	return x.manner.late() && w.on(rulePutLog) && w.logTells(v, y.since, x.about())
}

// logTells reports whether the log has anything about a subject since a number, or lacks anything.
func (w *world) logTells(v *server, since num, about subject) bool {
	before := since
	for _, m := range v.log[:v.n] {
		switch {
		case m.id <= since:
			continue
		case m.prev != before && w.on(rulePutLogWhole), m.about == about:
			return true
		}
		before = m.id
	}
	return before != v.a.seq && w.on(rulePutLogWhole)
}

// replyPut is what the process does with the answer of stampPut.
func (w *world) replyPut(s *state, i int) {
	y, x := &s.writes[i], w.writes[i]
	p := &s.procs[x.proc]
	w.reply(s, i)
	switch {
	case w.toldNews(p, y, x) && w.on(rulePutTold):
		p.knows = true
		w.refuse(s, i)
	case !w.reserves(x):
		w.complete(s, i)
	default:
		y.step = wFill
	}
}

// fillPut is the script that stores what was written.
func (w *world) fillPut(s *state, i int) {
	y, x, e := &s.writes[i], w.writes[i], &s.s.e
	claim := &e.claim
	if x.manner.elsewhere() {
		claim = &s.s.els
	}
	switch {
	case *claim != writeToken+uint8(i) && w.on(rulePutReserves):
		w.say("may not store")
		w.refuse(s, i)
		return
	case x.manner.elsewhere():
		*claim = 0
		w.say("stores another entry")
		w.complete(s, i)
		return
	}
	*e = entry{is: true, stamp: y.seq, val: y.val, epoch: y.epoch}
	w.say("stores %d, stamp %d", y.val, y.seq)
	if w.kept && y.val != s.db {
		w.bad = fmt.Sprintf("W%d put %d over %d", i, y.val, s.db)
	}
	if s.procs[x.proc].applied != 0 {
		y.step = wKeep
	} else {
		w.complete(s, i)
	}
}

// keepPut keeps a local copy of what was written.
func (w *world) keepPut(s *state, i int) {
	y := &s.writes[i]
	p := &s.procs[w.writes[i].proc]
	p.is, p.val, p.stamp = true, y.val, y.seq
	w.say("keeps a copy, stamp %d", y.seq)
	w.complete(s, i)
}
