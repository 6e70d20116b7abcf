package load

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// stubFile is the name of the file that declares stubs.
const stubFile = "stubs of wrappers"

// isStub reports whether pos is in a file of stubs.
func (l *loader) isStub(pos token.Pos) bool {
	f := l.fset.File(pos)
	return f != nil && f.Name() == stubFile
}

// withStubs adds a file to those of a package, with a stub for each wrapper that it is going to
// have. It is the last one, so that a name that the package declares itself is declared twice by
// the stub, where nobody looks for errors.
func (l *loader) withStubs(files []*ast.File) []*ast.File {
	stubs := stubsFor(files)
	if stubs == "" {
		return files
	}
	src := "package " + files[0].Name.Name + stubs
	f, err := parser.ParseFile(l.fset, stubFile, src, parser.SkipObjectResolution)
	if err != nil {
		panic(fmt.Sprintf("the stubs do not parse: %v\n%s", err, stubs))
	}
	return append(slices.Clip(files), f)
}

func stubsFor(files []*ast.File) string {
	var b strings.Builder
	stubbed := make(map[string]bool) // methods of one type may have directives in several files
	copies := annotatesQuerier(files)
	for _, f := range files {
		if isGenerated(f) && !isSqlc(f) {
			continue
		}
		for _, t := range repositories(f) {
			if t.annotated() {
				b.WriteString(stub(t.spec.Name.Name, t.spec.TypeParams.NumFields()))
			}
		}
		for _, r := range annotatedReceivers(f) {
			if !stubbed[r.name] && !(copies && isSqlc(f)) {
				stubbed[r.name] = true
				b.WriteString(stub(r.name, r.params))
			}
		}
	}
	return b.String()
}

// stub declares the wrapper of a type for code that uses it to type-check:
//
//	type CachedContactRepository struct{ ContactRepository }
//	func NewCachedContactRepository(...any) *CachedContactRepository { for {} }
//
// That of a generic type has no methods, because a file of stubs need not have what the constraints
// refer to. What needs those type-checks once the wrapper is generated.
func stub(of string, params int) string {
	name, constructor := model.WrapperName(of), model.ConstructorName(of)
	if params == 0 {
		return fmt.Sprintf("\ntype %s struct{ %s }\nfunc %s(...any) *%[1]s { for {} }\n", name, of, constructor)
	}
	list := make([]string, params)
	for i := range list {
		list[i] = fmt.Sprint("P", i)
	}
	all := strings.Join(list, ", ")
	const format = "\ntype %s[%s any] struct{}\nfunc %s[%[2]s any](...any) *%[1]s[%[2]s] { for {} }\n"
	return fmt.Sprintf(format, name, all, constructor)
}
