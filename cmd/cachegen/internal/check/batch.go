package check

import (
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

var (
	ruleBatchParam = rule.New("batch-parameter",
		"{%s} is %s; batch= takes a parameter that is a slice")
	ruleBatchField = rule.New("batch-field",
		"{%s} is no field of {%s}, which is %s; batch= takes a slice, or a slice in a struct that "+
			"is passed by value")
	ruleBatchItem = rule.New("batch-item",
		"an item of {%s} %s; say what identifies it with key=")
	ruleBatchResult = rule.New("batch-result",
		"%s returns %s; with batch= it returns a map from %s, or a slice with an element for "+
			"each item")
	ruleBatchShape = rule.New("batch-shape",
		"%s does not return one value and an error; with batch= it returns a map or a slice, and "+
			"an error")
	ruleBatchKey = rule.New("batch-not-in-key",
		"the key of %s lacks {%s}, so all items would share one entry; add {%[2]s}, which stands "+
			"for one item in key=")
	ruleBatchIgnored = rule.New("batch-ignored",
		"{%s} cannot be ignored, because batch= splits %s by it; remove it from ignore=")
	ruleBatchBeside = rule.New("batch-beside",
		"%q cannot be combined with batch=; entries of a batch are always stored without it")
	ruleBatchTenant = rule.New("batch-tenant",
		"%s reads all items for one tenant, and {%s} belongs to one item; take the tenant from "+
			"the context or from another parameter")
	ruleChunkAlone = rule.New("chunk-without-batch",
		"%s has chunk= without batch=, so there is nothing to cut; add batch={ids}, or remove "+
			"chunk=")

	ruleSharesValue = rule.NewWarning("batch-value",
		"%s shares no entries with %s (%s): %s is %s, not %s; return the same type, or use "+
			"another prefix")
	ruleSharesKey = rule.New("batch-key-type",
		"%s cannot share entries with %s (%s): its key has %s where the other has %s; use the "+
			"same type, or another prefix")
	ruleSharesTags = rule.New("batch-tags",
		"%s cannot share entries with %s (%s): only %s has the tag %s; write the same tags= for "+
			"both, or use another prefix")
	ruleSharesVersion = rule.NewWarning("batch-version",
		"%s shares no entries with %s (%s): their version= differs; write the same for both, "+
			"or use another prefix")
)

// notWithBatch are options that a batch does not have, where a read can.
var notWithBatch = []annotations.Name{annotations.Stale, annotations.Refresh, annotations.Lock}

// batch returns what a read caches: its result or, with batch=, the part of it that is about one
// item.
func (c *checker) batch(m *method, result types.Type) (value types.Type, ok bool) {
	o, there := m.options.find(annotations.Batch)
	if !there {
		if m.options.has(annotations.Batch) {
			return nil, false
		}
		if chunk, ok := m.options.own.Find(annotations.Chunk); ok {
			c.report(m.options.own.at(chunk.Span), ruleChunkAlone, m.name())
		}
		if by, ok := m.options.own.Find(annotations.By); ok {
			c.report(m.options.own.at(by.Span), ruleByAlone, m.name())
		}
		return result, true
	}
	params, _ := o.Value.(annotations.Params)
	name := params.List[0].Selectors[0].Name
	b := c.batchParam(m, params.List[0], o.valueAt())
	if b == nil {
		return nil, false
	}
	switch r := result.Underlying().(type) {
	case *types.Map:
		value, ok = r.Elem(), types.Identical(r.Key(), b.Item)
	case *types.Slice:
		value, ok, b.List = r.Elem(), true, true
	}
	if !ok {
		c.report(o.valueAt(), ruleBatchResult, m.name(), article(c.typeName(result)), c.typeName(b.Item))
		return nil, false
	}
	if _, explicit := m.options.find(annotations.Key); !explicit {
		if _, refusal := c.encodings.Of(b.Item); refusal != nil {
			c.report(o.valueAt(), ruleBatchItem, name, c.refusalText(name, b.Item, refusal))
			return nil, false
		}
	}
	c.besideBatch(m, name)
	b.Chunk = m.options.number(annotations.Chunk)
	m.batch = b
	return value, true
}

// batchParam returns the batch that splits a parameter or a field of one, or reports why it cannot.
func (c *checker) batchParam(m *method, p annotations.Placeholder, at Span) *model.Batch {
	params, name := m.sig.Params(), p.Selectors[0].Name
	for i := range params.Len() {
		if v := params.At(i); v.Name() == name && name != "_" {
			b, t := &model.Batch{Param: i}, v.Type()
			if len(p.Selectors) > 1 {
				if b.Field, t = c.fieldOf(t, p.Selectors[1].Name); t == nil {
					c.report(at, ruleBatchField, inner(p), name, article(c.typeName(v.Type())))
					return nil
				}
			}
			items, ok := t.Underlying().(*types.Slice)
			if !ok {
				c.report(at, ruleBatchParam, inner(p), article(c.typeName(t)))
				return nil
			}
			b.Item = items.Elem()
			return b
		}
	}
	c.report(at, ruleNoParam, name, m.name(), possible(params))
	return nil
}

// fieldOf returns a field of a struct that the package can set, and its type; nil if there is none.
func (c *checker) fieldOf(t types.Type, name string) (string, types.Type) {
	if body, ok := t.Underlying().(*types.Struct); ok {
		for f := range body.Fields() {
			if f.Name() == name && (f.Exported() || f.Pkg() == c.pkg.Types) {
				return name, f.Type()
			}
		}
	}
	return "", nil
}

// fromRoot is a placeholder whose first selector is its root: of batch={arg.IDs}, {arg.IDs} is one.
func (m *method) fromRoot(p annotations.Placeholder, root model.Root) annotations.Placeholder {
	if root.Item && m.batch.Field != "" {
		p.Selectors = p.Selectors[1:]
	}
	return p
}

// items is what a batch splits, as directives write it: ids, or arg.IDs.
func (m *method) items() string {
	name := m.sig.Params().At(m.batch.Param).Name()
	if m.batch.Field != "" {
		name += "." + m.batch.Field
	}
	return name
}

// besideBatch reports options that cannot be combined with batch=.
func (c *checker) besideBatch(m *method, param string) {
	for _, name := range notWithBatch {
		o, ok := m.options.find(name)
		if _, off := o.Value.(annotations.Off); ok && (!off || name == annotations.Lock) {
			c.report(o.at(), ruleBatchBeside, string(name))
		}
	}
	for _, b := range []*block{m.options.own, m.options.defaults} {
		for p := range b.ignored() {
			if p.Selectors[0].Name == param {
				c.report(b.at(p.Span), ruleBatchIgnored, param, m.name())
			}
		}
	}
}

// itemRoot is what {ids} stands for in the key of a batch.
func itemRoot(b *model.Batch) model.Root {
	return model.Root{Item: true, Index: b.Param, Type: b.Item}
}

// sharing is which reads share entries with a batch, and what keeps others from it.
type sharing struct {
	with map[*Site]*Site // the first partner
	kept []kept
}

// kept is a batch and a read of one prefix that share no entries, and what to report.
type kept struct {
	earlier, later *Site
	rule           rule.Rule
	args           []any
}

// report reports what keeps batches from sharing, if they share with no other read.
func (s *sharing) report(c *checker) {
	for _, k := range s.kept {
		equal := k.earlier.Model.Read.Version == k.later.Model.Read.Version // so they share in spite of it
		if !equal && (s.with[k.earlier] != nil || s.with[k.later] != nil) {
			continue
		}
		at := k.later.KeySpan()
		if o, ok := k.later.method.options.own.Find(annotations.Batch); ok {
			at = k.later.method.options.own.at(o.Span)
		}
		if k.later.method.declaredAt != nil {
			at = k.later.method.embeddedAt
		}
		c.report(at, k.rule, append([]any{k.later.fullName(), k.earlier.fullName(), k.earlier.Where()}, k.args...)...)
	}
}

// sharesEntries reports whether two reads, one of them a batch, share entries as they are meant to:
// they have one prefix and keep the same. What keeps them from it is noted; it is refused if they
// could share entries all the same.
func (c *checker) sharesEntries(earlier, later *Site, in *sharing) bool {
	a, b := earlier.Model.Read, later.Model.Read
	if a.Batch == nil && b.Batch == nil || a.Prefix != b.Prefix || !paths.SameTenants(a.Tenant, b.Tenant) || !slices.EqualFunc(a.Key, b.Key, sameText) {
		return false
	}
	if a.InProcess || b.InProcess {
		return true // entries of the process alone have a version of their own
	}
	keep := func(r rule.Rule, args ...any) bool {
		in.kept = append(in.kept, kept{earlier, later, r, args})
		return true
	}
	for i, s := range b.Key {
		if s.Value != nil && !c.sameEncoding(a.Key[i].Value.Type, s.Value.Type) {
			if a.Version != b.Version || !c.pathOf(earlier).Meets(c.pathOf(later)) {
				return true // another key, of other entries
			}
			return keep(ruleSharesKey, article(c.typeName(s.Value.Type)), article(c.typeName(a.Key[i].Value.Type)))
		}
	}
	only, of := differentTag(earlier, later)
	switch {
	case a.Version == b.Version && only == "":
		for _, pair := range [][2]*Site{{earlier, later}, {later, earlier}} {
			if in.with[pair[0]] == nil {
				in.with[pair[0]] = pair[1]
			}
		}
	case types.Identical(a.Value, b.Value) && only != "":
		return keep(ruleSharesTags, of.fullName(), only)
	case types.Identical(a.Value, b.Value):
		return keep(ruleSharesVersion)
	case sameEntity(a.Value, b.Value):
		what := "its result"
		if b.Batch != nil {
			what = "an item of it"
		}
		return keep(ruleSharesValue, what, article(c.typeName(b.Value)), article(c.typeName(a.Value)))
	}
	return true
}

// sameEntity reports whether two types are one struct, or point to it.
func sameEntity(a, b types.Type) bool {
	a, _ = shape.Deref(a)
	b, _ = shape.Deref(b)
	return types.Identical(a, b)
}

// differentTag returns a tag that only one of two reads has, and which.
func differentTag(a, b *Site) (text string, of *Site) {
	for _, s := range [][2]*Site{{a, b}, {b, a}} {
		for _, t := range s[0].Model.Read.Tags {
			if !slices.ContainsFunc(s[1].Model.Read.Tags, func(u model.Tag) bool { return u.Shared == t.Shared }) {
				return t.Text, s[0]
			}
		}
	}
	return "", nil
}

// sameText reports whether two segments are alike but for the types of their values.
func sameText(a, b model.Segment) bool {
	return a.Before == b.Before && a.After == b.After && (a.Value == nil) == (b.Value == nil)
}

// sameEncoding reports whether equal values of two types are the same segments.
func (c *checker) sameEncoding(a, b types.Type) bool {
	ka, _ := c.encodings.Of(a)
	kb, _ := c.encodings.Of(b)
	sa, aScalar := ka.(keytype.Scalar)
	sb, bScalar := kb.(keytype.Scalar)
	if aScalar && bScalar {
		return sa.Method == sb.Method
	}
	return types.Identical(a, b)
}
