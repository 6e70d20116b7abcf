package emit

import (
	"bytes"
	"go/scanner"
	"go/token"
	"strings"
)

// sameTokens reports that two sources differ in nothing but spaces and empty lines. Comments count.
func sameTokens(a, b []byte) bool { return sameByLine(a, b) || equalTokens(a, b) }

// sameByLine reports that two sources have the same tokens line by line. Only lines that differ
// once needless spaces are out are scanned, so it takes a tenth of what equalTokens takes. It does
// not answer for sources with a token that may span lines.
func sameByLine(a, b []byte) bool {
	if maySpanLines(a) || maySpanLines(b) {
		return false
	}
	var x, y []byte // without needless spaces
	for {
		var line, other []byte
		line, a = nextLine(a)
		other, b = nextLine(b)
		if line == nil || other == nil {
			return line == nil && other == nil
		}
		x, y = dense(x[:0], line), dense(y[:0], other)
		if !bytes.Equal(x, y) && !equalTokens(line, other) {
			return false
		}
	}
}

func maySpanLines(src []byte) bool {
	return bytes.IndexByte(src, '`') >= 0 || bytes.Contains(src, []byte("/*"))
}

// nextLine returns the first line that is not empty, without the spaces around it, and what follows
// it. The line is nil at the end.
func nextLine(src []byte) (line, rest []byte) {
	for len(src) > 0 {
		line, src, _ = bytes.Cut(src, []byte("\n"))
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, src
		}
	}
	return nil, nil
}

// dense appends a line without the spaces that separate nothing: those beside a bracket, a comma or
// a semicolon, those around the dot of a selector, and those between a word and an operator.
// Literals and comments stay as they are.
func dense(dst, line []byte) []byte {
	var before class // of the last byte that is no space
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == ' ' || c == '\t':
			for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
				i++
			}
			if i < len(line) && joins(before, classes[line[i]]) {
				dst = append(dst, ' ')
			}
			continue
		case c == '"' || c == '\'':
			end := i + quotedLength(line[i:])
			dst = append(dst, line[i:end]...)
			before, i = word, end
			continue
		case c == '/' && bytes.HasPrefix(line[i:], []byte("//")):
			return append(dst, line[i:]...)
		default:
			dst = append(dst, c)
			before = classes[c]
		}
		i++
	}
	return dst
}

// quotedLength returns the length of the string or rune that a line begins with.
func quotedLength(line []byte) int {
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case line[0]:
			return i + 1
		}
	}
	return len(line)
}

// class says which bytes may become one token.
type class int

const (
	separator class = iota
	word
	digit
	dot
	operator
)

var classes = classesOfBytes()

func classesOfBytes() (all [256]class) {
	for i := range all {
		switch c := byte(i); {
		case '0' <= c && c <= '9':
			all[i] = digit
		case c == '_' || c == '"' || c == '\'' || c >= 0x80, 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			all[i] = word
		case c == '.':
			all[i] = dot
		case strings.IndexByte("()[]{},;", c) < 0:
			all[i] = operator
		}
	}
	return all
}

// joins reports that bytes of two classes may mean something else without the space between them.
func joins(a, b class) bool {
	switch a {
	case word, digit:
		return b == word || b == digit || a == digit && b == dot
	case dot:
		return b == digit || b == dot
	}
	return a == operator && b == operator
}

func equalTokens(a, b []byte) bool {
	next, other := tokensOf(a), tokensOf(b)
	for {
		x, y := next(), other()
		if x != y {
			return false
		}
		if x.kind == token.EOF {
			return true
		}
	}
}

type tokenText struct {
	kind token.Token
	text string
}

// tokensOf returns what yields the tokens of a source one by one. An ILLEGAL one equals none.
func tokensOf(src []byte) func() tokenText {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, src, func(token.Position, string) {}, scanner.ScanComments)
	return func() tokenText {
		_, kind, text := s.Scan()
		switch kind {
		case token.SEMICOLON:
			text = "" // a line break, or written
		case token.ILLEGAL:
			text = string(src) // no other source has that
		}
		return tokenText{kind, text}
	}
}
