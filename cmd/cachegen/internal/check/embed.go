package check

import (
	"go/token"
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var (
	ruleEmbedsTwice = rule.New("embeds-twice", "%s embeds %s with the directives of %s (%s) and with others of %s (%s); repeat the method with those that it is to have")
	ruleUnread      = rule.NewWarning("embeds-unread", "%s embeds %s, whose source is not at hand; what it has of directives is not known, and its methods are not cached")
)

// home is where a method has its directives. They mean there what they say: its constants and defaults are those of that place.
type home struct {
	decl    *model.TypeDecl
	at      model.MethodDecl
	imports map[string]*types.Package
}

// indexDirectives notes which interfaces have directives, for others that embed them.
func (c *checker) indexDirectives() {
	c.homes = make(map[*types.TypeName]home)
	for _, sources := range [][]model.Source{c.pkg.Sources, c.pkg.Embedded} {
		for _, source := range sources {
			for i := range source.Types {
				if decl := &source.Types[i]; decl.Object != nil {
					c.homes[decl.Object] = home{decl: decl, imports: source.Imports}
				}
			}
		}
	}
}

// inherited lists, by method, the directives that come with embedded interfaces. An interface that repeats a method has the last word on it.
func (c *checker) inherited(body *types.Interface) map[string][]home {
	if body.NumEmbeddeds() == 0 {
		return nil
	}
	found := make(map[string][]home)
	var visit func(t types.Type, decided map[string]bool)
	visit = func(t types.Type, decided map[string]bool) {
		t = types.Unalias(t)
		if n, ok := t.(*types.Named); ok {
			if h, ok := c.homes[n.Obj()]; ok {
				for _, m := range h.decl.Methods {
					known := slices.ContainsFunc(found[m.Name], func(other home) bool { return other.at.Pos == m.Pos })
					if len(m.Directives) > 0 && !known && !decided[m.Name] {
						found[m.Name] = append(found[m.Name], home{h.decl, m, h.imports})
					}
				}
			}
		}
		body, ok := t.Underlying().(*types.Interface)
		if !ok {
			return
		}
		below := make(map[string]bool, len(decided))
		for name := range decided {
			below[name] = true
		}
		for f := range body.ExplicitMethods() {
			below[f.Name()] = true
		}
		for e := range body.EmbeddedTypes() {
			visit(e, below)
		}
	}
	for e := range body.EmbeddedTypes() {
		visit(e, nil)
	}
	return found
}

// inherits reports whether directives come with what a type embeds.
func (c *checker) inherits(decl *model.TypeDecl) bool {
	if decl.Object == nil {
		return false
	}
	body, ok := decl.Object.Type().Underlying().(*types.Interface)
	return ok && len(c.inherited(body)) > 0
}

// inherit gives methods of embedded interfaces the directives that they have at home. That waits until all homes have been checked, so that what
// is wrong there is said there, and only there.
func (c *checker) inherit(decl *model.TypeDecl, defaults *block, at Span, from map[string][]home, out map[string]*model.Method) {
	for _, name := range c.pkg.Unread {
		if embeds(decl.Object.Type(), name) {
			c.report(at, ruleUnread, decl.Name, name.Pkg().Name()+"."+name.Name())
		}
	}
	for f := range decl.Object.Type().Underlying().(*types.Interface).Methods() {
		homes, o := from[f.Name()], out[f.Name()]
		if len(homes) == 0 || o == nil {
			continue
		}
		first := homes[0]
		if i := slices.IndexFunc(homes, func(h home) bool { return !h.says(first) }); i > 0 {
			c.report(at, ruleEmbedsTwice, decl.Name, f.Name(), first.decl.Name, short(first.at.Pos), homes[i].decl.Name, short(homes[i].at.Pos))
			continue
		}
		c.later = append(c.later, func() { c.adopt(decl, defaults, at, first, o) })
	}
}

// says reports whether two methods have the same directives, defaults included.
func (h home) says(other home) bool {
	same := func(a, b model.Directive) bool { return a.Text == b.Text }
	return slices.EqualFunc(h.at.Directives, other.at.Directives, same) && slices.EqualFunc(h.decl.Directives, other.decl.Directives, same)
}

func embeds(t types.Type, name *types.TypeName) bool {
	body, ok := t.Underlying().(*types.Interface)
	if !ok {
		return false
	}
	for e := range body.EmbeddedTypes() {
		if n, ok := types.Unalias(e).(*types.Named); ok && n.Obj() == name || embeds(e, name) {
			return true
		}
	}
	return false
}

// adopt checks the directives of one method for the type that embeds it. What is wrong with them only here is reported here.
func (c *checker) adopt(decl *model.TypeDecl, defaults *block, at Span, from home, out *model.Method) {
	to, imports := c.reportTo, c.imports
	c.imports, c.home = from.imports, from.decl.Object.Pkg()
	c.reportTo = func(f diag.Finding) {
		if !c.known[finding{f.Pos, f.Rule}] {
			f.Message = out.Name + " of " + from.decl.Name + ", embedded here: " + f.Message
			f.Pos, f.End, f.Fix = at.Pos, at.End, ""
			to(f)
		}
	}
	defer func() { c.reportTo, c.imports, c.home, c.adopting = to, imports, c.pkg.Types, false }()
	c.adopting = true
	before := c.reported
	m := from.at
	m.Pos = at.Pos
	own := &method{
		decl: decl, at: m, sig: out.Signature, ctx: contextIndex(out.Signature), home: &from, where: at,
		options: options{own: c.parse(m.Directives), outer: defaults},
	}
	if len(from.decl.Directives) > 0 {
		own.options.defaults = c.parse(from.decl.Directives)
	}
	c.decide(own, out, before)
}

// finding is what makes one finding like another.
type finding struct {
	pos  token.Position
	rule string
}

// apart is a part of the version of adopted reads: what two types answer for the same arguments need not be the same, even if both embed the method.
// It is one of the reads beside them too, so that a batch that is adopted shares its entries with a read that is not.
func (c *checker) apart(m *method) []types.Type {
	if m.home == nil && !c.inherits(m.decl) {
		return nil
	}
	return []types.Type{types.NewNamed(types.NewTypeName(token.NoPos, c.pkg.Types, m.decl.Name, nil), types.NewStruct(nil, nil), nil)}
}
