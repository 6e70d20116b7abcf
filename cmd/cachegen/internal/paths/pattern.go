package paths

import (
	"strings"

	"github.com/cachegen/cachegen/annotations"
)

// OfPattern is the path of a pattern that belongs to no method: a placeholder may be anything.
func OfPattern(pattern annotations.Pattern) Path {
	var p Path
	for _, s := range pattern.Segments {
		before, placeholder, after := s.Split()
		segment := Segment{Before: before, After: after}
		if placeholder != nil {
			segment.Kind = Text
		}
		p = append(p, segment)
	}
	if pattern.All {
		p = append(p, Segment{Kind: Many})
	}
	return p
}

// Leading cuts a pattern into the literal segments that it begins with, and the others.
func Leading(segments []annotations.Segment) (prefix string, rest []annotations.Segment) {
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

// Split returns the segments of a prefix: contact and list of contact:list.
func Split(prefix string) []string {
	if prefix == "" {
		return nil
	}
	return strings.Split(prefix, ":")
}
