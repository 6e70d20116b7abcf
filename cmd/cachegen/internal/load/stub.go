package load

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// wrapper is a wrapper as far as its declaration goes.
type wrapper struct {
	name   string // of the repository type
	next   string // the type that it wraps: ContactRepository, *Queries
	params int    // how many type parameters it has
}

// stub declares it for code that uses it to type-check:
//
//	type CachedContactRepository struct{ ContactRepository }
//	func NewCachedContactRepository(...any) *CachedContactRepository { for {} }
//
// A generic one is a stub of no methods, as its file may not have the constraints: what needs those has to wait until it is generated.
func (w wrapper) stub() string {
	name, constructor := model.WrapperName(w.name), model.ConstructorName(w.name)
	if w.params == 0 {
		return fmt.Sprintf("\ntype %s struct{ %s }\nfunc %s(...any) *%[1]s { for {} }\n", name, w.next, constructor)
	}
	list := make([]string, w.params)
	for i := range list {
		list[i] = fmt.Sprint("P", i)
	}
	all := strings.Join(list, ", ")
	return fmt.Sprintf("\ntype %s[%s any] struct{}\nfunc %s[%[2]s any](...any) *%[1]s[%[2]s] { for {} }\n", name, all, constructor)
}

// stubsFor are the stubs of the wrappers that a file is going to have.
func (l *loader) stubsFor(f *ast.File, dir string) string {
	if isGenerated(f) {
		return ""
	}
	var b strings.Builder
	for _, t := range repositories(f) {
		if t.annotated() {
			b.WriteString(wrapper{t.spec.Name.Name, t.spec.Name.Name, t.spec.TypeParams.NumFields()}.stub())
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range annotatedReceivers(f) {
		if id := filepath.Join(dir, r.name); !l.stubbed[id] {
			l.stubbed[id] = true
			b.WriteString(wrapper{r.name, r.name, r.params}.stub())
		}
	}
	return b.String()
}

// stubOf is what stands in for a file of ours that is there already: its build constraint, its package clause, and stubs of its wrappers.
func stubOf(path string, src []byte) []byte {
	own, at := packageClause(path, src)
	var b bytes.Buffer
	b.Write(src[:at])
	fmt.Fprintf(&b, "package %s\n", packageName(path, own))
	for rest := src; ; {
		var ok bool
		if _, rest, ok = bytes.Cut(rest, []byte("\nfunc "+model.ConstructorName(""))); !ok {
			return b.Bytes()
		}
		if w, ok := wrapperOf(rest); ok {
			b.WriteString(w.stub())
		}
	}
}

// wrapperOf reads what follows func NewCached in a file of ours: ContactRepository(next ContactRepository, cache *runtime.Cache).
func wrapperOf(constructor []byte) (w wrapper, ok bool) {
	i := bytes.IndexAny(constructor, "([")
	if i < 0 {
		return wrapper{}, false
	}
	w.name = string(constructor[:i])
	if constructor[i] == '[' {
		w.params = elements(constructor[i:])
		return w, true
	}
	_, next, _ := bytes.Cut(constructor[i:], []byte(" "))
	next, _, ok = bytes.Cut(next, []byte(", "))
	w.next = string(next)
	return w, ok
}

// elements counts what commas separate in the list that a text begins with: 2 in [K comparable, V interface{ M(a, b int) }](next ...
func elements(list []byte) int {
	n, depth := 1, 0
	for _, c := range list {
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return n
			}
		case ',':
			if depth == 1 {
				n++
			}
		}
	}
	return n
}

// packageName is that of a file of ours: as its source says, in case that its own clause cannot be trusted.
func packageName(output, own string) string {
	source, _ := model.SourcePath(output)
	if name, _ := packageClause(source, nil); name != "" {
		return name
	}
	if own != "" {
		return own
	}
	siblings, _ := filepath.Glob(filepath.Join(filepath.Dir(output), "*.go"))
	for _, path := range siblings {
		if name, _ := packageClause(path, nil); name != "" && !strings.HasSuffix(path, "_test.go") { // that may be of another package
			return name
		}
	}
	return filepath.Base(filepath.Dir(output))
}

// packageClause reads the name of a package and where its clause begins; "" and 0 if there is none.
func packageClause(path string, src any) (name string, at int) {
	f, _ := parser.ParseFile(token.NewFileSet(), path, src, parser.PackageClauseOnly)
	if f == nil || !f.Package.IsValid() || f.Name.Name == "_" {
		return "", 0
	}
	return f.Name.Name, int(f.Package - f.FileStart)
}
