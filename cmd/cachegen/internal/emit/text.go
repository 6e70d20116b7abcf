package emit

import (
	"io"
	"strings"
	"unicode/utf8"
)

// Expressions and statements are strings, laid out as gofmt does. Of one that takes several lines, those after the first are indented as if the
// first were not.

// call is f(a, b).
func call(f string, args ...string) string {
	size := len(f) + len("()") + 2*len(args)
	for _, a := range args {
		size += len(a)
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteString(f)
	b.WriteByte('(')
	for i, a := range args {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(a)
	}
	b.WriteByte(')')
	return b.String()
}

// list is a, b.
func list(elements ...string) string { return strings.Join(elements, ", ") }

// block is a statement with a body, or a function literal.
func block(head string, body ...string) string { return braces(head, " {\n", body) }

// bare is a block by itself.
func bare(body ...string) string { return braces("", "{\n", body) }

func braces(head, open string, body []string) string {
	size := len(head) + len(open) + len("}")
	for _, s := range body {
		size += len(s) + len("\t\n") + strings.Count(s, "\n")
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteString(head)
	b.WriteString(open)
	for _, s := range body {
		indent(&b, s)
		b.WriteByte('\n')
	}
	b.WriteByte('}')
	return b.String()
}

// writer is what text is written to: a strings.Builder or a bytes.Buffer.
type writer interface {
	io.StringWriter
	io.ByteWriter
}

// indent writes a statement one tab further to the right.
func indent[W writer](to W, statement string) {
	to.WriteByte('\t')
	for {
		i := strings.IndexByte(statement, '\n')
		if i < 0 {
			to.WriteString(statement)
			return
		}
		to.WriteString(statement[:i+1])
		to.WriteByte('\t')
		statement = statement[i+1:]
	}
}

// field is an element of a composite literal, or the declaration of a field.
type field struct{ name, value string }

// literal is a composite literal with one field to a line.
func literal(typ string, fields []field) string { return table(typ, "{\n", ":", ",\n", fields) }

// structure is a struct type.
func structure(fields []field) string { return table("struct", " {\n", "", "\n", fields) }

// table has one field to a line. Values stand in a column, but for those of several lines.
func table(head, open, colon, end string, fields []field) string {
	const aligned = 16 // what an average field needs for its tab and blanks
	size := len(head) + len(open) + len("}")
	for _, f := range fields {
		size += len(f.name) + len(colon) + len(f.value) + len(end) + aligned
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteString(head)
	b.WriteString(open)
	for i := 0; i < len(fields); {
		last, width := i, 0
		for ; last < len(fields) && !strings.Contains(fields[last].value, "\n"); last++ {
			width = max(width, utf8.RuneCountInString(fields[last].name))
		}
		for ; i < last; i++ {
			f := fields[i]
			b.WriteByte('\t')
			b.WriteString(f.name)
			b.WriteString(colon)
			for range width + 1 - utf8.RuneCountInString(f.name) {
				b.WriteByte(' ')
			}
			b.WriteString(f.value)
			b.WriteString(end)
		}
		if i < len(fields) {
			f := fields[i]
			indent(&b, f.name+colon+" "+f.value)
			b.WriteString(end)
			i++
		}
	}
	b.WriteByte('}')
	return b.String()
}
