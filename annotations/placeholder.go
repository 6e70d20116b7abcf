package annotations

import (
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"
)

// braceEnd returns where the brace at text[i] ends: after its "}" or, if there is none before the
// next "{", after what could be its names. {{id}} is one brace, because one mistake gives one
// message.
func braceEnd(text string, i int) int {
	open := i + 1
	if strings.HasPrefix(text[i:], "{{") {
		open = i + 2
	}
	if n := strings.IndexAny(text[open:], "{}"); n >= 0 && text[open+n] == '}' {
		end := open + n + 1
		if open == i+2 && strings.HasPrefix(text[end:], "}") {
			end++
		}
		return end
	}
	names := strings.TrimLeftFunc(text[open:], func(c rune) bool {
		return c == '.' || c == '_' || c == '(' || c == ')' || unicode.IsLetter(c) || unicode.IsDigit(c)
	})
	return len(text) - len(names)
}

// placeholder reads what braceEnd has found, and reports the first thing that is wrong with it.
func (r *reader) placeholder() (p Placeholder, ok bool) {
	p.Span = r.all()
	inside := strings.Trim(r.text, "{}")
	switch trimmed := strings.TrimSpace(inside); {
	case !strings.HasSuffix(r.text, "}"):
		r.fail(r.ifValid("{"+inside+"}"), "%q is not closed; a placeholder is written {id}", r.text)
		return p, false
	case strings.HasPrefix(r.text, "{{") || strings.HasSuffix(r.text, "}}"):
		r.fail(r.ifValid("{"+inside+"}"), "%q has a brace too many; a placeholder is written {id}", r.text)
		return p, false
	case trimmed == "":
		r.fail("", "%q is empty; a placeholder is a parameter, its fields and its methods: {id}, {c.Address.City}, {f.Stage()}", r.text)
		return p, false
	case trimmed != inside:
		r.fail(r.ifValid("{"+trimmed+"}"), "%s has spaces inside its braces; write {%s}", quote(r.text), trimmed)
		return p, false
	}
	p.Selectors, _, ok = r.expression(make([]Selector, 0, 1+strings.Count(inside, ".")), 1, 0)
	return p, ok
}

// expression reads what begins at text[i], in so many calls of functions: a name, or a function of
// an expression, and what is selected from it. It ends before the brace, or before the parenthesis
// of the function around it.
func (r *reader) expression(list []Selector, i, depth int) (_ []Selector, end int, ok bool) {
	if open := r.function(i); open > 0 {
		list, end, ok = r.expression(list, open+1, depth+1)
		if !ok {
			return list, end, false
		}
		if r.text[end] != ')' {
			r.errs.addf(r.span(i, end), "%s lacks a %q after %q", quote(r.text), ")", r.text[i:end])
			return list, end, false
		}
		end++
		list = append(list, Selector{Name: r.text[i:open], Call: true, Func: true, Span: r.span(i, end)})
		if !follows(r.text[end], depth) {
			_, size := utf8.DecodeRuneInString(r.text[end:])
			r.errs.addf(r.span(end, end+size), "%q has no place in %s; after () comes \".\" or the closing brace", r.text[end:end+size], quote(r.text))
			return list, end, false
		}
	} else {
		s, after, good := r.selector(i, true, depth)
		if !good {
			return list, after, false
		}
		list, end = append(list, s), after
	}
	for r.text[end] == '.' {
		s, after, good := r.selector(end+1, false, depth)
		if !good {
			return list, after, false
		}
		list, end = append(list, s), after
	}
	return list, end, true
}

// follows reports whether a name or a call may end before c, in so many calls of functions.
func follows(c byte, depth int) bool { return c == '.' || c == '}' || c == ')' && depth > 0 }

// function returns where the parenthesis is of a function around something, Fold(q), that begins at
// text[i]; 0 if there is none.
func (r *reader) function(i int) (open int) {
	name := strings.IndexFunc(r.text[i:], func(c rune) bool {
		return c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c)
	})
	if open = i + name; name <= 0 || r.text[open] != '(' || strings.HasPrefix(r.text[open:], "()") || !identifier(r.text[i:open]) {
		return 0
	}
	return open
}

// ifValid returns the text of a placeholder that may replace a wrong one, or "" if it would be
// wrong as well.
func (r *reader) ifValid(text string) string {
	try := &reader{source: source{text: text}, spec: r.spec, errs: new(errorList)}
	if text == "{}" || strings.TrimSpace(text) != text {
		return ""
	}
	if _, ok := try.placeholder(); !ok {
		return ""
	}
	return text
}

// selector reads the name at text[i] and its (), up to a dot, the closing brace, or in a function
// its parenthesis.
func (r *reader) selector(i int, first bool, depth int) (s Selector, end int, ok bool) {
	end = i
	for end < len(r.text) {
		c, size := utf8.DecodeRuneInString(r.text[end:])
		if c != '_' && !unicode.IsLetter(c) && (end == i || !unicode.IsDigit(c)) {
			break
		}
		end += size
	}
	name := r.text[i:end]
	rest := r.text[end : len(r.text)-1] // before the brace
	stop := r.text[end] != '(' && !follows(r.text[end], depth)
	switch {
	case name == "" && first && depth > 0 && rest != "" && strings.ContainsRune("*&", rune(rest[0])):
		r.errs.addf(r.span(end, end+1), "%q has no place in %s; a function is given the value as it is", rest[:1], quote(r.text))
		return s, end, false
	case name == "" && first && rest != "" && strings.ContainsRune("*&", rune(rest[0])):
		fix := r.ifValid("{" + strings.TrimLeft(rest, "*&") + "}")
		r.fail(fix, "%s needs no %q; pointers are followed without it", quote(r.text), rest[:1])
		return s, end, false
	case name == "" && (rest == "" || rest[0] == '.'):
		r.errs.addf(r.span(i-1, i), "%s lacks a name after %q", quote(r.text), r.text[i-1:i])
		return s, end, false
	case name == "" || stop:
		_, size := utf8.DecodeRuneInString(rest)
		r.errs.addf(r.span(end, end+size), "%q has no place in %s; a placeholder is a parameter, its fields and its methods: {id}, {c.Address.City}, {f.Stage()}", rest[:size], quote(r.text))
		return s, end, false
	case token.IsKeyword(name) || name == "_":
		r.errs.addf(r.span(i, end), "%q in %s is not a name", name, quote(r.text))
		return s, end, false
	}
	s.Name = name
	if strings.HasPrefix(rest, "(") {
		return r.call(s, i, end, first, depth)
	}
	s.Span = r.span(i, end)
	return s, end, true
}

// call reads the () at text[open] after the name of a selector that begins at text[start].
func (r *reader) call(s Selector, start, open int, first bool, depth int) (_ Selector, end int, ok bool) {
	rest := r.text[open : len(r.text)-1]
	after, empty := strings.CutPrefix(rest, "()")
	switch {
	case !empty:
		end = len(r.text) - 1
		if n := strings.IndexByte(rest, ')'); n >= 0 {
			end = open + n + 1
		}
		r.errs.fixf(r.span(open, end), "()", "%q in %s is not a call that a placeholder can make; methods take no arguments, {f.Stage()}, and functions are of the package, {Fold(q)}", r.text[open:end], quote(r.text))
		return s, open, false
	case first:
		r.errs.addf(r.span(open, open+2), "%s calls what it begins with; a placeholder calls methods, {f.Stage()}, and functions of a value, {Fold(q)}", quote(r.text))
		return s, open, false
	case !follows(r.text[open+2], depth):
		_, size := utf8.DecodeRuneInString(after)
		r.errs.addf(r.span(open+2, open+2+size), "%q has no place in %s; after () comes \".\" or the closing brace", after[:size], quote(r.text))
		return s, open, false
	}
	s.Call = true
	s.Span = r.span(start, open+2)
	return s, open + 2, true
}
