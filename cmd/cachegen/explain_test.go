package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/explain"
)

// TestExplain holds what each format says of each case in testdata/explain against its files
// want.text, want.json and so on. A file named pattern holds that of -pattern.
func TestExplain(t *testing.T) {
	isWant := func(name string) bool { return strings.HasPrefix(name, "want.") }
	g := unpack(t, "explain", func(name string) bool { return !isWant(name) })
	for _, c := range g.cases {
		t.Run(c.name, func(t *testing.T) {
			pattern := ""
			for _, f := range c.archive.Files {
				if f.Name == "pattern" {
					pattern = strings.TrimSpace(string(f.Data))
				}
			}
			got := make(map[string][]byte)
			for _, format := range explain.Formats {
				var stdout, stderr bytes.Buffer
				code := run(t.Context(), env{dir: c.dir, stdout: &stdout, stderr: &stderr}, []string{"explain", "-format", format, "-pattern", pattern, "./..."})
				if code != exitDone || stderr.Len() > 0 {
					t.Errorf("%s: exit status %d, %s", format, code, stderr.Bytes())
				}
				got["want."+format] = stdout.Bytes()
			}
			for line := range strings.Lines(string(got["want.text"])) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 100 {
					t.Errorf("a line of %d columns: %s", n, line)
				}
			}
			for _, foreign := range []string{"http:", "https:", "src=", "@import"} {
				page := strings.ReplaceAll(string(got["want.html"]), `xmlns="http://www.w3.org/2000/svg"`, "")
				if strings.Contains(page, foreign) {
					t.Errorf("the page needs another: %s", foreign)
				}
			}
			if pattern != "" { // of the page, what is drawn is all the same
				delete(got, "want.html")
			}
			c.compare(t, isWant, got)
		})
	}
}
