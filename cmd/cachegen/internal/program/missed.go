package program

import (
	"slices"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var ruleMissedRead = rule.NewWarning("missed-read",
	"%s (%s) is stale after %s, because nothing here reaches it; add %s, or %sttlonly there")

// warnMissedRead reports a read that other writes reach and this one does not, though it changes
// the same entity. If a pattern of the write reaches nothing, it was perhaps meant for that read,
// and has been reported.
func (p *program) warnMissedRead(w *writing) {
	if slices.ContainsFunc(w.targets, func(t *target) bool { return t.refused || t.reached.none() && t.tagged.none() }) {
		return
	}
	for _, changed := range w.changes {
		for _, r := range p.byEntity[changed.entity] {
			if by, missed := w.leavesOut(r); missed && len(r.Model.Read.Key) > 0 && r.covered() && !r.TTLOnly() {
				w.reportMissed(by, r)
			}
		}
	}
}

func (w *writing) reportMissed(by *target, r *reading) {
	add := everything(r.Site)
	fix := by.inv.Text + "," + add
	if by.put {
		add, fix = "invalidate="+add, "" // beside the put
	}
	w.part.Fix(by.span(), unquoted(fix), ruleMissedRead, r.name(w.part), r.where(w.part), w.Name(), add, or(w.adviseTag(by, r)))
}

// unquoted is a fix that can stand in a value whether that is in quotes or not; "" if it cannot.
func unquoted(fix string) string {
	if strings.ContainsAny(fix, " \"`") {
		return ""
	}
	return fix
}
