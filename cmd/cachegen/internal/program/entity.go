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

func entityOf(t types.Type) *types.TypeName { return check.EntityOf(t) }

// entityAt is the selector by which a tag gets from the result of a read to its entity: nothing, or
// .Items for a page with one such field. ok is false if there is none.
func entityAt(r *reading) (selector string, ok bool) {
	for v := range r.Signature().Results().Variables() {
		owner, _ := check.StructIn(v.Type())
		switch {
		case entityOf(v.Type()) != r.entity:
			continue
		case owner.Obj() == r.entity:
			return "", true
		}
		for f := range owner.Underlying().(*types.Struct).Fields() {
			if in, _ := check.StructIn(f.Type()); f.Exported() && in != nil && in.Obj() == r.entity {
				if ok {
					return "", false
				}
				selector, ok = "."+f.Name(), true
			}
		}
		return selector, ok
	}
	return "", false
}
