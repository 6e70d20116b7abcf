package protocol

type writerStep uint8

const (
	wIdle writerStep = iota
	wOpen
	wOpened
	wPrepare
	wReserve
	wCommit
	wReserveLate
	wDeleteOthers
	wCheck
	wStampPut
	wDelete
	wStamp // it has stamped when it is past that
	wDeleteLate
	wReply
	wReplyPut
	wFill
	wKeep
	wDone
)

// byItself reports whether the step is one of the process alone.
func (step writerStep) byItself() bool { return step == wReply || step == wReplyPut || step == wOpened }

// writer is a goroutine that writes once.
type writer struct {
	step        writerStep
	val         uint8 // 0: it has not committed
	since       num   // the counter before the write, if it puts
	seq, before num
	seen        num   // by its process, when it asked for seq
	epoch       uint8 // of since
	tried       bool  // to note the counter
	off         bool  // it does not put, but invalidates
	again       bool  // for a version that it was told of
	told        bool  // that a version is registered
	lapsed      bool  // its fence is not to be relied on
	done        bool  // the invalidation is complete
	fenced      bool  // a fence was open at the commit, and stood until the close
	old         bool  // what it announced is older than the staleness
	forgotten   bool  // the server has forgotten the stamp
	noticed     bool  // a process that had seen it has asked since
	seenBy      set
	waits       bool // Redis has not accepted the invalidation: the process tries again
}

// write is a step of a writer.
func (w *world) write(s *state, i int) bool {
	y, x := &s.writes[i], w.writes[i]
	p := &s.procs[x.proc]
	if w.trace {
		w.say("W%d (P%d, %s)", i, x.proc, kindNames[x.kind])
	}
	switch y.step {
	case wIdle:
		switch {
		case x.manner.puts():
			w.noteCounter(s, i)
		case x.manner == plain:
			w.commit(s, i)
		case x.kind == exact:
			w.delete(s, p)
			w.thenStamp(s, i, wOpen)
		default:
			w.stamp(s, i)
		}
	case wOpen:
		w.stamp(s, i)
	case wOpened:
		w.reply(s, i)
		y.step = wCommit
	case wPrepare:
		w.prepareToPut(s, i)
	case wReserve:
		w.reserve(s, i)
		y.step = wCommit
	case wCommit:
		w.commit(s, i)
	case wReserveLate:
		w.reserve(s, i)
		y.step = w.afterReserving(s, i)
	case wDeleteOthers:
		w.deleteOthers(s, x)
		y.step = w.checks()
	case wCheck:
		w.check(s, i)
	case wStampPut:
		w.stampPut(s, i)
	case wDelete:
		w.delete(s, p)
		w.thenStamp(s, i, wStamp)
	case wStamp:
		w.stamp(s, i)
	case wDeleteLate:
		w.delete(s, p)
		y.step = wReply
	case wReply:
		w.reply(s, i)
		if w.toldNews(p, y, x) && w.on(ruleTold) {
			p.knows = true
			y.again = true
			y.step = wDelete
			break
		}
		w.complete(s, i)
	case wReplyPut:
		w.replyPut(s, i)
	case wFill:
		w.fillPut(s, i)
	case wKeep:
		w.keepPut(s, i)
	default:
		return false
	}
	return true
}

func (w *world) commit(s *state, i int) {
	y, x := &s.writes[i], w.writes[i]
	if x.kind != other {
		s.db++
		y.val = s.db
		y.fenced = x.manner == fenced && !y.lapsed
		w.say("commits %d", y.val)
	}
	switch {
	case x.kind == other:
		w.stamp(s, i)
	case y.off || !x.manner.puts():
		y.step = w.invalidates(s, i)
	default:
		y.step = w.afterWriting(x)
	}
}

// invalidates is the first step of an invalidation.
func (w *world) invalidates(s *state, i int) writerStep {
	if x := w.writes[i]; x.kind == exact && w.on(ruleDeleteFirst) && s.procs[x.proc].knows {
		return wDelete
	}
	return wStamp
}

func (w *world) delete(s *state, p *proc) {
	e := &s.s.e
	s.s.els = 0
	switch {
	case !p.knows:
	case w.on(ruleDeleteClaim):
		*e = entry{}
	default:
		e.is, e.stamp, e.val = false, 0, 0
	}
	w.say("deletes the entry")
}

// thenStamp goes on to stamp what has been deleted. One server does both in one script; of a
// cluster, they are in two nodes.
func (w *world) thenStamp(s *state, i int, step writerStep) {
	if w.cluster || !w.on(ruleDeleteStamps) {
		s.writes[i].step = step
		return
	}
	w.stamp(s, i)
}

// stamp is the stamping script.
func (w *world) stamp(s *state, i int) {
	y, x, v := &s.writes[i], w.writes[i], &s.s
	opens := x.manner == fenced && y.val == 0
	closes := x.manner == fenced && !opens && !y.again
	w.sees(s, i)
	w.made(s)
	y.before = v.a.seq
	stamps := !(opens && !w.on(ruleOpenStamps) || closes && !w.on(ruleCloseStamps))
	if stamps {
		w.count(s, x.about())
	}
	y.seq = v.a.seq
	y.forgotten, y.noticed, y.seenBy = false, false, 0
	f, ok := x.field()
	switch {
	case x.kind == every:
		v.a.every = v.a.seq
	case ok && (opens || closes || w.leavesStamp(v, x)):
		w.madeTable(s)
		if stamps {
			v.t.stamps[f] = v.a.seq
		}
		m := &v.t.marks[f]
		if opens {
			w.opened(s, m, i)
		} else if closes {
			w.closed(m, i)
		}
		*m = m.printed()
	}
	switch {
	case opens:
		y.step = wOpened
		w.say("opens a fence: seq %d", y.seq)
	case x.kind == exact && !w.on(ruleDeleteFirst) && y.step != wReply:
		y.step = wDeleteLate
		w.say("stamps: seq %d", y.seq)
	default:
		y.step = wReply
		y.told = v.a.registered
		w.say("stamps: seq %d", y.seq)
	}
}

// leavesStamp reports whether an invalidation stamps its path. An exact one that has deleted its
// entry need not, unless a failover can bring the entry back, or others hang on the path.
func (w *world) leavesStamp(v *server, x write) bool {
	f, ok := x.field()
	switch {
	case !ok:
		return false
	case x.kind == scope, x.kind == tag && v.a.tagged:
		return true
	case x.kind == tag && w.many:
		return false // nobody has registered that anything hangs on all of the prefix
	}
	return w.cluster && w.on(ruleExactStamp) || v.t.stamps[f] != 0 || v.t.marks[f].is
}

// reply is what the process does with the answer of the stamping script.
func (w *world) reply(s *state, i int) {
	y, x := &s.writes[i], w.writes[i]
	p := &s.procs[x.proc]
	p.seen = max(p.seen, y.seq)
	w.say("hears of seq %d", y.seq)
	if w.limit[back] > 0 && y.seq <= y.seen && w.on(ruleBelowSeen) {
		p.lease, p.least = false, max(p.least, y.seen+1)
		w.say("which is not above what it has seen: drops its copies")
	}
	y.seen = 0
	if w.local.has(x.proc) && w.on(ruleOwnStripes) {
		p.raise(x.about(), y.seq)
		if p.applied == y.before && p.applied != 0 {
			p.applied = y.seq
		}
	}
	y.before = 0
}

// putOff lets a writer return whose invalidation Redis does not accept. Its process tries again.
func (w *world) putOff(s *state, i int) bool {
	y := &s.writes[i]
	if y.val == 0 || y.waits || y.step != wDelete && y.step != wStamp || s.procs[w.writes[i].proc].dead || !w.spend(s, refuse) {
		return false
	}
	y.waits = true
	w.say("W%d returns: Redis does not accept the invalidation, which waits", i)
	return true
}

// waits reports whether an invalidation of a process waits. Until Redis accepts it, the process
// answers from nothing that is cached.
func (w *world) waits(s *state, p int) bool {
	if w.limit[refuse] == 0 {
		return false
	}
	for i, x := range w.writes {
		if x.proc == p && s.writes[i].waits {
			return true
		}
	}
	return false
}

// sees notes what the process of a writer has seen, where the clock can be set back.
func (w *world) sees(s *state, i int) {
	if w.limit[back] > 0 {
		s.writes[i].seen = s.procs[w.writes[i].proc].seen
	}
}

// raise raises the stripes of what an invalidation is about.
func (p *proc) raise(about subject, seq num) {
	switch about {
	case aboutEntry:
		p.stripe = max(p.stripe, seq)
	case aboutTag:
		p.tagStripe = max(p.tagStripe, seq)
	}
}

// toldNews reports whether the answer tells of a version that the process did not know.
func (w *world) toldNews(p *proc, y *writer, x write) bool {
	if x.kind != exact || p.knows || !y.told {
		return false
	}
	w.say("is told of a version that it did not know")
	return true
}

// complete ends a write.
func (w *world) complete(s *state, i int) {
	y, x := &s.writes[i], w.writes[i]
	y.step, y.done, y.told, y.lapsed, y.off, y.tried, y.waits, y.since = wDone, true, false, false, false, false, false, 0
	switch {
	case y.forgotten:
		y.seenBy = y.seenBy.with(x.proc)
	case s.left[failover] == 0:
		y.seq = 0
	}
	w.say("the invalidation is complete")
}
