package program

import (
	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var ruleMore = rule.NewWarning("more",
	"%d more of %s have the warning %s: %s; they are shown once those before them are gone")

// most is how many warnings of one rule a type gets, if it has more than that.
const most = 5

// warnings counts those of one rule about one type.
type warnings struct {
	part *check.Part
	kind warningKind
	last pending // one that is held back, in case that it is the last
	more []string
	n    int
}

type warningKind struct {
	decl *model.TypeDecl
	rule string
}

// pending is a warning that has not been reported.
type pending struct {
	at   check.Span
	fix  string
	rule rule.Rule
	args []any
}

// warn reports a warning about a method of a type. Of many by one rule it reports the first, and
// how many more there are.
func (p *program) warn(part *check.Part, decl *model.TypeDecl, method string, w pending) {
	kind := warningKind{decl, w.rule.ID}
	of := p.warned[kind]
	if of == nil {
		of = &warnings{part: part, kind: kind}
		p.warned[kind] = of
		p.limited = append(p.limited, of)
	}
	if of.n++; of.n <= most {
		part.Fix(w.at, w.fix, w.rule, w.args...)
		return
	}
	of.last = w
	of.more = append(of.more, method)
}

// sumUp reports what warn has held back.
func (p *program) sumUp() {
	for _, of := range p.limited {
		switch len(of.more) {
		case 0:
		case 1:
			of.part.Fix(of.last.at, of.last.fix, of.last.rule, of.last.args...)
		default:
			of.part.Report(check.NameSpan(of.kind.decl), ruleMore, len(of.more), of.kind.decl.Name, of.kind.rule, rule.FirstFew(of.more))
		}
	}
}
