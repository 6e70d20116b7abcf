package program

import (
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var ruleMissedRead = rule.NewWarning("missed-read",
	"%s stale after %s, because nothing here reaches %s; add %s, or %sttlonly there")

// warnMissedRead reports the reads that other writes reach and this one does not, though it changes
// the same entity, in one warning. If a pattern of the write reaches nothing, it was perhaps meant
// for one of them, and has been reported.
func (p *program) warnMissedRead(w *writing) {
	if slices.ContainsFunc(w.targets, func(t *target) bool { return t.refused || t.chance || t.reached.none() && t.tagged.none() }) {
		return
	}
	var first *target
	var missed []*reading
	for _, changed := range w.changes {
		for _, r := range p.byEntity[changed.entity] {
			if by, ok := w.leavesOut(r); ok && len(r.Model.Read.Key) > 0 && r.covered() && !r.TTLOnly() {
				if first == nil {
					first = by
				}
				missed = append(missed, r)
			}
		}
	}
	if first != nil {
		p.reportMissed(w, first, missed)
	}
}

func (p *program) reportMissed(w *writing, by *target, missed []*reading) {
	var list []string
	tag := w.adviseTag(by, missed[0])
	seen := make(map[string]bool, len(missed))
	for _, r := range missed {
		if pattern := everything(r.Site); !seen[pattern] {
			seen[pattern] = true
			list = append(list, pattern)
		}
		if tag != "" && r != missed[0] && !alikeForTags(r, missed[0]) && w.adviseTag(by, r) != tag {
			tag = ""
		}
	}
	add := rule.FirstFew(list)
	fix := by.inv.Text + "," + strings.Join(list, ",")
	if by.put {
		add, fix = "invalidate="+add, "" // beside the put
	}
	r := missed[0]
	are, them := r.name(w.part)+" ("+r.where(w.part)+")", "it"
	if more := len(missed) - 1; more == 0 {
		are += " is"
	} else {
		are, them = are+" and "+strconv.Itoa(more)+" more are", "them"
	}
	p.warn(w.part, w.Decl(), w.Name(), pending{by.span(), unquoted(fix), ruleMissedRead, []any{are, w.Name(), them, add, or(tag)}})
}

// alikeForTags reports whether a write proposes one tag for two reads without a look at either.
func alikeForTags(a, b *reading) bool {
	return a.entity == b.entity && a.untagged() == b.untagged() && paths.SameTenants(a.Model.Read.Tenant, b.Model.Read.Tenant) &&
		types.Identical(a.Signature().Results(), b.Signature().Results())
}

// unquoted is a fix that can stand in a value whether that is in quotes or not; "" if it cannot.
func unquoted(fix string) string {
	if strings.ContainsAny(fix, " \"`") {
		return ""
	}
	return fix
}
