package program

import (
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var ruleChance = rule.NewWarning("by-chance",
	"%s reaches %s (%s) only where {%s} is %q; %s")

// reachesByChance reports whether a pattern reaches only reads that have a value where it has a
// literal segment, or the reverse. A number or a bool that is spelled out is meant.
func (t *target) reachesByChance() bool {
	if t.put || t.reached.none() || !t.tagged.none() {
		return false
	}
	chance := func(r *reading) bool {
		i := paths.ChanceAt(t.path, r.path)
		return i >= 0 && (r.path[i].Value == nil || r.path[i].Kind != paths.Integer && r.path[i].Kind != paths.Boolean)
	}
	return !slices.ContainsFunc(t.reached.some, func(r *reading) bool { return !chance(r) }) &&
		!slices.ContainsFunc(t.reached.all, func(like *group) bool { return !chance(like.reads[0]) })
}

// warnChance reports such a pattern, for the first read that it reaches.
func (p *program) warnChance(t *target) {
	r, part := t.reached.reads()[0], t.by.part
	i := paths.ChanceAt(t.path, r.path)
	if r.path[i].Value == nil { // contact:{c.ID}, and contact:list
		args := []any{t.inv.Text, r.name(part), r.where(part), t.by.Expression(t.path[i].Value), r.path[i].Before,
			everything(r.Site) + " is all entries of " + r.Name()}
		p.warn(part, t.by.Decl(), t.by.Name(), pending{t.span(), "", ruleChance, args})
		return
	}
	literal := t.path[i].Before
	fix := t.withBraces()
	if fix == "" {
		fix = p.nearLiteral(t, i)
	}
	advice := "did you mean " + fix + "?"
	if all := p.sameBeginning(t); fix == "" && all != "" {
		advice = all
	} else if fix == "" {
		r.missed = true
		advice = "no key has that literal segment, and " + everything(r.Site) + " is all entries of " + r.Name()
	}
	name := r.Expression(r.path[i].Value)
	if name == "" || name == "_" {
		name = "its argument"
	}
	args := []any{t.inv.Text, r.name(part), r.where(part), name, literal, advice}
	p.warn(part, t.by.Decl(), t.by.Name(), pending{t.span(), unquoted(fix), ruleChance, args})
}

// withBraces is the pattern with each literal segment that names a parameter of its method as a
// placeholder: contact:{id} for contact:id. It is empty if there is none.
func (t *target) withBraces() string {
	segments, found := strings.Split(t.inv.Text, ":"), false
	for i, s := range segments {
		for v := range t.by.Signature().Params().Variables() {
			if i > 0 && s != "" && s == v.Name() {
				segments[i], found = "{"+s+"}", true
			}
		}
	}
	if !found {
		return ""
	}
	return strings.Join(segments, ":")
}

// nearLiteral is the pattern with a literal segment that a read of the same repository has in
// place of a misspelt one. It is empty if there is none.
func (p *program) nearLiteral(t *target, i int) string {
	var literals []string
	for _, r := range p.byType[t.by.Decl()] {
		if len(r.path) > i && slices.EqualFunc(r.path[:i], t.path[:i], func(a, b paths.Segment) bool {
			return a.Kind == paths.Literal && b.Kind == paths.Literal && a.Before == b.Before
		}) && r.path[i].Kind == paths.Literal && r.path[i].Before != t.path[i].Before {
			literals = append(literals, r.path[i].Before)
		}
	}
	slices.Sort(literals)
	meant, ok := annotations.Closest(t.path[i].Before, slices.Compact(literals))
	if !ok {
		return ""
	}
	segments := strings.Split(t.inv.Text, ":")
	segments[i] = meant
	return strings.Join(segments, ":")
}
