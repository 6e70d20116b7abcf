package emit

import (
	"strings"
	"unicode/utf8"
)

// Expressions and statements are strings, laid out as gofmt does. Of one that takes several lines, those after the first are indented as if the
// first were not.

// call is f(a, b).
func call(f string, args ...string) string { return f + "(" + list(args...) + ")" }

// list is a, b.
func list(elements ...string) string { return strings.Join(elements, ", ") }

// block is a statement with a body, or a function literal.
func block(head string, body ...string) string { return braces(head, " {", body) }

// bare is a block by itself.
func bare(body ...string) string { return braces("", "{", body) }

func braces(head, open string, lines []string) string {
	size := len(head) + len(open) + len("\n}")
	for _, s := range lines {
		size += len(s) + len("\t\n") + strings.Count(s, "\n")
	}
	b := append(append(append(make([]byte, 0, size), head...), open...), '\n')
	for _, s := range lines {
		b = append(appendIndented(b, s), '\n')
	}
	return string(append(b, '}'))
}

// appendIndented appends a statement, one tab further to the right.
func appendIndented(to []byte, statement string) []byte {
	to = append(to, '\t')
	for {
		i := strings.IndexByte(statement, '\n')
		if i < 0 {
			return append(to, statement...)
		}
		to = append(append(to, statement[:i+1]...), '\t')
		statement = statement[i+1:]
	}
}

// field is an element of a composite literal, or the declaration of a field.
type field struct{ name, value string }

// literal is a composite literal with one field to a line. Values stand in a column, but for those of several lines.
func literal(typ string, fields []field) string {
	for i := range fields {
		fields[i].name += ":"
	}
	lines := columns(fields)
	for i := range lines {
		lines[i] += ","
	}
	return braces(typ, "{", lines)
}

// columns puts the values of consecutive fields in one column.
func columns(fields []field) []string {
	lines := make([]string, len(fields))
	for i := 0; i < len(fields); {
		end, width := i, 0
		for ; end < len(fields) && !strings.Contains(fields[end].value, "\n"); end++ {
			width = max(width, utf8.RuneCountInString(fields[end].name))
		}
		for ; i < end; i++ {
			f := fields[i]
			lines[i] = f.name + strings.Repeat(" ", width+1-utf8.RuneCountInString(f.name)) + f.value
		}
		if i < len(fields) {
			lines[i] = fields[i].name + " " + fields[i].value
			i++
		}
	}
	return lines
}
