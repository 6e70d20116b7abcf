package reflectcodec

import (
	"reflect"

	"github.com/cachegen/cachegen/runtime/internal/wire"
)

// A plan writes and reads the values of one type. All but pointers are addressable.
type plan struct {
	encode func(*wire.Encoder, reflect.Value)
	decode func(*wire.Decoder, reflect.Value) // into a zero value
	least  int                                // bytes of the shortest value; 0: it has no content
	parts  []*plan                            // nil: it does not travel by its parts
}

// newPlan returns the plan of a type, or the first part of it that cannot be carried.
func newPlan(t reflect.Type) (*plan, *refusal) {
	m := &planner{plans: make(map[reflect.Type]*plan)}
	p, refused := m.plan(t)
	if refused != nil {
		return nil, refused
	}
	for t, p := range m.plans {
		if t.Name() != "" && p.least > 0 && p.contains(p, make(map[*plan]bool)) {
			p.guard()
		}
	}
	return p, nil
}

// A planner makes the plans of a type and its parts.
//
// A type that contains itself travels by its parts until the contrary is found. Then the planner
// forgets what rests on that assumption. A refusal never does: it holds under the kindest one.
type planner struct {
	plans map[reflect.Type]*plan
	begun []reflect.Type // those in plans, in the order in which they got there
}

func (m *planner) plan(t reflect.Type) (*plan, *refusal) {
	if p, ok := m.plans[t]; ok {
		return p, nil // perhaps unfinished, where t contains itself
	}
	before := len(m.begun)
	p := m.begin(t)
	refused := m.byParts(p, t)
	if refused == nil {
		return p, nil
	}
	for _, u := range m.begun[before:] {
		delete(m.plans, u)
	}
	m.begun = m.begun[:before]
	own := ownPair(t)
	if own == nil {
		return nil, refused
	}
	p = m.begin(t)
	p.byMethods(t, own)
	return p, nil
}

func (m *planner) begin(t reflect.Type) *plan {
	p := &plan{least: 1}
	m.plans[t] = p
	m.begun = append(m.begun, t)
	return p
}

// part plans a part of p, a step below it.
func (m *planner) part(p *plan, t reflect.Type, step string) (*plan, *refusal) {
	part, refused := m.plan(t)
	if refused != nil {
		return nil, refused.in(step)
	}
	p.parts = append(p.parts, part)
	return part, nil
}

// byParts plans a type that travels as what Go holds.
func (m *planner) byParts(p *plan, t reflect.Type) *refusal {
	switch t.Kind() {
	case reflect.Pointer:
		return m.pointer(p, t)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			p.bytes()
			return nil
		}
		return m.slice(p, t)
	case reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			p.raw(t.Len())
			return nil
		}
		return m.array(p, t)
	case reflect.Map:
		return m.mapping(p, t)
	case reflect.Struct:
		if isTime(t) {
			p.time(t)
			return nil
		}
		return m.structure(p, t)
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return &refusal{typ: t, why: "is an interface: its bytes do not say which type to make again"}
		}
		p.dynamic()
		return nil
	}
	if !p.basic(t.Kind()) {
		return &refusal{typ: t, why: "is not data"}
	}
	return nil
}

// contains reports whether p has another plan as a part, however deep.
func (p *plan) contains(other *plan, seen map[*plan]bool) bool {
	for _, part := range p.parts {
		if part == other {
			return true
		}
		if !seen[part] {
			seen[part] = true
			if part.contains(other, seen) {
				return true
			}
		}
	}
	return false
}

// guard bounds how deep values of a recursive type nest, as generated code does for a named one.
func (p *plan) guard() {
	encode, decode := p.encode, p.decode
	p.encode = func(e *wire.Encoder, v reflect.Value) {
		if e.Enter() {
			encode(e, v)
			e.Leave()
		}
	}
	p.decode = func(d *wire.Decoder, v reflect.Value) {
		if d.Enter() {
			decode(d, v)
			d.Leave()
		}
	}
}
