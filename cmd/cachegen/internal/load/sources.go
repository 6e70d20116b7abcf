package load

import (
	"context"
	"os"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// typeCheck sets Types, Syntax and TypeErrors of the roots, and Types of what they import. It has
// none of the named packages compiled for that.
func (l *loader) typeCheck(ctx context.Context, roots []*packages.Package) error {
	s := sources{l, roots, make(map[*packages.Package]bool)}
	if err := s.find(ctx, func(p *packages.Package) bool {
		return l.named[p.PkgPath] || slices.Contains(roots, p) || len(p.GoFiles) == 0 || hasOutput(p)
	}); err != nil {
		return err
	}
	if err := l.exports.list(ctx, l, s.imports()); err != nil {
		return err
	}
	// What does not compile has no export data.
	if err := s.find(ctx, func(p *packages.Package) bool { return !l.exports.has(p.PkgPath) }); err != nil {
		return err
	}
	return l.checkAll(ctx, s.ordered())
}

// hasOutput reports whether a package that is worked on has earlier output, which is not to be
// compiled: it is about to change, and may be broken.
func hasOutput(p *packages.Package) bool {
	return isLocal(p) && slices.ContainsFunc(p.GoFiles, isOutput)
}

func isOutput(path string) bool {
	if _, named := model.SourcePath(path); !named {
		return false
	}
	src, err := os.ReadFile(path)
	return err == nil && model.IsOutput(path, src)
}

// sources are the packages below some roots that are type-checked from source. A package that
// imports one of them is one itself, because compiling it would compile the other.
type sources struct {
	l     *loader
	roots []*packages.Package
	found map[*packages.Package]bool
}

// find parses the packages that are wanted, and those that import one of them.
func (s *sources) find(ctx context.Context, wanted func(*packages.Package) bool) error {
	var more []*packages.Package
	packages.Visit(s.roots, nil, func(p *packages.Package) {
		if !s.found[p] && (wanted(p) || s.importedBy(p)) {
			s.found[p] = true
			more = append(more, p)
		}
	})
	return s.l.parseAll(ctx, more)
}

// importedBy reports whether a package imports one of the sources.
func (s *sources) importedBy(p *packages.Package) bool {
	for _, dep := range p.Imports {
		if s.found[dep] {
			return true
		}
	}
	return false
}

// ordered lists the sources, each after those that it imports.
func (s *sources) ordered() []*packages.Package {
	var list []*packages.Package
	packages.Visit(s.roots, nil, func(p *packages.Package) {
		if s.found[p] {
			list = append(list, p)
		}
	})
	return list
}

// imports lists the paths of what sources import and is none itself.
func (s *sources) imports() []string {
	var paths []string
	isSource := func(p *packages.Package) bool { return s.found[p] }
	packages.Visit(s.roots, isSource, func(p *packages.Package) {
		if !s.found[p] {
			paths = append(paths, p.PkgPath)
		}
	})
	return paths
}
