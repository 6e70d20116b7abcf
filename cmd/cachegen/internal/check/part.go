package check

import (
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

// Part is one package that has been checked. Its methods are for the rules about all packages
// together.
type Part struct {
	Files    []*model.File
	Findings diag.List
	checker  *checker
	several  map[string]bool // the names that methods of several repositories have; nil until needed
}

// Examine checks one package.
func Examine(p *model.Package) *Part {
	part := new(Part)
	part.Files, part.checker = examine(p, part.Findings.Report)
	part.checker.prepare()
	return part
}

// prepare computes what the rules about all packages need of this one. Packages are examined in
// parallel; those rules are not.
func (c *checker) prepare() {
	for _, w := range c.writes {
		c.pathsOf(w)
	}
	c.findUndirected()
}

// Package is what has been checked.
func (p *Part) Package() *model.Package { return p.checker.pkg }

// Reads are the reads in which no rule has found a mistake.
func (p *Part) Reads() []*Site { return p.checker.reads }

// Writes are the writes in which no rule has found a mistake.
func (p *Part) Writes() []*Site { return p.checker.writes }

// Refused lists the annotated methods in which a rule has found a mistake.
func (p *Part) Refused() []Refused { return p.checker.refused() }

// Undirected lists the methods without a directive that look like writes.
func (p *Part) Undirected() []Undirected { return p.checker.undirected }

// Report adds a finding of a rule about all packages.
func (p *Part) Report(at Span, r rule.Rule, args ...any) { p.checker.report(at, r, args...) }

// Fix is Report with what to write in place of the span; "" if that is not certain.
func (p *Part) Fix(at Span, fix string, r rule.Rule, args ...any) {
	p.checker.fix(at, fix, r, args...)
}

// ReportOtherTenant reports an invalidation that is about other tenants than the read it was meant
// for, of the name and the place given.
func (p *Part) ReportOtherTenant(at Span, inv *model.Invalidation, meant *Site, name, where string) {
	p.checker.otherTenant(at, inv, meant, name, where)
}

// Several reports whether annotated methods of several repositories have a name.
func (p *Part) Several(name string) bool {
	if p.several == nil {
		p.several = make(map[string]bool)
		first := make(map[string]*model.TypeDecl)
		for _, s := range slices.Concat(p.Reads(), p.Writes()) {
			decl, known := first[s.Name()]
			if !known {
				first[s.Name()] = s.Decl()
			}
			p.several[s.Name()] = p.several[s.Name()] || known && decl != s.Decl()
		}
	}
	return p.several[name]
}

// TypeName is how messages call a type: Contact, *sql.DB.
func (p *Part) TypeName(t types.Type) string { return p.checker.typeName(t) }

// Describe is TypeName with an article: a string, an int.
func (p *Part) Describe(t types.Type) string { return article(p.checker.typeName(t)) }

// Shape prints the keys of a read with types in place of values: contact:{string}.
func (p *Part) Shape(r *model.Read) string { return p.checker.shape(r) }

// TagPath is the path of a tag, as if it was the key of a read.
func (p *Part) TagPath(t model.Tag) paths.Path {
	return p.checker.encodings.Path(t.Prefix, t.Segments, false)
}
