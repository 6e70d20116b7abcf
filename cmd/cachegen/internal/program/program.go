// Package program checks all packages of a program together: what invalidates what, and what
// nothing invalidates.
//
// It takes packages that have been checked one by one. Each pattern of a write is held against the
// keys of all reads (group.go), which gives the graph of what reaches what (graph.go). The rules
// are about patterns that miss (target.go), reach a read by chance (chance.go) or have too few
// values (fields.go), tags that nothing invalidates (tag.go), reads that nothing reaches
// (unreached.go), reads that a write leaves out (missed.go), entries that an update moves
// (moved.go), and prefixes that are no words (short.go), and keys without a
// value (nothing_left.go). Several of them need to know which entity
// a write changes (entity.go, changes.go). Of many warnings of one kind the first are shown
// (limit.go).
package program

import (
	"go/types"
	"maps"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var ruleUndirected = rule.NewWarning("no-directive",
	"%s looks like a write and invalidates nothing that %s (%s) caches; add invalidate=%s, or "+
		"harmless if it changes none of that")

// Scope says whether something that no part does is done nowhere.
type Scope uint8

// The scopes.
const (
	Whole Scope = iota // the parts are the program: what none of them does is not done
	Some               // other packages may read and invalidate too
)

// Check applies the rules about all packages. It adds each finding to the part that it is about.
func Check(parts []*check.Part, scope Scope) {
	p := newProgram(parts)
	for _, t := range p.targets { // inherited ones are reported at their declaration
		if !t.by.Inherited() {
			p.checkTarget(t, scope)
		}
	}
	for _, w := range p.writes {
		if !w.Inherited() && !w.idle() {
			p.warnMovedEntry(w)
			p.warnMissedRead(w)
		}
	}
	for _, r := range p.reads {
		if !r.Inherited() {
			p.checkTags(r, scope)
			p.warnNothingLeft(r)
		}
	}
	p.unreached(scope)
	p.shortPrefixes()
	for _, part := range parts {
		for _, m := range part.Undirected() {
			args := []any{m.Name, m.Beside.Name(), m.Beside.Where(), everything(m.Beside)}
			p.warn(part, m.Beside.Decl(), m.Name, pending{m.At, "", ruleUndirected, args})
		}
	}
	p.sumUp()
}

// program is the reads and writes of all parts, and which reach which.
type program struct {
	parts    []*check.Part
	reads    []*reading
	writes   []*writing
	targets  []*target
	byEntity map[*types.TypeName][]*reading
	byType   map[*model.TypeDecl][]*reading // by the repository that they are methods of
	changers map[*types.TypeName][]*writing // what changes an entity
	keys     paths.Index[*group]            // all reads
	tags     paths.Index[*group]            // their tags, as if those were reads
	warned   map[warningKind]*warnings
	limited  []*warnings // in order
	found    []*group    // room for what has been found in one of those

	refusedReads, refusedWrites paths.Index[check.Refused]
	byFirst                     map[string][]*reading        // by first segment; nil until needed
	prefixesOf                  [paths.TenantScopes][]string // by tenants; nil until needed
}

func newProgram(parts []*check.Part) *program {
	p := &program{
		parts: parts, byEntity: make(map[*types.TypeName][]*reading), byType: make(map[*model.TypeDecl][]*reading),
		changers: make(map[*types.TypeName][]*writing), warned: make(map[warningKind]*warnings),
	}
	for _, part := range parts {
		p.add(part)
	}
	for _, t := range p.targets {
		t.reached = t.meet(p.meant(t.path))
		p.found = p.tags.Meeting(t.path, p.found[:0])
		t.tagged = t.meet(deliberate(t.path, p.found))
		t.chance = t.reachesByChance()
	}
	for _, w := range p.writes {
		p.changed(w)
	}
	return p
}

// add adds the reads and writes of a part.
func (p *program) add(part *check.Part) {
	sites := part.Reads()
	readings := make([]reading, len(sites))
	for i, s := range sites {
		p.addRead(&readings[i], member{s, part})
	}
	for _, s := range part.Writes() {
		p.addWrite(newWriting(member{s, part}))
	}
	for _, m := range part.Refused() {
		if m.Read {
			p.refusedReads.Add(m.Path, m)
		} else {
			p.refusedWrites.Add(m.Path, m)
		}
	}
}

// addRead fills in a reading and adds it.
func (p *program) addRead(r *reading, m member) {
	*r = reading{member: m, path: m.Path(), entity: entityIn(m.Signature()), index: len(p.reads)}
	r.tags = taggings(r)
	p.reads = append(p.reads, r)
	p.byType[r.Decl()] = append(p.byType[r.Decl()], r)
	if r.entity != nil {
		p.byEntity[r.entity] = append(p.byEntity[r.entity], r)
	}
	addToGroup(&p.keys, r)
	for _, tag := range r.tags {
		addToGroup(&p.tags, tag.to)
	}
}

func (p *program) addWrite(w *writing) {
	for _, t := range w.targets {
		t.index = len(p.targets)
		p.targets = append(p.targets, t)
	}
	p.writes = append(p.writes, w)
}

// mayMeet reports whether a path may meet a read, or else a write, that has been refused.
func (p *program) mayMeet(read bool, path paths.Path) bool {
	if read {
		return len(p.refusedReads.Meeting(path, nil)) > 0
	}
	return len(p.refusedWrites.Meeting(path, nil)) > 0
}

// candidates are the reads that a path can meet.
func (p *program) candidates(path paths.Path) []*reading {
	if path.Everything() {
		return p.reads
	}
	if p.byFirst == nil {
		p.byFirst = make(map[string][]*reading)
		for _, r := range p.reads {
			p.byFirst[r.path.First()] = append(p.byFirst[r.path.First()], r)
		}
	}
	return p.byFirst[path.First()]
}

// prefixes are those of the reads that a pattern for some tenants can be about, sorted.
func (p *program) prefixes(of model.Tenant) []string {
	scope := paths.TenantsOf(of)
	if p.prefixesOf[scope] == nil {
		seen := make(map[string]bool)
		for _, r := range p.reads {
			if paths.TenantsMeet(of, r.Model.Read.Tenant) {
				seen[r.Model.Read.Prefix] = true
			}
		}
		p.prefixesOf[scope] = slices.Sorted(maps.Keys(seen))
	}
	return p.prefixesOf[scope]
}
