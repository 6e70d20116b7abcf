package check

import (
	"errors"
	"go/types"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// Graph returns what the parts read and invalidate, with files relative to dir. A pattern, unless it is empty, leaves only the reads that
// invalidating it by hand would drop entries of, and the writes that reach those; the error says what is wrong with it.
func Graph(parts []*Part, dir, pattern string) (*model.Graph, error) {
	p := newProgram(parts)
	g := &grapher{
		program: p, dir: dir, drops: make(map[*reading]model.Extent),
		readings: make(map[*model.Method]*reading), writings: make(map[*model.Method]*writing),
	}
	for _, r := range p.reads {
		g.readings[r.model] = r
	}
	for _, w := range p.writes {
		g.writings[w.model] = w
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
		graph.Prefixes = firstFew(p.prefixes(model.All{}))
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

// drop finds the reads that a pattern meets.
func (g *grapher) drop(text string) error {
	block, errs := annotations.Parse([]string{"//cache:invalidate=" + strconv.Quote(text)})
	if len(errs) > 0 {
		return errors.New(errs[0].Message)
	}
	g.only = true
	for _, o := range block.Options {
		patterns, _ := o.Value.(annotations.Patterns)
		for _, pattern := range patterns.List {
			path := pathOfText(pattern)
			meant := g.meant(path)
			byHand := len(deliberate(path, meant)) == 0 // contact:42 means an id
			for _, like := range meant {
				for _, r := range like.reads {
					if g.drops[r] != model.Every {
						g.drops[r] = extent(path, r)
					}
				}
			}
			for _, r := range g.reads {
				if _, dropped := g.drops[r]; !dropped && r.tagMet(path, byHand) != nil {
					g.drops[r] = model.Hung
				}
			}
		}
	}
	return nil
}

// pathOfText is the path of a pattern that belongs to no method: a placeholder may be anything.
func pathOfText(pattern annotations.Pattern) []element {
	var path []element
	for _, s := range pattern.Segments {
		before, p, after := s.Split()
		e := element{before: before, after: after}
		if p != nil {
			e.kind = text
		}
		path = append(path, e)
	}
	if pattern.All {
		path = append(path, element{kind: many})
	}
	return path
}

// extent says how many of the entries of r a path that meets them is about.
func extent(path []element, r *reading) model.Extent {
	if path[len(path)-1].kind != many {
		if !slices.ContainsFunc(r.path, func(e element) bool { return e.kind != literal }) {
			return model.Every // there is only one
		}
		return model.One
	}
	for i, e := range path[:len(path)-1] {
		if e.kind != literal || i >= len(r.path) || r.path[i] != e {
			return model.Many
		}
	}
	return model.Every
}

func (g *grapher) repository(part *Part, w *model.Wrapper) model.Repository {
	name := w.Source.Obj().Name()
	out := model.Repository{Package: part.checker.pkg.Path, Name: name, Methods: []model.Node{}}
	lines, refused := make(map[string]int), make(map[string]bool)
	for i := range part.checker.pkg.Sources {
		for j := range part.checker.pkg.Sources[i].Types {
			decl := &part.checker.pkg.Sources[i].Types[j]
			if decl.Name != name {
				continue
			}
			out.File, out.Line = filepath.ToSlash(diag.Short(decl.Pos.Filename, g.dir)), decl.Pos.Line
			for k := range decl.Methods {
				m := &decl.Methods[k]
				lines[m.Name] = m.Pos.Line
				refused[m.Name] = len(m.Directives) > 0 && len(roughly(decl, m)) > 0
			}
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
		case refused[m.Name]:
			n.Kind = model.KindRefused
		}
		if !g.only || n.Read != nil && n.Read.Drops != "" || n.Change != nil && len(n.Change.Invalidates) > 0 {
			out.Methods = append(out.Methods, n)
		}
	}
	return out
}

func id(part *Part, repository, method string) string {
	return part.checker.pkg.Path + "." + repository + "." + method
}

func (s *site) id(part *Part) string { return id(part, s.method.decl.Name, s.method.name()) }

func (g *grapher) cached(r *reading) *model.Cached {
	read := r.model.Read
	c := &model.Cached{
		Key: r.template(), Shape: r.part.checker.shape(read), Result: r.part.checker.resultNames(r.method.sig),
		TTL: read.TTL.D.String(), NotFound: length(read.NotFound), Tenant: r.method.tenantName(read.Tenant),
		Local: length(read.Local), Strong: read.Strong, TTLOnly: r.method.options.flag(annotations.TTLOnly),
		Clone: cloning[read.Clone.How], CloneWhy: read.Clone.Why,
		Drops: g.drops[r], InvalidatedBy: []model.Reach{},
		Tags: tagTexts(read.Tags),
	}
	if read.Jitter > 0 {
		c.Jitter = strconv.Itoa(read.Jitter) + "%"
	}
	c.NoLock = read.NoLock
	if read.NoLocal {
		c.Local = "off"
	}
	if b := read.Batch; b != nil {
		c.Batch, c.Chunk = "{"+r.method.sig.Params().At(b.Param).Name()+"}", b.Chunk
	}
	for _, a := range r.invalidators() {
		c.InvalidatedBy = append(c.InvalidatedBy, a.reach(r, model.Reach{Method: a.by.id(a.by.part), Pattern: a.inv.Text}))
	}
	return c
}

func (g *grapher) change(w *writing) *model.Change {
	write := w.model.Write
	c := &model.Change{OnSuccess: write.OnSuccess, Fence: write.Fence, Settle: length(write.Settle), Invalidates: []model.Target{}}
	for _, a := range w.aims {
		t := model.Target{Pattern: a.inv.Text, Tenant: w.method.tenantName(a.inv.Tenant), Reads: []model.Reach{}}
		for _, r := range slices.Concat(a.reached.reads(), a.hanging()) {
			if _, dropped := g.drops[r]; dropped || !g.only {
				t.Reads = append(t.Reads, a.reach(r, model.Reach{Method: r.id(r.part)}))
			}
		}
		switch {
		case len(t.Reads) == 0 && g.only:
		case a.put:
			c.Puts = append(c.Puts, t)
		default:
			c.Invalidates = append(c.Invalidates, t)
		}
	}
	return c
}

// resultNames are the types that a read caches: *Contact, or ([]*Contact, int).
func (c *checker) resultNames(sig *types.Signature) string {
	var names []string
	for _, v := range answers(sig) {
		names = append(names, c.typeName(v.Type()))
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

func (m *method) tenantName(t model.Tenant) string {
	switch t := t.(type) {
	case model.Global:
		return "global"
	case model.All:
		return "*"
	case model.FromValue:
		return "{" + m.expression(&t.Value) + "}"
	}
	return "context"
}

// template is the key of a read as a directive would write it: contact:list:{f.Stage}:{page}.
func (s *site) template() string {
	parts := []string{s.model.Read.Prefix}
	for _, segment := range s.model.Read.Key {
		text := segment.Before
		if v := segment.Value; v != nil {
			name := s.method.expression(v)
			if name == "" || name == "_" {
				name = strconv.Itoa(v.Root.Index + 1)
			}
			text += "{" + name + "}"
		}
		parts = append(parts, text+segment.After)
	}
	return strings.Join(parts, ":")
}
