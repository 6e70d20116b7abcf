package program

import (
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var (
	ruleNoRead = rule.NewWarning("reaches-nothing",
		"%s reaches no read in the packages loaded; %s")
	ruleOtherType = rule.New("other-type",
		"%s invalidates keys that nothing reads: {%s} is %s, and the keys of %s (%s) have %s; "+
			"use that type")
	ruleMixedTypes = rule.NewWarning("doubtful-type",
		"%s may invalidate keys that nothing reads: {%s} is %s, and the keys of %s (%s) have %s, "+
			"so they are equal only where both are spelled alike; use that type")
)

// checkTarget reports a pattern that reaches no read: it is for other tenants, or has other types,
// or a path that no read has. One that reaches a tag is refused only for its types: a tag is no
// reason to miss the reads of that path.
func (p *program) checkTarget(t *target, scope Scope) {
	if t.path.Everything() {
		return
	}
	if t.chance {
		p.warnChance(t)
		return
	}
	if !t.reached.none() {
		p.warnMixedTypes(t)
		return
	}
	if t.put {
		p.expect(t)
		return
	}
	if p.mayMeet(true, t.path) || t.tagged.none() && p.wrongTenant(t) || p.wrongType(t) || !t.tagged.none() || scope == Some {
		return
	}
	fix, advice := p.elsewhere(t)
	p.warn(t.by.part, t.by.Decl(), t.by.Name(), pending{t.span(), fix, ruleNoRead, []any{t.inv.Text, advice}})
}

// expect notes the reads that a put may have been meant for. The rules about its own package have
// reported that it reaches none.
func (p *program) expect(t *target) {
	for _, r := range p.candidates(t.path) {
		if paths.Compare(t.path, r.path).Same != paths.OtherShape {
			r.missed = true
		}
	}
}

// wrongTenant reports a pattern that would reach reads of other packages if it spoke of their
// tenants. Those of its own have been reported.
func (p *program) wrongTenant(t *target) bool {
	part := t.by.part
	var meant *reading
	for _, r := range p.candidates(t.path) {
		if t.path.Meets(r.path) && !paths.TenantsMeet(t.inv.Tenant, r.Model.Read.Tenant) {
			r.missed = true
			if meant == nil || r.part == part {
				meant = r
			}
		}
	}
	if meant == nil {
		return false
	}
	if meant.part != part {
		part.ReportOtherTenant(t.span(), t.inv, meant.Site, meant.name(part), meant.where(part))
	}
	return true
}

// wrongType reports a pattern that would reach a read if its values were of the types in that
// read's keys.
func (p *program) wrongType(t *target) bool {
	for _, r := range p.candidates(t.path) {
		if !paths.TenantsMeet(t.inv.Tenant, r.Model.Read.Tenant) {
			continue
		}
		if v := paths.Compare(t.path, r.path); v.Same == paths.OtherType {
			r.missed = true
			t.refused = true
			if !t.reportFewValues(r, v) {
				t.reportTypes(ruleOtherType, r, v)
			}
			return true
		}
	}
	return false
}

// warnMixedTypes reports a pattern that has another type than every key that it reaches, and
// reaches them only where values are spelled alike.
func (p *program) warnMixedTypes(t *target) {
	sameType := func(r *reading) bool { return paths.Compare(t.path, r.path).Same == paths.SameType }
	if slices.ContainsFunc(t.reached.some, sameType) ||
		slices.ContainsFunc(t.reached.all, func(like *group) bool { return sameType(like.reads[0]) }) {
		return
	}
	r := t.reached.reads()[0]
	v := paths.Compare(t.path, r.path)
	p.warn(t.by.part, t.by.Decl(), t.by.Name(), pending{t.span(), "", ruleMixedTypes, t.typeArgs(r, v)})
}

// reportTypes reports a value that is of another type than that in the keys of a read.
func (t *target) reportTypes(broken rule.Rule, r *reading, v paths.Verdict) {
	t.by.part.Report(t.span(), broken, t.typeArgs(r, v)...)
}

func (t *target) typeArgs(r *reading, v paths.Verdict) []any {
	part := t.by.part
	return []any{t.inv.Text, t.by.Expression(v.Wrong), part.Describe(v.Wrong.Type), r.name(part), r.where(part), part.Describe(v.Right.Type)}
}

// elsewhere says what a pattern that reaches nothing may have been meant for, and what to write in
// its place if that is certain.
func (p *program) elsewhere(t *target) (fix, advice string) {
	if len(p.reads) == 0 {
		return "", "they have none"
	}
	if text := t.withBraces(); text != "" {
		return text, "did you mean " + text + "?"
	}
	if all := p.sameBeginning(t); all != "" {
		return "", all
	}
	if meant, ok := annotations.Closest(t.inv.Prefix, p.near(t)); ok {
		text := meant + strings.TrimPrefix(t.inv.Text, t.inv.Prefix)
		return text, "did you mean " + text + "?"
	}
	return "", "prefixes are " + rule.FirstFew(p.prefixes(t.inv.Tenant))
}

// sameBeginning says which read has the prefix of a pattern, and more or fewer segments.
func (p *program) sameBeginning(t *target) string {
	part := t.by.part
	for _, r := range p.candidates(t.path) {
		if r.Model.Read.Prefix == t.inv.Prefix && paths.TenantsMeet(t.inv.Tenant, r.Model.Read.Tenant) {
			all := r.Model.Read.Prefix + ":*"
			if len(r.Model.Read.Key) == 0 {
				all = r.Model.Read.Prefix
			}
			return "keys of " + r.name(part) + " (" + r.where(part) + ") are " + r.part.Shape(r.Model.Read) +
				", and " + all + " is all of them"
		}
	}
	return ""
}

// near are the prefixes of which a pattern may have a misspelt one: those of the same repository,
// or else of the same package.
func (p *program) near(t *target) []string {
	reads := p.byType[t.by.Decl()]
	if len(reads) == 0 {
		reads = p.reads
	}
	var list []string
	seen := make(map[string]bool, len(reads))
	for _, r := range reads {
		prefix := r.Model.Read.Prefix
		if r.part == t.by.part && !seen[prefix] && paths.TenantsMeet(t.inv.Tenant, r.Model.Read.Tenant) {
			seen[prefix] = true
			list = append(list, prefix)
		}
	}
	return list
}
