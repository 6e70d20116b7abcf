package check

import (
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

var (
	ruleNoRead       = newWarning("reaches-nothing", "%s reaches no read in the packages loaded; %s")
	ruleOtherType    = newRule("other-type", "%s evicts keys that nothing reads: {%s} is %s, where the keys of %s (%s) have %s")
	ruleDoubtfulType = newWarning("doubtful-type", "%s may evict keys that nothing reads: {%s} is %s, where the keys of %s (%s) have %s; they meet only where both are spelled alike")
)

// aim reports a pattern that misses: it is for other tenants, or of other types, or about something that nobody reads.
func (p *program) aim(a *aim, scope Scope) {
	c := a.by.part.checker
	if len(a.path) > 0 && a.path[0].kind == many { // *
		return
	}
	if len(a.reached) > 0 {
		p.doubt(a)
		return
	}
	if a.put {
		p.expect(a)
		return
	}
	if len(a.hung) > 0 || p.mayMeet(true, a.path) || p.wrongTenant(a) || p.wrongType(a) || scope == Some {
		return
	}
	fix, advice := p.elsewhere(a)
	c.fix(a.at, fix, ruleNoRead, a.inv.Text, advice)
}

// expect notes the reads that a put may have been meant for. That it reaches none has been reported when its own package was looked at.
func (p *program) expect(a *aim) {
	for _, r := range p.candidates(a.path) {
		if p.compare(a, r).same != unlike {
			r.missed = true
		}
	}
}

// wrongTenant reports a pattern that would reach reads of other packages if it spoke of their tenants. Those of its own have been reported.
func (p *program) wrongTenant(a *aim) bool {
	var aimed *reading
	for _, r := range p.candidates(a.path) {
		if canEqual(a.path, r.path) && !tenantsMeet(a.inv.Tenant, r.model.Read.Tenant) {
			r.missed = true
			if aimed == nil || r.part == a.by.part {
				aimed = r
			}
		}
	}
	switch {
	case aimed == nil:
		return false
	case aimed.part == a.by.part:
		return true
	}
	part := a.by.part
	part.checker.report(a.at, ruleOtherTenant, a.inv.Text, p.name(part, aimed.part, aimed.site), p.site(part, aimed.part, aimed.site),
		scopeName(aimed.model.Read.Tenant), scopeName(a.inv.Tenant), tenantAdvice(a.inv.Tenant))
	return true
}

// wrongType reports a pattern that would reach a read if its values were of the types in that read's keys.
func (p *program) wrongType(a *aim) bool {
	for _, r := range p.candidates(a.path) {
		if !tenantsMeet(a.inv.Tenant, r.model.Read.Tenant) {
			continue
		}
		if v := p.compare(a, r); v.same == apart {
			r.missed = true
			p.mistyped(a, r, v, ruleOtherType)
			return true
		}
	}
	return false
}

// doubt reports a pattern that meets all it reaches by the luck of spelling.
func (p *program) doubt(a *aim) {
	for _, r := range a.reached {
		if p.compare(a, r).same == alike {
			return
		}
	}
	r := a.reached[0]
	p.mistyped(a, r, p.compare(a, r), ruleDoubtfulType)
}

func (p *program) mistyped(a *aim, r *reading, v verdict, rule Rule) {
	part := a.by.part
	c := part.checker
	c.report(a.at, rule, a.inv.Text, a.by.method.expression(v.wrong), article(c.typeName(v.wrong.Type)), p.name(part, r.part, r.site), p.site(part, r.part, r.site),
		article(c.typeName(v.right.Type)))
}

// verdict is how the values of a pattern compare to those in the keys of a read.
type verdict struct {
	same         sameness
	wrong, right *model.Value // where they differ: in the pattern, in the key
}

// fits reports whether the pattern can reach the read.
func (v verdict) fits() bool { return v.same == alike || v.same == spelled }

type sameness uint8

const (
	alike   sameness = iota // of one type, as far as keys go
	spelled                 // equal where they are spelled alike: "42" and 42
	apart                   // never equal but by accident
	unlike                  // the literal segments differ, or their number
)

// slot is one segment of a pattern or a key, as it is written.
type slot struct {
	model.Segment
	class class
	path  []element
}

// slots are the segments behind a prefix, and those of the prefix itself.
func (part *Part) slots(prefix string, segments []model.Segment) []slot {
	var list []slot
	for _, e := range literals(prefix) {
		list = append(list, slot{model.Segment{Before: e.before}, "", []element{e}})
	}
	for _, s := range segments {
		next := slot{Segment: s, path: part.checker.elements([]model.Segment{s})}
		if s.Value != nil {
			next.class = classOf(s.Value.Type, part)
		}
		list = append(list, next)
	}
	return list
}

// compare holds a pattern and the keys of a read against each other, segment by segment.
func (p *program) compare(a *aim, r *reading) verdict {
	if len(a.slots) > len(r.slots) || len(a.slots) < len(r.slots) && !a.inv.All {
		if !canEqual(a.path, r.path) {
			return verdict{same: unlike}
		}
		return verdict{} // a composite may be as many segments as are written one by one
	}
	var worst verdict
	for i, s := range a.slots {
		k := r.slots[i]
		switch {
		case s.Value == nil || k.Value == nil:
			if !canEqual(s.path, k.path) {
				return verdict{same: unlike}
			}
		case s.Before == k.Before && s.After == k.After:
			if same := sameClass(s.class, k.class, s.Value.Type, k.Value.Type); same > worst.same {
				worst = verdict{same, s.Value, k.Value}
			}
		}
	}
	return worst
}

// class is what the text of a key segment is made of.
type class string

const (
	composite class = "composite" // several segments
	anything  class = "anything"  // what a type argument makes of it
)

// classOf is the class of what values of t become in a key. A struct of one field is that field.
func classOf(t types.Type, part *Part) class {
	encoding, refusal := keytype.Of(t, part.checker.view)
	if refusal != nil {
		return composite
	}
	for {
		switch e := encoding.(type) {
		case keytype.Scalar:
			switch e.Method {
			case "Int", "Uint":
				return "integer"
			case "String":
				return "text"
			case "Float32":
				return "Float"
			case "Complex":
				return composite
			}
			return class(e.Method)
		case keytype.Bytes, keytype.Text:
			return "text"
		case keytype.Param:
			return anything
		case *keytype.Pointer:
			encoding = e.Elem
			continue
		case *keytype.Struct:
			if len(e.Fields) == 1 {
				encoding = e.Fields[0].Encoding
				continue
			}
		}
		return composite
	}
}

func sameClass(a, b class, t, u types.Type) sameness {
	if a == b && a != composite || a == anything || b == anything {
		return alike
	}
	base, _ := deref(t)
	other, _ := deref(u)
	switch {
	case types.Identical(base, other):
		return alike
	case a == composite && b == composite:
		return spelled // fields of two structs may be written alike
	case a == composite || b == composite:
		return apart
	case a == "text" || b == "text", a != "Bool" && b != "Bool" && a != "Time" && b != "Time":
		return spelled
	}
	return apart
}

// elsewhere says what a pattern that reaches nothing may have been meant for, and what to write in its place if that is certain.
func (p *program) elsewhere(a *aim) (fix, advice string) {
	if len(p.reads) == 0 {
		return "", "there is none"
	}
	for _, r := range p.candidates(a.path) { // of the right prefix, with more or fewer segments
		if r.model.Read.Prefix == a.inv.Prefix && tenantsMeet(a.inv.Tenant, r.model.Read.Tenant) {
			part := a.by.part
			all := r.model.Read.Prefix + ":*"
			if len(r.model.Read.Key) == 0 {
				all = r.model.Read.Prefix
			}
			return "", "keys of " + p.name(part, r.part, r.site) + " (" + p.site(part, r.part, r.site) + ") are " + r.part.checker.shape(r.model.Read) +
				", and " + all + " is all of them"
		}
	}
	var prefixes []string
	for _, r := range p.reads {
		if tenantsMeet(a.inv.Tenant, r.model.Read.Tenant) && !slices.Contains(prefixes, r.model.Read.Prefix) {
			prefixes = append(prefixes, r.model.Read.Prefix)
		}
	}
	slices.Sort(prefixes)
	if meant := meantPrefix(a.inv.Prefix, prefixes); meant != "" {
		text := meant + strings.TrimPrefix(a.inv.Text, a.inv.Prefix)
		return text, "did you mean " + text + "?"
	}
	if len(prefixes) > 8 {
		prefixes = append(prefixes[:8], "...")
	}
	return "", "prefixes are " + strings.Join(prefixes, ", ")
}

// meantPrefix returns the prefix that was probably meant, if only one comes into question.
func meantPrefix(wrong string, prefixes []string) string {
	best, found := 1+len(wrong)/6, ""
	tied := false
	for _, prefix := range prefixes {
		switch d := distance(wrong, prefix); {
		case d < best || d == best && found == "":
			best, found, tied = d, prefix, false
		case d == best:
			tied = true
		}
	}
	if tied {
		return ""
	}
	return found
}

// expression is a value as a directive writes it: c.Owner.ID, f.Stage().
func (m *method) expression(v *model.Value) string {
	name := "result"
	if !v.Root.Result {
		name = m.sig.Params().At(v.Root.Index).Name()
	}
	for _, step := range v.Steps {
		name += "." + step.Name
		if step.Call {
			name += "()"
		}
	}
	return name
}

// keyAt is where a read says what its keys are: key=, or prefix=, or all of it.
func (c *checker) keyAt(s *site) span {
	at := s.method.options.own.whole()
	for _, name := range []annotations.Name{annotations.Prefix, annotations.Key} {
		if o, ok := s.method.options.own.Find(name); ok {
			at = s.method.options.own.at(o.Span)
		}
	}
	return at
}
