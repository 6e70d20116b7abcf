// Package check holds the rules about one package. It turns directives into the model of what will
// be generated, and reports what is wrong with them. It needs Go types for that. It reports all
// findings, not only the first, before the first byte is printed.
//
// The rules are in one file per family: where directives may stand (place.go), what they say
// (options.go, constant.go, braces.go), which methods they are for (method.go, signature.go), what
// comes with embedded interfaces (embedded.go), what templates mean (template.go, key.go,
// keyless.go, handle.go), what can be cached (result.go), by its JSON (jsontypes.go), copied
// (clone.go), split into items (batch.go), fenced (fence.go), tagged (tags.go), put (put.go,
// put_tags.go), taken for an error (error_result.go) and shared by tenants (tenant.go), which
// methods hand out the repository itself (tx.go), and what reads and writes of one package mean to
// each other (overlap.go, propose.go, star.go).
//
// Part is what package program sees of a package that has been checked: its reads and writes
// (site.go), the methods that a rule refused (refused.go), and those that look like writes without
// saying so (undirected.go).
package check

import (
	"go/token"
	"go/types"
	"iter"
	"path/filepath"
	"slices"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/typewalk"
)

// Package returns one file for each source of p that holds directives. If it reports anything, the
// files must not be printed.
func Package(p *model.Package, report func(diag.Finding)) []*model.File {
	files, _ := examine(p, report)
	return files
}

func examine(p *model.Package, report func(diag.Finding)) ([]*model.File, *checker) {
	view := shape.NewView(p.Types)
	c := &checker{
		pkg: p, view: view, encodings: paths.NewEncodings(view), reportTo: report, declaredIn: p.Types,
		reportedAt: make(map[finding]bool), wrappers: make(map[string]string), chosen: make(map[string]bool),
		jsonTypes: make(map[*block]*jsonTypes), explained: make(map[*types.Named]bool),
	}
	if c.broken() {
		return nil, c
	}
	c.places()
	c.indexDirectives()

	var files []*model.File
	for i := range p.Sources {
		if file := c.source(&p.Sources[i]); file != nil {
			files = append(files, file)
		}
	}
	for _, adopt := range c.adoptions {
		adopt()
	}
	if len(files) > 0 {
		c.hidden()
	}
	c.idleJSONTypes()
	c.unwrapped()
	c.overlaps()
	c.reportStars()
	c.puts()
	c.tenants()
	return files, c
}

type checker struct {
	pkg        *model.Package
	reportTo   func(diag.Finding)
	imports    map[string]*types.Package // of the current file
	declaredIn *types.Package            // that the current file belongs to

	declarations map[*types.TypeName]declaration // of directives, for interfaces that embed them
	adoptions    []func()                        // what waits for all declarations to be checked
	reportedAt   map[finding]bool                // what has been reported of them
	adopting     bool                            // the current method is embedded

	wrappers       map[string]string     // by wrapper: the repository type that has it
	checkedTypes   []checked             // in source order
	decl           *model.TypeDecl       // of the method that is being checked
	stars          []star                // what reportStars reports
	chosen         map[string]bool       // names that types of ours are given
	explained      map[*types.Named]bool // structs that allLost has looked into
	endless        typewalk.Endless
	faultsReported bool // the package's faults have been reported
	reported       int  // errors so far
	view           *shape.View
	encodings      *paths.Encodings
	jsonTypes      map[*block]*jsonTypes // by the block that chooses
	texts          []string              // of the lines that are being parsed
	reads          []*Site
	writes         []*Site
	undirected     []Undirected             // what prepare has found
	refusedReads   []*method                // reads that have been refused
	keylessReads   []*method                // reads with parameters that have no key
	tenantless     []*method                // reads of the current type without a context
	index          paths.Index[int]         // reads, by what patterns may meet them
	scopes         [paths.TenantScopes]bool // that reads are about
}

// Span is a place in a source file.
type Span struct {
	Pos token.Position
	End int // column; 0 if unknown
}

func (c *checker) report(at Span, r rule.Rule, args ...any) { c.fix(at, "", r, args...) }

func (c *checker) fix(at Span, fix string, r rule.Rule, args ...any) {
	c.refuse(at, r)
	c.reportTo(diag.Finding{Pos: at.Pos, End: at.End, Rule: r.ID, Message: r.Message(args...), Fix: fix, Warning: r.Warning})
}

// refuse counts a finding, which may be reported later.
func (c *checker) refuse(at Span, r rule.Rule) {
	if !r.Warning { // code is generated in spite of warnings, so the other rules apply
		c.reported++
	}
	if !c.adopting {
		c.reportedAt[finding{at.Pos, r.ID}] = true
	}
}

// NameSpan is the name of a type where it is declared.
func NameSpan(decl *model.TypeDecl) Span {
	return Span{decl.Pos, decl.Pos.Column + len(decl.Name)}
}

// Decls yields the types of a package that have directives, on themselves or on their methods.
func Decls(p *model.Package) iter.Seq[*model.TypeDecl] {
	return func(yield func(*model.TypeDecl) bool) {
		for i := range p.Sources {
			for j := range p.Sources[i].Types {
				if !yield(&p.Sources[i].Types[j]) {
					return
				}
			}
		}
	}
}

// within is a part of one directive line.
func within(line model.Directive, s annotations.Span) Span {
	pos := line.Pos
	pos.Offset += s.Start
	pos.Column += s.Start
	return Span{pos, line.Pos.Column + s.End}
}

// short names another place in a message: contacts.go:14:2.
func short(pos token.Position) string {
	pos.Filename = filepath.Base(pos.Filename)
	return pos.String()
}

func (c *checker) source(source *model.Source) *model.File {
	c.imports = source.Imports
	if len(source.Types) == 0 {
		return nil
	}
	file := &model.File{Path: model.OutputPath(source.Path), Package: c.pkg.Types, View: c.view, Constraint: source.Constraint}
	if slices.Contains(c.pkg.Foreign, file.Path) {
		c.report(Span{Pos: token.Position{Filename: file.Path, Line: 1, Column: 1}}, ruleForeign, filepath.Base(source.Path))
	}
	for i := range source.Types {
		if w, ok := c.repository(&source.Types[i]); ok {
			file.Wrappers = append(file.Wrappers, w)
		}
	}
	return file
}
