package check

import (
	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/clone"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// clone decides how callers of a read are kept from changing each other's results.
func (c *checker) clone(m *method, r *model.Read) model.Clone {
	if m.options.flag(annotations.Share) {
		return model.Clone{How: model.Shared}
	}
	how := model.Plain
	for _, v := range m.values {
		if shape.Parametric(v.Type()) {
			return model.Clone{How: model.Encoded, Why: c.typeName(v.Type()) + " depends on the type arguments of " + m.decl.Name}
		}
		plan, refusal := clone.Of(v.Type(), c.view)
		if refusal != nil {
			part := rooted(v.Type(), refusal.Path) + " (" + c.typeName(refusal.Type) + ") " + refusal.Reason
			return model.Clone{How: model.Encoded, Why: part}
		}
		if plan != (clone.Same{}) {
			how = model.Copied
		}
	}
	return model.Clone{How: how}
}
