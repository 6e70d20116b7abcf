package check

import (
	"go/types"
	"maps"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
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
	if !a.reached.none() {
		p.doubt(a)
		return
	}
	if a.put {
		p.expect(a)
		return
	}
	if !a.tagged.none() || p.mayMeet(true, a.path) || p.wrongTenant(a) || p.wrongType(a) || scope == Some {
		return
	}
	fix, advice := p.elsewhere(a)
	c.fix(a.at(), fix, ruleNoRead, a.inv.Text, advice)
}

// expect notes the reads that a put may have been meant for. That it reaches none has been reported when its own package was looked at.
func (p *program) expect(a *aim) {
	for _, r := range p.candidates(a.path) {
		if compare(a.path, r.path).same != unlike {
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
	part.checker.report(a.at(), ruleOtherTenant, a.inv.Text, p.name(part, aimed.part, aimed.site), p.site(part, aimed.part, aimed.site),
		scopeName(aimed.model.Read.Tenant), scopeName(a.inv.Tenant), tenantAdvice(a.inv.Tenant))
	return true
}

// wrongType reports a pattern that would reach a read if its values were of the types in that read's keys.
func (p *program) wrongType(a *aim) bool {
	for _, r := range p.candidates(a.path) {
		if !tenantsMeet(a.inv.Tenant, r.model.Read.Tenant) {
			continue
		}
		if v := compare(a.path, r.path); v.same == apart {
			r.missed = true
			p.mistyped(a, r, v, ruleOtherType)
			return true
		}
	}
	return false
}

// doubt reports a pattern that meets all it reaches by the luck of spelling.
func (p *program) doubt(a *aim) {
	alikeTo := func(r *reading) bool { return compare(a.path, r.path).same == alike }
	if slices.ContainsFunc(a.reached.some, alikeTo) ||
		slices.ContainsFunc(a.reached.all, func(like *lookalikes) bool { return alikeTo(like.reads[0]) }) {
		return
	}
	r := a.reached.reads()[0]
	p.mistyped(a, r, compare(a.path, r.path), ruleDoubtfulType)
}

func (p *program) mistyped(a *aim, r *reading, v verdict, rule Rule) {
	part := a.by.part
	c := part.checker
	c.report(a.at(), rule, a.inv.Text, a.by.method.expression(v.wrong), article(c.typeName(v.wrong.Type)), p.name(part, r.part, r.site), p.site(part, r.part, r.site),
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

// compare holds a pattern and a key against each other, segment by segment.
func compare(pattern, key []element) verdict {
	whole, all := pattern, false
	if n := len(pattern) - 1; n >= 0 && pattern[n].kind == many && pattern[n].value == nil {
		pattern, all = pattern[:n], true
	}
	if len(pattern) > len(key) || len(pattern) < len(key) && !all {
		if !canEqual(whole, key) || marked(pattern, key) {
			return verdict{same: unlike}
		}
		return verdict{} // a composite may be as many segments as are written one by one
	}
	var worst verdict
	for i := range pattern {
		s, k := &pattern[i], &key[i]
		switch {
		case s.value == nil || k.value == nil:
			if s.kind < some && k.kind < some && !meets(s, k) {
				return verdict{same: unlike}
			}
		case s.before == k.before && s.after == k.after:
			same := sameClass(s, k)
			if all && i == len(pattern)-1 && k.class == composite && k.opens != composite && k.opens == s.class {
				same = alike // everything under the first field of a struct
			}
			if same > worst.same {
				worst = verdict{same, s.value, k.value}
			}
		}
	}
	return worst
}

// marked reports whether a key has a mark where the pattern has a value without one: of a struct whose fields the pattern writes one by one.
func marked(pattern, key []element) bool {
	for i := range min(len(pattern), len(key)) {
		if k := &key[i]; k.value != nil && k.class == composite {
			return k.marks > 0 && pattern[i].kind != many
		}
	}
	return false
}

func sameClass(s, k *element) sameness {
	a, b := s.class, k.class
	switch {
	case a == anything || b == anything:
		return alike
	case s.marks != k.marks: // a slice, and a pointer to one
		return apart
	case a == b && a != composite:
		return alike
	}
	base, _ := deref(s.value.Type)
	other, _ := deref(k.value.Type)
	switch {
	case types.Identical(base, other):
		return alike
	case a == composite && b == composite:
		return spelled // fields of two structs may be written alike
	case a == composite || b == composite:
		return apart
	case a == texts || b == texts, a != booleans && b != booleans && a != times && b != times:
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
	prefixes := p.prefixes(a.inv.Tenant)
	if meant := meantPrefix(a.inv.Prefix, prefixes); meant != "" {
		text := meant + strings.TrimPrefix(a.inv.Text, a.inv.Prefix)
		return text, "did you mean " + text + "?"
	}
	return "", "prefixes are " + firstFew(prefixes)
}

// prefixes are those of the reads that a pattern for some tenants can be about, sorted.
func (p *program) prefixes(of model.Tenant) []string {
	scope := scopeOf(of)
	if p.prefixesOf[scope] == nil {
		seen := make(map[string]bool)
		for _, r := range p.reads {
			if tenantsMeet(of, r.model.Read.Tenant) {
				seen[r.model.Read.Prefix] = true
			}
		}
		p.prefixesOf[scope] = slices.Sorted(maps.Keys(seen))
	}
	return p.prefixesOf[scope]
}

// firstFew lists what a message has room for.
func firstFew(list []string) string {
	if len(list) > 8 {
		return strings.Join(list[:8], ", ") + ", ..."
	}
	return strings.Join(list, ", ")
}

// meantPrefix returns the prefix that was probably meant, if only one comes into question.
func meantPrefix(wrong string, prefixes []string) string {
	best, found := 1+len(wrong)/6, ""
	tied := false
	for _, prefix := range prefixes {
		if max(len(wrong)-len(prefix), len(prefix)-len(wrong)) > best {
			continue // at least so much is to insert or to remove
		}
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
