package check

import (
	"go/types"
	"iter"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// Undirected is a method without a directive whose name says that it writes, and the first read of
// its type that it may make stale.
type Undirected struct {
	Name   string
	At     Span
	Beside *Site
}

// findUndirected finds those of the package.
func (c *checker) findUndirected() {
	kept := make(map[*model.TypeDecl]*Site) // the first read that a write concerns
	for _, r := range c.reads {
		if kept[r.method.decl] == nil && !r.TTLOnly() {
			kept[r.method.decl] = r
		}
	}
	for decl := range Decls(c.pkg) {
		if r := kept[decl]; r != nil {
			c.findUndirectedIn(decl, r)
		}
	}
}

func (c *checker) findUndirectedIn(decl *model.TypeDecl, r *Site) {
	var inherited inheritance
	if body, ok := decl.Object.Type().Underlying().(*types.Interface); ok {
		inherited = c.inherited(body)
	}
	for f := range methodsOf(decl) {
		if !looksLikeWrite(f.Name(), f.Signature()) || len(inherited[f.Name()]) > 0 {
			continue
		}
		beside := r
		if f.Pkg() != decl.Object.Pkg() { // it comes with an interface that knows nothing of this one
			if beside = c.readOfEntity(decl, f); beside == nil {
				continue
			}
		}
		at := NameSpan(decl)
		if i := slices.IndexFunc(decl.Methods, func(m model.MethodDecl) bool { return m.Name == f.Name() }); i >= 0 {
			m := &decl.Methods[i]
			if len(m.Directives) > 0 {
				continue
			}
			at = Span{m.Pos, m.Pos.Column + len(m.Name)}
		}
		c.undirected = append(c.undirected, Undirected{f.Name(), at, beside})
	}
}

// readOfEntity is the first read of a type whose entity a method names.
func (c *checker) readOfEntity(decl *model.TypeDecl, f *types.Func) *Site {
	for _, r := range c.reads {
		if r.method.decl != decl || r.TTLOnly() {
			continue
		}
		for v := range r.method.sig.Results().Variables() {
			if names(f, EntityOf(v.Type())) {
				return r
			}
		}
	}
	return nil
}

// methodsOf are all methods of an interface, or those that are declared for a type and exported.
func methodsOf(decl *model.TypeDecl) iter.Seq[*types.Func] {
	return func(yield func(*types.Func) bool) {
		if body, ok := decl.Object.Type().Underlying().(*types.Interface); ok {
			body.Methods()(yield)
			return
		}
		for _, m := range decl.Methods {
			if f := explicitMethod(decl, m.Name); f != nil && f.Exported() && !yield(f) {
				return
			}
		}
	}
}
