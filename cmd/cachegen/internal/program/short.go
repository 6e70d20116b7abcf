package program

import (
	"unicode/utf8"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var ruleShortPrefix = rule.NewWarning("short-prefix",
	"prefix=%s is short for what people read in Redis and in statistics; write a word, for example "+
		"prefix=%s")

// shortPrefixes warns of prefixes of one or two letters, once for each repository.
func (p *program) shortPrefixes() {
	warned := make(map[*model.TypeDecl]bool)
	for _, r := range p.reads {
		if prefix := r.Model.Read.Prefix; utf8.RuneCountInString(prefix) <= 2 && !r.Inherited() && !warned[r.Decl()] {
			warned[r.Decl()] = true
			at, word := r.Prefix()
			if utf8.RuneCountInString(word) <= 2 {
				word += "-" + r.Name()
			}
			r.part.Report(at, ruleShortPrefix, prefix, word)
		}
	}
}
