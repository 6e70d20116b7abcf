package emit

import (
	"go/token"
	"go/types"
	"slices"
	"strconv"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// scope is a set of names that are taken: its own, those of the scope around it, what a body refers
// to, and what a package declares.
type scope struct {
	around   *scope
	names    []string
	needed   [2]*names
	declared *types.Scope
	locals   *[]string // of a helper: all names that are taken in it, however deep
	few      [4]string // room for the first names
}

// inner is a scope within.
func (s *scope) inner() *scope { return &scope{around: s, locals: s.locals} }

func (s *scope) take(names ...string) {
	if s.names == nil {
		s.names = s.few[:0]
	}
	s.names = append(s.names, names...)
	if s.locals != nil {
		*s.locals = append(*s.locals, names...)
	}
}

func (s *scope) has(name string) bool {
	for ; s != nil; s = s.around {
		if slices.Contains(s.names, name) || s.needed[0].has(name) || s.needed[1].has(name) {
			return true
		}
		if s.declared != nil && (s.declared.Lookup(name) != nil || types.Universe.Lookup(name) != nil) {
			return true
		}
	}
	return false
}

// free takes and returns the first of the candidates that nothing else is called, else the first
// one with a digit.
func (s *scope) free(candidates ...string) string {
	for _, n := range candidates {
		if !s.has(n) && !token.IsKeyword(n) && n != "_" {
			s.take(n)
			return n
		}
	}
	for i := 2; ; i++ {
		if n := candidates[0] + strconv.Itoa(i); !s.has(n) {
			s.take(n)
			return n
		}
	}
}

// packageNames are the names of a package: of what it declares, and what hides that somewhere.
type packageNames struct {
	declared *scope
	hidden   *scope // imports of a file, parameters of a method
}

func newPackageNames(files []*model.File) *packageNames {
	n := &packageNames{declared: &scope{}}
	n.hidden = n.declared.inner()
	for _, f := range files {
		n.declared.declared = f.Package.Scope()
		for i := range f.Wrappers {
			w := &f.Wrappers[i]
			n.declared.take(w.Name, model.ConstructorName(w.Source.Obj().Name()))
			for j := range w.Methods {
				m := &w.Methods[j]
				if t := resultsType(m); t != nil {
					n.declared.take(t.Obj().Name())
				}
				for _, list := range []*types.Tuple{m.Signature.Params(), m.Signature.Results()} {
					for x := range list.Variables() {
						n.hidden.take(x.Name())
					}
				}
			}
		}
	}
	return n
}

// free is a name for a declaration that can be referred to everywhere.
func (n *packageNames) free(candidates ...string) string {
	name := n.hidden.free(candidates...)
	n.declared.take(name)
	return name
}

// needs are the identifiers that a body refers to, beside its own.
type needs struct {
	packages names // by name
	declared names // types of the package itself, and predeclared names
}

// names are those that all such bodies refer to, and those of one.
type names struct{ common, own []string }

func (n *names) has(name string) bool {
	return n != nil && (slices.Contains(n.common, name) || slices.Contains(n.own, name))
}

func (n *names) include(name string) {
	if !n.has(name) {
		n.own = append(n.own, name)
	}
}

var (
	commonPackages = []string{"runtime", "context", "strconv"}
	// Keys are converted to these.
	commonDeclared = []string{"nil", "any", "error", "string", "int64", "uint64", "float32", "float64", "complex128"}
)

// scope is one in which those are taken.
func (n *needs) scope(around *scope) *scope {
	return &scope{around: around, needed: [2]*names{&n.packages, &n.declared}}
}

// bodyNeeds is what parameters must not hide. A delegated method needs nothing: types in its
// signature are resolved outside.
func (p *printer) bodyNeeds(m *model.Method) *needs {
	if n, ok := p.needs[m]; ok {
		return n
	}
	n := &needs{}
	p.needs[m] = n
	if m.Read == nil && m.Write == nil && m.Tx == nil {
		return n
	}
	n.packages.common, n.declared.common = commonPackages, commonDeclared
	if m.Tx != nil {
		n.add(m.Tx.Inner) // of which the body has the function
	}
	for _, v := range valuesOf(m) {
		for _, s := range v.Steps {
			if s.Func {
				n.declared.include(s.Name)
			}
		}
	}
	if m.Write != nil {
		for i := range m.Write.Puts {
			n.add(m.Write.Puts[i].Read.Value)
		}
	}
	if m.Read != nil {
		n.add(m.Signature.Results())
		n.add(m.Read.Value)
		n.packages.include("slices") // a hit may be copied by their Clone
		n.packages.include("maps")
		if b := m.Read.Batch; b != nil {
			n.add(m.Signature.Params().At(b.Param).Type())
			n.add(itemsType(m))
		}
	}
	return n
}

// valuesOf lists the values that a method's keys, tags and patterns are made of.
func valuesOf(m *model.Method) (list []*model.Value) {
	segments := func(of []model.Segment) {
		for _, s := range of {
			if s.Value != nil {
				list = append(list, s.Value)
			}
		}
	}
	tenant := func(of model.Tenant) {
		if t, ok := of.(model.FromValue); ok {
			list = append(list, &t.Value)
		}
	}
	loops := func(of []model.Value) {
		for i := range of {
			list = append(list, &of[i])
		}
	}
	tags := func(of []model.Tag) {
		for _, t := range of {
			loops(t.Loops)
			segments(t.Segments)
		}
	}
	if r := m.Read; r != nil {
		tenant(r.Tenant)
		segments(r.Key)
		tags(r.Tags)
	}
	if m.Write == nil {
		return list
	}
	for _, i := range m.Write.Invalidations {
		tenant(i.Tenant)
		loops(i.Loops)
		segments(i.Segments)
	}
	for _, p := range m.Write.Puts {
		tenant(p.Tenant)
		loops(p.Loops)
		segments(p.Segments)
		tags(p.Tags)
	}
	return list
}

func (n *needs) add(t types.Type) {
	object := func(o *types.TypeName, args *types.TypeList) {
		if o.Pkg() != nil {
			n.packages.include(o.Pkg().Name())
		}
		n.declared.include(o.Name())
		for a := range args.Types() {
			n.add(a)
		}
	}
	switch t := t.(type) {
	case *types.Basic:
		n.declared.include(t.Name())
	case *types.Alias:
		object(t.Obj(), t.TypeArgs())
		n.add(types.Unalias(t))
	case *types.Named:
		object(t.Obj(), t.TypeArgs())
	case *types.TypeParam:
		n.declared.include(t.Obj().Name())
	case interface{ Elem() types.Type }:
		if m, ok := t.(*types.Map); ok {
			n.add(m.Key())
		}
		n.add(t.Elem())
	case *types.Tuple:
		for x := range t.Variables() {
			n.add(x.Type())
		}
	case *types.Signature:
		n.add(t.Params())
		n.add(t.Results())
	case *types.Struct:
		for f := range t.Fields() {
			n.add(f.Type())
		}
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			n.add(m.Type())
		}
		for e := range t.EmbeddedTypes() {
			n.add(e)
		}
	}
}

// variables are the names of one generated method.
type variables struct {
	receiver        string
	params, results []string
	fields          []string // of a result that is a struct of ours: one for each result
	loops           []string // elements of the lists that a tag goes through
	item            string   // of a batch: one of what it splits
	taken           *scope
}

// variables keeps the user's parameter and result names, unless the body needs that identifier for
// something else.
func (p *printer) variables(receiver string, m *model.Method) variables {
	needs := p.bodyNeeds(m)
	hidden := &scope{needed: [2]*names{&needs.declared}}
	hidden.take(receiver)
	takeTypeParams(hidden, m.Signature)
	v := variables{receiver: receiver, taken: &scope{around: hidden, needed: [2]*names{&needs.packages}}}
	if m.Read != nil || m.Write != nil {
		v.taken.take(p.imports.name(runtimePath, "runtime"))
	}
	ctx := contextParam(m.Signature)
	tuple := func(t *types.Tuple, unnamed func(i int) string) []string {
		names := make([]string, t.Len())
		for i := range names { // the user's first, so that ours give way
			if n := t.At(i).Name(); n != "" && n != "_" && !hidden.has(n) {
				names[i] = n
				v.taken.take(n)
			}
		}
		for i, n := range names {
			if n == "" {
				wish := t.At(i).Name()
				if wish == "" || wish == "_" {
					wish = unnamed(i)
				}
				names[i] = v.taken.free(wish)
			}
		}
		return names
	}
	v.params = tuple(m.Signature.Params(), func(i int) string {
		if i == ctx {
			return "ctx"
		}
		return "p" + strconv.Itoa(i)
	})
	if m.Write != nil || m.Tx != nil {
		v.results = tuple(m.Signature.Results(), func(i int) string {
			if m.Tx.HasResult(i) {
				return "next"
			}
			if isError(m.Signature.Results().At(i).Type()) && i == m.Signature.Results().Len()-1 {
				return "err"
			}
			return "r" + strconv.Itoa(i)
		})
	}
	return v
}

// takeTypeParams takes the names of the receiver's type parameters.
func takeTypeParams(s *scope, m *types.Signature) {
	for t := range m.RecvTypeParams().TypeParams() {
		s.take(t.Obj().Name())
	}
	if m.Recv() == nil {
		return
	}
	if n, ok := types.Unalias(m.Recv().Type()).(*types.Named); ok {
		for t := range n.TypeParams().TypeParams() {
			s.take(t.Obj().Name())
		}
	}
}

// receiverName is the same in all methods of a wrapper, and none of their parameters.
func receiverName(w *model.Wrapper) string {
	taken := &scope{}
	for t := range w.Source.TypeParams().TypeParams() {
		taken.take(t.Obj().Name())
	}
	for i := range w.Methods {
		m := w.Methods[i].Signature
		for _, list := range []*types.Tuple{m.Params(), m.Results()} {
			for x := range list.Variables() {
				if name := x.Name(); !taken.has(name) {
					taken.take(name)
				}
			}
		}
	}
	return taken.free("r", "c", "w", "cached")
}

// fieldNames names a wrapper's field for each cached or writing method: get for Get, id for ID.
// Fields and methods share one name space.
func fieldNames(w *model.Wrapper) (next string, fields map[string]string, taken *scope) {
	const helpers = 16 // that a wrapper has as a rule
	taken = &scope{names: make([]string, 0, 2*len(w.Methods)+helpers)}
	for i := range w.Methods {
		taken.take(w.Methods[i].Name)
	}
	next = taken.free("next")
	fields = make(map[string]string, len(w.Methods))
	for i := range w.Methods {
		if m := &w.Methods[i]; m.Read != nil || m.Write != nil || runsTx(m) {
			fields[m.Name] = taken.free(lowerFirst(m.Name))
		}
	}
	return next, fields, taken
}

func lowerFirst(s string) string { return model.Unexported(s) }
func upperFirst(s string) string { return model.Exported(s) }
