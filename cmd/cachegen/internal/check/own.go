package check

import (
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/clone"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

var ruleUncopied = rule.NewWarning("parameter-not-copied",
	"parameter %s of %s cannot be copied: %s (%s) %s; if a caller gives up and changes it, what its load finds is stored for the old value; "+
		"pass a value that can be copied%s")

// own lists the parameters of which the load of a read needs copies: those that refer to something.
// What is ignored is no part of the key, and may be there for the load to change.
func (c *checker) own(m *method, r *model.Read) (list []int) {
	params := m.sig.Params()
	for i := range params.Len() {
		v := params.At(i)
		if i == m.ctx || isIgnored(m.ignored, v.Name()) {
			continue
		}
		if shape.Parametric(v.Type()) { // the runtime copies what it can
			if clone.Aliases(v.Type()) {
				list = append(list, i)
			}
			continue
		}
		copied := clone.Of
		if wholeInKey(r, i) {
			copied = clone.OfKey
		}
		plan, refusal := copied(v.Type(), c.view)
		switch {
		case refusal != nil && !isOpaque(v.Type(), refusal):
			c.report(m.options.own.first(), ruleUncopied, v.Name(), m.name(),
				v.Name()+refusal.Path, c.typeName(refusal.Type), refusal.Reason, leaveOut(v, ", or leave it out with ", "{"+v.Name()+"}"))
		case refusal == nil && plan != (clone.Same{}):
			list = append(list, i)
		}
	}
	return list
}

// wholeInKey reports whether all that a parameter holds is in the key. A call with what has no key
// has no load that outlives it.
func wholeInKey(r *model.Read, param int) bool {
	return slices.ContainsFunc(r.Key, func(s model.Segment) bool {
		return s.Value != nil && !s.Value.Root.Result && s.Value.Root.Loop == 0 && s.Value.Root.Index == param && len(s.Value.Steps) == 0
	})
}

// isOpaque reports a struct of another package that refers to something by a field that is not
// exported, as decimals do: a value of it does not change when its caller's is replaced.
func isOpaque(t types.Type, r *clone.Refusal) bool {
	_, isStruct := t.Underlying().(*types.Struct)
	return isStruct && strings.HasPrefix(r.Reason, "is not exported")
}
