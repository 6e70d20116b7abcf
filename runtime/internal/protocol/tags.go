package protocol

// hangs reports whether an entry says what else makes it stale, and readers look at that.
func (w *world) hangs() bool { return w.tags == onResult && w.on(ruleTagOfResult) }

// stripesTell reports whether the stripes of a process say of every invalidation of the tag, up to
// the number seq, whether it is newer than the stamp of an entry.
func (w *world) stripesTell(p *proc, seq, stamp num) bool {
	return p.applied != 0 && (p.applied >= seq || !w.on(ruleTagApplied)) && (stamp >= p.least || !w.on(ruleTagSince))
}

// readTags asks for the stamp of the tag that the entry has.
func (w *world) readTags(s *state, i int) {
	r, v := &s.reads[i], &s.s
	if w.stranger(s) || v.a.epoch != r.epoch || w.on(ruleTagRegression) && v.a.seq < r.seq {
		w.say("reads another state than before")
		w.look(s, i)
		return
	}
	of := set(0).with(ofTag)
	r.fresh = r.fresh && v.a.is && (v.t.is || !w.on(ruleTagFresh))
	r.least = max(r.least, v.a.floor, v.t.newest(of))
	w.say("reads the tag: least valid stamp %d", r.least)
	if w.on(ruleFenceRefuses) {
		r.fenced = v.fenced(of)
	}
	if r.fenced != 0 {
		r.step = rLapse
		w.say("finds a fence")
		return
	}
	w.hit(s, i)
}

// mayFill looks at the tag of a result that is about to be stored.
func (w *world) mayFill(s *state, i int) {
	r, v := &s.reads[i], &s.s
	of := set(0).with(ofTag)
	switch r.fenced = v.fenced(of); {
	case r.fenced != 0:
		r.step = rLapseTag
		w.say("finds a fence on the tag")
	case v.a.is && v.t.is && !w.stranger(s) && max(v.a.floor, v.t.newest(of)) <= r.seq:
		w.keeps(s, i)
		w.say("may store as far as the tag is concerned")
	default:
		w.release(s, i)
	}
}

// lapseTag looks whether the fence on the tag has lapsed, for the next load.
func (w *world) lapseTag(s *state, i int) {
	w.closeLapsed(s, s.reads[i].fenced)
	w.release(s, i)
}

// release gives up the claim of a load that is not stored.
func (w *world) release(s *state, i int) {
	r, e := &s.reads[i], &s.s.e
	if e.claim == r.token(i) {
		*e = entry{}
	}
	w.say("may not store because of the tag, and gives its claim up")
	w.finish(s, i, r.val)
}
