package load

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"golang.org/x/tools/go/packages"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// repository is an interface type that a file declares at package level.
type repository struct {
	spec *ast.TypeSpec
	doc  *ast.CommentGroup
	body *ast.InterfaceType
}

func repositories(f *ast.File) []repository {
	var list []repository
	for _, decl := range f.Decls {
		decl, ok := decl.(*ast.GenDecl)
		if !ok || decl.Tok != token.TYPE {
			continue
		}
		for _, spec := range decl.Specs {
			spec := spec.(*ast.TypeSpec)
			if body, ok := ast.Unparen(spec.Type).(*ast.InterfaceType); ok && !spec.Assign.IsValid() {
				list = append(list, repository{spec, typeDoc(decl, spec), body})
			}
		}
	}
	return list
}

// typeDoc is the doc comment of a type: above the type keyword where that declares one type, above
// the name within type ( ... ).
func typeDoc(decl *ast.GenDecl, spec *ast.TypeSpec) *ast.CommentGroup {
	if spec.Doc == nil && !decl.Lparen.IsValid() {
		return decl.Doc
	}
	return spec.Doc
}

// declaredBy returns the type that a spec declares; nil if the package declares the name twice and
// this is the second time.
func declaredBy(root *packages.Package, spec *ast.TypeSpec) *types.TypeName {
	name, ok := root.Types.Scope().Lookup(spec.Name.Name).(*types.TypeName)
	if !ok || name.Pos() != spec.Name.Pos() {
		return nil
	}
	return name
}

func (r repository) annotated() bool {
	if hasDirective(r.doc) {
		return true
	}
	for _, m := range r.body.Methods.List {
		if len(m.Names) > 0 && hasDirective(m.Doc) {
			return true
		}
	}
	return false
}

func hasDirective(group *ast.CommentGroup) bool {
	if group != nil {
		for _, c := range group.List {
			if annotations.IsDirective(c.Text) {
				return true
			}
		}
	}
	return false
}

// source finds the directives of one file, and those of other files for methods of its types. It
// returns false if there are none.
func (l *loader) source(root *packages.Package, f *ast.File, methods *concretes) (model.Source, bool) {
	s := &scan{
		l:     l,
		taken: make(map[*ast.Comment]bool),
		out:   model.Source{Path: l.fset.Position(f.Package).Filename},
	}
	s.out.Types = l.concreteTypes(root, f, methods)
	if !s.any(f.Comments) && len(s.out.Types) == 0 {
		return model.Source{}, false
	}
	s.generated(f, methods.copies)
	s.out.Constraint = buildConstraint(f, s.out.Path)

	for _, r := range repositories(f) {
		t := l.contract(r, s.take)
		t.Object = declaredBy(root, r.spec)
		found := len(t.Directives) > 0
		for _, m := range t.Methods {
			found = found || len(m.Directives) > 0
		}
		for _, field := range r.body.Methods.List {
			if len(field.Names) == 0 {
				s.loose(field.Doc, model.OnEmbedded, types.ExprString(field.Type))
			}
			s.loose(field.Comment, model.Trailing, "")
		}
		if found {
			s.out.Types = append(s.out.Types, t)
		}
	}

	slices.SortStableFunc(s.out.Types, func(a, b model.TypeDecl) int {
		return cmp.Compare(a.Pos.Offset, b.Pos.Offset)
	})
	for _, d := range methods.docs(f) {
		s.take(d.doc, d.of)
	}

	s.loose(f.Doc, model.OnPackage, "")
	for _, decl := range f.Decls {
		s.decl(decl)
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
			s.inside(f.Comments, fn)
		}
	}
	s.rest(f.Comments, model.Floating, "")
	s.out.Imports = imports(root, f)
	return s.out, true
}

// scan sorts the comments of one file. A comment belongs to the first who takes it.
type scan struct {
	l     *loader
	taken map[*ast.Comment]bool
	out   model.Source
}

// any reports whether some comment is a directive, or might be meant as one.
func (s *scan) any(groups []*ast.CommentGroup) bool {
	for _, group := range groups {
		for _, c := range group.List {
			if annotations.IsDirective(c.Text) || annotations.NearMiss(c.Text) != nil {
				return true
			}
		}
	}
	return false
}

func (s *scan) directive(c *ast.Comment) model.Directive {
	return model.Directive{Text: c.Text, Pos: s.l.fset.Position(c.Pos())}
}

// take attaches the directives of a doc comment to what it documents.
func (s *scan) take(group *ast.CommentGroup, of string) []model.Directive {
	var list []model.Directive
	for _, c := range directivesOf(group, of) {
		if !s.taken[c] {
			s.taken[c] = true
			list = append(list, s.directive(c))
		}
	}
	return list
}

// loose records directives that can be attached to nothing. The name is that of what the comment
// stands on.
func (s *scan) loose(group *ast.CommentGroup, place model.Place, name string) {
	if group == nil {
		return
	}
	for _, c := range group.List {
		if s.taken[c] {
			continue
		}
		gone := commentedOutBelow(group, c, name)
		switch {
		case annotations.IsDirective(c.Text) && gone != "" && place != model.InGenerated:
			s.out.Loose = append(s.out.Loose, model.Loose{Directive: s.directive(c), Place: model.CommentedOut, Name: gone})
		case annotations.IsDirective(c.Text):
			s.out.Loose = append(s.out.Loose, model.Loose{Directive: s.directive(c), Place: place, Name: name})
		case annotations.NearMiss(c.Text) != nil:
			s.out.Loose = append(s.out.Loose, model.Loose{Directive: s.directive(c), Place: model.NotADirective})
		default:
			continue
		}
		s.taken[c] = true
	}
}

func (s *scan) rest(groups []*ast.CommentGroup, place model.Place, name string) {
	for _, group := range groups {
		s.loose(group, place, name)
	}
}

func (s *scan) decl(decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		place := model.OnFunc
		if decl.Recv != nil {
			place = model.OnMethod
		}
		s.loose(decl.Doc, place, decl.Name.Name)
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			s.spec(decl, spec)
		}
		switch {
		case decl.Lparen.IsValid() && decl.Tok == token.TYPE:
			s.loose(decl.Doc, model.OnGroup, "")
		case len(decl.Specs) > 0:
			place, name := specPlace(decl.Tok, decl.Specs[0])
			s.loose(decl.Doc, place, name)
		}
	}
}

// inside records what stands in the body of a function, types that it declares included.
func (s *scan) inside(groups []*ast.CommentGroup, fn *ast.FuncDecl) {
	for _, group := range groups {
		if fn.Body.Pos() < group.Pos() && group.Pos() < fn.Body.End() {
			s.loose(group, model.InFunc, fn.Name.Name)
		}
	}
}

func (s *scan) spec(decl *ast.GenDecl, spec ast.Spec) {
	place, name := specPlace(decl.Tok, spec)
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		s.loose(typeDoc(decl, spec), place, name)
		s.loose(spec.Comment, model.Trailing, "")
		if body, ok := spec.Type.(*ast.StructType); ok {
			for _, field := range body.Fields.List {
				s.loose(field.Doc, model.OnField, fieldName(field))
				s.loose(field.Comment, model.OnField, fieldName(field))
			}
		}
	case *ast.ValueSpec:
		s.loose(spec.Doc, place, name)
		s.loose(spec.Comment, place, name)
	case *ast.ImportSpec:
		s.loose(spec.Doc, place, name)
		s.loose(spec.Comment, place, name)
	}
}

func specPlace(tok token.Token, spec ast.Spec) (model.Place, string) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Assign.IsValid() {
			return model.OnAlias, spec.Name.Name
		}
		return model.OnType, spec.Name.Name
	case *ast.ValueSpec:
		if tok == token.CONST {
			return model.OnConst, spec.Names[0].Name
		}
		return model.OnVar, spec.Names[0].Name
	case *ast.ImportSpec:
		return model.OnImport, spec.Path.Value
	}
	return model.Floating, ""
}

func fieldName(field *ast.Field) string {
	if len(field.Names) > 0 {
		return field.Names[0].Name
	}
	return types.ExprString(field.Type)
}

// imports maps the names under which a file knows other packages.
func imports(root *packages.Package, f *ast.File) map[string]*types.Package {
	known := make(map[string]*types.Package)
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		dep := root.Imports[path]
		if dep == nil || dep.Types == nil {
			continue
		}
		name := dep.Types.Name()
		if spec.Name != nil {
			name = spec.Name.Name
		}
		known[name] = dep.Types
	}
	return known
}
