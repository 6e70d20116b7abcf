package check

import (
	"go/token"
	"slices"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
)

// Refused is a method that has been refused. Of it only the beginning of its keys or patterns is
// known.
type Refused struct {
	Read bool
	Path paths.Path
}

// refused lists the annotated methods that are neither reads nor writes, because a rule refused
// them.
func (c *checker) refused() []Refused {
	fine := make(map[token.Position]bool)
	for _, s := range slices.Concat(c.reads, c.writes) {
		fine[s.method.at.Pos] = true
	}
	var list []Refused
	for decl := range Decls(c.pkg) {
		for i := range decl.Methods {
			if m := &decl.Methods[i]; len(m.Directives) > 0 && !fine[m.Pos] {
				list = append(list, RefusedPaths(decl, m)...)
			}
		}
	}
	return list
}

// RefusedPaths returns what the directives of a refused method say as text, without types.
func RefusedPaths(decl *model.TypeDecl, m *model.MethodDecl) []Refused {
	block, defaults := parsed(m.Directives), parsed(decl.Directives)
	for _, neither := range []annotations.Name{annotations.Harmless, annotations.Tx} {
		if o, ok := block.Find(neither); ok && len(block.Options) == 1 && o.Value == (annotations.Flag{}) {
			return nil
		}
	}
	var list []Refused
	for _, o := range block.Options {
		if patterns, ok := o.Value.(annotations.Patterns); ok && (o.Name == annotations.Invalidate || o.Name == annotations.Put) {
			for _, pattern := range patterns.List {
				prefix, _ := paths.Leading(pattern.Segments)
				list = append(list, Refused{Path: paths.Under(prefix)})
			}
		}
	}
	if len(list) > 0 {
		return list
	}
	for _, b := range []*annotations.Block{block, defaults} {
		if o, ok := b.Find(annotations.Prefix); ok {
			if _, ok := o.Value.(annotations.Path); ok {
				return []Refused{{true, paths.Under(o.Value.String())}}
			}
		}
	}
	return []Refused{{true, paths.Under("")}, {false, paths.Under("")}} // it may be anything
}

func parsed(lines []model.Directive) *annotations.Block {
	texts := make([]string, len(lines))
	for i, line := range lines {
		texts[i] = line.Text
	}
	block, _ := annotations.Parse(texts)
	return block
}
