package check

import (
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

var (
	ruleByMissing = rule.New("by-missing",
		"%s returns a slice, and nothing says which element answers for which of {%s}: a query "+
			"sorts its rows and leaves some out; %s")
	ruleByAlone = rule.New("by-without-batch",
		"%s has by= without batch=, so there are no items to match; add batch={ids}, or remove by=")
	ruleByMap = rule.New("by-map",
		"%s returns a map, whose keys are the items already; remove by=")
	ruleByRoot = rule.New("by-root",
		"{%s} is no part of what %s returns; by= takes a part of an element, as in by={result.ID}")
	ruleByType = rule.New("by-type",
		"{%s} is %s, and an item of {%s} is %s; by= takes a field or a method of the same type")
)

// identity fills in how the elements of a batch's slice are matched with its items.
func (c *checker) identity(m *method, r *model.Read) {
	b := m.batch
	if b == nil {
		return
	}
	o, there := m.options.find(annotations.By)
	switch v := o.Value.(type) {
	case annotations.ByPosition, annotations.ByIdentity:
		if !b.List {
			c.report(o.at(), ruleByMap, m.name())
		} else if by, ok := v.(annotations.ByIdentity); ok {
			b.By = c.identityOf(m, r, o.in, by.Placeholder)
		}
	default:
		if b.List && !there && !m.options.has(annotations.By) {
			c.identityMissing(m, r)
		}
	}
}

// identityOf resolves by={result.ID}. If it cannot, it reports why and returns nil.
func (c *checker) identityOf(m *method, r *model.Read, in *block, p annotations.Placeholder) *model.Value {
	root := model.Root{Result: true, Type: m.values[0].Type()}
	if first := p.Selectors[0]; first.Name != "result" {
		if m.sig.Results().At(0).Name() == first.Name {
			c.fix(in.at(first.Span), "result", ruleNamedResult, first.Name, m.name(), strings.Replace(inner(p), first.Name, "result", 1))
			return nil
		}
		fix := ""
		if c.selects(root.Type, first) {
			whole := append([]annotations.Selector{{Name: "result"}}, p.Selectors...)
			fix = annotations.Placeholder{Selectors: whole}.String()
		}
		c.fix(in.at(p.Span), fix, ruleByRoot, inner(p), m.name())
		return nil
	}
	v := c.selected(in, p, root, true)
	if v != nil && !c.identifies(r, v.Type) {
		param := m.items()
		c.report(in.at(p.Span), ruleByType, inner(p), article(c.typeName(v.Type)), param, article(c.typeName(m.batch.Item)))
		return nil
	}
	return v
}

// identifies reports whether a value of type t has the key that an equal item has. Where the key
// has only parts of an item, a pointer to it will do for the item itself, and the other way round.
func (c *checker) identifies(r *model.Read, t types.Type) bool {
	whole := func(s model.Segment) bool { return s.Value != nil && s.Value.Root.Item && len(s.Value.Steps) == 0 }
	if slices.ContainsFunc(r.Key, whole) {
		parts := func(s model.Segment) bool { return s.Value != nil && s.Value.Root.Item && len(s.Value.Steps) > 0 }
		return types.Identical(t, r.Batch.Item) || !slices.ContainsFunc(r.Key, parts) && c.sameEncoding(t, r.Batch.Item)
	}
	own, _ := shape.Deref(t)
	item, _ := shape.Deref(r.Batch.Item)
	return types.Identical(own, item)
}

// identityMissing reports a batch whose slice says neither what identifies its elements nor that
// they are in order. It proposes what probably identifies them.
func (c *checker) identityMissing(m *method, r *model.Read) {
	o, _ := m.options.find(annotations.Batch)
	param, element := m.items(), m.values[0].Type()
	fix, item := "", c.typeName(m.batch.Item)
	promise := "by=position to promise that element i answers for " + param + "[i]"
	var advice string
	base, _ := shape.Deref(element)
	switch found := c.probableIdentity(r, param, element); {
	case found != "":
		by := "by={result." + found + "}"
		fix = o.in.text(o.Span) + " " + by
		advice = "add " + by + " to match each element by that, or " + promise
	case hasMembers(base):
		advice = "add by={result.X}, where X is the field or method of " + c.typeName(base) + " that holds the " + item + " of {" + param + "}, or " + promise
	default:
		advice = "add " + promise + ", or return a map from " + item
	}
	c.fix(o.at(), fix, ruleByMissing, m.name(), param, advice)
}

// hasMembers reports whether a placeholder can select something from a value of type t.
func hasMembers(t types.Type) bool {
	if s, ok := t.Underlying().(*types.Struct); ok && s.NumFields() > 0 {
		return true
	}
	return types.NewMethodSet(t).Len() > 0 || types.NewMethodSet(types.NewPointer(t)).Len() > 0
}

// probableIdentity is the field of an element that is called like an item: ID for ids, Email for
// emails, ContactID for contactIDs, or ID for the contactIDs of a Contact. It is "" if there is
// none of a type that identifies items.
func (c *checker) probableIdentity(r *model.Read, param string, element types.Type) string {
	if _, field, ok := strings.Cut(param, "."); ok {
		param = model.Unexported(field)
	}
	item := model.Singular(param)
	names := []string{item}
	base, _ := shape.Deref(element)
	if n, ok := types.Unalias(base).(*types.Named); ok && strings.EqualFold(item, n.Obj().Name()+"id") {
		names = append(names, "id")
	}
	for _, name := range names {
		for _, spelling := range spellings(name) {
			f, index, _ := types.LookupFieldOrMethod(element, true, c.pkg.Types, spelling)
			if f, ok := f.(*types.Var); ok && index != nil && c.identifies(r, f.Type()) {
				return spelling
			}
		}
	}
	return ""
}

// spellings are the ways to write a field that is called like a parameter: ContactID and ContactId
// for contactID, and contactID.
func spellings(name string) []string {
	list := []string{model.Exported(name), name}
	if base, ok := strings.CutSuffix(strings.ToLower(name), "id"); ok {
		base = name[:len(base)]
		list = append(list, model.Exported(base+"ID"), model.Exported(base+"Id"))
	}
	return list
}
