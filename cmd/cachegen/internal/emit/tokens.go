package emit

import (
	"go/scanner"
	"go/token"
)

// sameTokens reports that two sources differ in nothing but spaces and empty lines. Comments count.
func sameTokens(a, b []byte) bool {
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
