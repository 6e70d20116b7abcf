package protocol

import "math/bits"

// num is a number of the shard's counter. Only their order counts, so that states number them anew:
// see scenario.compress.
type num = uint8

// compress numbers the numbers anew, in their order.
func (sc *scenario) compress(s *state) {
	var used uint64
	sc.numbers(s, func(n *num) { used |= 1 << *n })
	used |= 1
	if used&(used+1) == 0 {
		return // they are in order
	}
	sc.numbers(s, func(n *num) { *n = num(bits.OnesCount64(used & (1<<*n - 1))) })
}

// newest is the highest number that anybody has.
func (sc *scenario) newest(s *state) num {
	var n num
	sc.numbers(s, func(m *num) { n = max(n, *m) })
	return n
}

// numbers visits all that anybody has.
func (sc *scenario) numbers(s *state, f func(*num)) {
	s.s.numbers(f)
	if s.saved && !s.failed {
		s.backup.numbers(f)
	}
	for i := range sc.procs {
		p := &s.procs[i]
		f(&p.stamp)
		f(&p.applied)
		f(&p.least)
		f(&p.seen)
		f(&p.stripe)
		f(&p.tagStripe)
		f(&p.floor)
		f(&p.prepared)
		f(&p.behind)
		f(&p.askSeq)
		f(&p.askFloor)
		f(&p.askBefore)
	}
	for i := range sc.reads {
		r := &s.reads[i]
		f(&r.applied)
		f(&r.before)
		f(&r.seq)
		f(&r.floor)
		f(&r.least)
		f(&r.asOf)
		f(&r.e.claimStamp)
		f(&r.e.stamp)
	}
	for i := range sc.writes {
		y := &s.writes[i]
		f(&y.since)
		f(&y.seq)
		f(&y.before)
		f(&y.seen)
	}
}

func (v *server) numbers(f func(*num)) {
	f(&v.a.seq)
	f(&v.a.floor)
	f(&v.a.every)
	f(&v.t.whole)
	for i := range v.t.stamps {
		f(&v.t.stamps[i])
	}
	f(&v.e.claimStamp)
	f(&v.e.stamp)
	for i := range v.n {
		f(&v.log[i].id)
		f(&v.log[i].prev)
	}
}
