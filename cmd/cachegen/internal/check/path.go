package check

import (
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// element is one segment of a path, as the set of texts it can be; or any number of segments at all.
type element struct {
	before, after string
	kind          kind
	class, opens  class        // of a value, and of its first segment
	marks         int          // that it begins with
	behind        bool         // a pointer: what is on the way to it can be nil
	value         *model.Value // nil: the text is all that is known
}

type kind uint8

const (
	literal kind = iota // before, and nothing else
	integer
	boolean
	text // any string
	some // any number of segments, at least one
	many // the same, or none
)

// class is what the text of a value is made of.
type class uint8

const (
	composite class = iota // several segments
	anything               // what a type argument makes of it
	integers
	texts
	floats
	booleans
	times
)

// path is that of a key or a pattern: a prefix, the segments behind it, and everything below if all is set.
func (c *checker) path(prefix string, segments []model.Segment, all bool) []element {
	path := make([]element, 0, 2+strings.Count(prefix, ":")+len(segments))
	path = appendLiterals(path, prefix)
	for i := range segments {
		s := &segments[i]
		e := element{before: s.Before, after: s.After, value: s.Value}
		if s.Value != nil {
			e.kind, e.class, e.behind = text, composite, behindPointer(s.Value)
			if k, refusal := c.keyed(s.Value.Type); refusal == nil {
				e.kind, e.class, e.opens, e.marks = k.kind, k.class, k.opens, k.marks
			}
		}
		path = append(path, e)
	}
	if all {
		path = append(path, element{kind: many})
	}
	return path
}

// behindPointer reports whether a pointer on the way to a value can be nil, which stands in its place.
func behindPointer(v *model.Value) bool {
	t := v.Root.Type
	for _, step := range v.Steps {
		if _, pointer := deref(t); pointer {
			return true
		}
		t = step.Type
	}
	return false
}

// pathOf is the path of the keys of a read.
func (c *checker) pathOf(s *site) []element {
	if s.path == nil { // every pattern of the program is held against it
		s.path = c.path(s.model.Read.Prefix, s.model.Read.Key, false)
	}
	return s.path
}

// pathsOf are the paths of what a write invalidates, and then of what it puts.
func (c *checker) pathsOf(s *site) [][]element {
	if write := s.model.Write; s.paths == nil {
		s.paths = make([][]element, 0, len(write.Invalidations)+len(write.Puts))
		for i := range write.Invalidations {
			inv := &write.Invalidations[i]
			s.paths = append(s.paths, c.path(inv.Prefix, inv.Segments, inv.All))
		}
		for i := range write.Puts {
			put := &write.Puts[i]
			s.paths = append(s.paths, c.path(put.Prefix, put.Segments, false))
		}
	}
	return s.paths
}

func appendLiterals(path []element, prefix string) []element {
	if prefix != "" {
		for s := range strings.SplitSeq(prefix, ":") {
			path = append(path, element{before: s})
		}
	}
	return path
}

// below is the path of everything that begins with some literal segments.
func below(prefix string) []element {
	return append(appendLiterals(nil, prefix), element{kind: many})
}

// kindOf is what the segments of an encoding can be.
func kindOf(e keytype.Encoding) kind {
	switch e := e.(type) {
	case keytype.Scalar:
		switch e.Method {
		case "Int", "Uint", "Time":
			return integer
		case "Bool":
			return boolean
		case "Complex":
			return many
		}
		return text
	case keytype.Bytes, keytype.Text:
		return text
	case keytype.Param:
		if e.Bare {
			return text
		}
	case *keytype.Pointer:
		if scalar, ok := e.Elem.(keytype.Scalar); ok && scalar.Method != "Complex" {
			return text // or the mark of nil
		}
	}
	return segments(e)
}

// segments is some, or many for what may be no segment at all, as a struct without fields is.
func segments(e keytype.Encoding) kind {
	switch e := e.(type) {
	case keytype.Param:
		return many
	case *keytype.Array:
		if e.Type.Underlying().(*types.Array).Len() == 0 {
			return many
		}
		return segments(e.Elem)
	case *keytype.Struct:
		if !slices.ContainsFunc(e.Fields, func(f keytype.Field) bool { return segments(f.Encoding) == some }) {
			return many
		}
	}
	return some // one segment, or nil, or a mark or a length, and what follows it
}

// classOf is the class of what values become in a key. A struct of one field is that field.
func classOf(encoding keytype.Encoding) class {
	for range 32 { // more is a list: type Path struct{ Rest *Path }
		switch e := encoding.(type) {
		case keytype.Scalar:
			return scalars[e.Method]
		case keytype.Bytes, keytype.Text:
			return texts
		case keytype.Param:
			return anything
		case *keytype.Pointer:
			encoding = e.Elem
			continue
		case *keytype.Struct:
			if len(e.Fields) == 1 {
				encoding = e.Fields[0].Encoding
				continue
			}
		}
		break
	}
	return composite
}

// opensWith is the class of the first segment of what values become: of a struct without a mark, that of its first field.
func opensWith(encoding keytype.Encoding) class {
	for range 32 {
		switch e := encoding.(type) {
		case *keytype.Pointer:
			if e.Ref() {
				return composite
			}
			encoding = e.Elem
			continue
		case *keytype.Struct:
			if keytype.MayOpenWithNil(e) {
				return composite
			}
			encoding = e.Fields[0].Encoding
			continue
		}
		return classOf(encoding)
	}
	return composite
}

var scalars = map[string]class{
	"Int": integers, "Uint": integers, "String": texts, "Float": floats, "Float32": floats, "Complex": composite, "Bool": booleans, "Time": times,
}

// canEqual reports whether some path is in both sets.
func canEqual(a, b []element) bool { return meeting(a, b, false, false) }

// meeting is canEqual. An end is open if one segment of its first element has been seen, and so it may go on or be over.
func meeting(a, b []element, openA, openB bool) bool {
	switch {
	case openA || len(a) > 0 && a[0].kind == many:
		if meeting(a[1:], b, false, openB) {
			return true
		}
		rest, open := after(b, openB)
		return len(b) > 0 && meeting(a, rest, openA, open)
	case openB || len(b) > 0 && b[0].kind == many:
		return meeting(b, a, openB, openA)
	case len(a) == 0 || len(b) == 0:
		return len(a) == len(b)
	case a[0].kind != some && b[0].kind != some && !meets(&a[0], &b[0]):
		return false
	}
	restA, openA := after(a, false)
	restB, openB := after(b, false)
	return meeting(restA, restB, openA, openB)
}

// after is what a path goes on with behind one segment.
func after(path []element, open bool) ([]element, bool) {
	switch {
	case len(path) == 0:
		return nil, false
	case path[0].kind == some && !open:
		return path, true
	}
	return path[1:], false
}

// meets reports whether some text is in both segments.
func meets(a, b *element) bool {
	if a.kind == literal && b.kind == literal {
		return a.before == b.before
	}
	if b.kind == literal {
		a, b = b, a
	}
	if a.kind == literal {
		middle, ok := strings.CutPrefix(a.before, b.before)
		if !ok {
			return false
		}
		middle, ok = strings.CutSuffix(middle, b.after)
		return ok && b.kind.holds(middle)
	}
	if a.kind != b.kind && a.kind != text && b.kind != text && a.before == "" && b.before == "" && !(a.behind && b.behind) {
		return false // true is no number
	}
	return (strings.HasPrefix(a.before, b.before) || strings.HasPrefix(b.before, a.before)) &&
		(strings.HasSuffix(a.after, b.after) || strings.HasSuffix(b.after, a.after))
}

func (k kind) holds(s string) bool {
	switch k {
	case integer:
		_, err := strconv.ParseInt(s, 10, 64)
		_, uerr := strconv.ParseUint(s, 10, 64)
		return err == nil || uerr == nil
	case boolean:
		return s == "true" || s == "false"
	}
	return true
}

// first is the literal that a path begins with; patterns without one are about everything.
func first(path []element) string {
	if len(path) > 0 && path[0].kind == literal {
		return path[0].before
	}
	return ""
}

// byChance reports whether a path is spelled out where a key has a value, or has a value where the key is spelled out.
func byChance(path, key []element) bool {
	for i := range min(len(path), len(key)) {
		everything := path[i].kind == many && path[i].value == nil
		if !everything && (path[i].kind == literal) != (key[i].value == nil) {
			return true
		}
	}
	return false
}
