package check

import (
	"go/types"
	"iter"
	"slices"
	"strings"
	"unicode"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

var (
	ruleUnreached  = newWarning("never-invalidated", "nothing in the packages loaded invalidates %s; add invalidate=%s to what changes it, or ttlonly if its ttl is enough")
	ruleMutableKey = newWarning("mutable-key", "%s is stale after %s (%s), which can change what it is keyed by and invalidates %s only; add invalidate=%s there, or %sttlonly here")
	ruleMissedRead = newWarning("missed-read", "%s (%s) is stale after %s, as nothing here reaches it; add %s, or %sttlonly there")
	ruleMovedEntry = newWarning("moved-entry", "{%s} is the new value, so the entry of %s (%s) under the old one stays; use %s%s")
	ruleSilent     = newWarning("no-directive", "%s looks like a write, and makes nothing stale that %s (%s) keeps; add invalidate=%s, or harmless if it changes nothing of that")
)

// unreached reports a read that nothing invalidates. If something changes the same entity, that is where to add it.
func (p *program) unreached(r *reading, scope Scope) {
	if len(r.by) > 0 || r.missed || r.method.options.flag(annotations.TTLOnly) || p.mayMeet(false, r.path) {
		return
	}
	c := r.part.checker
	at := r.method.options.own.whole()
	if r.entity != nil && len(r.model.Read.Key) > 0 {
		for _, w := range p.changers[r.entity] {
			if how, ok := w.how(r); ok {
				c.report(at, ruleMutableKey, r.method.name(), p.name(r.part, w.part, w.site), p.site(r.part, w.part, w.site), w.text(), everything(r), or(w.advise(how.by, r)))
				return
			}
		}
	}
	if scope == Whole {
		c.report(at, ruleUnreached, r.method.name(), everything(r))
	}
}

// misses reports a write that leaves out one of the reads of what it changes, which other writes reach. A pattern that reaches nothing was perhaps
// meant for that read, and has been reported.
func (p *program) misses(w *writing) {
	if slices.ContainsFunc(w.aims, func(a *aim) bool { return len(a.reached)+len(a.hung) == 0 }) {
		return
	}
	for _, changed := range w.changes {
		for _, r := range p.byEntity[changed.entity] {
			if how, missed := w.how(r); missed && len(r.by) > 0 && !r.method.options.flag(annotations.TTLOnly) {
				add, fix := everything(r), how.by.inv.Text+","+everything(r)
				switch {
				case how.by.put:
					add, fix = "invalidate="+add, "" // beside the put
				case strings.ContainsAny(fix, " \"`"):
					fix = "" // the value may be in quotes
				}
				w.part.checker.fix(how.by.at, fix, ruleMissedRead, p.name(w.part, r.part, r.site), p.site(w.part, r.part, r.site), w.method.name(), add, or(w.advise(how.by, r)))
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
	own := func(r *reading) bool { return r.part == w.part && r.method.decl.Name == w.method.decl.Name }
	atHome := slices.ContainsFunc(w.aims, func(a *aim) bool { return slices.ContainsFunc(a.reached, own) })
	for _, a := range w.aims {
		for _, r := range a.reached {
			if r.entity == nil || atHome && !own(r) {
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
	if i < 0 || slices.ContainsFunc(r.by, func(a *aim) bool { return a.by == w }) {
		return change{}, false
	}
	return w.changes[i], true
}

// moves reports patterns such as contact:email:{c.Email} of an update: the entry under the old value stays. What the other patterns of the method
// know the entity by does not change.
func (p *program) moves(w *writing) {
	if creates(w.method.name()) || removes(w.method.name()) {
		return
	}
	known := make(map[int][]string) // by parameter: the fields that identify it
	for _, a := range w.aims {
		fields := fieldsOf(a)
		for i, list := range fields {
			if known[i] == nil || !slices.ContainsFunc(known[i], isIdentity) && slices.ContainsFunc(list, isIdentity) {
				known[i] = list
			}
		}
	}
	for _, a := range w.aims {
		for i, s := range a.inv.Segments {
			v := s.Value
			if v == nil || v.Root.Result || len(v.Steps) == 0 || slices.Contains(known[v.Root.Index], lastStep(v)) || namesTenant(lastStep(v)) {
				continue
			}
			entity := entityOf(v.Root.Type)
			for _, r := range a.reached {
				if entity == nil || r.entity != entity || w.hangs(r) {
					continue
				}
				whole := shorter(a.pattern, len(literals(a.inv.Prefix))+i)
				fix := whole
				switch {
				case a.put:
					whole, fix = "invalidate="+whole, "" // instead of the put
				case strings.ContainsAny(fix, " \"`"):
					fix = ""
				}
				w.part.checker.fix(a.at, fix, ruleMovedEntry, w.method.expression(v), p.name(w.part, r.part, r.site), p.site(w.part, r.part, r.site), whole, orThere(w.tagFor(r)))
				break
			}
			break
		}
	}
}

// fieldsOf lists the fields of each parameter that a pattern is made of.
func fieldsOf(a *aim) map[int][]string {
	fields := make(map[int][]string)
	for _, s := range a.inv.Segments {
		if v := s.Value; v != nil && !v.Root.Result && len(v.Steps) > 0 {
			fields[v.Root.Index] = append(fields[v.Root.Index], lastStep(v))
		}
	}
	return fields
}

func lastStep(v *model.Value) string { return v.Steps[len(v.Steps)-1].Name }

func isIdentity(field string) bool {
	return slices.Contains([]string{"id", "uuid", "guid", "uid", "key", "getid"}, strings.ToLower(field))
}

// shorter is a pattern up to a segment, and everything under that.
func shorter(pattern annotations.Pattern, segments int) string {
	return annotations.Pattern{Segments: pattern.Segments[:segments], All: true}.String()
}

// everything is the pattern for all entries of a read.
func everything(r *reading) string {
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
	for _, v := range answers(sig) {
		if entity := entityOf(v.Type()); entity != nil {
			return entity
		}
	}
	return nil
}

// entityOf is the struct type that a value is, points to, or is a collection of; nil if it is no such thing.
func entityOf(t types.Type) *types.TypeName {
	seen := make(map[types.Type]bool)
	for {
		t = types.Unalias(t)
		if n, ok := t.(*types.Named); ok {
			if _, ok := n.Underlying().(*types.Struct); ok {
				return n.Obj()
			}
			if seen[n] {
				return nil // type Tree []Tree
			}
			seen[n] = true
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

// silent reports methods without a directive whose names say that they write, beside reads that would have to know.
func (p *program) silent(part *Part) {
	kept := make(map[string]*reading) // by type: its first read that a write concerns
	for _, r := range p.reads {
		if name := r.method.decl.Name; r.part == part && kept[name] == nil && !r.method.options.flag(annotations.TTLOnly) {
			kept[name] = r
		}
	}
	c := part.checker
	for _, source := range c.pkg.Sources {
		for _, decl := range source.Types {
			r := kept[decl.Name]
			if r == nil || decl.Object == nil {
				continue
			}
			inherited := make(map[string][]home)
			if body, ok := decl.Object.Type().Underlying().(*types.Interface); ok {
				inherited = c.inherited(body)
			}
			for f := range methodsOf(decl) {
				if len(inherited[f.Name()]) > 0 {
					continue
				}
				at := span{decl.Pos, decl.Pos.Column + len(decl.Name)}
				if i := slices.IndexFunc(decl.Methods, func(m model.MethodDecl) bool { return m.Name == f.Name() }); i >= 0 {
					m := decl.Methods[i]
					if len(m.Directives) > 0 {
						continue
					}
					at = span{m.Pos, m.Pos.Column + len(m.Name)}
				}
				if looksLikeWrite(f.Name(), f.Signature()) {
					c.report(at, ruleSilent, f.Name(), r.method.name(), short(r.method.at.Pos), everything(r))
				}
			}
		}
	}
}

// methodsOf are all methods of an interface, or those that are declared for a type and exported.
func methodsOf(decl model.TypeDecl) iter.Seq[*types.Func] {
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

// The first words of the names of methods that write.
var (
	createVerbs = []string{"create", "insert", "add", "new", "register", "import"}
	removeVerbs = []string{"delete", "remove", "destroy", "purge", "erase", "drop", "truncate", "clear"}
	changeVerbs = []string{
		"update", "upsert", "save", "set", "put", "store", "write", "replace", "patch", "edit", "modify", "change", "rename", "move", "merge",
		"archive", "unarchive", "restore", "assign", "unassign", "enable", "disable", "activate", "deactivate", "increment", "decrement",
	}
	fillers = []string{"bulk", "batch", "mass", "multi", "soft", "hard", "force", "async", "tx"} // SoftDelete, BulkInsert
)

func creates(name string) bool { return slices.Contains(createVerbs, verb(name)) }
func removes(name string) bool { return slices.Contains(removeVerbs, verb(name)) }

// verb is the first word of a method's name that says something.
func verb(name string) string {
	words := words(name)
	if len(words) > 1 && slices.Contains(fillers, words[0]) {
		return words[1]
	}
	return words[0]
}

// words splits a name where its capitals do: SetURLOfPage is set, url, of, page.
func words(name string) []string {
	var list []string
	runes := []rune(name)
	start := 0
	for i := 1; i < len(runes); i++ {
		begins := unicode.IsUpper(runes[i]) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if begins {
			list = append(list, strings.ToLower(string(runes[start:i])))
			start = i
		}
	}
	return append(list, strings.ToLower(string(runes[start:])))
}

// looksLikeWrite judges by the name, and by what goes in and out: what takes nothing and answers with data, as in Store() *Disk, reads.
func looksLikeWrite(name string, sig *types.Signature) bool {
	word := verb(name)
	if !creates(name) && !removes(name) && !slices.Contains(changeVerbs, word) || word == "new" || word == "register" {
		return false
	}
	takes := 0
	for v := range sig.Params().Variables() {
		if !isContext(v.Type()) {
			takes++
		}
	}
	if takes > 0 {
		return true
	}
	for v := range sig.Results().Variables() {
		if b, ok := v.Type().Underlying().(*types.Basic); !isError(v.Type()) && (!ok || b.Info()&types.IsInteger == 0) {
			return false
		}
	}
	return true
}
