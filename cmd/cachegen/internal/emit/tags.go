package emit

import (
	"go/types"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// tagPrefixes are the elements of []string{"contact", "team"}.
func tagPrefixes(tags []model.Tag) []jen.Code {
	var prefixes []string
	var literals []jen.Code
	for _, t := range tags {
		if !slices.Contains(prefixes, t.Prefix) {
			prefixes = append(prefixes, t.Prefix)
			literals = append(literals, jen.Lit(t.Prefix))
		}
	}
	return literals
}

// tagFuncs prints the tags that arguments say, and those that a result says, or nil for either.
// Those of a batch are about one item. So testdata/gen/tags.txtar has it:
//
//	func(tags *runtime.Tags) {
//		tags.Add(tags.Path("team").String(team))
//	},
//	func(tags *runtime.Tags, v any) {
//		result := v.([]*Contact)
//		for _, item := range result {
//			if item != nil {
//				tags.Add(tags.Path("contact").String(item.ID))
//			}
//		}
//	}
func (w *wrapperPrinter) tagFuncs(m *model.Method, v variables) (ofArgs, ofResult *jen.Statement) {
	v.taken = v.taken.inner()
	tags, result := v.taken.free("tags"), v.taken.free("result")
	v.results = make([]string, m.Signature.Results().Len())
	v.fields = m.Read.Fields
	for i := range v.results {
		v.results[i] = result
	}
	value := v.taken.free("v", "value")
	args, results := w.tags(m.Read.Tags, v, tags)
	typ := w.typeExpr(m.Read.Value)
	params := []jen.Code{w.tagsParam(tags)}
	if b := m.Read.Batch; b != nil {
		params = append(params, jen.Id(v.item).Add(w.typeExpr(b.Item)))
		return tagFunc(params, args), tagFunc(append(params, jen.Id(result).Add(typ)), results)
	}
	if len(results) > 0 {
		is := jen.Id(result).Op(":=").Add(w.typed(m.Read.Value, value))
		results = append([]jen.Code{is}, results...)
	}
	return tagFunc(params, args), tagFunc(append(params, jen.Id(value).Add(w.any())), results)
}

// putTagFuncs prints the same for a put. Its functions see the arguments and the result, and need
// no parameters for them.
func (w *wrapperPrinter) putTagFuncs(p *model.Put, v variables) (ofArgs, ofResult *jen.Statement) {
	v.taken = v.taken.inner()
	tags := v.taken.free("tags")
	args, results := w.tags(p.Tags, v, tags)
	params := []jen.Code{w.tagsParam(tags)}
	return tagFunc(params, args), tagFunc(params, results)
}

// tagsParam is tags *runtime.Tags.
func (w *wrapperPrinter) tagsParam(tags string) *jen.Statement {
	return jen.Id(tags).Add(pointerTo(w.runtime("Tags")))
}

func tagFunc(params, body []jen.Code) *jen.Statement {
	if len(body) == 0 {
		return jen.Nil()
	}
	return jen.Func().Params(params...).Block(body...)
}

// tags adds the patterns that arguments say, and those that a result says.
func (w *wrapperPrinter) tags(list []model.Tag, v variables, tags string) (args, results []jen.Code) {
	for i := range list {
		if t := &list[i]; t.Result {
			results = append(results, w.tag(t, v, tags)...)
		} else {
			args = append(args, w.tag(t, v, tags)...)
		}
	}
	return args, results
}

// tag adds one pattern, in a loop for each list and in an if for each pointer on the way.
func (w *wrapperPrinter) tag(t *model.Tag, v variables, tags string) []jen.Code {
	v.taken, v.loops = v.taken.inner(), slices.Clip(v.loops)
	var loops []loop
	for i := range t.Loops {
		loops = append(loops, w.loop(&t.Loops[i], &v))
	}
	path := jen.Id(tags).Dot("Path").Call(jen.Lit(t.Prefix))
	k := &keyBuilder{at: w.home, vars: &v, name: v.taken.free("key", "k", "cacheKey"), start: path, skip: true}
	statements, key := k.segments(t.Segments).expr()
	statements = k.guards.wrap(append(statements, jen.Id(tags).Dot("Add").Call(key)))
	for _, l := range slices.Backward(loops) {
		statements = l.wrap(statements)
	}
	return oneStatement(statements)
}

// loop goes through a list that values of a tag are elements of.
type loop struct {
	guards guards
	over   operand
	item   string
}

func (w *wrapperPrinter) loop(list *model.Value, v *variables) loop {
	var l loop
	l.over = w.operand(list, v, &l.guards)
	if _, pointer := types.Unalias(list.Type).Underlying().(*types.Pointer); pointer {
		l.over = l.guards.check(l.over, v).deref()
	}
	l.item = v.taken.free("item", "element")
	v.loops = append(v.loops, l.item)
	return l
}

// wrap prints for _, item := range result {...}.
func (l loop) wrap(statements []jen.Code) []jen.Code {
	each := jen.List(jen.Id("_"), jen.Id(l.item)).Op(":=").Range().Add(l.over.value())
	return l.guards.wrap([]jen.Code{jen.For(each).Block(statements...)})
}
