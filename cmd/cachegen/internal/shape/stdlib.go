package shape

import (
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/stdlib"
)

// Changing reports whether it is a struct of the standard library, or one declared as such, whose
// fields another release of Go may change. Reflection cannot tell as what a type was declared.
func (n *Node) Changing() bool {
	if n.Kind != Struct {
		return false
	}
	if n.Named != nil && n.Named.Obj().Pkg() != nil && stdlib.Contains(n.Named.Obj().Pkg().Path()) {
		return !stdlib.Keeps(n.Named.Obj().Pkg().Path(), n.Named.Obj().Name())
	}
	s := n.Type.Underlying().(*types.Struct)
	if n.view.Reflects() || s.NumFields() == 0 {
		return false
	}
	f := s.Field(0).Origin()
	return f.Pkg() != nil && stdlib.Contains(f.Pkg().Path()) && !keeps(f)
}

// keeps reports whether a field is the first of a struct that keeps its fields.
func keeps(first *types.Var) bool {
	scope := first.Pkg().Scope()
	for _, name := range scope.Names() {
		if !stdlib.Keeps(first.Pkg().Path(), name) {
			continue
		}
		if s, ok := scope.Lookup(name).Type().Underlying().(*types.Struct); ok && s.NumFields() > 0 && s.Field(0) == first {
			return true
		}
	}
	return false
}
