package check

import (
	"regexp"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var ruleBraces = rule.New("placeholder-without-braces",
	"%q is literal text, which no value fills in; a placeholder is written %s")

var (
	wordInside = regexp.MustCompile(`^\W*([A-Za-z_]\w*(?:\.\w+(?:\(\))?)*)\W*$`)
	foreign    = regexp.MustCompile(`^(<\w[\w.]*>|\$\w[\w.]*|%(\[\d\])?[sdvqx])$`)
)

// braces reports literal segments in the shape of placeholders of other languages: $id, <id>, %s,
// c.ID, and the $ of ${id}.
func (c *checker) braces(m *method, in *block, segments []annotations.Segment) {
	for _, s := range segments {
		text, literal := s.Literal()
		if !literal {
			c.dollar(in, s)
			continue
		}
		if meant := m.placeholderFor(text); meant != "" {
			fix := meant
			if in.text(s.Span) != text || in.prefixAt(s.Span) {
				fix = ""
			}
			c.fix(in.at(s.Span), fix, ruleBraces, text, meant)
		}
	}
}

// prefixAt reports whether a span is in prefix=, where no placeholder can be.
func (b *block) prefixAt(s annotations.Span) bool {
	o := b.option(annotations.Prefix)
	return o != nil && o.Span.Line == s.Line && o.Span.Start <= s.Start && s.End <= o.Span.End
}

// dollar reports the $ of ${id}.
func (c *checker) dollar(in *block, s annotations.Segment) {
	before, p, _ := s.Split()
	if strings.HasSuffix(before, "$") {
		at := p.Span
		at.Start--
		c.fix(in.at(at), p.String(), ruleBraces, "$", p.String())
	}
}

// placeholderFor is the placeholder that a literal segment was probably meant as; "" if it has no
// such shape. A word alone has none: that is for the rules about what patterns reach.
func (m *method) placeholderFor(text string) string {
	if found := wordInside.FindStringSubmatch(text); found != nil {
		word := found[1]
		root, _, selects := strings.Cut(word, ".")
		if hasParam(m.sig, root) && (selects || word != text) || root == "result" && selects {
			return "{" + word + "}"
		}
	}
	if !foreign.MatchString(text) {
		return ""
	}
	for i := range m.sig.Params().Len() {
		if name := m.sig.Params().At(i).Name(); i != m.ctx && name != "" && name != "_" {
			return "{" + name + "}"
		}
	}
	return "{id}"
}
