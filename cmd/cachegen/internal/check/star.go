package check

import (
	"go/types"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var ruleStar = rule.New("star-in-value",
	"%s would look inside of values, which \"*\" does not; tag %s (%s) with tags=%s and write %s here")

// star is a pattern such as contact:*{id}*, which waits for the read that it is about.
type star struct {
	at    Span
	decl  *model.TypeDecl
	text  string
	error *annotations.Error
}

// reportStars reports patterns with a "*" beside a placeholder, with the tag that does what they
// were meant to do.
func (c *checker) reportStars() {
	for _, s := range c.stars {
		if r, tag := c.tagInstead(s); r != nil {
			c.report(s.at, ruleStar, s.text, r.method.name(), r.Where(), tag, s.error.Meant)
		} else {
			c.report(s.at, ruleSyntax, s.error.Message)
		}
	}
}

// tagInstead returns the first read of the repository under the prefix whose entries the
// placeholder alone does not reach, and the tag for it.
func (c *checker) tagInstead(s star) (r *Site, tag string) {
	prefix, placeholder, _ := strings.Cut(s.error.Meant, ":{")
	name := strings.TrimSuffix(placeholder, "}")
	name = strings.TrimSuffix(name[strings.LastIndexByte(name, '.')+1:], "()")
	meant := append(paths.Literals(prefix), paths.Segment{Kind: paths.Text})
	for _, r := range c.reads {
		if r.method.decl != s.decl || r.Model.Read.Prefix != prefix && !strings.HasPrefix(r.Model.Read.Prefix, prefix+":") ||
			r.Model.Read.Prefix == prefix && c.pathOf(r).Meets(meant) {
			continue
		}
		for v := range r.method.sig.Results().Variables() {
			owner, _ := StructIn(v.Type())
			if owner == nil || EntityOf(v.Type()) != owner.Obj() {
				continue
			}
			for f := range owner.Underlying().(*types.Struct).Fields() {
				if f.Exported() && strings.EqualFold(f.Name(), name) {
					return r, prefix + ":{result." + f.Name() + "}"
				}
			}
		}
	}
	return nil, ""
}
