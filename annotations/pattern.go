package annotations

import "strings"

// readPatterns reads invalidate=contact:{c.ID},contact:list:*.
func readPatterns(r *reader) Value {
	var few [4]reader
	pieces, _ := r.split(few[:0], ',', "pattern")
	patterns := Patterns{make([]Pattern, 0, len(pieces))}
	for i := range pieces {
		p, ok := pieces[i].pattern()
		if !ok || pieces[i].repeated() {
			continue
		}
		patterns.List = append(patterns.List, p)
	}
	if len(patterns.List) == 0 {
		return Invalid{}
	}
	return patterns
}

// readEntries reads tags=contact:{result.ID}: patterns that are single entries.
func readEntries(r *reader) Value { return readPatterns(r) }

// pattern reads one pattern.
func (r *reader) pattern() (p Pattern, ok bool) {
	p.Span = r.all()
	path := *r
	if r.spec.Name == Invalidate {
		if r.text == "*" {
			p.All = true
			return p, true
		}
		if text, all := strings.CutSuffix(r.text, ":*"); all {
			p.All = true
			path = r.within(0, max(1, len(text))) // of ":*" the colon, which is a mistake
		}
	}
	p.Segments, ok = path.segments()
	if !ok {
		return p, false
	}
	if _, literal := p.Segments[0].Literal(); !literal {
		r.errs.addf(p.Segments[0].Span, "%s cannot begin a pattern; it begins with the literal prefix of a read, as in contact:{id}", p.Segments[0])
		return p, false
	}
	return p, true
}
