package program

import (
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var (
	ruleUnreached = rule.NewWarning("never-invalidated",
		"nothing in the packages loaded invalidates %s; add invalidate=%s to what changes it, or "+
			"ttlonly if its ttl is enough")
	ruleReadOnly = rule.NewWarning("read-only",
		"nothing in the packages loaded invalidates any of the %d reads of %s; add invalidate= "+
			"to what changes them (%s), or ttlonly above %[2]s if their ttl is enough")
	ruleMutableKey = rule.NewWarning("mutable-key",
		"%s is stale after %s (%s), which can change what it is keyed by and invalidates only "+
			"%s; add invalidate=%s there, or %sttlonly here")
)

// unreached reports the reads that nothing invalidates. If a type has no writes and nothing
// invalidates any of its reads, it gets one warning.
func (p *program) unreached(scope Scope) {
	found := make(map[*model.TypeDecl][]*reading)
	var decls []*model.TypeDecl
	for _, r := range p.reads {
		if r.Inherited() || r.covered() || r.missed || r.TTLOnly() || p.mayMeet(false, r.path) || p.mutableKey(r) {
			continue
		}
		if found[r.Decl()] == nil {
			decls = append(decls, r.Decl())
		}
		found[r.Decl()] = append(found[r.Decl()], r)
	}
	if scope == Some || len(decls) == 0 {
		return
	}
	writes := make(map[*model.TypeDecl]bool)
	for _, w := range p.writes {
		writes[w.Decl()] = true
	}
	for _, decl := range decls {
		list := found[decl]
		if len(list) > 1 && !writes[decl] && len(list) == p.concerned(decl) {
			readOnly(decl, list)
			continue
		}
		for _, r := range list {
			p.warn(r.part, decl, r.Name(), pending{r.Span(), "", ruleUnreached, []any{r.Name(), everything(r.Site)}})
		}
	}
}

// concerned counts the reads of a type that writes should reach.
func (p *program) concerned(decl *model.TypeDecl) (n int) {
	for _, r := range p.byType[decl] {
		if !r.Inherited() && !r.TTLOnly() {
			n++
		}
	}
	return n
}

// readOnly reports a type none of whose reads is invalidated.
func readOnly(decl *model.TypeDecl, list []*reading) {
	var patterns []string
	for _, r := range list {
		patterns = append(patterns, everything(r.Site))
	}
	slices.Sort(patterns)
	list[0].part.Report(check.NameSpan(decl), ruleReadOnly, len(list), decl.Name, rule.FirstFew(slices.Compact(patterns)))
}

// mutableKey reports a read of an entity that a write changes without invalidating the read.
func (p *program) mutableKey(r *reading) bool {
	if r.entity == nil || len(r.Model.Read.Key) == 0 {
		return false
	}
	for _, w := range p.changers[r.entity] {
		if by, ok := w.leavesOut(r); ok {
			args := []any{r.Name(), w.name(r.part), w.where(r.part), w.text(), everything(r.Site), or(w.adviseTag(by, r))}
			p.warn(r.part, r.Decl(), r.Name(), pending{r.Span(), "", ruleMutableKey, args})
			return true
		}
	}
	return false
}

// everything is the pattern for all entries of a read.
func everything(r *check.Site) string {
	prefix := r.Model.Read.Prefix
	for _, s := range r.Model.Read.Key {
		if s.Value != nil {
			return prefix + ":*"
		}
		prefix += ":" + s.Before
	}
	return prefix
}
