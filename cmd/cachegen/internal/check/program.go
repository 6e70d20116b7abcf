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
	part.checker.prepare()
	return part
}

// prepare finds out what Program will want to know of the package, because packages are examined side by side.
func (c *checker) prepare() {
	for _, r := range c.reads {
		r.entity = entityIn(r.method.sig)
	}
	for _, w := range c.writes {
		w.paths = c.pathsOf(w)
	}
	c.findSilent()
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
		}
	}
	p.unreached(scope)
	for _, part := range parts {
		for _, m := range part.checker.silent {
			part.checker.report(m.at, ruleSilent, m.name, m.beside.method.name(), short(m.beside.method.at.Pos), everything(m.beside))
		}
	}
}

// program is the reads and writes of all parts, and which reach which.
type program struct {
	parts    []*Part
	reads    []*reading
	writes   []*writing
	aims     []*aim
	byEntity map[*types.TypeName][]*reading
	byType   map[*model.TypeDecl][]*reading // by the repository that they are methods of
	changers map[*types.TypeName][]*writing // what changes an entity
	alike    index[*lookalikes]             // all reads
	hung     index[*lookalikes]             // their tags, as if those were reads
	found    []*lookalikes                  // room for what has been found in one of those

	brokenReads, brokenWrites index[broken]
	byFirst                   map[string][]*reading  // by the first segment of their keys; nil until somebody asks
	prefixesOf                [tenantScopes][]string // of those that each is about; nil until somebody asks
}

// reading is a cached read of one part. A tag is seen as one with such keys.
type reading struct {
	*site
	part   *Part
	index  int // among all
	like   *lookalikes
	tags   []*tagging
	tagOf  *reading // of a tag
	by     []*aim   // what reaches it, and not all that are like it
	stored bool     // by a put among those

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
	index   int // among all
	inv     *model.Invalidation
	pattern *annotations.Pattern
	put     bool // the entry is stored anew
	path    []element
	reached reached // by their keys
	tagged  reached // by their tags
}

func (a *aim) at() span { return a.by.method.options.own.at(a.pattern.Span) }

// broken is what little is known of a method that has been refused: where its keys or its patterns begin.
type broken struct {
	read bool
	path []element
}

func newProgram(parts []*Part) *program {
	p := &program{
		parts: parts, byEntity: make(map[*types.TypeName][]*reading), byType: make(map[*model.TypeDecl][]*reading),
		changers: make(map[*types.TypeName][]*writing),
	}
	for _, part := range parts {
		c := part.checker
		readings := make([]reading, len(c.reads))
		for i, s := range c.reads {
			p.read(&readings[i], part, s)
		}
		for _, s := range c.writes {
			w := c.writing(part, s)
			for _, a := range w.aims {
				a.index = len(p.aims)
				p.aims = append(p.aims, a)
			}
			p.writes = append(p.writes, w)
		}
		for _, b := range c.broke() {
			if b.read {
				p.brokenReads.add(b.path, b)
			} else {
				p.brokenWrites.add(b.path, b)
			}
		}
	}
	for _, a := range p.aims {
		a.reached = a.meet(p.meant(a.path))
		p.found = p.hung.meeting(a.path, p.found[:0])
		a.tagged = a.meet(deliberate(a.path, p.found))
	}
	for _, w := range p.writes {
		p.changed(w)
	}
	return p
}

// read fills in a reading and adds it.
func (p *program) read(r *reading, part *Part, s *site) {
	*r = reading{site: s, part: part, index: len(p.reads)}
	r.tags = part.taggings(r)
	p.reads = append(p.reads, r)
	p.byType[s.method.decl] = append(p.byType[s.method.decl], r)
	if r.entity != nil {
		p.byEntity[r.entity] = append(p.byEntity[r.entity], r)
	}
	p.group(&p.alike, r)
	for _, t := range r.tags {
		p.group(&p.hung, t.to)
	}
}

func (c *checker) writing(part *Part, s *site) *writing {
	write := s.model.Write
	aims := make([]aim, len(s.paths))
	w := &writing{site: s, part: part, aims: make([]*aim, len(s.paths))}
	for i := range aims {
		a := &aims[i]
		w.aims[i] = a
		a.by, a.path = w, s.paths[i]
		if i < len(write.Invalidations) {
			a.inv, a.pattern = &write.Invalidations[i], s.method.invalidations[i].Pattern
			continue
		}
		put := i - len(write.Invalidations)
		a.inv, a.pattern, a.put = &write.Puts[put].Invalidation, s.method.puts[put].Pattern, true
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
	for i := range c.pkg.Sources {
		for j := range c.pkg.Sources[i].Types {
			decl := &c.pkg.Sources[i].Types[j]
			for k := range decl.Methods {
				if m := &decl.Methods[k]; len(m.Directives) > 0 && !fine[m.Pos] {
					list = append(list, roughly(decl, m)...)
				}
			}
		}
	}
	return list
}

// roughly reads what text alone says of a method.
func roughly(decl *model.TypeDecl, m *model.MethodDecl) []broken {
	block, defaults := parsed(m.Directives), parsed(decl.Directives)
	if o, ok := block.Find(annotations.Harmless); ok && len(block.Options) == 1 && o.Value == (annotations.Flag{}) {
		return nil
	}
	var list []broken
	for _, o := range block.Options {
		if patterns, ok := o.Value.(annotations.Patterns); ok && (o.Name == annotations.Invalidate || o.Name == annotations.Put) {
			for _, pattern := range patterns.List {
				prefix, _ := leading(pattern.Segments)
				list = append(list, broken{path: below(prefix)})
			}
		}
	}
	if len(list) > 0 {
		return list
	}
	for _, b := range []*annotations.Block{block, defaults} {
		if o, ok := b.Find(annotations.Prefix); ok {
			if _, ok := o.Value.(annotations.Path); ok {
				return []broken{{true, below(o.Value.String())}}
			}
		}
	}
	return []broken{{true, below("")}, {false, below("")}} // it may be anything
}

func parsed(lines []model.Directive) *annotations.Block {
	texts := make([]string, len(lines))
	for i, line := range lines {
		texts[i] = line.Text
	}
	block, _ := annotations.Parse(texts)
	return block
}

// leading returns the literal segments that a pattern begins with, and the others.
func leading(segments []annotations.Segment) (prefix string, rest []annotations.Segment) {
	for i, s := range segments {
		text, literal := s.Literal()
		switch {
		case !literal:
			return prefix, segments[i:]
		case i == 0:
			prefix = text
		default:
			prefix += ":" + text
		}
	}
	return prefix, nil
}

// mayMeet reports whether a read, or else a write, that has to be mended first may meet a path.
func (p *program) mayMeet(read bool, path []element) bool {
	if read {
		return len(p.brokenReads.meeting(path, nil)) > 0
	}
	return len(p.brokenWrites.meeting(path, nil)) > 0
}

// candidates are the reads that a path can meet.
func (p *program) candidates(path []element) []*reading {
	if len(path) > 0 && path[0].kind == many {
		return p.reads
	}
	if p.byFirst == nil {
		p.byFirst = make(map[string][]*reading)
		for _, r := range p.reads {
			p.byFirst[first(r.path)] = append(p.byFirst[first(r.path)], r)
		}
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
