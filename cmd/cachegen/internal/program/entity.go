package program

import (
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
)

// entityIn is the entity that a method returns: its first.
func entityIn(sig *types.Signature) *types.TypeName {
	for v := range sig.Results().Variables() {
		if entity := entityOf(v.Type()); entity != nil {
			return entity
		}
	}
	return nil
}

// entityOf is the struct type that a value is, points to, or is a collection of; nil if it is no
// such thing.
func entityOf(t types.Type) *types.TypeName {
	if owner, _ := check.StructIn(t); owner != nil {
		return owner.Obj()
	}
	return nil
}
