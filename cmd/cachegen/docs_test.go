package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// page is a Markdown file of the repository.
type page struct {
	name   string // from the root of the repository, with slashes
	text   string
	blocks []block

	edits []edit // what -update writes
}

// block is a fenced block of a page.
type block struct {
	page *page
	lead string // the last paragraph before it
	lang string // go, console or ""
	note string // what follows the language: go before
	text string
	line int // of its first line of text, from 1
}

// edit replaces the text of a block.
type edit struct {
	block block
	text  string
}

// readPage reads one page of the repository.
func readPage(t *testing.T, name string) *page {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(moduleRoot(t), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	p := &page{name: name, text: string(data)}
	p.blocks = p.fenced()
	return p
}

// readPages reads the README first, and then the pages of docs/ by name.
func readPages(t *testing.T) []*page {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(moduleRoot(t), "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages := []*page{readPage(t, "README.md")}
	for _, name := range names {
		pages = append(pages, readPage(t, "docs/"+filepath.Base(name)))
	}
	return pages
}

// fenced finds the blocks of a page.
func (p *page) fenced() []block {
	var list []block
	var lead []string
	var open *block
	ended := false // the paragraph in lead
	for i, line := range strings.Split(p.text, "\n") {
		info, isFence := strings.CutPrefix(line, "```")
		switch {
		case open != nil && isFence:
			list = append(list, *open)
			open, lead = nil, nil
		case open != nil:
			open.text += line + "\n"
		case isFence:
			lang, note, _ := strings.Cut(info, " ")
			open = &block{page: p, lead: strings.Join(lead, " "), lang: lang, note: note, line: i + 2}
		case line == "":
			ended = true
		default:
			if ended {
				lead, ended = nil, false
			}
			lead = append(lead, line)
		}
	}
	return list
}

var (
	named  = regexp.MustCompile("`([\\w/]+\\.go)`[^`]*$")
	linked = regexp.MustCompile(`\]\(([^)]*examples/[^)]+\.\w+)\)[^()]*$`)
)

// file is the file that a block of Go is to be, which the paragraph before it names last: this is
// `contacts/contacts.go`.
func (b block) file() string {
	if m := named.FindStringSubmatch(b.lead); m != nil && b.lang == "go" && b.source() == "" {
		return m[1]
	}
	return ""
}

// source is the file of the examples that a block is a part of, which the paragraph before it links
// to last, before a colon.
func (b block) source() string {
	if m := linked.FindStringSubmatch(b.lead); m != nil && strings.HasSuffix(b.lead, ":") {
		return filepath.ToSlash(filepath.Join(filepath.Dir(b.page.name), m[1]))
	}
	return ""
}

// replace notes what a block should be. With -update, write puts it into the page.
func (p *page) replace(b block, text string) { p.edits = append(p.edits, edit{b, text}) }

// write puts the edits into the page.
func (p *page) write(t *testing.T) {
	t.Helper()
	if !*update || len(p.edits) == 0 {
		return
	}
	slices.SortFunc(p.edits, func(a, b edit) int { return b.block.line - a.block.line })
	lines := strings.SplitAfter(p.text, "\n")
	for _, e := range p.edits {
		first := e.block.line - 1
		last := first + strings.Count(e.block.text, "\n")
		lines = slices.Concat(lines[:first], strings.SplitAfter(e.text, "\n"), lines[last:])
	}
	writeRoot(t, p.name, strings.Join(lines, ""))
}

func readRoot(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(moduleRoot(t), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func writeRoot(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(moduleRoot(t), filepath.FromSlash(name))
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
