package load

import (
	"go/parser"
	"go/token"
	"testing"
)

func TestBuildConstraint(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"contacts.go", "", ""},
		{"linux.go", "", ""},
		{"contacts_test_helpers.go", "", ""},
		{"contacts_linux.go", "", "linux"},
		{"contacts_arm64.go", "", "arm64"},
		{"contacts_amd64.go", "", "amd64"},
		{"contacts_windows_amd64.go", "", "windows && amd64"},
		{"contacts_linux_arm64.go", "", "linux && arm64"},
		{"contacts_arm64_linux.go", "", "linux"},
		{"contacts_linux_more.go", "", ""},
		{"contacts.go", "//go:build integration || !windows\n\n", "integration || !windows"},
		{"contacts_linux.go", "//go:build a || b\n\n", "linux && (a || b)"},
	} {
		f, err := parser.ParseFile(token.NewFileSet(), c.name, c.line+"package p\n\n//go:build late\n", parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if got := buildConstraint(f, "/src/"+c.name); got != c.want {
			t.Errorf("%s, %q: %q, want %q", c.name, c.line, got, c.want)
		}
	}
}
