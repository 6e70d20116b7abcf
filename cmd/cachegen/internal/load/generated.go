package load

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// isGenerated reports whether a file says that a program wrote it. Cgo says so in its translation
// of a file that was written by hand, which does not count.
func isGenerated(f *ast.File) bool { return generator(f) != "" }

// overwritten is isGenerated for any file: one without a directive was parsed without comments.
func (l *loader) overwritten(f *ast.File) bool {
	if len(f.Comments) > 0 {
		return isGenerated(f)
	}
	path := l.fset.File(f.Package).Name()
	src, err := l.env.readFile(path)
	if err != nil {
		return false
	}
	head, err := parser.ParseFile(token.NewFileSet(), path, src, parser.PackageClauseOnly|parser.ParseComments)
	return err == nil && isGenerated(head)
}

// isSqlc reports whether sqlc wrote a file. It copies the comments of a query, directives included,
// onto the methods that run it.
func isSqlc(f *ast.File) bool { return generator(f) == "by sqlc. DO NOT EDIT." }

// generator is what a generated file says of where it comes from; "" if a person wrote it.
func generator(f *ast.File) string {
	if !ast.IsGenerated(f) {
		return ""
	}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if c.Pos() > f.Package {
				return ""
			}
			by, ok := strings.CutPrefix(c.Text, "// Code generated ")
			if ok && !strings.HasPrefix(by, "by cmd/cgo;") {
				return strings.TrimSuffix(by, "\r")
			}
		}
	}
	return ""
}

// annotatesQuerier reports whether an interface that sqlc wrote has directives. Then the methods
// that implement it have the same ones once more.
func annotatesQuerier(files []*ast.File) bool {
	return slices.ContainsFunc(files, func(f *ast.File) bool {
		return isSqlc(f) && slices.ContainsFunc(repositories(f), repository.annotated)
	})
}

// generated records the directives that the next run of another generator would lose: all but those
// on the methods of sqlc. Copies says that those on methods of its struct belong to its interface.
func (s *scan) generated(f *ast.File, copies bool) {
	if !isGenerated(f) {
		return
	}
	if !isSqlc(f) {
		s.rest(f.Comments, model.InGenerated, "")
		return
	}
	for _, decl := range f.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if copies && decl.Recv != nil {
				s.take(decl.Doc, decl.Name.Name)
			}
		case *ast.GenDecl:
			s.loose(decl.Doc, model.InGenerated, "")
			for _, spec := range decl.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok {
					s.loose(typeDoc(decl, spec), model.InGenerated, "")
				}
			}
		}
	}
}
