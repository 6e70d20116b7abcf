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
	if path.starInValue() {
		return p, false
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

// starInValue reports a segment with a "*" beside a placeholder, as in contact:*{id}*.
func (r *reader) starInValue() bool {
	if r.spec.Name != Invalidate {
		return false
	}
	start := 0
	for start < len(r.text) {
		end, open, star := start, -1, false
		for end < len(r.text) && r.text[end] != ':' {
			switch r.text[end] {
			case '*':
				star = true
			case '{':
				if open < 0 {
					open = end
				}
				end = braceEnd(r.text, end) - 1
			}
			end++
		}
		if star && open >= 0 && start > 0 {
			placeholder := r.text[open:braceEnd(r.text, open)]
			meant := r.text[:start] + placeholder
			e := newError(r.span(start, end), "", "%s would look inside of values, which \"*\" does not; tag the read that holds it, as in "+
				"tags=%s{result.ID}, and write %s here", quote(r.text[start:end]), r.text[:start], meant)
			if !strings.ContainsAny(r.text[:start], "{*") {
				e.Meant = meant
			}
			*r.errs = append(*r.errs, e)
			return true
		}
		start = end + 1
	}
	return false
}
