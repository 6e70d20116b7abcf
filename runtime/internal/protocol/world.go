package protocol

import "fmt"

// world is a scenario under rules. Its methods change a state by one step.
type world struct {
	*scenario
	rules rules

	// What the scenario says, found out once.
	// No process has two readers, so what it does by itself goes with what it did before.
	alone    bool
	logged   bool // somebody reads the log
	asked    set  // the fields of T that a read asks for
	versions bool // another version of the entry is put
	actions  []uint8

	bad   string // what a step did wrong
	trace bool
	note  string // what the step did, with trace
	top   num    // given out, with trace
}

func newWorld(sc *scenario, r rules) *world {
	w := &world{scenario: sc, rules: r, alone: sc.alone(), logged: sc.logged(), asked: sc.asked(), versions: sc.versions()}
	if !w.on(ruleTagOfArgument) {
		w.asked = w.asked.without(ofTag)
	}
	for a := range actions {
		if w.possible(a) {
			w.actions = append(w.actions, uint8(a))
		}
	}
	return w
}

func (w *world) on(r rule) bool { return w.rules.has(r) }

func (w *world) say(format string, args ...any) {
	if w.trace {
		if w.note != "" {
			w.note += "; "
		}
		w.note += fmt.Sprintf(format, args...)
	}
}

// An action is a step of somebody: 2 for each reader, 1 for each writer, 3 for each follower, 1 for
// each crash, repeated close, renewal and refusal, then the environment.
const (
	actWriter = 2 * maxReaders
	actFollow = actWriter + maxWriters
	actCrash  = actFollow + 3*maxProcs
	actRepeat = actCrash + maxProcs
	actRenew  = actRepeat + maxWriters
	actRefuse = actRenew + maxWriters
	actEnv    = actRefuse + maxWriters
	actSave   = actEnv + budgets
	actions   = actSave + 1
)

// possible reports whether there is any state in which the action could be done.
func (w *world) possible(action int) bool {
	switch {
	case action < actWriter:
		return action/2 < len(w.reads)
	case action < actFollow:
		return action-actWriter < len(w.writes)
	case action < actCrash:
		return w.local.has((action - actFollow) / 3)
	case action < actRepeat:
		return w.limit[crash] > 0 && w.crashing.has(action-actCrash)
	case action < actRenew:
		i := action - actRepeat
		return w.limit[repeat] > 0 && i < len(w.writes) && w.writes[i].manner == fenced
	case action < actRefuse:
		i := action - actRenew
		return w.limit[renew] > 0 && i < len(w.writes) && w.writes[i].manner == fenced
	case action < actEnv:
		i := action - actRefuse
		return w.limit[refuse] > 0 && i < len(w.writes) && w.writes[i].manner == plain
	case action < actSave:
		switch what := action - actEnv; what {
		case crash, renew, repeat, refuse:
			return false
		default:
			return w.limit[what] > 0
		}
	}
	return w.limit[failover] > 0
}

// do does an action, or reports that it cannot be done and changes nothing.
func (w *world) do(s *state, action int) bool {
	switch {
	case action < actWriter:
		i := action / 2
		if !w.read(s, i, action%2) {
			return false
		}
		if step := s.reads[i].step; w.alone && (step == rDecide || step == rPut) {
			w.read(s, i, 0)
		}
	case action < actFollow:
		i := action - actWriter
		if s.procs[w.writes[i].proc].dead || !w.write(s, i) {
			return false
		}
		if w.alone && w.local == 0 && w.limit[failover]+w.limit[repeat] == 0 && s.writes[i].step.byItself() {
			w.write(s, i)
		}
	case action < actCrash:
		i := (action - actFollow) / 3
		return !s.procs[i].dead && w.follow(s, i, (action-actFollow)%3)
	case action < actRepeat:
		i := action - actCrash
		return !s.procs[i].dead && w.spend(s, crash) && w.crash(s, i)
	case action < actRenew:
		i := action - actRepeat
		if s.writes[i].step != wReply || s.writes[i].again || s.procs[w.writes[i].proc].dead || !w.spend(s, repeat) {
			return false
		}
		w.say("W%d's close is sent again", i)
		w.stamp(s, i)
	case action < actRefuse:
		i := action - actRenew
		if step := s.writes[i].step; step < wCommit || step > wStamp || s.procs[w.writes[i].proc].dead || !w.spend(s, renew) {
			return false
		}
		w.hold(s, i)
	case action < actEnv:
		return w.putOff(s, action-actRefuse)
	case action < actSave:
		return w.happen(s, action-actEnv)
	default:
		if s.saved || s.left[failover] == 0 {
			return false
		}
		w.say("a replica hears nothing from here on")
		s.saved, s.backup = true, s.s
	}
	return true
}

func (w *world) spend(s *state, budget int) bool {
	if s.left[budget] == 0 {
		return false
	}
	s.left[budget]--
	return true
}

func (w *world) crash(s *state, p int) bool {
	w.say("P%d dies", p)
	s.procs[p] = proc{dead: true}
	for i, at := range w.reads {
		if at == p {
			s.reads[i] = reader{}
		}
	}
	return true
}
