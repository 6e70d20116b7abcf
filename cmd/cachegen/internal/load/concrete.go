package load

import (
	"go/ast"

	"golang.org/x/tools/go/packages"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// concretes holds the annotated types of a package that are not interfaces, by name. Each has its
// methods in the order of files.
type concretes struct {
	methods map[string][]concreteMethod
	copies  bool // directives on methods in files of sqlc repeat those of its interface
}

type concreteMethod struct {
	fn   *ast.FuncDecl
	file *ast.File
}

// concreteMethods collects the annotated types. A type may have its methods in several files. A
// directive above a type that is not a struct counts only if one of its methods has one too.
func concreteMethods(files []*ast.File) *concretes {
	methods, declared, about := make(map[string][]concreteMethod), make(map[string]bool), make(map[string]bool)
	list := &concretes{methods: make(map[string][]concreteMethod), copies: annotatesQuerier(files)}
	for _, f := range files {
		written := !isGenerated(f)
		for _, decl := range f.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if r, ok := receiverOf(decl); ok {
					methods[r.name] = append(methods[r.name], concreteMethod{decl, f})
					about[r.name] = about[r.name] || list.counts(f) && hasDirective(decl.Doc)
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok && isConcrete(spec) {
						declared[spec.Name.Name] = true
						about[spec.Name.Name] = about[spec.Name.Name] || written && isStruct(spec) && hasDirective(typeDoc(decl, spec))
					}
				}
			}
		}
	}
	for name := range about {
		if about[name] && declared[name] {
			list.methods[name] = methods[name]
		}
	}
	return list
}

// counts reports whether directives on methods count that a file declares for types which are no
// interfaces.
func (c *concretes) counts(f *ast.File) bool {
	return !isGenerated(f) || isSqlc(f) && !c.copies
}

// isConcrete reports whether a type can have methods of its own. Whether its underlying type is an
// interface does not show in the syntax.
func isConcrete(spec *ast.TypeSpec) bool {
	_, contract := ast.Unparen(spec.Type).(*ast.InterfaceType)
	return !contract && !spec.Assign.IsValid()
}

func isStruct(spec *ast.TypeSpec) bool {
	_, ok := ast.Unparen(spec.Type).(*ast.StructType)
	return ok
}

// receiver is the type that a method belongs to, and how many type parameters that has.
type receiver struct {
	name   string
	params int
}

func receiverOf(fn *ast.FuncDecl) (r receiver, ok bool) {
	if fn.Recv == nil || len(fn.Recv.List) != 1 {
		return receiver{}, false
	}
	t := ast.Unparen(fn.Recv.List[0].Type)
	if star, ok := t.(*ast.StarExpr); ok {
		t = ast.Unparen(star.X)
	}
	switch x := t.(type) {
	case *ast.IndexExpr:
		t, r.params = x.X, 1
	case *ast.IndexListExpr:
		t, r.params = x.X, len(x.Indices)
	}
	name, ok := t.(*ast.Ident)
	if ok {
		r.name = name.Name
	}
	return r, ok
}

// annotatedReceivers lists the types for whose methods a file has directives.
func annotatedReceivers(f *ast.File) []receiver {
	var list []receiver
	for _, decl := range f.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && hasDirective(fn.Doc) {
			if r, ok := receiverOf(fn); ok {
				list = append(list, r)
			}
		}
	}
	return list
}

// docComment is the documentation of what has a name.
type docComment struct {
	doc *ast.CommentGroup
	of  string
}

// docs returns the doc comments in a file of the annotated types and of their methods.
func (c *concretes) docs(f *ast.File) []docComment {
	var list []docComment
	if !c.counts(f) {
		return nil
	}
	for _, decl := range f.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if r, ok := receiverOf(decl); ok {
				if _, about := c.methods[r.name]; about {
					list = append(list, docComment{decl.Doc, decl.Name.Name})
				}
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok && isConcrete(spec) {
					if _, about := c.methods[spec.Name.Name]; about {
						list = append(list, docComment{typeDoc(decl, spec), spec.Name.Name})
					}
				}
			}
		}
	}
	return list
}

// concreteTypes returns the annotated types that a file declares. Their directives may stand in
// other files.
func (l *loader) concreteTypes(root *packages.Package, f *ast.File, all *concretes) []model.TypeDecl {
	var list []model.TypeDecl
	for _, decl := range f.Decls {
		decl, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range decl.Specs {
			spec, ok := spec.(*ast.TypeSpec)
			if !ok || !isConcrete(spec) {
				continue
			}
			methods, about := all.methods[spec.Name.Name]
			if !about {
				continue
			}
			t := model.TypeDecl{
				Name:    spec.Name.Name,
				Pos:     l.fset.Position(spec.Name.Pos()),
				EndLine: l.fset.Position(spec.Name.End()).Line, // without its fields
				Object:  declaredBy(root, spec),
			}
			if !isGenerated(f) {
				t.Directives = l.directives(typeDoc(decl, spec), spec.Name.Name)
			}
			for _, m := range methods {
				t.Methods = append(t.Methods, l.concreteMethod(root, f, m, all.counts(m.file)))
			}
			list = append(list, t)
		}
	}
	return list
}

func (l *loader) concreteMethod(root *packages.Package, home *ast.File, m concreteMethod, counts bool) model.MethodDecl {
	out := model.MethodDecl{
		Name:      m.fn.Name.Name,
		Pos:       l.fset.Position(m.fn.Name.Pos()),
		EndLine:   l.fset.Position(m.fn.Type.End()).Line,
		Generated: l.overwritten(m.file),
	}
	if counts {
		out.Directives = l.directives(m.fn.Doc, m.fn.Name.Name)
	}
	if m.file != home {
		out.Imports = imports(root, m.file)
		out.Constraint = buildConstraint(m.file, l.fset.Position(m.file.Package).Filename)
	}
	return out
}

// directives returns the directives of a doc comment.
func (l *loader) directives(group *ast.CommentGroup, of string) []model.Directive {
	var list []model.Directive
	for _, c := range directivesOf(group, of) {
		list = append(list, model.Directive{Text: c.Text, Pos: l.fset.Position(c.Pos())})
	}
	return list
}
