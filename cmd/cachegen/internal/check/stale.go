package check

import (
	"go/types"
	"iter"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

var (
	ruleUnreached  = newWarning("never-invalidated", "nothing in the packages loaded invalidates %s; add invalidate=%s to what changes it, or ttlonly if its ttl is enough")
	ruleReadOnly   = newWarning("read-only", "nothing in the packages loaded invalidates any of the %d reads of %s; add invalidate= to what changes them (%s), or ttlonly above %[2]s if their ttl is enough")
	ruleMutableKey = newWarning("mutable-key", "%s is stale after %s (%s), which can change what it is keyed by and invalidates %s only; add invalidate=%s there, or %sttlonly here")
	ruleMissedRead = newWarning("missed-read", "%s (%s) is stale after %s, as nothing here reaches it; add %s, or %sttlonly there")
	ruleMovedEntry = newWarning("moved-entry", "{%s} is the new value, so the entry of %s (%s) under the old one stays; use %s%s")
	ruleSilent     = newWarning("no-directive", "%s looks like a write, and makes nothing stale that %s (%s) keeps; add invalidate=%s, or harmless if it changes nothing of that")
)

// unreached reports the reads that nothing invalidates. A type that only reads, and all of whose reads are among them, gets one warning: there is one
// thing to do.
func (p *program) unreached(scope Scope) {
	found := make(map[*model.TypeDecl][]*reading)
	var types []*model.TypeDecl
	for _, r := range p.reads {
		if r.method.home != nil || r.covered() || r.missed || r.ttlOnly() || p.mayMeet(false, r.path) || p.mutableKey(r) {
			continue
		}
		if found[r.method.decl] == nil {
			types = append(types, r.method.decl)
		}
		found[r.method.decl] = append(found[r.method.decl], r)
	}
	if scope == Some || len(types) == 0 {
		return
	}
	writes := make(map[*model.TypeDecl]bool)
	for _, w := range p.writes {
		writes[w.method.decl] = true
	}
	for _, decl := range types {
		list := found[decl]
		if len(list) > 1 && !writes[decl] && len(list) == p.concerned(decl) {
			readOnly(decl, list)
			continue
		}
		for _, r := range list {
			r.part.checker.report(r.method.options.own.whole(), ruleUnreached, r.method.name(), everything(r.site))
		}
	}
}

// concerned counts the reads of a type that writes should reach.
func (p *program) concerned(decl *model.TypeDecl) (n int) {
	for _, r := range p.byType[decl] {
		if r.method.home == nil && !r.ttlOnly() {
			n++
		}
	}
	return n
}

// readOnly reports a type none of whose reads is invalidated.
func readOnly(decl *model.TypeDecl, list []*reading) {
	var patterns []string
	for _, r := range list {
		patterns = append(patterns, everything(r.site))
	}
	slices.Sort(patterns)
	at := span{decl.Pos, decl.Pos.Column + len(decl.Name)}
	list[0].part.checker.report(at, ruleReadOnly, len(list), decl.Name, firstFew(slices.Compact(patterns)))
}

func (s *site) ttlOnly() bool { return s.method.options.flag(annotations.TTLOnly) }

// mutableKey reports a read that something leaves out though it changes the same entity: that is where to add it.
func (p *program) mutableKey(r *reading) bool {
	c := r.part.checker
	at := r.method.options.own.whole()
	if r.entity != nil && len(r.model.Read.Key) > 0 {
		for _, w := range p.changers[r.entity] {
			if how, ok := w.how(r); ok {
				c.report(at, ruleMutableKey, r.method.name(), p.name(r.part, w.part, w.site), p.site(r.part, w.part, w.site), w.text(), everything(r.site), or(w.advise(how.by, r)))
				return true
			}
		}
	}
	return false
}

// misses reports a write that leaves out one of the reads of what it changes, which other writes reach. A pattern that reaches nothing was perhaps
// meant for that read, and has been reported.
func (p *program) misses(w *writing) {
	if slices.ContainsFunc(w.aims, func(a *aim) bool { return a.reached.none() && a.tagged.none() }) {
		return
	}
	for _, changed := range w.changes {
		for _, r := range p.byEntity[changed.entity] {
			if how, missed := w.how(r); missed && len(r.model.Read.Key) > 0 && r.covered() && !r.ttlOnly() {
				add, fix := everything(r.site), how.by.inv.Text+","+everything(r.site)
				switch {
				case how.by.put:
					add, fix = "invalidate="+add, "" // beside the put
				case strings.ContainsAny(fix, " \"`"):
					fix = "" // the value may be in quotes
				}
				w.part.checker.fix(how.by.at(), fix, ruleMissedRead, p.name(w.part, r.part, r.site), p.site(w.part, r.part, r.site), w.method.name(), add, or(w.advise(how.by, r)))
			}
		}
	}
}

// changed finds the entities that a write changes: those of the reads that it reaches. A write that reaches reads of its own repository changes the
// entities of those; what else it reaches may hold a part of them only. What creates an entity changes nothing that is kept.
func (p *program) changed(w *writing) {
	if creates(w.method.name()) {
		return
	}
	own := p.byType[w.method.decl]
	atHome := slices.ContainsFunc(w.aims, func(a *aim) bool { return slices.ContainsFunc(own, a.reached.has) })
	for _, a := range w.aims {
		reads := own
		if !atHome {
			reads = a.reached.reads()
		}
		for _, r := range reads {
			if r.entity == nil || atHome && !a.reached.has(r) {
				continue
			}
			if !slices.ContainsFunc(w.changes, func(c change) bool { return c.entity == r.entity }) {
				w.changes = append(w.changes, change{r.entity, a})
				p.changers[r.entity] = append(p.changers[r.entity], w)
			}
		}
	}
}

// how returns what tells that w changes the entity of r, which it does not reach though it could: it is about the same tenants.
func (w *writing) how(r *reading) (change, bool) {
	i := slices.IndexFunc(w.changes, func(c change) bool { return c.entity == r.entity && tenantsMeet(c.by.inv.Tenant, r.model.Read.Tenant) })
	if i < 0 || slices.ContainsFunc(w.aims, func(a *aim) bool { return a.reached.has(r) || a.hangs(r) }) {
		return change{}, false
	}
	return w.changes[i], true
}

// moves reports patterns such as contact:email:{c.Email} of an update: the entry under the old value stays. What the other patterns of the method
// know the entity by does not change.
func (p *program) moves(w *writing) {
	if name := w.method.name(); creates(name) || removes(name) {
		return
	}
	for _, a := range w.aims {
		for i, s := range a.inv.Segments {
			v := s.Value
			if v == nil || v.Root.Result || len(v.Steps) == 0 || w.knows(v) || namesTenant(lastStep(v)) {
				continue
			}
			for _, r := range p.byEntity[entityOf(v.Root.Type)] {
				if !a.reached.has(r) || w.hangs(r) {
					continue
				}
				whole := shorter(a.pattern, len(literalTexts(a.inv.Prefix))+i)
				fix := whole
				switch {
				case a.put:
					whole, fix = "invalidate="+whole, "" // instead of the put
				case strings.ContainsAny(fix, " \"`"):
					fix = ""
				}
				w.part.checker.fix(a.at(), fix, ruleMovedEntry, w.method.expression(v), p.name(w.part, r.part, r.site), p.site(w.part, r.part, r.site), whole, orThere(w.tagFor(r)))
				break
			}
			break
		}
	}
}

// knows reports whether a write identifies a parameter by what the value is of it: the first pattern that has fields of the parameter does, or
// better the first that has one by such a name.
func (w *writing) knows(v *model.Value) bool {
	var by *aim
	for _, a := range w.aims {
		if a.uses(v.Root.Index, func(string) bool { return true }) && (by == nil || !by.uses(v.Root.Index, isIdentity) && a.uses(v.Root.Index, isIdentity)) {
			by = a
		}
	}
	return by.uses(v.Root.Index, func(field string) bool { return field == lastStep(v) })
}

// uses reports whether a pattern is made of a field of a parameter.
func (a *aim) uses(param int, field func(string) bool) bool {
	return slices.ContainsFunc(a.inv.Segments, func(s model.Segment) bool {
		return s.Value != nil && !s.Value.Root.Result && s.Value.Root.Index == param && len(s.Value.Steps) > 0 && field(lastStep(s.Value))
	})
}

func lastStep(v *model.Value) string { return v.Steps[len(v.Steps)-1].Name }

func isIdentity(field string) bool {
	return slices.ContainsFunc([]string{"id", "uuid", "guid", "uid", "key", "getid"}, func(id string) bool { return strings.EqualFold(id, field) })
}

// shorter is a pattern up to a segment, and everything under that.
func shorter(pattern *annotations.Pattern, segments int) string {
	return annotations.Pattern{Segments: pattern.Segments[:segments], All: true}.String()
}

// everything is the pattern for all entries of a read.
func everything(r *site) string {
	prefix := r.model.Read.Prefix
	for _, s := range r.model.Read.Key {
		if s.Value != nil {
			return prefix + ":*"
		}
		prefix += ":" + s.Before
	}
	return prefix
}

// entityIn is the entity that a method returns: its first.
func entityIn(sig *types.Signature) *types.TypeName {
	for v := range sig.Results().Variables() {
		if entity := entityOf(v.Type()); entity != nil {
			return entity
		}
	}
	return nil
}

// entityOf is the struct type that a value is, points to, or is a collection of; nil if it is no such thing.
func entityOf(t types.Type) *types.TypeName {
	var seen []types.Type
	for {
		t = types.Unalias(t)
		if n, ok := t.(*types.Named); ok {
			if _, ok := n.Underlying().(*types.Struct); ok {
				return n.Obj()
			}
			if slices.Contains(seen, t) {
				return nil // type Tree []Tree
			}
			seen = append(seen, t)
		}
		switch u := t.Underlying().(type) {
		case *types.Pointer:
			t = u.Elem()
		case *types.Slice:
			t = u.Elem()
		case *types.Array:
			t = u.Elem()
		case *types.Map:
			t = u.Elem()
		default:
			return nil
		}
	}
}

// silent is a method without a directive whose name says that it writes, beside a read that would have to know.
type silent struct {
	name   string
	at     span
	beside *site
}

// findSilent finds those of the package.
func (c *checker) findSilent() {
	kept := make(map[*model.TypeDecl]*site) // the first read that a write concerns
	for _, r := range c.reads {
		if kept[r.method.decl] == nil && !r.ttlOnly() {
			kept[r.method.decl] = r
		}
	}
	for i := range c.pkg.Sources {
		for j := range c.pkg.Sources[i].Types {
			decl := &c.pkg.Sources[i].Types[j]
			if r := kept[decl]; r != nil {
				c.findSilentIn(decl, r)
			}
		}
	}
}

func (c *checker) findSilentIn(decl *model.TypeDecl, r *site) {
	var inherited map[string][]home
	if body, ok := decl.Object.Type().Underlying().(*types.Interface); ok {
		inherited = c.inherited(body)
	}
	for f := range methodsOf(decl) {
		if !looksLikeWrite(f.Name(), f.Signature()) || len(inherited[f.Name()]) > 0 {
			continue
		}
		at := span{decl.Pos, decl.Pos.Column + len(decl.Name)}
		if i := slices.IndexFunc(decl.Methods, func(m model.MethodDecl) bool { return m.Name == f.Name() }); i >= 0 {
			m := &decl.Methods[i]
			if len(m.Directives) > 0 {
				continue
			}
			at = span{m.Pos, m.Pos.Column + len(m.Name)}
		}
		c.silent = append(c.silent, silent{f.Name(), at, r})
	}
}

// methodsOf are all methods of an interface, or those that are declared for a type and exported.
func methodsOf(decl *model.TypeDecl) iter.Seq[*types.Func] {
	return func(yield func(*types.Func) bool) {
		if body, ok := decl.Object.Type().Underlying().(*types.Interface); ok {
			body.Methods()(yield)
			return
		}
		for _, m := range decl.Methods {
			if f := explicitMethod(decl, m.Name); f != nil && f.Exported() && !yield(f) {
				return
			}
		}
	}
}
