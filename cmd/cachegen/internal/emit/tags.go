package emit

import (
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/jen"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// tagPrefixes are the literals of []string{"contact", "team"}.
func tagPrefixes(tags []model.Tag) []jen.Code {
	var prefixes []string
	for _, t := range tags {
		if !slices.Contains(prefixes, t.Prefix) {
			prefixes = append(prefixes, t.Prefix)
		}
	}
	list := make([]jen.Code, len(prefixes))
	for i, p := range prefixes {
		list[i] = jen.Lit(p)
	}
	return list
}

// tagFuncs prints the tags that arguments say, and those that a result says, or nil for either, as testdata/gen/tags.txtar has it:
//
//	func(tags *runtime.Tags) {
//		tags.Add(tags.Path("team").String(team))
//	},
//	func(tags *runtime.Tags, result []*Contact) {
//		for _, item := range result {
//			if item != nil {
//				tags.Add(tags.Path("contact").String(item.ID))
//			}
//		}
//	}
func (w *wrapperPrinter) tagFuncs(m *model.Method, v variables) []jen.Code {
	v.taken = v.taken.clone()
	tags, result := v.taken.free("tags"), v.taken.free("result")
	v.results = make([]string, m.Signature.Results().Len())
	for i := range v.results {
		v.results[i] = result
		if i < len(m.Read.Fields) {
			v.results[i] += "." + m.Read.Fields[i]
		}
	}
	var args, results []jen.Code
	for i := range m.Read.Tags {
		if t := &m.Read.Tags[i]; t.Result {
			results = append(results, w.tag(t, v, tags)...)
		} else {
			args = append(args, w.tag(t, v, tags)...)
		}
	}
	param := func() *jen.Statement { return jen.Id(tags).Op("*").Add(w.runtime("Tags")) }
	list := []jen.Code{jen.Nil(), jen.Nil()}
	if len(args) > 0 {
		list[0] = jen.Func().Params(param()).Block(args...)
	}
	if len(results) > 0 {
		list[1] = jen.Func().Params(param(), jen.Id(result).Add(w.typeExpr(m.Read.Value))).Block(results...)
	}
	return list
}

// tag adds one pattern, in a loop for each list and in an if for each pointer on the way.
func (w *wrapperPrinter) tag(t *model.Tag, v variables, tags string) []jen.Code {
	v.taken = v.taken.clone()
	type loop struct {
		guards guards
		over   operand
		item   string
	}
	var loops []loop
	for i := range t.Loops {
		var g guards
		x := w.operand(&t.Loops[i], &v, &g)
		if _, pointer := types.Unalias(t.Loops[i].Type).Underlying().(*types.Pointer); pointer {
			x = g.check(x, &v).deref()
		}
		item := v.taken.free("item", "element")
		v.loops = append(v.loops, item)
		loops = append(loops, loop{g, x, item})
	}
	k := &keyBuilder{w: w, vars: &v, name: v.taken.free("key", "k", "cacheKey"), start: jen.Id(tags).Dot("Path").Call(jen.Lit(t.Prefix)), skip: true}
	for i := range t.Segments {
		k.segment(&t.Segments[i])
	}
	statements, key := k.expr()
	statements = append(statements, jen.Id(tags).Dot("Add").Call(key))
	several := len(statements) > 1
	statements = k.guard(statements)
	for _, l := range slices.Backward(loops) {
		several = false
		statements = l.guards.wrap([]jen.Code{jen.For(jen.List(jen.Id("_"), jen.Id(l.item)).Op(":=").Range().Add(l.over.value())).Block(statements...)})
	}
	if several && len(statements) > 1 {
		return []jen.Code{jen.Block(statements...)} // its variables are its own
	}
	return statements
}
