package emit

import (
	"go/scanner"
	"go/token"
	"testing"
)

func TestSameTokens(t *testing.T) {
	const source = "package p\n\n// F is short.\nfunc F(a, b int) int {\n\treturn a + b\n}\n"
	for _, c := range []struct {
		name, other string
		same        bool
	}{
		{"itself", source, true},
		{"spaces", "package p\n// F is short.\nfunc F(a,b int) int { return a+b\n}\n\n", true},
		{"line ends of Windows", "package p\r\n\r\n// F is short.\r\nfunc F(a, b int) int {\r\n\treturn a + b\r\n}\r\n", true},
		{"an identifier", "package p\n\n// F is short.\nfunc F(a, c int) int {\n\treturn a + b\n}\n", false},
		{"a comment", "package p\n\n// F is long.\nfunc F(a, b int) int {\n\treturn a + b\n}\n", false},
		{"a line break that ends a statement", "package p\n\n// F is short.\nfunc F(a, b int) int {\n\treturn\n\ta + b\n}\n", false},
		{"the end", source[:len(source)-2], false},
		{"more", source + "var _ = 0\n", false},
		{"a byte that is no token", "package p\n\n// F is short.\nfunc F(a, b int) int {\n\treturn a + \x00b\n}\n", false},
		{"nothing", "", false},
	} {
		if got := sameTokens([]byte(source), []byte(c.other)); got != c.same {
			t.Errorf("%s: the same is %t", c.name, got)
		}
		if got := sameTokens([]byte(c.other), []byte(source)); got != c.same {
			t.Errorf("%s, the other way: the same is %t", c.name, got)
		}
	}
}

// FuzzSameByLine compares two sources line by line, and token by token: the first must not call
// the same what the second does not. What is no token is not in what is generated.
func FuzzSameByLine(f *testing.F) {
	for _, pair := range [][2]string{
		{"x := a + b", "x:=a+b"}, {"return a", "returna"}, {"a - -b", "a--b"}, {"1.5", "1. 5"}, {"1.5", "1 .5"},
		{`f("a b")`, `f("ab")`}, {`f('"', " ")`, `f('"', "")`}, {`f("\" a")`, `f("\"a")`}, {"a // b  c", "a // b c"},
		{"a / / b", "a //b"}, {"f(a, b)", "f (a ,b )"}, {"a\nb", "a b"}, {"a\n\n\nb", "a\n b"}, {"x = `a\n`", "x = `a\n\n`"},
		{"a /* b\n */", "a /* b\n\n */"}, {"a & ^b", "a &^b"}, {"a <- b", "a < -b"}, {"é a", "éa"}, {"f(a...)", "f(a ...)"},
		{"\xff a", "\xffa"}, {"a . b", "a.b"}, {"a. .b", "a..b"}, {"a1 .b", "a1.b"}, {"0 x1", "0x1"}, {"a\r\nb", "a\nb"}, {"a\rb", "ab"},
	} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if sameByLine([]byte(a), []byte(b)) && !equalTokens([]byte(a), []byte(b)) && !illegal(a) && !illegal(b) {
			t.Errorf("%q and %q have other tokens", a, b)
		}
	})
}

// illegal reports that a source has what is no token, or a string without its end.
func illegal(src string) bool {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, []byte(src), func(token.Position, string) {}, scanner.ScanComments)
	for {
		if _, kind, _ := s.Scan(); kind == token.EOF {
			return s.ErrorCount > 0
		}
	}
}
