package check

import (
	"cmp"
	"go/token"
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/visible"
)

var (
	ruleTaken = rule.New("name-taken",
		"the wrapper of %s would be called %s, which is declared at %s; rename one of them")
	ruleHidden = rule.New("hidden-name",
		"%s hides the predeclared %[1]s, which the wrappers of this package need; rename it")
	ruleTwoWrappers = rule.New("same-wrapper",
		"the wrappers of %s and of %s would both be called %s; rename one of them")
	ruleGeneric = rule.New("generic",
		"%s has a type parameter without a name, which its wrapper cannot pass on; name it")
	ruleConstraint = rule.New("constraint",
		"%s can only constrain type parameters; directives belong to interfaces that have values")
	ruleForeignMethod = rule.New("foreign-method",
		"%s has the unexported method %s of package %s, which no wrapper can have; declare an "+
			"interface without it")
	ruleUnnamable = rule.New("unnamable",
		"%s has the method %s, and package %s cannot write its signature: %s is out of reach; "+
			"declare an interface without it")
	ruleConstrained = rule.New("constrained-method",
		"%s of %s is in a file that only some builds include (%s), and the wrapper is in every "+
			"build with %[2]s; declare the method in the file of %[2]s")
)

// repository returns the wrapper of one type.
func (c *checker) repository(decl *model.TypeDecl) (model.Wrapper, bool) {
	defaults := c.defaults(decl)
	if !c.resolved(decl) {
		return model.Wrapper{}, false
	}
	named, ok := decl.Object.Type().(*types.Named)
	if !ok {
		return model.Wrapper{}, false
	}
	at := NameSpan(decl)
	w := model.Wrapper{Name: model.WrapperName(decl.Name), Source: named}
	c.wrapperName(decl, at, w.Name)
	for t := range named.TypeParams().TypeParams() {
		if t.Obj().Name() == "_" {
			c.report(at, ruleGeneric, decl.Name)
			return w, false
		}
	}
	body, contract := named.Underlying().(*types.Interface)
	switch {
	case !contract:
		w.Methods, w.ByValue = c.concreteMethods(decl, named)
	case !body.IsMethodSet():
		c.report(at, ruleConstraint, decl.Name)
		return w, false
	default:
		w.Methods = c.contractMethods(decl, named, at)
	}

	out := make(map[string]*model.Method, len(w.Methods))
	for i := range w.Methods {
		out[w.Methods[i].Name] = &w.Methods[i]
	}
	c.declaredMethods(decl, defaults, out)
	for i := range w.Methods {
		w.ByValue = w.ByValue && !w.Methods[i].Tx.HandsOutPointer()
	}
	c.checkedTypes = append(c.checkedTypes, checked{decl, w.Methods})
	if contract {
		c.inherit(decl, defaults, at, c.inherited(body), out)
	}
	c.contexts(decl)
	c.idleIgnores(decl, defaults)
	return w, true
}

// declaredMethods checks the methods that a type declares, and takes them out of those that it has.
func (c *checker) declaredMethods(decl *model.TypeDecl, defaults *block, out map[string]*model.Method) {
	for i := range decl.Methods {
		m := &decl.Methods[i]
		if o := out[m.Name]; o != nil {
			delete(out, m.Name) // the type checker has reported a second declaration
			if len(m.Directives) > 0 {
				c.method(decl, m, defaults, o)
			}
		}
	}
}

// contractMethods are all methods of an interface: those that it lists, then those that it embeds.
func (c *checker) contractMethods(decl *model.TypeDecl, named *types.Named, at Span) []model.Method {
	list := make([]model.Method, 0, len(decl.Methods))
	for _, m := range decl.Methods {
		if f := explicitMethod(decl, m.Name); f != nil {
			list = append(list, methodOf(named, m.Name, f.Signature()))
		}
	}
	for f := range named.Underlying().(*types.Interface).Methods() {
		if slices.ContainsFunc(decl.Methods, func(m model.MethodDecl) bool { return m.Name == f.Name() }) {
			continue
		}
		if !f.Exported() && f.Pkg() != c.pkg.Types {
			c.report(at, ruleForeignMethod, decl.Name, f.Name(), f.Pkg().Path())
		} else if hidden := visible.From(c.pkg.Types, f.Signature()); hidden != nil {
			c.report(at, ruleUnnamable, decl.Name, f.Name(), c.pkg.Path, hidden.Pkg().Name()+"."+hidden.Name())
		}
		list = append(list, methodOf(named, f.Name(), f.Signature()))
	}
	return list
}

// methodOf is a method as one of the wrapper's: its type parameters are those of the type that is
// wrapped, wherever it comes from.
func methodOf(named *types.Named, name string, sig *types.Signature) model.Method {
	recv := types.NewVar(token.NoPos, named.Obj().Pkg(), "", named)
	return model.Method{Name: name, Signature: types.NewSignatureType(recv, nil, nil, sig.Params(), sig.Results(), sig.Variadic())}
}

// concreteMethods are the methods by which others use a type: the exported ones, those of embedded
// fields included, and its unexported ones that have directives. byValue says that none needs a
// pointer. A promoted method whose signature this package cannot write is left out.
func (c *checker) concreteMethods(decl *model.TypeDecl, named *types.Named) (list []model.Method, byValue bool) {
	byValue = true
	self := own(named)
	values := types.NewMethodSet(self)
	add := func(sel *types.Selection) {
		list = append(list, methodOf(named, sel.Obj().Name(), sel.Obj().(*types.Func).Signature()))
		byValue = byValue && values.Lookup(sel.Obj().Pkg(), sel.Obj().Name()) != nil
	}
	declared := make(map[string]bool)
	set := types.NewMethodSet(types.NewPointer(self))
	for _, m := range decl.Methods {
		sel := set.Lookup(c.pkg.Types, m.Name)
		if sel == nil || declared[m.Name] || !sel.Obj().Exported() && len(m.Directives) == 0 {
			continue
		}
		declared[m.Name] = true
		if m.Constraint != "" {
			c.report(Span{m.Pos, m.Pos.Column + len(m.Name)}, ruleConstrained, m.Name, decl.Name, m.Constraint)
		}
		add(sel)
	}
	var promoted []*types.Selection
	for sel := range set.Methods() {
		if sel.Obj().Exported() && !declared[sel.Obj().Name()] && visible.From(c.pkg.Types, sel.Obj().(*types.Func).Signature()) == nil {
			promoted = append(promoted, sel)
		}
	}
	slices.SortFunc(promoted, func(a, b *types.Selection) int { return cmp.Compare(a.Obj().Name(), b.Obj().Name()) })
	for _, sel := range promoted {
		add(sel)
	}
	return list, byValue
}

// own is the type whose methods have its own type parameters, rather than those that each receiver
// names.
func own(named *types.Named) types.Type {
	var args []types.Type
	for t := range named.TypeParams().TypeParams() {
		args = append(args, t)
	}
	if len(args) == 0 {
		return named
	}
	self, err := types.Instantiate(nil, named, args, false)
	if err != nil {
		panic(err)
	}
	return self
}

// explicitMethod is the method of that name which an interface lists, or which is declared for a
// type.
func explicitMethod(decl *model.TypeDecl, name string) *types.Func {
	if decl.Object == nil {
		return nil
	}
	if body, ok := decl.Object.Type().Underlying().(*types.Interface); ok {
		for f := range body.ExplicitMethods() {
			if f.Name() == name {
				return f
			}
		}
	}
	if n, ok := decl.Object.Type().(*types.Named); ok {
		for f := range n.Methods() {
			if f.Name() == name {
				return f
			}
		}
	}
	return nil
}

// predeclared are the names that generated code always needs.
var predeclared = []string{
	"bool", "string", "error", "int64", "uint64", "float32", "float64", "complex128", "nil", "true", "len", "make",
}

// hidden reports declarations of the package that take such a name from its wrappers.
func (c *checker) hidden() {
	for _, name := range predeclared {
		if pos, ok := c.pkg.Declared[name]; ok && c.pkg.Types.Scope().Lookup(name) != nil {
			c.report(Span{pos, pos.Column + len(name)}, ruleHidden, name)
		}
	}
}

// wrapperName reports a wrapper whose name is taken.
func (c *checker) wrapperName(decl *model.TypeDecl, at Span, name string) {
	for _, name := range []string{name, model.ConstructorName(decl.Name)} {
		if pos, taken := c.pkg.Declared[name]; taken {
			c.report(at, ruleTaken, decl.Name, name, short(pos))
		}
	}
	if other, taken := c.wrappers[name]; taken {
		c.report(at, ruleTwoWrappers, decl.Name, other, name)
	}
	c.wrappers[name] = decl.Name
}
