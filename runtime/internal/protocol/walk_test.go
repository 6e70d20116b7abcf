package protocol

import (
	"math/rand/v2"
	"testing"
)

// wider are scenarios that are too large to be explored to the end, of what has yet to be built.
var wider = []*scenario{
	{name: "cluster", shares: true, follows: true, cluster: true, split: true, procs: 2, reads: []int{0, 0, 0}, twice: 7, writes: []write{{0, exact, plain}, {1, scope, plain}}, limit: one(loseEntry, loseEntry, loseTable, loseRecord, refuse, refuse)},
	{name: "one server", shares: true, follows: true, split: true, procs: 3, reads: []int{0, 0, 1}, twice: 7, writes: []write{{0, exact, plain}, {2, exact, plain}}, limit: one(loseEntry, loseEntry, loseTable, flush, refuse)},
	{name: "warm", shares: true, follows: true, warm: true, procs: 3, reads: []int{0, 0, 0}, twice: 7, writes: []write{{1, scope, plain}, {2, every, plain}}, limit: one(loseEntry, loseTable, loseRecord, crash), crashing: 6},
	{name: "local", shares: true, follows: true, local: 3, procs: 2, reads: []int{0, 0, 1}, twice: 7, writes: []write{{0, exact, plain}, {1, scope, plain}}, limit: one(tick, tick, loseLog, loseEntry, refuse)},
	{name: "late", shares: true, follows: true, late: 2, local: 1, procs: 2, reads: []int{0, 0, 0}, twice: 7, writes: []write{{0, exact, plain}, {1, exact, plain}}, limit: one(tick, loseLog, loseEntry, loseTable)},
	{name: "fence", shares: true, follows: true, cluster: true, split: true, procs: 3, reads: []int{0, 0, 1}, twice: 7, writes: []write{{1, exact, fenced}, {2, scope, fenced}}, limit: one(crash, lapse, lapse, renew, repeat, loseEntry), crashing: 6},
	{name: "put", shares: true, follows: true, procs: 2, reads: []int{0, 0, 1}, twice: 7, writes: []write{{0, exact, put}, {1, exact, plain}}, limit: one(loseEntry, loseEntry, loseTable, refuse)},
	{name: "tag", shares: true, follows: true, tags: onResult, local: 1, procs: 2, reads: []int{0, 0, 1}, twice: 7, writes: []write{{0, tag, plain}, {1, exact, plain}}, limit: one(tick, loseEntry, loseTable, refuse)},
	{name: "tag, fence", shares: true, follows: true, tags: onResult, local: 1, procs: 2, reads: []int{0, 0, 0}, twice: 7, writes: []write{{1, tag, fenced}, {0, exact, plain}}, limit: one(crash, lapse, tick, loseEntry), crashing: 2},
	{name: "failover", shares: true, follows: true, warm: true, procs: 2, reads: []int{0, 0, 1}, twice: 7, writes: []write{{0, scope, plain}, {1, exact, plain}}, limit: one(failover, loseEntry)},
	{name: "meeting", shares: true, follows: true, met: true, local: 1, procs: 2, reads: []int{0, 0, 0}, twice: 7, writes: []write{{0, scope, plain}, {1, exact, plain}}, limit: one(failover, loseEntry, tick)},
}

// walkSteps is where a walk ends: followers ask for ever.
const walkSteps = 120

// walk does steps at random, and returns the way to a violation.
func walk(w *world, rnd *rand.Rand) (path []node, bad string) {
	w.bad = ""
	s := w.start()
	path = append(path, node{parent: -1})
	for len(path) <= walkSteps && w.step(&s, rnd, &path) {
		w.compress(&s)
		if w.bad == "" {
			w.audit(&s)
		}
		if w.bad != "" {
			return path, w.bad
		}
	}
	return path, ""
}

// step does one of the steps that can be done. What happens by itself is rare, until nothing else
// does.
func (w *world) step(s *state, rnd *rand.Rand, path *[]node) bool {
	for _, rare := range []bool{false, true} {
		for _, i := range rnd.Perm(len(w.actions)) {
			a := w.actions[i]
			if a >= actCrash && !rare && rnd.IntN(6) != 0 {
				continue
			}
			if w.do(s, int(a)) {
				*path = append(*path, node{int32(len(*path) - 1), a})
				return true
			}
		}
	}
	return false
}

// TestWalks goes through scenarios that are wider than those that are explored, at random.
func TestWalks(t *testing.T) {
	walks := 4_000
	if testing.Short() {
		walks = 500
	}
	for _, sc := range wider {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			seed, steps := rand.Uint64(), 0
			rnd, w := rand.New(rand.NewPCG(seed, 0)), newWorld(sc, all)
			for range walks {
				path, bad := walk(w, rnd)
				steps += len(path) - 1
				if bad != "" {
					result{steps: replay(sc, all, path), bad: bad}.log(t)
					t.Fatalf("a violation, with the seed %d", seed)
				}
			}
			t.Logf("%d steps", steps)
		})
	}
}

// TestWalksNotice takes away the rules of what has yet to be built, one at a time: the walks find a
// violation without each.
func TestWalksNotice(t *testing.T) {
	for r := range ruleCount {
		if !planned.has(r) {
			continue
		}
		t.Run(ruleNames[r], func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(1, 1)) // so that it is the same each time
			var worlds []*world
			for _, sc := range wider {
				worlds = append(worlds, newWorld(sc, all.without(of(r))))
			}
			for n := range 50_000 {
				for _, w := range worlds {
					if path, bad := walk(w, rnd); bad != "" {
						t.Logf("walk %d in %q, %d steps: %s", n+1, w.name, len(path)-1, bad)
						return
					}
				}
			}
			t.Error("no violation")
		})
	}
}
