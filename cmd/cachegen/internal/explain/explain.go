// Package explain shows what a program caches and what makes it stale: as text for a terminal, as
// JSON, as the source of a picture (Mermaid, Graphviz), and as a page with the picture in it. All
// of it is made from model.Graph, which is plain data.
package explain

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// Formats are the names that Write knows.
var Formats = []string{"text", "json", "mermaid", "dot", "html"}

// Write prints the graph in one of the formats.
func Write(w io.Writer, format string, g *model.Graph) error {
	var text string
	switch v := newView(g); format {
	case "text":
		text = v.text()
	case "json":
		out := json.NewEncoder(w)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		return out.Encode(g)
	case "mermaid":
		text = v.mermaid()
	case "dot":
		text = v.dot()
	case "html":
		return v.html(w)
	default:
		return fmt.Errorf("unknown format %q; formats are %s", format, strings.Join(Formats, ", "))
	}
	_, err := io.WriteString(w, text)
	return err
}

// view is a graph with what all formats want to know of it.
type view struct {
	*model.Graph
	byID map[string]place
}

// place is a method and where it is.
type place struct {
	in     *model.Repository
	method *model.Node
	number int // over all repositories, for the names of nodes
}

func newView(g *model.Graph) *view {
	v := &view{g, make(map[string]place)}
	for i := range g.Repositories {
		r := &g.Repositories[i]
		for j := range r.Methods {
			v.byID[r.Methods[j].ID] = place{r, &r.Methods[j], len(v.byID)}
		}
	}
	return v
}

// name is how a method is called among those of a repository: Get, or ContactRepository.Get of
// another, with its package where that differs.
func (v *view) name(id string, from *model.Repository) string {
	at, ok := v.byID[id]
	switch {
	case !ok: // the graph is a part of one
		return id[strings.LastIndexByte(id, '/')+1:]
	case at.in == from:
		return at.method.Name
	case at.in.Package == from.Package:
		return at.in.Name + "." + at.method.Name
	}
	return qualified(at.in) + "." + at.method.Name
}

// title is the name of a repository, with its package where another one has that name.
func (v *view) title(r *model.Repository) string {
	for i := range v.Repositories {
		if other := &v.Repositories[i]; other.Name == r.Name && other.Package != r.Package {
			return qualified(r)
		}
	}
	return r.Name
}

func qualified(r *model.Repository) string {
	return r.Package[strings.LastIndexByte(r.Package, '/')+1:] + "." + r.Name
}

// edge is a pattern of a write and a read that it reaches.
type edge struct {
	from, to place
	pattern  string
}

// edges lists what reaches what, in the order of the writes.
func (v *view) edges() []edge {
	var list []edge
	for _, r := range v.Repositories {
		for _, m := range r.Methods {
			if m.Change == nil {
				continue
			}
			for _, target := range targets(m.Change) {
				for _, read := range target.Reads {
					if to, ok := v.byID[read.Method]; ok {
						list = append(list, edge{v.byID[m.ID], to, target.Pattern})
					}
				}
			}
		}
	}
	return list
}

// targets are what a write reaches, what it puts first.
func targets(c *model.Change) []model.Target { return slices.Concat(c.Puts, c.Invalidates) }

// count returns how many methods are of a kind.
func (v *view) count(kind model.Kind) int {
	n := 0
	for _, r := range v.Repositories {
		for _, m := range r.Methods {
			if m.Kind == kind {
				n++
			}
		}
	}
	return n
}

// duration drops the zeros that Go prints: 10m0s is 10m, 1h0m0s 1h.
func duration(s string) string {
	if short, ok := strings.CutSuffix(s, "m0s"); ok {
		s = short + "m"
	}
	if short, ok := strings.CutSuffix(s, "h0m"); ok {
		s = short + "h"
	}
	return s
}

// staleWith names the tags of a read.
func staleWith(c *model.Cached) string {
	if len(c.Tags) == 0 {
		return ""
	}
	return "; goes stale with " + strings.Join(c.Tags, ", ")
}

// life says how long a read is kept: 10m, not found 30s.
func life(c *model.Cached) string {
	parts := []string{duration(c.TTL)}
	if c.Jitter != "" {
		parts = append(parts, "or up to "+c.Jitter+" less")
	}
	if c.NotFound != "" {
		parts = append(parts, "not found "+duration(c.NotFound))
	}
	if c.Tiers != "" {
		parts = append(parts, "in the process alone")
	}
	switch {
	case c.Strong:
		parts = append(parts, "no copy in the process answers")
	case c.Local == "off":
		parts = append(parts, "no copy in the process")
	case c.Tiers != "" && c.Local != "":
		parts = append(parts, "at most "+duration(c.Local))
	case c.Local != "":
		parts = append(parts, "in the process "+duration(c.Local))
	}
	if c.NoLock {
		parts = append(parts, "no wait for other processes")
	}
	if c.Batch != "" {
		parts = append(parts, "an entry for each of "+c.Batch)
	}
	if c.By != "" {
		parts = append(parts, "matched by "+c.By)
	}
	if c.Chunk > 0 {
		parts = append(parts, fmt.Sprintf("loaded %d at a time", c.Chunk))
	}
	return strings.Join(parts, ", ")
}

// tenant says whose the entries are.
func tenant(name string) string {
	switch name {
	case "context":
		return "the tenant of the context"
	case "global":
		return "all tenants together"
	case "*":
		return "every tenant"
	}
	return "the tenant " + name
}

// whose says whose entries a write is about, unless it is about those of the tenant of the context.
func whose(t model.Target) string {
	if t.Tenant == "context" {
		return ""
	}
	return " for " + tenant(t.Tenant)
}

// clone says what each caller gets.
func clone(c *model.Cached) string {
	switch c.Clone {
	case "copied":
		return "each caller gets a copy"
	case "plain":
		return "a plain value, which nobody shares"
	case "shared":
		return "callers share one value"
	}
	if c.CloneWhy == "" {
		return "decoded for each caller"
	}
	return "decoded for each caller, because " + c.CloneWhy
}

// staleBy groups what invalidates a read: Create, Update (contact:{c.ID}); Delete (contact:{id}).
func (v *view) staleBy(c *model.Cached, from *model.Repository) string {
	if len(c.InvalidatedBy) == 0 {
		if c.TTLOnly {
			return "only its ttl makes it stale"
		}
		return "nothing makes it stale but its ttl"
	}
	var patterns []string
	names := make(map[string][]string)
	for _, by := range c.InvalidatedBy {
		if by.Tag != "" {
			by.Pattern += " through " + by.Tag
		}
		if names[by.Pattern] == nil {
			patterns = append(patterns, by.Pattern)
		}
		if name := v.name(by.Method, from); !slices.Contains(names[by.Pattern], name) {
			names[by.Pattern] = append(names[by.Pattern], name)
		}
	}
	for i, pattern := range patterns {
		patterns[i] = strings.Join(names[pattern], ", ") + " (" + pattern + ")"
	}
	return "made stale by " + strings.Join(patterns, "; ")
}

// drops says what the pattern of the graph does to a read.
func (v *view) drops(c *model.Cached) string {
	switch c.Drops {
	case model.Every:
		return "drops all of it"
	case model.One:
		return "drops one entry"
	case model.Many:
		return "drops the entries that begin so"
	case model.Hung:
		return "drops the entries that go stale with it"
	}
	return ""
}

// targets says what each pattern of a write reaches.
func (v *view) targets(t model.Target, from *model.Repository) string {
	var names []string
	for _, r := range t.Reads {
		names = append(names, v.name(r.Method, from))
	}
	if len(names) == 0 {
		return "no read"
	}
	return strings.Join(names, ", ")
}

// puts names the reads whose entry is stored, and those that go stale with it.
func (v *view) puts(t model.Target, from *model.Repository) (stored, tagged string) {
	entries, others := t, t
	entries.Reads, others.Reads = nil, nil
	for _, r := range t.Reads {
		if r.Entries == model.Hung {
			others.Reads = append(others.Reads, r)
		} else {
			entries.Reads = append(entries.Reads, r)
		}
	}
	if len(others.Reads) > 0 {
		tagged = v.targets(others, from)
	}
	return v.targets(entries, from), tagged
}

// manner says how a write invalidates, if not in the usual way.
func manner(c *model.Change) string {
	var parts []string
	if c.OnSuccess {
		parts = append(parts, "on success only")
	}
	if c.Fence {
		parts = append(parts, "fenced")
	}
	if c.Settle != "" {
		parts = append(parts, "settles for "+duration(c.Settle))
	}
	return strings.Join(parts, ", ")
}
