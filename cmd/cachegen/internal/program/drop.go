package program

import (
	"errors"
	"slices"
	"strconv"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
)

// drop finds the reads that a pattern meets.
func (g *grapher) drop(text string) error {
	block, errs := annotations.Parse([]string{"//cache:invalidate=" + strconv.Quote(text)})
	if len(errs) > 0 {
		return errors.New(errs[0].Message)
	}
	g.only = true
	for _, o := range block.Options {
		patterns, _ := o.Value.(annotations.Patterns)
		for _, pattern := range patterns.List {
			path := paths.OfPattern(pattern)
			meant := g.meant(path)
			byHand := len(deliberate(path, meant)) == 0 // contact:42 means an id
			for _, like := range meant {
				for _, r := range like.reads {
					if g.drops[r] != model.Every {
						g.drops[r] = extent(path, r)
					}
				}
			}
			for _, r := range g.reads {
				if _, dropped := g.drops[r]; !dropped && r.tagMet(path, byHand) != nil {
					g.drops[r] = model.Hung
				}
			}
		}
	}
	return nil
}

// extent says how many of the entries of r a path that meets them is about.
func extent(path paths.Path, r *reading) model.Extent {
	if path[len(path)-1].Kind != paths.Many {
		if !slices.ContainsFunc(r.path, func(s paths.Segment) bool { return s.Kind != paths.Literal }) {
			return model.Every // there is only one
		}
		return model.One
	}
	for i, s := range path[:len(path)-1] {
		if s.Kind != paths.Literal || i >= len(r.path) || r.path[i] != s {
			return model.Many
		}
	}
	return model.Every
}
