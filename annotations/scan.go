package annotations

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const marker = "//cache:"

// word is an option as scanned: its name and the text of its value, neither judged yet.
type word struct {
	name      string
	span      Span
	nameSpan  Span
	valueSpan Span
	equals    bool // a value was meant: something like "=" follows the name
	value     source
	bad       bool  // the value cannot be read; reported already
	spec      *Spec // of the name, or of the one that was probably meant; nil if there is none
}

// known reports whether the name is that of an option.
func (w *word) known() bool { return w.spec != nil && string(w.spec.Name) == w.name }

// scanner cuts one line into words. It knows the names of options, because only they tell a comma
// or a space in a value from one in its place.
type scanner struct {
	text string
	line int
	pos  int
	errs *errorList
}

// scanLine cuts a directive into its options, which it adds to words. What belongs to none is
// reported.
func scanLine(words []word, text string, line int, errs *errorList) []word {
	s := &scanner{text, line, len(marker), errs}
	for {
		s.pos = s.skipSpace(s.pos)
		if s.over(s.pos) {
			return words
		}
		if w, ok := s.word(); ok {
			words = append(words, w)
		}
	}
}

func (s *scanner) span(i, j int) Span { return Span{s.line, i, j} }

// over reports whether nothing but a remark follows.
func (s *scanner) over(i int) bool {
	return i == len(s.text) || strings.HasPrefix(s.text[i:], "//")
}

func (s *scanner) skipSpace(i int) int {
	return len(s.text) - len(strings.TrimLeftFunc(s.text[i:], unicode.IsSpace))
}

// space reports whether white space or the end of the line is at i.
func (s *scanner) space(i int) bool { return i == len(s.text) || s.skipSpace(i) > i }

// bareEnd returns where the run without white space that i is in ends.
func (s *scanner) bareEnd(i int) int {
	if n := strings.IndexFunc(s.text[i:], unicode.IsSpace); n >= 0 {
		return i + n
	}
	return len(s.text)
}

// nameEnd returns where a name that begins at i ends.
func (s *scanner) nameEnd(i int) int {
	n := strings.IndexFunc(s.text[i:], func(c rune) bool {
		return c != '_' && c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c)
	})
	if n < 0 {
		return len(s.text)
	}
	return i + n
}

// optionAt reports whether an option rather than more of a value is at i. After white space, that
// is any name with "=", or a known flag. Without white space before it, it is a known name with
// "=".
func (s *scanner) optionAt(i int, spaced bool) bool {
	end := s.nameEnd(i)
	name := s.text[i:end]
	spec := find(name)
	if strings.HasPrefix(s.text[end:], "=") {
		return spec != nil || spaced && name != ""
	}
	return spaced && spec != nil && spec.parse == nil && (s.space(end) || s.text[end] == ',')
}

// word reads the option at pos.
func (s *scanner) word() (word, bool) {
	start := s.pos
	switch s.text[start] {
	case '"', '`', '\'':
		s.pos = s.skipQuoted(start)
		s.errs.addf(s.span(start, s.pos), "an option is not quoted, only its value, as in key=\"{id}\"")
		return word{}, false
	}

	end := s.nameEnd(start)
	w := word{name: s.text[start:end], nameSpan: s.span(start, end), valueSpan: s.span(end, end)}
	s.pos = end
	if end > start {
		w.spec = meant(w.name)
	}
	switch from, next, comma := s.comma(end); {
	case end > start && s.joint(&w):
		w.equals = true
		s.value(&w)
	case comma:
		s.errs.fixf(s.span(from, next), " ", `options are separated by spaces, not ","`)
		s.pos = next
		if end == start {
			return word{}, false
		}
	case end == start || !s.space(end):
		s.stray(start)
		return word{}, false
	}
	w.span = s.span(start, w.valueSpan.End)
	return w, true
}

// joint goes past the "=" after the name of w, or past what was meant as one. It reports whether
// there is any.
func (s *scanner) joint(w *word) bool {
	end := s.pos
	sign := s.skipSpace(end)
	behind := s.separatorEnd(sign)
	value := s.skipSpace(behind)
	missing := value == len(s.text) || value > behind && (s.over(value) || s.optionAt(value, true))
	switch text := s.text[sign:behind]; {
	case text == "=" && (missing || value-end == 1), text != "" && missing && w.spec != nil: // ttl=
		s.pos = behind
		return true
	case text == "=": // ttl = 600
		s.errs.fixf(s.span(end, value), "=", "no spaces around \"=\"; write %s", quote(w.name+"="+s.text[value:s.bareEnd(value)]))
		s.pos = value
		return true
	case text == "" || w.spec == nil:
		return false
	default: // ttl:600, ttl == 600
		s.errs.fixf(s.span(end, value), "=", "%q after %q; an option and its value are joined by \"=\"", text, w.name)
		s.pos = value
		return true
	}
}

// separatorEnd returns where what joins an option and its value ends: "=", or something that was
// meant as one.
func (s *scanner) separatorEnd(i int) int {
	if strings.HasPrefix(s.text[i:], ":") {
		i++
	}
	return len(s.text) - len(strings.TrimLeft(s.text[i:], "="))
}

// stray reports a run of text that is no option.
func (s *scanner) stray(start int) {
	s.pos = s.bareEnd(start)
	text := s.text[start:s.pos]
	switch {
	case text[0] == '=':
		s.errs.addf(s.span(start, s.pos), "%s has no option before its \"=\"", quote(text))
	case strings.ContainsAny(text, ":*{"):
		s.errs.addf(s.span(start, s.pos), "%s is not an option, which is written name=value; in a list, \",\" stands without spaces", quote(text))
	default:
		s.errs.addf(s.span(start, s.pos), "%s is not an option; options are %s", quote(text), names(specs, "%s", ", "))
	}
}

// comma recognises a comma with the white space around it.
func (s *scanner) comma(i int) (from, next int, ok bool) {
	at := s.skipSpace(i)
	if at == len(s.text) || s.text[at] != ',' {
		return 0, 0, false
	}
	return i, s.skipSpace(at + 1), true
}

// value reads the value at pos.
func (s *scanner) value(w *word) {
	start := s.pos
	if start < len(s.text) {
		switch s.text[start] {
		case '"', '`', '\'':
			s.quoted(w)
			return
		}
		if s.typographic(w) {
			return
		}
	}
	b := builder{line: s.text}
	end := s.bare(w, &b)
	w.value = b.source(s.line, end)
	w.valueSpan = s.span(start, end)
}

// typographicQuotes are what word processors make of quotes.
const typographicQuotes = "“”„‟«»‘’‚‛‹›"

// typographic reads a value that begins with a typographic quote, up to the next one or else as a
// bare value, and reports it.
func (s *scanner) typographic(w *word) bool {
	open, size := utf8.DecodeRuneInString(s.text[s.pos:])
	if !strings.ContainsRune(typographicQuotes, open) {
		return false
	}
	start, fix := s.pos, ""
	if n := strings.IndexAny(s.text[start+size:], typographicQuotes); n >= 0 {
		end := start + size + n
		_, last := utf8.DecodeRuneInString(s.text[end:])
		fix = requote(s.text[start+size : end])
		s.pos = end + last
	} else {
		s.pos = s.bareEnd(start)
	}
	w.valueSpan, w.bad = s.span(start, s.pos), true
	s.errs.fixf(w.valueSpan, fix, "values are quoted with \", not %c", open)
	if !s.space(s.pos) {
		s.pos = s.bareEnd(s.pos)
	}
	return true
}

// quoted reads a value in quotes, and the text that follows the closing quote without a space.
func (s *scanner) quoted(w *word) {
	start, quoteChar := s.pos, s.text[s.pos]
	end := s.skipQuoted(start)
	w.valueSpan = s.span(start, end)
	s.pos = end
	if quotedEnd(s.text[start:end]) != end-start-1 {
		s.errs.addf(s.span(start, start+1), "quote %c is not closed", quoteChar)
		w.bad = true
		return
	}
	if quoteChar == '\'' {
		s.errs.fixf(w.valueSpan, requote(s.text[start+1:end-1]), "values are quoted with \", not '")
		w.bad = true
	} else {
		var ok bool
		w.value, ok = unquote(s.text, start+1, end-1, quoteChar, s.line, s.errs)
		w.bad = !ok
	}
	if s.space(end) {
		return
	}
	if from, next, ok := s.comma(end); ok && s.optionAt(next, next > from+1) {
		s.errs.fixf(s.span(from, next), " ", `options are separated by spaces, not ","`)
		s.pos = next
		return
	}
	s.pos = s.junkEnd(end)
	s.errs.addf(s.span(end, s.pos), "%s follows the closing quote; the quotes hold the whole value", quote(s.text[end:s.pos]))
}

// requote turns the inside of a value in single quotes into a quoted value; "" if that is not
// certain.
func requote(body string) string {
	if strings.ContainsAny(body, "\"\\") {
		return ""
	}
	return `"` + body + `"`
}

// junkEnd is bareEnd for text with quotes in it.
func (s *scanner) junkEnd(i int) int {
	for !s.space(i) {
		if c := s.text[i]; c == '"' || c == '`' {
			if end := quotedEnd(s.text[i:]); end > 0 {
				i += end
			}
		}
		_, size := utf8.DecodeRuneInString(s.text[i:])
		i += size
	}
	return i
}

// skipQuoted returns where the quoted text at i ends, after the closing quote. Without one it ends
// where the next option or a remark begins, so that a forgotten quote does not hide the rest of the
// line.
func (s *scanner) skipQuoted(i int) int {
	if end := quotedEnd(s.text[i:]); end > 0 {
		return i + end + 1
	}
	for {
		i = s.bareEnd(i)
		next := s.skipSpace(i)
		if s.over(next) || s.optionAt(next, false) {
			return i
		}
		i = next
	}
}

// bare reads a value without quotes and returns where it ends. It repairs what it can, so that one
// slip does not break the rest of the line.
func (s *scanner) bare(w *word, b *builder) int {
	list := w.spec != nil && w.spec.list
	for !s.space(s.pos) || s.commaAhead() {
		i := s.pos
		if from, next, ok := s.comma(i); ok {
			spaced := next > from+1
			switch {
			case s.optionAt(next, spaced), !list && (spaced || s.over(next)):
				s.errs.fixf(s.span(from, next), " ", `options are separated by spaces, not ","`)
				s.pos = next
				return from
			case list && spaced && !s.over(next):
				if !b.endsIn(',') { // else what is missing is reported
					s.errs.fixf(s.span(from, next), ",", "no spaces in a list; write \",\" alone, or quote the list")
				}
				b.add(",", from)
				s.pos = next
				continue
			case spaced: // contact:* , // remark
				b.add(",", from)
				s.pos = s.skipSpace(from) + 1
				continue
			}
		}
		switch s.text[i] {
		case '{':
			s.take(b, s.placeholderEnd(i))
		case '"', '`':
			if end := quotedEnd(s.text[i:]); end > 0 {
				s.pos = i + end + 1
			} else {
				s.pos++
			}
			s.errs.addf(s.span(i, i+1), "a quote inside a value; quotes hold the whole value, as in key=\"{id}\"")
			w.bad = true
		default:
			c, size := utf8.DecodeRuneInString(s.text[i:])
			if strings.ContainsRune(typographicQuotes, c) {
				s.errs.addf(s.span(i, i+size), "%c is a typographic quote; quotes are \", and hold the whole value, as in key=\"{id}\"", c)
				w.bad = true
			}
			for i += size; i < len(s.text) && plain(s.text[i]); i++ {
			}
			s.take(b, i)
		}
	}
	return s.pos
}

// commaAhead reports whether white space and then a comma is at pos.
func (s *scanner) commaAhead() bool {
	_, _, ok := s.comma(s.pos)
	return ok
}

// plain reports whether a byte has no meaning of its own in a value.
func plain(c byte) bool {
	return ' ' < c && c < utf8.RuneSelf && c != ',' && c != '{' && c != '"' && c != '`'
}

// take adds the text from pos to end to the value.
func (s *scanner) take(b *builder, end int) {
	b.verbatim(s.pos, end)
	s.pos = end
}

// placeholderEnd returns where the placeholder at i ends, so that white space inside it is a
// mistake of the placeholder and not the end of the value. A brace that is not closed in sight is
// just a character.
func (s *scanner) placeholderEnd(i int) int {
	for j := i + 1; j < len(s.text); j++ {
		switch s.text[j] {
		case '}':
			return j + 1
		case '{', '=', '"', '`', '/':
			return i + 1
		}
	}
	return i + 1
}
