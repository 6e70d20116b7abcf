package check

import (
	"go/token"
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/typewalk"
)

// ruleLoad is for what keeps a package from loading; the words are those of the go command and the
// type checker.
var ruleLoad = rule.New("load", "%s")

// broken reports a package that could not even be read.
func (c *checker) broken() bool {
	c.faults(c.pkg.Broken)
	return len(c.pkg.Broken) > 0
}

func (c *checker) faults(list []model.Fault) {
	for _, f := range list {
		c.reportTo(diag.Finding{Pos: f.Pos, Rule: ruleLoad.ID, Message: f.Message, Load: true})
	}
}

// resolved reports whether every type that a declaration needs is known. If one is not, the type
// errors of the package say why. Errors elsewhere are ignored: that code may wait for what we
// generate.
func (c *checker) resolved(decl *model.TypeDecl) bool {
	if decl.Object != nil && c.endlessDecl(decl) {
		return false
	}
	if len(c.pkg.Faults) == 0 && decl.Object != nil {
		return true
	}
	var own []model.Fault
	for _, f := range c.pkg.Faults {
		if concerns(f, decl) {
			own = append(own, f)
		}
	}
	if len(own) > 0 {
		c.faults(own)
		return false
	}
	if decl.Object != nil && !unresolvedMethods(decl) {
		return true
	}
	if !c.faultsReported {
		c.faultsReported = true
		c.faults(c.pkg.Faults)
		if len(c.pkg.Faults) == 0 {
			c.faults([]model.Fault{{Pos: decl.Pos, Message: "the type of " + decl.Name + " cannot be resolved"}})
		}
	}
	return false
}

// endlessDecl reports an instantiation cycle in a type or in its methods. It comes before all that
// walks types.
func (c *checker) endlessDecl(decl *model.TypeDecl) bool {
	if c.endlessType(decl.Object.Type(), decl.Pos) {
		return true
	}
	for _, m := range decl.Methods {
		if f := explicitMethod(decl, m.Name); f != nil && c.endlessType(f.Signature(), m.Pos) {
			return true
		}
	}
	return false
}

// endlessType reports an instantiation cycle below a type. The compiler rejects it, and so the
// package that it belongs to has a fault, unless that is loaded by an editor.
func (c *checker) endlessType(t types.Type, at token.Position) bool {
	generic := c.endless.In(t)
	if generic == nil || c.faultsReported {
		return generic != nil
	}
	c.faultsReported = true
	if len(c.pkg.Faults) > 0 {
		c.faults(c.pkg.Faults)
		return true
	}
	c.faults([]model.Fault{{Pos: at, Message: "instantiation cycle in " + c.typeName(generic)}})
	return true
}

// concerns reports whether a fault lies in a declaration, or in that of one of its methods.
func concerns(f model.Fault, decl *model.TypeDecl) bool {
	within := func(pos token.Position, end int) bool {
		return f.Pos.Filename == pos.Filename && pos.Line <= f.Pos.Line && f.Pos.Line <= end
	}
	return within(decl.Pos, decl.EndLine) || slices.ContainsFunc(decl.Methods, func(m model.MethodDecl) bool { return within(m.Pos, m.EndLine) })
}

// unresolvedMethods reports whether a wrapper could not be written. The fields of a type do not
// matter for that.
func unresolvedMethods(decl *model.TypeDecl) bool {
	h := holes{}
	n, ok := decl.Object.Type().(*types.Named)
	if !ok || types.IsInterface(n) {
		return h.in(decl.Object.Type())
	}
	for f := range n.Methods() {
		if h.in(f.Signature()) {
			return true
		}
	}
	return false
}

// holes looks for what the type checker could not resolve, and remembers where it has looked.
type holes map[types.Type]bool

// in reports whether there is a hole anywhere below t. Methods are followed for interfaces only:
// those of other types are not part of what is cached.
func (h holes) in(t types.Type) bool { return typewalk.AnyPart(t, h.look) }

func (h holes) look(t types.Type) (found, further bool) {
	if h[t] {
		return false, false
	}
	h[t] = true
	switch t := t.(type) {
	case *types.Basic:
		return t.Kind() == types.Invalid, false
	case *types.Alias:
		return h.in(types.Unalias(t)), false
	case *types.Named:
		return h.in(t.Underlying()), true
	}
	return false, true
}
