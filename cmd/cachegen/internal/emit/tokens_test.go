package emit

import "testing"

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
