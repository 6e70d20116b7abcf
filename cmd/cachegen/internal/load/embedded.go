package load

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// embedded reads the files of other packages that declare what interfaces with directives embed,
// because export data has no directives. The position of the type names the file.
func (l *loader) embedded(p *model.Package) {
	e := embedder{l: l, p: p, seen: make(map[types.Type]bool), files: make(map[string]bool)}
	for _, source := range p.Sources {
		for _, t := range source.Types {
			if t.Object != nil {
				e.visit(t.Object.Type())
			}
		}
	}
}

type embedder struct {
	l     *loader
	p     *model.Package
	seen  map[types.Type]bool
	files map[string]bool // read, or known to be out of reach
}

func (e *embedder) visit(t types.Type) {
	t = types.Unalias(t)
	if e.seen[t] {
		return
	}
	e.seen[t] = true
	if n, ok := t.(*types.Named); ok && n.Obj().Pkg() != nil && n.Obj().Pkg() != e.p.Types {
		e.read(n.Obj())
	}
	if body, ok := t.Underlying().(*types.Interface); ok {
		for embedded := range body.EmbeddedTypes() {
			e.visit(embedded)
		}
	}
}

// read finds the directives in the file that declares a type.
func (e *embedder) read(name *types.TypeName) {
	path := e.l.fset.Position(name.Pos()).Filename
	if strings.HasPrefix(path, "$GOROOT") || e.files[path] {
		return
	}
	e.files[path] = true
	src, err := os.ReadFile(path)
	if err != nil || !filepath.IsAbs(path) {
		delete(e.files, path)
		e.p.Unread = append(e.p.Unread, name)
		return
	}
	if !mentions(src) {
		return
	}
	if !name.Pkg().Complete() {
		// It is imported by what the package imports, and need not have the constants that a
		// directive names. If it cannot be read, the directive that needs more is reported.
		_, _ = e.l.exports.read(name.Pkg().Path())
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || isGenerated(f) && !isSqlc(f) {
		return // the package that it belongs to says what is wrong
	}
	l := &loader{fset: fset, cfg: e.l.cfg}
	source := model.Source{Path: path, Imports: imports(exported(name.Pkg()), f)}
	for _, r := range repositories(f) {
		if object, ok := name.Pkg().Scope().Lookup(r.spec.Name.Name).(*types.TypeName); ok && r.annotated() {
			t := l.contract(r, l.directives)
			t.Object = object
			source.Types = append(source.Types, t)
		}
	}
	if len(source.Types) > 0 {
		e.p.Embedded = append(e.p.Embedded, source)
	}
}

// exported is a package with the imports that its types refer to.
func exported(p *types.Package) *packages.Package {
	root := &packages.Package{PkgPath: p.Path(), Types: p, Imports: make(map[string]*packages.Package)}
	for _, dep := range p.Imports() {
		root.Imports[dep.Path()] = &packages.Package{Types: dep}
	}
	return root
}

// contract is an interface with the directives of its methods, which take finds in their
// documentation.
func (l *loader) contract(r repository, take func(doc *ast.CommentGroup, of string) []model.Directive) model.TypeDecl {
	file := l.fset.File(r.spec.Pos())
	t := model.TypeDecl{
		Name:       r.spec.Name.Name,
		Pos:        file.Position(r.spec.Name.Pos()),
		EndLine:    file.Line(r.spec.End()),
		Directives: take(r.doc, r.spec.Name.Name),
	}
	for _, field := range r.body.Methods.List {
		if len(field.Names) > 0 {
			t.Methods = append(t.Methods, model.MethodDecl{
				Name:       field.Names[0].Name,
				Pos:        file.Position(field.Names[0].Pos()),
				EndLine:    file.Line(field.End()),
				Directives: take(field.Doc, field.Names[0].Name),
			})
		}
	}
	return t
}
