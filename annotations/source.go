package annotations

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// source is the text of a value, without quotes and escapes, that remembers where each byte came from.
type source struct {
	text string
	line int
	at   []int // at[i] is where text[i] begins in the line; one more than text has bytes, for the end
}

// span is where text[i:j] came from.
func (s source) span(i, j int) Span { return Span{s.line, s.at[i], s.at[j]} }

func (s source) all() Span { return s.span(0, len(s.text)) }

func (s source) slice(i, j int) source { return source{s.text[i:j], s.line, s.at[i : j+1]} }

// builder puts a source together from pieces of its line.
type builder struct {
	text []byte
	at   []int
}

// add appends text that came from one place: an escape, or a single byte.
func (b *builder) add(text string, from int) {
	b.text = append(b.text, text...)
	for range len(text) {
		b.at = append(b.at, from)
	}
}

// source returns what was added; it ends where the next byte of the line begins.
func (b *builder) source(line, end int) source {
	return source{string(b.text), line, append(b.at, end)}
}

// checkText reports what no value may hold: control and other invisible characters, and invalid UTF-8. Neighbours share a message.
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

// unquote decodes the inside of a quoted value, which begins at offset from of a line and has no unescaped quote in it.
func unquote(body string, quote byte, line, from int, errs *errorList) (s source, ok bool) {
	var b builder
	ok = true
	for i := 0; i < len(body); {
		if quote == '`' || body[i] != '\\' {
			b.add(body[i:i+1], from+i)
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
	return b.source(line, from+len(body)), ok
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
