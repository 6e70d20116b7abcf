package program

import (
	"go/types"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

// Graph returns what the parts read and invalidate, with files relative to dir. If there is a
// pattern, the graph has only the reads whose entries it drops, and the writes that reach those.
// The error says what is wrong with the pattern.
func Graph(parts []*check.Part, dir, pattern string) (*model.Graph, error) {
	p := newProgram(parts)
	g := &grapher{
		program: p, dir: dir, drops: make(map[*reading]model.Extent),
		readings: make(map[*model.Method]*reading), writings: make(map[*model.Method]*writing),
	}
	for _, r := range p.reads {
		g.readings[r.Model] = r
	}
	for _, w := range p.writes {
		g.writings[w.Model] = w
	}
	graph := &model.Graph{Pattern: pattern, Repositories: []model.Repository{}}
	if pattern != "" {
		if err := g.drop(pattern); err != nil {
			return nil, err
		}
	}
	for _, part := range parts {
		for _, file := range part.Files {
			for i := range file.Wrappers {
				if r := g.repository(part, &file.Wrappers[i]); len(r.Methods) > 0 {
					graph.Repositories = append(graph.Repositories, r)
				}
			}
		}
	}
	if pattern != "" && len(graph.Repositories) == 0 {
		graph.Prefixes = rule.FirstFew(p.prefixes(model.All{}))
	}
	return graph, nil
}

type grapher struct {
	*program
	dir      string
	readings map[*model.Method]*reading
	writings map[*model.Method]*writing
	only     bool                      // those in drops
	drops    map[*reading]model.Extent // what the pattern drops
}

func (g *grapher) repository(part *check.Part, w *model.Wrapper) model.Repository {
	name := w.Source.Obj().Name()
	out := model.Repository{Package: part.Package().Path, Name: name, Methods: []model.Node{}}
	lines, refused := make(map[string]int), make(map[string]bool)
	for decl := range check.Decls(part.Package()) {
		if decl.Name != name {
			continue
		}
		out.File, out.Line = filepath.ToSlash(diag.Short(decl.Pos.Filename, g.dir)), decl.Pos.Line
		for i := range decl.Methods {
			m := &decl.Methods[i]
			lines[m.Name] = m.Pos.Line
			refused[m.Name] = len(m.Directives) > 0 && len(check.RefusedPaths(decl, m)) > 0
		}
	}
	for i := range w.Methods {
		m := &w.Methods[i]
		n := model.Node{ID: id(part, name, m.Name), Name: m.Name, Line: lines[m.Name], Kind: model.KindDelegated}
		r, w := g.readings[m], g.writings[m]
		switch {
		case r != nil:
			n.Kind, n.Read = model.KindRead, g.cached(r)
		case w != nil:
			n.Kind, n.Change = model.KindWrite, g.change(w)
		case m.Tx != nil:
			n.Kind = model.KindTx
		case refused[m.Name]:
			n.Kind = model.KindRefused
		}
		if !g.only || n.Read != nil && n.Read.Drops != "" || n.Change != nil && len(n.Change.Invalidates) > 0 {
			out.Methods = append(out.Methods, n)
		}
	}
	return out
}

func id(part *check.Part, repository, method string) string {
	return part.Package().Path + "." + repository + "." + method
}

func (m member) id() string { return id(m.part, m.Decl().Name, m.Name()) }

func (g *grapher) cached(r *reading) *model.Cached {
	read := r.Model.Read
	c := &model.Cached{
		Key: template(r.Site), Shape: r.part.Shape(read), Result: resultNames(r.part, r.Signature()),
		TTL: read.TTL.D.String(), NotFound: length(read.NotFound), Tenant: tenantName(r.Site, read.Tenant),
		Local: length(read.Local), Strong: read.Strong, TTLOnly: r.TTLOnly(),
		Clone: cloning[read.Clone.How], CloneWhy: read.Clone.Why,
		Drops: g.drops[r], InvalidatedBy: []model.Reach{},
		Tags: tagTexts(read.Tags),
	}
	if read.Jitter > 0 {
		c.Jitter = strconv.Itoa(read.Jitter) + "%"
	}
	c.NoLock = read.NoLock
	if read.InProcess {
		c.Tiers = string(annotations.LocalTier)
	}
	if read.NoLocal {
		c.Local = "off"
	}
	if b := read.Batch; b != nil {
		c.Batch, c.Chunk = r.Signature().Params().At(b.Param).Name(), b.Chunk
		if b.Field != "" {
			c.Batch += "." + b.Field
		}
		c.Batch = "{" + c.Batch + "}"
		switch {
		case b.By != nil:
			c.By = "{" + r.Expression(b.By) + "}"
		case b.List:
			c.By = "position"
		}
	}
	for _, t := range r.invalidators() {
		c.InvalidatedBy = append(c.InvalidatedBy, t.reach(r, model.Reach{Method: t.by.id(), Pattern: t.inv.Text}))
	}
	return c
}

func (g *grapher) change(w *writing) *model.Change {
	write := w.Model.Write
	c := &model.Change{OnSuccess: write.OnSuccess, Fence: write.Fence, Settle: length(write.Settle), Invalidates: []model.Target{}}
	for _, t := range w.targets {
		out := model.Target{Pattern: t.inv.Text, Tenant: tenantName(w.Site, t.inv.Tenant), Reads: []model.Reach{}}
		for _, r := range slices.Concat(t.reached.reads(), t.reachedByTags()) {
			if _, dropped := g.drops[r]; dropped || !g.only {
				out.Reads = append(out.Reads, t.reach(r, model.Reach{Method: r.id()}))
			}
		}
		switch {
		case len(out.Reads) == 0 && g.only:
		case t.put:
			c.Puts = append(c.Puts, out)
		default:
			c.Invalidates = append(c.Invalidates, out)
		}
	}
	return c
}

// resultNames are the types that a read caches: *Contact, or ([]*Contact, int).
func resultNames(part *check.Part, sig *types.Signature) string {
	var names []string
	for _, v := range check.Answers(sig) {
		names = append(names, part.TypeName(v.Type()))
	}
	if len(names) == 1 {
		return names[0]
	}
	return "(" + strings.Join(names, ", ") + ")"
}

var cloning = map[model.Cloning]string{model.Encoded: "encoded", model.Copied: "copied", model.Plain: "plain", model.Shared: "shared"}

func length(d model.Duration) string {
	if d.D == 0 {
		return ""
	}
	return d.D.String()
}

func tenantName(s *check.Site, t model.Tenant) string {
	switch t := t.(type) {
	case model.Global:
		return "global"
	case model.All:
		return "*"
	case model.FromValue:
		return "{" + s.Expression(&t.Value) + "}"
	}
	return "context"
}

// template is the key of a read as a directive would write it: contact:list:{f.Stage}:{page}.
func template(s *check.Site) string {
	parts := []string{s.Model.Read.Prefix}
	for _, segment := range s.Model.Read.Key {
		text := segment.Before
		if v := segment.Value; v != nil {
			name := s.Expression(v)
			if name == "" || name == "_" {
				name = strconv.Itoa(v.Root.Index + 1)
			}
			text += "{" + name + "}"
		}
		parts = append(parts, text+segment.After)
	}
	return strings.Join(parts, ":")
}

func tagTexts(tags []model.Tag) []string {
	var list []string
	for _, t := range tags {
		list = append(list, t.Text)
	}
	return list
}

// reach completes one end of an edge.
func (t *target) reach(r *reading, out model.Reach) model.Reach {
	out.Entries = extent(t.path, r)
	if t.reachesByTag(r) {
		out.Entries = model.Hung
		if tag := r.tagMet(t.path, false); tag != nil {
			out.Tag = tag.text
		}
	}
	return out
}
