package shape

import (
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/typewalk"
)

// Parametric reports whether a type is made of type parameters.
func Parametric(t types.Type) bool { return typewalk.AnyPart(t, isParam) }

func isParam(t types.Type) (found, further bool) {
	switch t := t.(type) {
	case *types.TypeParam:
		return true, false
	case *types.Alias:
		return Parametric(types.Unalias(t)), false
	}
	return false, true
}
