package protocol

import (
	"fmt"
	"hash/maphash"
)

// result is what an exploration has found.
type result struct {
	states int
	depth  int
	steps  []string // to a violation; nil: there is none
	bad    string
	full   bool // the limit of states was not reached
}

type node struct {
	parent int32
	action uint8
}

// explore visits every state that can be reached from the start, the nearest first, until it finds
// a violation or has seen limit states.
func explore(sc *scenario, r rules, limit int) result {
	w := newWorld(sc, r)
	seed := maphash.MakeSeed()
	start := sc.start()
	nodes := []node{{-1, 0}}
	seen := map[uint64]struct{}{maphash.Comparable(seed, start): {}}
	now, next := []state{start}, []state(nil)
	first := 0 // the index in nodes of now[0]
	depth := 0
	var s state
	for ; len(now) > 0 && len(nodes) < limit; depth++ {
		begin := len(nodes)
		next = next[:0]
		for i := range now {
			untouched := false
			for _, a := range w.actions {
				if !untouched {
					s, untouched = now[i], true
				}
				if !w.do(&s, int(a)) {
					continue
				}
				untouched = false
				if r.has(ruleClock) && sc.limit[back] == 0 {
					w.compress(&s)
				}
				if w.bad == "" {
					h := maphash.Comparable(seed, s)
					if _, dup := seen[h]; dup {
						continue
					}
					seen[h] = struct{}{}
					w.audit(&s)
				}
				nodes = append(nodes, node{int32(first + i), a})
				if w.bad != "" {
					return result{len(nodes), depth + 1, replay(sc, r, nodes), w.bad, true}
				}
				next = append(next, s)
			}
		}
		first = begin
		now, next = next, now
	}
	return result{states: len(nodes), depth: depth, full: len(now) == 0}
}

// replay says what happens on the way to the last of the nodes.
func replay(sc *scenario, r rules, nodes []node) []string {
	var path []uint8
	for i := int32(len(nodes) - 1); nodes[i].parent >= 0; i = nodes[i].parent {
		path = append(path, nodes[i].action)
	}
	w := newWorld(sc, r)
	w.trace = true
	s := sc.start()
	var steps []string
	for i := len(path) - 1; i >= 0; i-- {
		w.note = ""
		if !w.do(&s, int(path[i])) {
			panic(fmt.Sprintf("%s: action %d cannot be repeated", sc.name, path[i]))
		}
		steps = append(steps, w.note)
	}
	w.bad = ""
	return steps
}
