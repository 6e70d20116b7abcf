package annotations

import (
	"go/ast"
	"strings"
	"unicode"
)

// IsDirective reports whether a comment is one of ours: "//cache:" and an option, in Go's own
// syntax for directives.
func IsDirective(comment string) bool {
	if !strings.HasPrefix(comment, marker) {
		return false
	}
	d, ok := ast.ParseDirective(0, comment)
	return ok && d.Tool == "cache"
}

// NearMiss returns what is wrong with a comment that was probably meant as a directive but is none,
// such as "// cache:ttl=600", "//cache: ttl=600", "//Cache:ttl=600", "//cachegen:ttl=600" or "/*
// cache:ttl=600 */", and nil for any other comment, directives included. The span counts from the
// first byte of the comment; its line is 0 even inside a /* comment */ of many lines.
func NearMiss(comment string) *Error {
	if IsDirective(comment) {
		return nil
	}
	if strings.HasPrefix(comment, "//") {
		return missInLine(comment)
	}
	if strings.HasPrefix(comment, "/*") {
		return missInBlock(comment)
	}
	return nil
}

// missInLine looks at a // comment.
func missInLine(comment string) *Error {
	i := len("//")
	if strings.HasPrefix(comment[i:], "\t") {
		return nil // code in a doc comment
	}
	if strings.HasPrefix(strings.TrimLeft(comment[i:], " "), "//") {
		return nil // a directive that is commented out
	}
	options, name, ok := almost(comment, i, false)
	if !ok {
		return unreadable(comment)
	}
	// What is wrong stands before the first option, unless Go wants its first letter small.
	end, fix := options, marker
	if small := smallName(name); small != name {
		end, fix = options+len(name), marker+small
	}
	return newError(Span{End: end}, fix,
		"a directive begins with \"//cache:\" and an option, lower case and without spaces; write %s", fix+comment[end:])
}

// smallName returns the name of an option as Go's syntax for directives wants it after the colon:
// it begins with a small letter.
func smallName(name string) string {
	if IsDirective(marker + name) {
		return name
	}
	return string(meant(name).Name) // or else almost had not found it
}

// unreadable reports a comment that begins with "//cache:" and has no option after that.
func unreadable(comment string) *Error {
	s := &scanner{text: comment}
	if !strings.HasPrefix(comment, marker) || s.space(len(marker)) && !s.over(s.skipSpace(len(marker))) {
		return nil
	}
	end := s.bareEnd(len(marker))
	return newError(Span{End: end}, "",
		"%s is not a directive; an option follows the colon, lower case and without spaces, as in //cache:ttl=600", quote(comment[:end]))
}

// missInBlock looks at a /* comment */, line by line.
func missInBlock(comment string) *Error {
	start := len("/*")
	body := comment[:start] + strings.TrimSuffix(comment[start:], "*/")
	for line := range strings.Lines(body[start:]) {
		margin := len(line) - len(strings.TrimLeft(line, "* \t"))
		commentedOut := strings.HasPrefix(strings.TrimLeft(line, " \t"), "//")
		if options, name, ok := almost(body[:start+len(line)], start+margin, true); ok && !commentedOut {
			text := marker + smallName(name) + strings.TrimSpace(body[options+len(name):start+len(line)])
			at, fix := Span{Start: start + margin, End: options}, ""
			if !strings.Contains(comment, "\n") {
				at, fix = Span{End: len(comment)}, text
			}
			return newError(at, fix, "a directive is a line comment; write %s", text)
		}
		start += len(line)
	}
	return nil
}

// almost reports whether text[i:] looks like a directive with a slip in it: nearly the name of the
// tool, a colon, and options. It returns where the options begin and the name of the first. The
// colon may be missing unless colon says otherwise or there is space before the tool.
func almost(text string, i int, colon bool) (options int, name string, ok bool) {
	colon = colon || strings.HasPrefix(text[i:], " ")
	start := len(text) - len(strings.TrimLeft(text[i:], "/+@ "))
	end := start
	for end < len(text) && (text[end] == '-' || text[end] == '_' || 'a' <= text[end]|0x20 && text[end]|0x20 <= 'z') {
		end++
	}
	tool := dashless.Replace(strings.ToLower(text[start:end]))
	if (len(tool) < 4 || len(tool) > 6 || distance(tool, "cache") > 1) && tool != "cachegen" {
		return 0, "", false
	}
	rest := strings.TrimLeftFunc(text[end:], unicode.IsSpace)
	apart := len(rest) < len(text)-end
	switch after := strings.TrimLeft(rest, ":"); {
	case after != rest:
		rest = strings.TrimLeftFunc(after, unicode.IsSpace)
		apart = len(rest) < len(after)
	case colon || !apart:
		return 0, "", false // prose, or a longer word
	}
	name, ok = optionLike(rest, apart)
	return len(text) - len(rest), name, ok
}

// optionLike reports whether text reads as options and not as prose. Either its first word is
// nearly the name of an option, with "=" or ":" and a value. Or all its words are names of options;
// if they stand apart from the colon, of flags.
func optionLike(text string, apart bool) (name string, ok bool) {
	s := &scanner{text: text}
	end := s.nameEnd(0)
	name = text[:end]
	spec := meant(name)
	switch {
	case name == "" || spec == nil:
		return "", false
	case end < len(text) && strings.ContainsRune("=:", rune(text[end])):
		return name, spec.parse != nil && !s.space(end+1)
	}
	for i := 0; !s.over(i); i = s.skipSpace(end) {
		end = s.nameEnd(i)
		if spec := find(strings.ToLower(text[i:end])); spec == nil || apart && spec.parse != nil || !s.space(end) {
			return "", false
		}
	}
	return name, true
}
