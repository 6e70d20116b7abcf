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
	ruleEmbedsTwice = rule.New("embeds-twice",
		"%s embeds %s twice, with the directives of %s (%s) and with others of %s (%s); repeat "+
			"the method with the directives that it should have")
	ruleUnread = rule.NewWarning("embeds-unread",
		"%s embeds %s, whose source was not loaded, so its directives are not known and its "+
			"methods are not cached; repeat the methods here with directives")
)

// declaration is where a method has its directives. Constants and defaults in them are those of
// that place.
type declaration struct {
	decl    *model.TypeDecl
	at      model.MethodDecl
	imports map[string]*types.Package
}

// indexDirectives notes which interfaces have directives, for others that embed them.
func (c *checker) indexDirectives() {
	c.declarations = make(map[*types.TypeName]declaration)
	for _, sources := range [][]model.Source{c.pkg.Sources, c.pkg.Embedded} {
		for _, source := range sources {
			for i := range source.Types {
				if decl := &source.Types[i]; decl.Object != nil {
					c.declarations[decl.Object] = declaration{decl: decl, imports: source.Imports}
				}
			}
		}
	}
}

// inheritance has the directives that come with embedded interfaces, by method. More than one
// declaration of a method is a conflict if they differ.
type inheritance map[string][]declaration

// inherited lists the directives that an interface inherits. An interface that repeats a method has
// the last word on it.
func (c *checker) inherited(body *types.Interface) inheritance {
	if body.NumEmbeddeds() == 0 {
		return nil
	}
	found := make(inheritance)
	for embedded := range body.EmbeddedTypes() {
		c.inheritFrom(embedded, nil, found)
	}
	return found
}

// inheritFrom adds the directives of an embedded type, and of those that it embeds. Repeated are
// the methods on which an interface in between has had the last word.
func (c *checker) inheritFrom(embedded types.Type, repeated []string, found inheritance) {
	embedded = types.Unalias(embedded)
	if n, ok := embedded.(*types.Named); ok {
		found.add(c.declarations[n.Obj()], repeated)
	}
	body, ok := embedded.Underlying().(*types.Interface)
	if !ok {
		return
	}
	repeated = slices.Clip(repeated) // what is added is for the types below only
	for f := range body.ExplicitMethods() {
		repeated = append(repeated, f.Name())
	}
	for e := range body.EmbeddedTypes() {
		c.inheritFrom(e, repeated, found)
	}
}

// add adds the methods that have directives in a declaration of an interface. One that is embedded
// twice is there once.
func (in inheritance) add(from declaration, repeated []string) {
	if from.decl == nil {
		return
	}
	for _, m := range from.decl.Methods {
		known := slices.ContainsFunc(in[m.Name], func(d declaration) bool { return d.at.Pos == m.Pos })
		if len(m.Directives) > 0 && !known && !slices.Contains(repeated, m.Name) {
			in[m.Name] = append(in[m.Name], declaration{from.decl, m, from.imports})
		}
	}
}

// inherits reports whether a type embeds an interface with directives.
func (c *checker) inherits(decl *model.TypeDecl) bool {
	if decl.Object == nil {
		return false
	}
	body, ok := decl.Object.Type().Underlying().(*types.Interface)
	return ok && len(c.inherited(body)) > 0
}

// inherit gives methods of embedded interfaces the directives that they are declared with. It waits
// until all declarations have been checked: a mistake in one is reported there, and only there.
func (c *checker) inherit(decl *model.TypeDecl, defaults *block, at Span, from inheritance, out map[string]*model.Method) {
	for _, name := range c.pkg.Unread {
		if embeds(decl.Object.Type(), name) {
			c.report(at, ruleUnread, decl.Name, name.Pkg().Name()+"."+name.Name())
		}
	}
	for f := range decl.Object.Type().Underlying().(*types.Interface).Methods() {
		declarations, o := from[f.Name()], out[f.Name()]
		if len(declarations) == 0 || o == nil {
			continue
		}
		first := declarations[0]
		if i := slices.IndexFunc(declarations, func(d declaration) bool { return !d.says(first) }); i > 0 {
			c.report(at, ruleEmbedsTwice, decl.Name, f.Name(), first.decl.Name, short(first.at.Pos), declarations[i].decl.Name, short(declarations[i].at.Pos))
			continue
		}
		c.adoptions = append(c.adoptions, func() { c.adopt(decl, defaults, at, first, o) })
	}
}

// says reports whether two methods have the same directives, defaults included.
func (d declaration) says(other declaration) bool {
	same := func(a, b model.Directive) bool { return a.Text == b.Text }
	return slices.EqualFunc(d.at.Directives, other.at.Directives, same) && slices.EqualFunc(d.decl.Directives, other.decl.Directives, same)
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

// adopt checks the directives of one method for the type that embeds it. It reports only what was
// not wrong at the declaration.
func (c *checker) adopt(decl *model.TypeDecl, defaults *block, at Span, from declaration, out *model.Method) {
	to, imports := c.reportTo, c.imports
	c.imports, c.declaredIn = from.imports, from.decl.Object.Pkg()
	c.reportTo = func(f diag.Finding) {
		if !c.reportedAt[finding{f.Pos, f.Rule}] {
			f.Message = out.Name + " of " + from.decl.Name + ", embedded here: " + f.Message
			f.Pos, f.End, f.Fix = at.Pos, at.End, ""
			to(f)
		}
	}
	defer func() { c.reportTo, c.imports, c.declaredIn, c.adopting = to, imports, c.pkg.Types, false }()
	c.adopting = true
	before := c.reported
	m := from.at
	m.Pos = at.Pos
	own := &method{
		decl: decl, at: m, sig: out.Signature, ctx: contextIndex(out.Signature), declaredAt: &from, embeddedAt: at,
		options: options{own: c.parse(m.Directives), outer: defaults},
	}
	if len(from.decl.Directives) > 0 {
		own.options.defaults = c.parse(from.decl.Directives)
	}
	c.decide(own, out, before)
}

// finding identifies a finding: two with one position and one rule are the same.
type finding struct {
	pos  token.Position
	rule string
}

// versionTypes are a part of the version of adopted reads, because two types that embed one method
// need not give the same answers. They are a part of the versions of the other reads of the type
// too, so that an adopted batch shares entries with a read that is not adopted.
func (c *checker) versionTypes(m *method) []types.Type {
	if m.declaredAt == nil && !c.inherits(m.decl) {
		return nil
	}
	return []types.Type{types.NewNamed(types.NewTypeName(token.NoPos, c.pkg.Types, m.decl.Name, nil), types.NewStruct(nil, nil), nil)}
}
