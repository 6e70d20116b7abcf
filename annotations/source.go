package annotations

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// source is the text of a value, without quotes and escapes, that remembers where each byte came
// from.
type source struct {
	text string
	line int
	from int   // where the text begins in the line, if it stands there as it is
	at   []int // else where text[i] begins in the line; the last is the end
}

// span is where text[i:j] came from.
func (s source) span(i, j int) Span {
	if s.at == nil {
		return Span{s.line, s.from + i, s.from + j}
	}
	return Span{s.line, s.at[i], s.at[j]}
}

func (s source) all() Span { return s.span(0, len(s.text)) }

func (s source) slice(i, j int) source {
	part := source{text: s.text[i:j], line: s.line, from: s.from + i}
	if s.at != nil {
		part.at = s.at[i : j+1]
	}
	return part
}

// builder puts a source together from pieces of its line. Nearly always they follow each other, and
// the source is a part of the line.
type builder struct {
	line    string
	from, n int // the part, as long as at is nil

	text []byte
	at   []int
}

// verbatim appends line[i:j].
func (b *builder) verbatim(i, j int) {
	if b.at == nil && (b.n == 0 || i == b.from+b.n) {
		b.from = i - b.n
		b.n += j - i
		return
	}
	for ; i < j; i++ {
		b.add(b.line[i:i+1], i)
	}
}

// add appends text that came from one place, and does not stand there like that: an escape.
func (b *builder) add(text string, from int) {
	if b.at == nil {
		b.spell()
	}
	b.text = append(b.text, text...)
	for range len(text) {
		b.at = append(b.at, from)
	}
}

// endsIn reports whether c is the last byte so far, or there is none.
func (b *builder) endsIn(c byte) bool {
	if b.at != nil {
		return b.text[len(b.text)-1] == c
	}
	return b.n == 0 || b.line[b.from+b.n-1] == c
}

// spell switches to recording where each byte came from.
func (b *builder) spell() {
	b.text = append(b.text, b.line[b.from:b.from+b.n]...)
	b.at = make([]int, b.n, b.n+1)
	for i := range b.at {
		b.at[i] = b.from + i
	}
}

// source returns what was added; it ends where the next byte of the line begins.
func (b *builder) source(line, end int) source {
	switch {
	case b.at == nil && b.n == 0:
		return source{line: line, from: end}
	case b.at == nil && b.from+b.n == end:
		return source{text: b.line[b.from:end], line: line, from: b.from}
	case b.at == nil:
		b.spell()
	}
	return source{text: string(b.text), line: line, at: append(b.at, end)}
}

// checkText reports what no value may hold: control and other invisible characters, and invalid
// UTF-8. Neighbours share a message.
func (r *reader) checkText() bool {
	ok := true
	for i := 0; i < len(r.text); {
		start, size := i, badText(r.text[i:])
		if size == 0 {
			_, size = utf8.DecodeRuneInString(r.text[i:])
			i += size
			continue
		}
		for size > 0 {
			i += size
			size = badText(r.text[i:])
		}
		ok = false
		bad := r.text[start:i]
		if utf8.ValidString(bad) {
			r.errs.addf(r.span(start, i), "%s in a value; only printable text and spaces can be part of a key", strconv.QuoteToASCII(bad))
		} else {
			r.errs.addf(r.span(start, i), "%s in a value is not UTF-8", strconv.QuoteToASCII(bad))
		}
	}
	return ok
}

// badText returns how many bytes at the beginning of s are a character that no value may hold.
func badText(s string) int {
	c, size := utf8.DecodeRuneInString(s)
	if c == utf8.RuneError && size == 1 || !unicode.IsPrint(c) {
		return size
	}
	return 0
}

// unquote decodes the inside of a quoted value, which is text[from:end] of a line and has no
// unescaped quote in it.
func unquote(text string, from, end int, quote byte, line int, errs *errorList) (s source, ok bool) {
	b, body := builder{line: text}, text[from:end]
	ok = true
	for i := 0; i < len(body); {
		if quote == '`' || body[i] != '\\' {
			b.verbatim(from+i, from+i+1)
			i++
			continue
		}
		c, multibyte, tail, err := strconv.UnquoteChar(body[i:], quote)
		if err != nil {
			_, size := utf8.DecodeRuneInString(body[i+1:])
			errs.addf(Span{line, from + i, from + i + 1 + size}, `unknown escape %s; in double quotes, \ begins a Go escape, in back quotes it is itself`, body[i:i+1+size])
			ok = false
			i += 1 + size
			continue
		}
		decoded := string(c)
		if c < utf8.RuneSelf || !multibyte {
			decoded = string([]byte{byte(c)})
		}
		b.add(decoded, from+i)
		i = len(body) - len(tail)
	}
	return b.source(line, end), ok
}

// quotedEnd returns the offset of the quote that closes the one at text[0], or -1.
func quotedEnd(text string) int {
	if text[0] == '`' {
		if i := strings.IndexByte(text[1:], '`'); i >= 0 {
			return i + 1
		}
		return -1
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case text[0]:
			return i
		case '\\':
			i++
		}
	}
	return -1
}
