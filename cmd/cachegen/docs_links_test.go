package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// The README is what a newcomer reads in five minutes.
const readmeLines = 300

func TestReadmeIsShort(t *testing.T) {
	if n := strings.Count(readRoot(t, "README.md"), "\n"); n > readmeLines {
		t.Errorf("README.md has %d lines; at most %d are read. Move what is for few to docs/", n, readmeLines)
	}
}

// written are the pages that people write, CHANGELOG.md and CONTRIBUTING.md among them.
func written(t *testing.T) []*page {
	t.Helper()
	pages := readPages(t)
	for _, name := range []string{"CHANGELOG.md", "CONTRIBUTING.md", "examples/README.md"} {
		pages = append(pages, readPage(t, name))
	}
	return pages
}

// TestDocsAreWrapped: prose has at most 100 columns. Tables, the output of commands and lines that
// are one link cannot be wrapped.
func TestDocsAreWrapped(t *testing.T) {
	single := regexp.MustCompile(`^(\[\S+\]: |!\[.*\]\(|<img |https://)`)
	for _, p := range written(t) {
		fence, open := "", false
		for i, line := range strings.Split(p.text, "\n") {
			if info, ok := strings.CutPrefix(line, "```"); ok {
				fence, open = info, !open
				continue
			}
			if open && (fence == "console" || fence == "acl") || strings.HasPrefix(line, "|") || single.MatchString(line) {
				continue
			}
			if n := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    ")); n > 100 {
				t.Errorf("%s:%d: the line has %d columns", p.name, i+1, n)
			}
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	code    = regexp.MustCompile("(?s)```.*?\n```|`[^`\n]*`")
)

// TestDocsLinks: what pages link to is in the repository, headings included.
func TestDocsLinks(t *testing.T) {
	linked := make(map[string]bool)
	for _, p := range written(t) {
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(p.text, ""), -1) {
			target := m[1] + m[2]
			if strings.HasPrefix(target, "https://") {
				continue
			}
			name, anchor, hasAnchor := strings.Cut(target, "#")
			file := p.name
			if name != "" {
				file = path.Join(path.Dir(p.name), name)
			}
			linked[file] = true
			if _, err := os.Stat(filepath.Join(moduleRoot(t), filepath.FromSlash(file))); err != nil {
				t.Errorf("%s links to %s: %v", p.name, target, err)
				continue
			}
			if !hasAnchor {
				continue
			}
			if known := anchors(readRoot(t, file)); !slices.Contains(known, anchor) {
				t.Errorf("%s links to %s; the anchors there are %v", p.name, target, known)
			}
		}
	}
	for _, p := range readPages(t)[1:] {
		if !linked[p.name] {
			t.Errorf("no page links to %s", p.name)
		}
	}
}

// anchors are the names that GitHub gives to the headings of a page.
func anchors(text string) []string {
	text = regexp.MustCompile("(?s)```.*?\n```").ReplaceAllString(text, "")
	var list []string
	seen := make(map[string]int)
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])
		if n := seen[anchor]; n > 0 {
			list = append(list, fmt.Sprintf("%s-%d", anchor, n))
		} else {
			list = append(list, anchor)
		}
		seen[anchor]++
	}
	return list
}
