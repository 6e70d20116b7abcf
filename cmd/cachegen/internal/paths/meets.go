package paths

import (
	"strconv"
	"strings"
)

// Meets reports whether some key is in both paths.
func (p Path) Meets(q Path) bool { return meet(startOf(p), startOf(q)) }

// cursor is what is left of a path while keys are matched against it from the left. Open says that
// its first segment may match any number of further segments of the key, or none: it is a Many, or
// a Some that has matched the one segment that it needs.
type cursor struct {
	rest Path
	open bool
}

func startOf(p Path) cursor { return cursor{p, len(p) > 0 && p[0].Kind == Many} }

// next is what is left after one segment of the key. An open segment ends with that.
func (c cursor) next() cursor {
	if c.rest[0].Kind == Some && !c.open {
		return cursor{c.rest, true}
	}
	return startOf(c.rest[1:])
}

// meet reports whether the rest of some key matches both cursors.
func meet(a, b cursor) bool {
	switch {
	case a.open: // it ends before the next segment of b, or has that as well
		return meet(a.next(), b) || len(b.rest) > 0 && meet(a, b.next())
	case b.open:
		return meet(b, a)
	case len(a.rest) == 0 || len(b.rest) == 0:
		return len(a.rest) == len(b.rest)
	}
	return meets(&a.rest[0], &b.rest[0]) && meet(a.next(), b.next())
}

// meets reports whether some text is in both segments.
func meets(s, t *Segment) bool {
	switch {
	case s.Kind >= Some || t.Kind >= Some: // any text is
		return true
	case s.Kind == Literal && t.Kind == Literal:
		return s.Before == t.Before
	case s.Kind == Literal:
		return t.holds(s.Before)
	case t.Kind == Literal:
		return s.holds(t.Before)
	case s.apart(t):
		return false
	}
	return (strings.HasPrefix(s.Before, t.Before) || strings.HasPrefix(t.Before, s.Before)) &&
		(strings.HasSuffix(s.After, t.After) || strings.HasSuffix(t.After, s.After))
}

// apart reports whether the values of two placeholders that stand alone have no text in common:
// true is no number. Text around them is not looked into.
func (s *Segment) apart(t *Segment) bool {
	return s.Kind != t.Kind && s.Kind != Text && t.Kind != Text &&
		s.Before == "" && t.Before == "" && !(s.MayBeNil && t.MayBeNil)
}

// holds reports whether a placeholder can be a text.
func (s *Segment) holds(text string) bool {
	middle, ok := strings.CutPrefix(text, s.Before)
	if !ok {
		return false
	}
	middle, ok = strings.CutSuffix(middle, s.After)
	return ok && s.Kind.holds(middle)
}

// holds reports whether a value of the kind can be a text.
func (k Kind) holds(s string) bool {
	switch k {
	case Integer:
		_, err := strconv.ParseInt(s, 10, 64)
		_, uerr := strconv.ParseUint(s, 10, 64)
		return err == nil || uerr == nil
	case Boolean:
		return s == "true" || s == "false"
	}
	return true
}
