package program

import (
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var ruleMovedEntry = rule.NewWarning("moved-entry",
	"{%s} is the new value, so the entry of %s (%s) under the old value stays; use %s%s")

// warnMovedEntry reports patterns such as contact:email:{c.Email} of an update: the entry under the
// old value stays. What the other patterns of the method identify the entity by does not change.
func (p *program) warnMovedEntry(w *writing) {
	if name := w.Name(); check.Creates(name) || check.Removes(name) {
		return
	}
	for _, t := range w.targets {
		if i := slices.IndexFunc(t.inv.Segments, w.mayMove); i >= 0 {
			p.reportMoved(t, i)
		}
	}
}

// mayMove reports whether a segment is a field of an argument that a write may change.
func (w *writing) mayMove(s model.Segment) bool {
	v := s.Value
	return v != nil && !v.Root.Result && len(v.Steps) > 0 && !w.identifiesBy(v) && !check.NamesTenant(lastStep(v))
}

// reportMoved reports the segment of a pattern that is the new value of a field, for the first read
// that keeps an entry under the old one.
func (p *program) reportMoved(t *target, segment int) {
	w, v := t.by, t.inv.Segments[segment].Value
	for _, r := range p.byEntity[entityOf(v.Root.Type)] {
		if !t.reached.has(r) || w.reachesByTag(r) {
			continue
		}
		use := shorter(t.pattern, len(paths.Split(t.inv.Prefix))+segment)
		fix := use
		if t.put {
			use, fix = "invalidate="+use, "" // instead of the put
		}
		args := []any{w.Expression(v), r.name(w.part), r.where(w.part), use, orThere(w.tagFor(r))}
		p.warn(w.part, w.Decl(), w.Name(), pending{t.span(), unquoted(fix), ruleMovedEntry, args})
		return
	}
}

// identifiesBy reports whether a write identifies a parameter by the field that the value is. The
// first pattern with an identity such as ID of the parameter decides; if there is none, the first
// with any field of it.
func (w *writing) identifiesBy(v *model.Value) bool {
	any := func(string) bool { return true }
	var by *target
	for _, t := range w.targets {
		if t.uses(v.Root.Index, any) && (by == nil || !by.uses(v.Root.Index, isIdentity) && t.uses(v.Root.Index, isIdentity)) {
			by = t
		}
	}
	return by.uses(v.Root.Index, func(field string) bool { return field == lastStep(v) })
}

// uses reports whether a pattern is made of a field of a parameter.
func (t *target) uses(param int, field func(string) bool) bool {
	return slices.ContainsFunc(t.inv.Segments, func(s model.Segment) bool {
		return s.Value != nil && !s.Value.Root.Result && s.Value.Root.Index == param && len(s.Value.Steps) > 0 && field(lastStep(s.Value))
	})
}

func lastStep(v *model.Value) string { return v.Steps[len(v.Steps)-1].Name }

// isIdentity reports whether a field goes by a name of identities.
func isIdentity(field string) bool {
	return slices.ContainsFunc([]string{"id", "uuid", "guid", "uid", "key", "getid"}, func(id string) bool { return strings.EqualFold(id, field) })
}

// shorter is a pattern up to a segment, and everything under that.
func shorter(pattern *annotations.Pattern, segments int) string {
	return annotations.Pattern{Segments: pattern.Segments[:segments], All: true}.String()
}
