package check

import (
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

var (
	ruleTagLists = rule.New("tag-lists",
		"{%s} is an element of another list than the placeholders before it; a pattern goes "+
			"through one list; write two patterns")
	ruleTagNotKey = rule.New("tag-not-in-key",
		"{%s} is not part of the key of %s, so calls with other values share its entries; add it "+
			"to the key, or take the tag from the result")
)

// tags returns what the patterns of tags= stand for.
func (c *checker) tags(m *method, r *model.Read) []model.Tag {
	var list []model.Tag
	for _, o := range m.options.own.All(annotations.Tags) {
		patterns, _ := o.Value.(annotations.Patterns)
		for _, p := range patterns.List {
			list = append(list, c.tag(m, r, p))
		}
	}
	return list
}

func (c *checker) tag(m *method, r *model.Read, p annotations.Pattern) model.Tag {
	c.braces(m, m.options.own, p.Segments)
	prefix, rest := paths.Leading(p.Segments)
	tag := model.Tag{Text: p.String(), Prefix: prefix}
	shared := paths.Split(prefix)
	for _, s := range rest {
		before, placeholder, after := s.Split()
		segment := model.Segment{Before: before, After: after}
		if placeholder != nil {
			segment.Value = c.element(m, *placeholder, &tag.Loops, true)
			tag.Result = tag.Result || segment.Value != nil && segment.Value.Root.Result
			if segment.Value == nil || !c.hasKey(m.options.own, *placeholder, segment.Value) {
				segment.Value = &model.Value{Type: types.Typ[types.Invalid]}
			} else if !segment.Value.Root.Result && !c.inKey(r, &tag, segment.Value) {
				c.report(m.options.own.at(placeholder.Span), ruleTagNotKey, inner(*placeholder), m.name())
			}
			before += "{" + sharedName(*placeholder, segment.Value, r.Key) + "}"
		}
		shared = append(shared, before+after)
		tag.Segments = append(tag.Segments, segment)
	}
	tag.Shared = strings.Join(shared, ":")
	return tag
}

// sharedName is a placeholder of a tag in the form that all reads of an entry have in common: {id}
// of one and {ids} of another are both the first value of the key.
func sharedName(p annotations.Placeholder, v *model.Value, key []model.Segment) string {
	if !v.Root.Result {
		for i, s := range key {
			if s.Value != nil && s.Value.Root.Index == v.Root.Index {
				return annotations.Expression(strconv.Itoa(i+1), p.Selectors[1:])
			}
		}
	}
	return inner(p)
}

// element resolves a placeholder of a tag or an invalidation. Where something is selected from a
// list it stands for its elements, and a map for its values; with all, also at the end. The lists
// are added to loops.
func (c *checker) element(m *method, p annotations.Placeholder, loops *[]model.Value, all bool) *model.Value {
	in := m.options.own
	root, ok := c.root(m, in, p, afterTheCall)
	if !ok {
		return nil
	}
	p = m.fromRoot(p, root)
	v := &model.Value{Root: root, Type: root.Type}
	addressable := !root.Result
	enter := func() bool {
		if depth := v.Root.Loop; depth == len(*loops) {
			*loops = append(*loops, *v)
		} else if list := (*loops)[depth]; list.Root != v.Root || !slices.Equal(list.Steps, v.Steps) {
			c.report(in.at(p.Span), ruleTagLists, inner(p))
			return false
		}
		root.Loop, root.Type = v.Root.Loop+1, elementOf(v.Type)
		v = &model.Value{Root: root, Type: root.Type}
		addressable = true // the variable of the loop
		return true
	}
	for i, s := range p.Selectors[1:] {
		for elementOf(v.Type) != nil && !c.selects(v.Type, s) {
			if !enter() {
				return nil
			}
		}
		steps, ok := c.step(in, p.Selectors[:i+1], v.Type, addressable || all, s)
		if !ok {
			return nil
		}
		for _, step := range steps {
			_, pointer := shape.Deref(v.Type)
			addressable = !step.Call && (addressable || pointer)
			v.Steps = append(v.Steps, step)
			v.Type = step.Type
		}
	}
	for all && elementOf(v.Type) != nil && !c.isSegment(v.Type) {
		if !enter() {
			return nil
		}
	}
	return v
}

// selects reports whether a list type itself has a method of that name, or is what a function
// takes.
func (c *checker) selects(t types.Type, s annotations.Selector) bool {
	if s.Func {
		f, ok := c.pkg.Types.Scope().Lookup(s.Name).(*types.Func)
		return ok && makes(f, t)
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, c.pkg.Types, s.Name)
	return obj != nil
}

// isSegment reports whether a list is one segment of a key, as a []byte or a UUID is.
func (c *checker) isSegment(t types.Type) bool {
	k, refusal := c.encodings.Of(t)
	if refusal != nil {
		return false
	}
	encoding := k
	if p, ok := encoding.(*keytype.Pointer); ok {
		encoding = p.Elem
	}
	switch encoding.(type) {
	case keytype.Scalar, keytype.Bytes, keytype.Text:
		return true
	}
	return false
}

// elementOf is what a list or map of type t, or a pointer to one, holds; nil if t is none.
func elementOf(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	if _, pointer := t.Underlying().(*types.Pointer); pointer {
		return nil
	}
	elem, _ := shape.Element(t)
	return elem
}

// inKey reports whether calls that share an entry agree on a value: it, or all of what it is part
// of, is in the key.
func (c *checker) inKey(r *model.Read, tag *model.Tag, v *model.Value) bool {
	if v.Root.Loop > 0 {
		v = &tag.Loops[0]
	}
	if t, ok := r.Tenant.(model.FromValue); ok && isPart(&t.Value, v) {
		return true
	}
	return slices.ContainsFunc(r.Key, func(s model.Segment) bool { return s.Value != nil && isPart(s.Value, v) || unresolved(s) })
}

// resultTags lists the tags that entries carry, because only the result has their values. They are
// sorted.
func resultTags(r *model.Read) []string {
	var list []string
	for _, t := range r.Tags {
		if t.Result {
			list = append(list, t.Shared)
		}
	}
	slices.Sort(list)
	return list
}
