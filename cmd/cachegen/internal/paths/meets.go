package paths

import (
	"strconv"
	"strings"
)

// Meets reports whether some key is in both paths.
func (p Path) Meets(q Path) bool { return meeting(p, q, false, false) }

// meeting is Meets. An end is open if one segment of its first element has been seen, and so it may go on or be over.
func meeting(a, b Path, openA, openB bool) bool {
	switch {
	case openA || len(a) > 0 && a[0].Kind == Many:
		if meeting(a[1:], b, false, openB) {
			return true
		}
		rest, open := after(b, openB)
		return len(b) > 0 && meeting(a, rest, openA, open)
	case openB || len(b) > 0 && b[0].Kind == Many:
		return meeting(b, a, openB, openA)
	case len(a) == 0 || len(b) == 0:
		return len(a) == len(b)
	case a[0].Kind != Some && b[0].Kind != Some && !meets(&a[0], &b[0]):
		return false
	}
	restA, openA := after(a, false)
	restB, openB := after(b, false)
	return meeting(restA, restB, openA, openB)
}

// after is what a path goes on with after one segment.
func after(path Path, open bool) (Path, bool) {
	switch {
	case len(path) == 0:
		return nil, false
	case path[0].Kind == Some && !open:
		return path, true
	}
	return path[1:], false
}

// meets reports whether some text is in both segments.
func meets(a, b *Segment) bool {
	if a.Kind == Literal && b.Kind == Literal {
		return a.Before == b.Before
	}
	if b.Kind == Literal {
		a, b = b, a
	}
	if a.Kind == Literal {
		middle, ok := strings.CutPrefix(a.Before, b.Before)
		if !ok {
			return false
		}
		middle, ok = strings.CutSuffix(middle, b.After)
		return ok && b.Kind.holds(middle)
	}
	if a.Kind != b.Kind && a.Kind != Text && b.Kind != Text && a.Before == "" && b.Before == "" && !(a.MayBeNil && b.MayBeNil) {
		return false // true is no number
	}
	return (strings.HasPrefix(a.Before, b.Before) || strings.HasPrefix(b.Before, a.Before)) &&
		(strings.HasSuffix(a.After, b.After) || strings.HasSuffix(b.After, a.After))
}

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
