package check

import (
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// Part is a package that has been checked by itself. Program looks at all of them together.
type Part struct {
	Files    []*model.File
	Findings diag.List
	checker  *checker
}

// Examine checks one package by itself.
func Examine(p *model.Package) *Part {
	part := new(Part)
	part.Files, part.checker = examine(p, part.Findings.Report)
	return part
}

// Scope says what Program may conclude from what it does not see.
type Scope uint8

// The scopes.
const (
	Whole Scope = iota // the parts are the program: what none of them does is not done
	Some               // other packages may read and invalidate too
)

// Program reports what packages cannot know by themselves, to the part that each finding is about.
func Program(parts []*Part, scope Scope) {
	p := newProgram(parts)
	p.foreignOverlaps()
	for _, a := range p.aims { // of what comes with embedded interfaces, its home is told
		if a.by.method.home == nil {
			p.aim(a, scope)
		}
	}
	for _, w := range p.writes {
		if w.method.home == nil && !w.idle() {
			p.moves(w)
			p.misses(w)
		}
	}
	for _, r := range p.reads {
		if r.method.home == nil {
			p.tagged(r, scope)
			p.unreached(r, scope)
		}
	}
	for _, part := range parts {
		p.silent(part)
	}
}

// program is the reads and writes of all parts, and which reach which.
type program struct {
	parts    []*Part
	reads    []*reading
	writes   []*writing
	aims     []*aim
	byFirst  map[string][]*reading          // by the first segment of their keys
	byEntity map[*types.TypeName][]*reading // those that are kept by a key
	changers map[*types.TypeName][]*writing // what changes an entity
	broken   []broken

	alike        []*lookalikes            // all reads
	alikeByFirst map[string][]*lookalikes // by the first segment of their keys
}

// reading is a cached read of one part.
type reading struct {
	*site
	part   *Part
	index  int // among all
	path   []element
	slots  []slot
	entity *types.TypeName
	tags   []*tagging
	by     []*aim // what invalidates it

	missed bool // something is meant to invalidate it, and has been reported
}

// writing is a method that invalidates.
type writing struct {
	*site
	part    *Part
	aims    []*aim
	changes []change
}

// idle reports whether a put of the write has no read. That has been reported, and what the write reaches is not known before it is mended.
func (w *writing) idle() bool {
	return slices.ContainsFunc(w.model.Write.Puts, func(put model.Put) bool { return put.Read == nil })
}

// text is what the write makes stale, as it is written.
func (w *writing) text() string {
	var list []string
	for _, a := range w.aims {
		list = append(list, a.inv.Text)
	}
	return strings.Join(list, ",")
}

// change is an entity that a write changes, and how that is known.
type change struct {
	entity *types.TypeName
	by     *aim
}

// aim is one pattern of a write.
type aim struct {
	by      *writing
	at      span
	inv     model.Invalidation
	pattern annotations.Pattern
	put     bool // the entry is stored anew
	path    []element
	slots   []slot
	reached []*reading
	hung    []*reading // that it reaches by a tag of theirs, and not by their keys
}

// broken is what little is known of a method that has been refused: where its keys or its patterns begin.
type broken struct {
	read bool
	path []element
}

func newProgram(parts []*Part) *program {
	p := &program{parts: parts, byFirst: make(map[string][]*reading), alikeByFirst: make(map[string][]*lookalikes)}
	looks := make(map[string]*lookalikes)
	p.byEntity, p.changers = make(map[*types.TypeName][]*reading), make(map[*types.TypeName][]*writing)
	for _, part := range parts {
		c := part.checker
		for _, s := range c.reads {
			r := &reading{site: s, part: part, index: len(p.reads), path: c.pathOf(s), slots: part.slots(s.model.Read.Prefix, s.model.Read.Key), entity: entityIn(s.method.sig)}
			r.tags = part.taggings(s)
			p.reads = append(p.reads, r)
			if r.entity != nil && len(s.model.Read.Key) > 0 {
				p.byEntity[r.entity] = append(p.byEntity[r.entity], r)
			}
			p.byFirst[first(r.path)] = append(p.byFirst[first(r.path)], r)
			p.group(r, looks)
		}
		for _, s := range c.writes {
			p.writes = append(p.writes, c.writing(part, s))
		}
		p.broken = append(p.broken, c.broke()...)
	}
	for _, w := range p.writes {
		for _, a := range w.aims {
			p.aims = append(p.aims, a)
			a.reached = p.reach(a)
			for _, r := range a.reached {
				r.by = append(r.by, a)
			}
			p.hang(a)
		}
		p.changed(w)
	}
	return p
}

func (c *checker) writing(part *Part, s *site) *writing {
	w := &writing{site: s, part: part}
	own := s.method.options.own
	add := func(pattern annotations.Pattern, inv model.Invalidation, put bool) {
		w.aims = append(w.aims, &aim{by: w, at: own.at(pattern.Span), inv: inv, pattern: pattern, put: put, path: c.pathOfPattern(inv), slots: part.slots(inv.Prefix, inv.Segments)})
	}
	for i, p := range s.method.patterns() {
		add(p.Pattern, s.model.Write.Invalidations[i], false)
	}
	for i, p := range s.method.patternsOf(annotations.Put) {
		add(p.Pattern, s.model.Write.Puts[i].Invalidation, true)
	}
	return w
}

// broke lists the annotated methods that have come to nothing.
func (c *checker) broke() []broken {
	fine := make(map[token.Position]bool)
	for _, s := range slices.Concat(c.reads, c.writes) {
		fine[s.method.at.Pos] = true
	}
	var list []broken
	for _, source := range c.pkg.Sources {
		for _, decl := range source.Types {
			for _, m := range decl.Methods {
				if len(m.Directives) > 0 && !fine[m.Pos] {
					list = append(list, roughly(decl, m)...)
				}
			}
		}
	}
	return list
}

// roughly reads what text alone says of a method.
func roughly(decl model.TypeDecl, m model.MethodDecl) []broken {
	block, defaults := parsed(m.Directives), parsed(decl.Directives)
	if o, ok := block.Find(annotations.Harmless); ok && len(block.Options) == 1 && o.Value == (annotations.Flag{}) {
		return nil
	}
	var list []broken
	for _, o := range block.Options {
		if patterns, ok := o.Value.(annotations.Patterns); ok && (o.Name == annotations.Invalidate || o.Name == annotations.Put) {
			for _, pattern := range patterns.List {
				list = append(list, broken{path: append(literals(strings.Join(leading(pattern.Segments), ":")), element{kind: many})})
			}
		}
	}
	if len(list) > 0 {
		return list
	}
	for _, b := range []*annotations.Block{block, defaults} {
		if o, ok := b.Find(annotations.Prefix); ok {
			if _, ok := o.Value.(annotations.Path); ok {
				return []broken{{true, append(literals(o.Value.String()), element{kind: many})}}
			}
		}
	}
	return []broken{{true, []element{{kind: many}}}, {false, []element{{kind: many}}}} // it may be anything
}

func parsed(lines []model.Directive) *annotations.Block {
	texts := make([]string, len(lines))
	for i, line := range lines {
		texts[i] = line.Text
	}
	block, _ := annotations.Parse(texts)
	return block
}

// leading returns the literal segments that a pattern begins with.
func leading(segments []annotations.Segment) []string {
	var list []string
	for _, s := range segments {
		text, literal := s.Literal()
		if !literal {
			break
		}
		list = append(list, text)
	}
	return list
}

// mayMeet reports whether a read, or else a write, that has to be mended first may meet a path.
func (p *program) mayMeet(read bool, path []element) bool {
	return slices.ContainsFunc(p.broken, func(b broken) bool { return b.read == read && canEqual(b.path, path) })
}

// first is the literal that a path begins with; patterns without one are about everything.
func first(path []element) string {
	if len(path) > 0 && path[0].kind == literal {
		return path[0].before
	}
	return ""
}

// candidates are the reads that a path can meet.
func (p *program) candidates(path []element) []*reading {
	if len(path) > 0 && path[0].kind == many {
		return p.reads
	}
	return p.byFirst[first(path)]
}

// tenantsMeet reports whether an invalidation for one tenant scope is about the entries of another.
func tenantsMeet(inv, read model.Tenant) bool {
	_, all := inv.(model.All)
	return all || sameTenants(inv, read)
}

// name is how a message of one part calls a method of another: Get, ContactRepository.Get, crm.ContactRepository.Get.
func (p *program) name(in *Part, part *Part, s *site) string {
	if in == part {
		return s.method.name()
	}
	return part.checker.pkg.Types.Name() + "." + s.method.decl.Name + "." + s.method.name()
}

// site is a place as a message of one part names it: contacts.go:14:2, or crm/contacts.go:14:2.
func (p *program) site(in *Part, part *Part, s *site) string {
	if in == part {
		return short(s.method.at.Pos)
	}
	return filepath.Base(part.checker.pkg.Dir) + "/" + short(s.method.at.Pos)
}

// foreignOverlaps reports reads of different packages that share entries: their keys can be equal, and their results are of one shape.
func (p *program) foreignOverlaps() {
	byVersion := make(map[string][]*reading)
	for _, later := range p.reads {
		version := later.model.Read.Version
		for _, earlier := range byVersion[version] {
			if earlier.part != later.part && sameTenants(earlier.model.Read.Tenant, later.model.Read.Tenant) && canEqual(earlier.path, later.path) {
				c := later.part.checker
				c.report(c.keyAt(later.site), ruleOverlap, c.shape(later.model.Read), later.method.name(),
					p.name(later.part, earlier.part, earlier.site), p.site(later.part, earlier.part, earlier.site), suggestKey(later.site))
				break
			}
		}
		byVersion[version] = append(byVersion[version], later)
	}
}
