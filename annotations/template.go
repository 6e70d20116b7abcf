package annotations

import (
	"slices"
	"strings"
)

// readPath reads prefix=contact:list.
func readPath(r *reader) Value {
	var few [4]reader
	pieces, ok := r.split(few[:0], ':', "segment")
	path := Path{make([]Text, 0, len(pieces))}
	for i := range pieces {
		if piece := &pieces[i]; !strings.ContainsAny(piece.text, "{}*,") {
			path.Segments = append(path.Segments, Text{piece.text, piece.all()})
			continue
		}
		s, good := pieces[i].segment(nil)
		if !good {
			ok = false
			continue
		}
		for _, part := range s.Parts {
			switch part := part.(type) {
			case Placeholder:
				r.errs.addf(part.Span, "%q is literal; a placeholder belongs in key, as in key=%s", r.spec.Name, part)
				ok = false
			case Text:
				path.Segments = append(path.Segments, part)
			}
		}
	}
	if !ok {
		return Invalid{}
	}
	return path
}

// readTemplate reads key={id}:{f.Stage}.
func readTemplate(r *reader) Value {
	segments, ok := r.segments()
	if !ok {
		return Invalid{}
	}
	return Template{segments}
}

// segments reads all of a template.
func (r *reader) segments() (segments []Segment, ok bool) {
	var few [4]reader
	pieces, ok := r.split(few[:0], ':', "segment")
	segments = make([]Segment, 0, len(pieces))
	parts := make([]Part, len(pieces)) // one for each segment, as a rule
	for i := range pieces {
		s, good := pieces[i].segment(parts[i : i : i+1])
		segments = append(segments, s)
		ok = ok && good
	}
	return segments, ok
}

// segment reads one segment, which is not empty, and adds what it consists of to parts.
func (r *reader) segment(parts []Part) (s Segment, ok bool) {
	s.Span, s.Parts = r.all(), parts
	ok = true
	placeholders := 0
	clear := true // whether a second placeholder would be a mistake of its own
	literal := 0  // where the literal text that is being read began
	for i := 0; i < len(r.text); {
		switch c := r.text[i]; c {
		case '{':
			s.addText(r, literal, i)
			end := braceEnd(r.text, i)
			brace := r.within(i, end)
			p, good := brace.placeholder()
			ok, clear = ok && good, clear && good
			if placeholders++; placeholders > 1 && clear {
				r.twoPlaceholders(s, p)
				ok = false
			}
			s.Parts = append(s.Parts, p)
			i, literal = end, end
			continue
		case '}':
			r.errs.addf(r.span(i, i+1), "\"}\" has no \"{\" before it")
			ok = false
		case '*':
			r.star(i)
			ok = false
		case ',':
			fix := ""
			if i > 0 && strings.HasPrefix(r.text[i+1:], "{") {
				fix = ":"
			}
			r.errs.fixf(r.span(i, i+1), fix, "\",\" has no place in %q; segments are separated by \":\"", r.spec.Name)
			ok, clear = false, false
		}
		i++
	}
	s.addText(r, literal, len(r.text))
	return s, ok
}

// addText adds the text between two placeholders, unless there is none.
func (s *Segment) addText(r *reader, i, j int) {
	if i < j {
		s.Parts = append(s.Parts, Text{r.text[i:j], r.span(i, j)})
	}
}

// twoPlaceholders reports p, which comes after another one in its segment.
func (r *reader) twoPlaceholders(s Segment, p Placeholder) {
	fix := ""
	if _, touching := s.Parts[len(s.Parts)-1].(Placeholder); touching {
		fix = ":" + p.String()
	}
	r.errs.fixf(p.Span, fix, "%s is a second placeholder in one segment; separate placeholders with \":\"", p)
}

// star reports the * at text[i], which is not the last segment of a pattern.
func (r *reader) star(i int) {
	at := r.span(i, i+1)
	switch {
	case !r.spec.list:
		r.errs.addf(at, "\"*\" has no place in %q; it stands for everything under a path in invalidate", r.spec.Name)
	case r.spec.Name != Invalidate:
		r.errs.addf(at, "\"*\" has no place in %q, which names single entries", r.spec.Name)
	case i == len(r.text)-1 && i > 0 && r.text[i-1] != '*':
		r.errs.fixf(at, ":*", "\"*\" must be a segment of its own; write %s", quote(r.text[:i]+":*"))
	case r.text == "*":
		r.errs.addf(at, "\"*\" must be the last segment of a pattern")
	case i > 0 && r.text[i-1] == '*': // ** is one mistake
	default:
		r.errs.addf(at, "\"*\" must be a segment of its own, and the last one")
	}
}

// split cuts the text at a separator outside braces, and adds what is between to pieces. What is
// empty is reported, a run of them once, and left out.
func (r *reader) split(pieces []reader, sep byte, piece string) (_ []reader, ok bool) {
	ok = true
	start := 0
	gap := func(from, to int, fix string) {
		ok = false
		r.errs.fixf(r.span(from, to), fix, "empty %s at %q in %s", piece, r.text[from:to], quote(r.text))
	}
	for i := 0; i < len(r.text); {
		switch r.text[i] {
		case '{':
			i = braceEnd(r.text, i)
			continue
		case sep:
			end := len(r.text) - len(strings.TrimLeft(r.text[i:], string(sep)))
			switch {
			case i == 0, end == len(r.text):
				gap(i, end, "")
			case end > i+1:
				gap(i, end, string(sep))
			}
			if start < i {
				pieces = append(pieces, r.within(start, i))
			}
			i, start = end, end
			continue
		}
		i++
	}
	if start < len(r.text) {
		pieces = append(pieces, r.within(start, len(r.text)))
	}
	return pieces, ok
}

// readParams reads ignore={db},{tx}.
func readParams(r *reader) Value {
	var few [4]reader
	pieces, _ := r.split(few[:0], ',', "parameter")
	var params Params
	for i := range pieces {
		p, ok := pieces[i].param(1)
		if !ok || pieces[i].repeated() {
			continue
		}
		params.List = append(params.List, p)
	}
	if len(params.List) == 0 {
		return Invalid{}
	}
	return params
}

// readItems reads batch={ids}, or batch={arg.IDs}.
func readItems(r *reader) Value {
	p, ok := r.param(2)
	if !ok {
		return Invalid{}
	}
	return Params{[]Placeholder{p}}
}

// param reads one {name}, of at most so many selectors.
func (r *reader) param(most int) (Placeholder, bool) {
	if identifier(r.text) {
		r.fail("{"+r.text+"}", "%q names a parameter in braces: {%s}", r.spec.Name, r.text)
		return Placeholder{}, false
	}
	p, ok := r.wholePlaceholder()
	if !ok {
		return p, false
	}
	switch {
	case most > 1 && (len(p.Selectors) > most || p.Selectors[len(p.Selectors)-1].Call):
		r.errs.addf(p.Span, "%s is neither a parameter nor a field of one, which %q names, as in %s", p, r.spec.Name, r.spec.Examples[0])
		return p, false
	case len(p.Selectors) > most:
		r.errs.addf(p.Span, "%s is part of a parameter; %q names a whole one, as in %s", p, r.spec.Name, r.spec.Examples[0])
		return p, false
	}
	return p, true
}

// wholePlaceholder reads a placeholder with nothing around it.
func (r *reader) wholePlaceholder() (Placeholder, bool) {
	if r.text[0] != '{' {
		r.fail("", "%s is not a placeholder; write for example %s", quote(r.text), r.spec.Examples[min(1, len(r.spec.Examples)-1)])
		return Placeholder{}, false
	}
	end := braceEnd(r.text, 0)
	brace := r.within(0, end)
	p, ok := brace.placeholder()
	if ok && end < len(r.text) {
		r.errs.addf(r.span(end, len(r.text)), "%s follows %s; %q takes the placeholder alone", quote(r.text[end:]), p, r.spec.Name)
		return p, false
	}
	return p, ok
}

// repeated reports a member of a list that the block has already, for the same tenant.
func (r *reader) repeated() bool {
	m := member{of: r.spec.Name, text: r.text}
	if r.spec.aims() {
		m.tenant = r.tenant
	}
	if slices.Contains(*r.seen, m) {
		r.errs.addf(r.all(), "%s is repeated; remove one of them", quote(r.text))
		return true
	}
	*r.seen = append(*r.seen, m)
	return false
}
