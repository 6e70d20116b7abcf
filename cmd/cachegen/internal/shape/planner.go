package shape

import (
	"go/types"
	"slices"
	"strings"
)

// Planner turns nodes into plans of one sort. It is the walk: what to make of a node is for a
// function to say, which asks for the plans of the parts.
//
// A type that contains itself is taken to have the plan that has begun until the contrary is found;
// then what rests on that is forgotten. Hence what has a plan once has it for good, whichever type
// was walked first.
type Planner[P any] struct {
	plan    func(n *Node) (P, *Refusal)
	instead func(n *Node) (P, bool) // for what has been refused

	plans   []planned[P]       // by the nodes' ids
	refused map[*Node]*Refusal // of whole types
	begun   []*Node            // those with plans, in the order in which they got them
	within  []*Node            // from the whole to the current part
	path    []string
}

// planned is a plan, if there is one.
type planned[P any] struct {
	plan P
	made bool
}

// NewPlanner returns a planner. If instead is not nil, it has the last word on what plan refuses.
func NewPlanner[P any](plan func(*Node) (P, *Refusal), instead func(*Node) (P, bool)) *Planner[P] {
	return &Planner[P]{plan: plan, instead: instead, refused: make(map[*Node]*Refusal)}
}

// Refusal says which part of a type has no plan, why, and what to do about it.
type Refusal struct {
	Path   string     // "" for the value itself; .Owner.cache, [] for an element, [key]
	Type   types.Type // what stands there
	Reason string     // is a func
	Remedy string     // use a concrete type; "" where the caller knows better
	Within []*Node    // from the whole to what has been asked for the part
}

// Whole returns the plan of a type, or what keeps it from having one.
func (p *Planner[P]) Whole(n *Node) (P, *Refusal) {
	if refusal, ok := p.refused[n]; ok {
		return *new(P), refusal
	}
	plan, refusal := p.Part(n)
	if refusal != nil {
		p.refused[n] = refusal
	}
	return plan, refusal
}

// Part returns the plan of a part, a step away from what is being planned.
func (p *Planner[P]) Part(n *Node, step ...string) (P, *Refusal) {
	if n.id < len(p.plans) && p.plans[n.id].made {
		return p.plans[n.id].plan, nil
	}
	begun, steps := len(p.begun), len(p.path)
	p.path, p.within = append(p.path, step...), append(p.within, n)
	plan, refusal := p.plan(n)
	p.path, p.within = p.path[:steps], p.within[:len(p.within)-1]
	if refusal != nil {
		for _, n := range p.begun[begun:] {
			p.plans[n.id] = planned[P]{}
		}
		p.begun = p.begun[:begun]
		ok := p.instead != nil
		if ok {
			plan, ok = p.instead(n)
		}
		if !ok {
			return *new(P), refusal
		}
	}
	if n.id >= len(p.plans) || !p.plans[n.id].made {
		p.Begin(n, plan)
	}
	return plan, nil
}

// Begin says what the plan of a node will be, before its parts have theirs: where the type contains
// itself, that is it.
func (p *Planner[P]) Begin(n *Node, plan P) {
	if n.id >= len(p.plans) {
		p.plans = append(p.plans, make([]planned[P], n.view.nodes-len(p.plans))...)
	}
	p.plans[n.id] = planned[P]{plan, true}
	p.begun = append(p.begun, n)
}

// Refuse refuses a part of what is being planned, a few steps away from it.
func (p *Planner[P]) Refuse(t types.Type, reason string, steps ...string) *Refusal {
	return &Refusal{Path: strings.Join(p.path, "") + strings.Join(steps, ""), Type: t, Reason: reason, Within: slices.Clone(p.within)}
}

// Within are the nodes from the whole to the current one.
func (p *Planner[P]) Within() []*Node { return p.within }
