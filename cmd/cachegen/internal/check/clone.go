package check

import (
	"go/types"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/clone"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// clone decides how callers of a read are kept apart.
func (c *checker) clone(m *method, value types.Type) model.Clone {
	if m.options.flag(annotations.Share) {
		return model.Clone{How: model.Shared}
	}
	plan, refusal := clone.Of(value, c.pkg.Types)
	if refusal != nil {
		l := lost{refusal.Path, refusal.Type, refusal.Reason}
		return model.Clone{How: model.Encoded, Why: l.root(value) + " (" + c.typeName(l.typ) + ") " + l.why}
	}
	if plan == (clone.Same{}) {
		return model.Clone{How: model.Plain}
	}
	return model.Clone{How: model.Copied}
}
