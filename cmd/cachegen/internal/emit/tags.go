package emit

import (
	"go/types"
	"slices"
	"strconv"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// tagPrefixes are the literals of []string{"contact", "team"}.
func tagPrefixes(tags []model.Tag) string {
	var prefixes []string
	for _, t := range tags {
		if p := strconv.Quote(t.Prefix); !slices.Contains(prefixes, p) {
			prefixes = append(prefixes, p)
		}
	}
	return list(prefixes...)
}

// tagFuncs prints the tags that arguments say, and those that a result says, or nil for either. Those of a batch are about one item. So
// testdata/gen/tags.txtar has it:
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
func (w *wrapperPrinter) tagFuncs(m *model.Method, v variables) (ofArgs, ofResult string) {
	v.taken = v.taken.inner()
	tags, result := v.taken.free("tags"), v.taken.free("result")
	v.results = make([]string, m.Signature.Results().Len())
	for i := range v.results {
		v.results[i] = result
		if i < len(m.Read.Fields) {
			v.results[i] += "." + m.Read.Fields[i]
		}
	}
	params := tags + " *" + w.runtime("Tags")
	if b := m.Read.Batch; b != nil {
		params += ", " + v.item + " " + w.typeExpr(b.Item)
	}
	args, results := w.tags(m.Read.Tags, v, tags)
	return tagFunc(params, args), tagFunc(params+", "+result+" "+w.typeExpr(m.Read.Value), results)
}

// putTagFuncs prints the same for a put, which has all of it at hand.
func (w *wrapperPrinter) putTagFuncs(p *model.Put, v variables) (ofArgs, ofResult string) {
	v.taken = v.taken.inner()
	tags := v.taken.free("tags")
	args, results := w.tags(p.Tags, v, tags)
	params := tags + " *" + w.runtime("Tags")
	return tagFunc(params, args), tagFunc(params, results)
}

func tagFunc(params string, body []string) string {
	if len(body) == 0 {
		return "nil"
	}
	return block("func("+params+")", body...)
}

// tags adds the patterns that arguments say, and those that a result says.
func (w *wrapperPrinter) tags(list []model.Tag, v variables, tags string) (args, results []string) {
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
func (w *wrapperPrinter) tag(t *model.Tag, v variables, tags string) []string {
	v.taken = v.taken.inner()
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
	k := &keyBuilder{w: w, vars: &v, name: v.taken.free("key", "k", "cacheKey"), start: call(tags+".Path", strconv.Quote(t.Prefix)), skip: true}
	for i := range t.Segments {
		k.segment(&t.Segments[i])
	}
	statements, key := k.expr()
	statements = k.guard(append(statements, call(tags+".Add", key)))
	for _, l := range slices.Backward(loops) {
		statements = l.guards.wrap([]string{block("for _, "+l.item+" := range "+l.over.value(), statements...)})
	}
	if len(statements) > 1 {
		return []string{bare(statements...)} // its variables are its own
	}
	return statements
}
