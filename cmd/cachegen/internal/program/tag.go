package program

import (
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var (
	ruleTagType = rule.New("tag-type",
		"nothing invalidates %s: {%s} is %s, and %s has %s; use that type")
	ruleIdleTag = rule.NewWarning("idle-tag",
		"nothing in the packages loaded invalidates %s, so this tag has no effect; patterns are "+
			"%s")
)

// tagging is one tag of a read, seen as a path that has to meet what writes invalidate.
type tagging struct {
	text string
	span check.Span
	to   *reading // as a read with such keys
}

func taggings(r *reading) []*tagging {
	if len(r.Model.Read.Tags) == 0 {
		return nil
	}
	var list []*tagging
	for i, pattern := range r.Tags() {
		tag := r.Model.Read.Tags[i]
		to := &reading{member: r.member, path: r.part.TagPath(tag), index: r.index, tagOf: r}
		list = append(list, &tagging{tag.Text, r.SpanOf(pattern.Span), to})
	}
	return list
}

// tagMet returns a tag that a path meets. With chance, one that it meets by chance will do.
func (r *reading) tagMet(path paths.Path, chance bool) *tagging {
	for _, tag := range r.tags {
		if path.Meets(tag.to.path) && (chance || !paths.ByChance(path, tag.to.path)) {
			return tag
		}
	}
	return nil
}

// reachesByTag reports whether a pattern reaches a read only by a tag of it.
func (t *target) reachesByTag(r *reading) bool {
	return !t.tagged.none() && !t.reached.has(r) && slices.ContainsFunc(r.tags, func(tag *tagging) bool { return t.tagged.has(tag.to) })
}

// reachedByTags lists the reads that a pattern reaches by their tags alone.
func (t *target) reachedByTags() []*reading {
	var list []*reading
	for _, tag := range t.tagged.reads() { // those of one read follow each other
		if r := tag.tagOf; !t.reached.has(r) && (len(list) == 0 || list[len(list)-1] != r) {
			list = append(list, r)
		}
	}
	return list
}

// reachesByTag reports whether a write reaches a read by a tag.
func (w *writing) reachesByTag(r *reading) bool {
	return slices.ContainsFunc(w.targets, func(t *target) bool { return t.reachesByTag(r) })
}

// checkTags reports tags that nothing invalidates: their values are of other types than those of
// reads and patterns of that path, or there is no such pattern.
func (p *program) checkTags(r *reading, scope Scope) {
	for _, tag := range r.tags {
		if !tag.to.invalidated() {
			p.unmet(r, tag, scope)
		}
	}
}

func (p *program) unmet(r *reading, tag *tagging, scope Scope) {
	part := r.part
	for _, other := range p.candidates(tag.to.path) {
		v := paths.Compare(tag.to.path, other.path)
		if v.Same == paths.OtherType && paths.SameTenants(r.Model.Read.Tenant, other.Model.Read.Tenant) {
			r.missed = true
			part.Report(tag.span, ruleTagType, tag.text, r.Expression(v.Wrong), part.Describe(v.Wrong.Type),
				other.name(part)+" ("+other.where(part)+")", part.Describe(v.Right.Type))
			return
		}
	}
	if scope != Whole || p.mayMeet(false, tag.to.path) {
		return
	}
	var patterns []string
	for _, t := range p.targets {
		if paths.TenantsMeet(t.inv.Tenant, r.Model.Read.Tenant) && !slices.Contains(patterns, t.inv.Text) {
			patterns = append(patterns, t.inv.Text)
		}
	}
	slices.Sort(patterns)
	if len(patterns) == 0 {
		patterns = []string{"none"}
	}
	p.warn(part, r.Decl(), r.Name(), pending{tag.span, "", ruleIdleTag, []any{tag.text, rule.FirstFew(patterns)}})
}
