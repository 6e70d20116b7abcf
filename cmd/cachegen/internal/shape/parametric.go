package shape

import "go/types"

// Parametric reports whether a type is made of type parameters.
func Parametric(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return true
	case *types.Named:
		for a := range t.TypeArgs().Types() {
			if Parametric(a) {
				return true
			}
		}
	case *types.Map:
		return Parametric(t.Key()) || Parametric(t.Elem())
	case interface{ Elem() types.Type }: // pointer, slice, array, chan
		return Parametric(t.Elem())
	case *types.Struct:
		for f := range t.Fields() {
			if Parametric(f.Type()) {
				return true
			}
		}
	case *types.Signature:
		return Parametric(t.Params()) || Parametric(t.Results())
	case *types.Tuple:
		for v := range t.Variables() {
			if Parametric(v.Type()) {
				return true
			}
		}
	case *types.Interface:
		for f := range t.ExplicitMethods() {
			if Parametric(f.Type()) {
				return true
			}
		}
		for e := range t.EmbeddedTypes() {
			if Parametric(e) {
				return true
			}
		}
	}
	return false
}
