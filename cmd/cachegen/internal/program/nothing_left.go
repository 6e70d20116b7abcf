package program

import (
	"slices"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var ruleNothingLeft = rule.NewWarning("nothing-left",
	"%s has one entry for all calls, because it ignores {%s}; ignore= is for what does not change "+
		"the answer; say with key= what identifies the answer")

// warnNothingLeft reports a read that ignores what looks like a part of the question, and has no
// other value in its key.
func (p *program) warnNothingLeft(r *reading) {
	if slices.ContainsFunc(r.Model.Read.Key, func(s model.Segment) bool { return s.Value != nil }) {
		return
	}
	if list, at := r.Ignored(); len(list) > 0 {
		p.warn(r.part, r.Decl(), r.Name(), pending{at, "", ruleNothingLeft, []any{r.Name(), strings.Join(list, "}, {")}})
	}
}
