package check

import (
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

var (
	ruleTagLists  = newRule("tag-lists", "{%s} is an element of another list than the placeholders before it; a tag goes through one list, so write two tags")
	ruleTagNotKey = newRule("tag-not-in-key", "{%s} is not part of the key of %s, so calls with other values share its entries; add it to the key, or take the tag from the result")
	ruleTagType   = newRule("tag-type", "%s hangs on what nothing invalidates: {%s} is %s, where %s has %s")
	ruleIdleTag   = newWarning("idle-tag", "nothing in the packages loaded invalidates %s, so this tag makes nothing stale; patterns are %s")
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
	prefix, rest := leading(p.Segments)
	tag := model.Tag{Text: p.String(), Prefix: prefix}
	shared := literalTexts(prefix)
	for _, s := range rest {
		before, placeholder, after := s.Split()
		segment := model.Segment{Before: before, After: after}
		if placeholder != nil {
			segment.Value = c.element(m, *placeholder, &tag)
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

// sharedName is a placeholder of a tag as all reads write it that share an entry: {id} and {ids} are the first of their keys.
func sharedName(p annotations.Placeholder, v *model.Value, key []model.Segment) string {
	name := inner(p)
	if !v.Root.Result {
		for i, s := range key {
			if s.Value != nil && s.Value.Root.Index == v.Root.Index {
				_, rest, _ := strings.Cut(name, ".")
				return strings.TrimSuffix(strconv.Itoa(i+1)+"."+rest, ".")
			}
		}
	}
	return name
}

// element resolves a placeholder of a tag. A list on the way, or at its end, stands for its elements, and a map for its values.
func (c *checker) element(m *method, p annotations.Placeholder, tag *model.Tag) *model.Value {
	in := m.options.own
	root, ok := c.root(m, in, p, afterTheCall)
	if !ok {
		return nil
	}
	tag.Result = tag.Result || root.Result
	v := &model.Value{Root: root, Type: root.Type}
	enter := func() bool {
		if depth := v.Root.Loop; depth == len(tag.Loops) {
			tag.Loops = append(tag.Loops, *v)
		} else if list := tag.Loops[depth]; list.Root != v.Root || !slices.Equal(list.Steps, v.Steps) {
			c.report(in.at(p.Span), ruleTagLists, inner(p))
			return false
		}
		root.Loop, root.Type = v.Root.Loop+1, elementOf(v.Type)
		v = &model.Value{Root: root, Type: root.Type}
		return true
	}
	for i, s := range p.Selectors[1:] {
		for elementOf(v.Type) != nil && !c.selects(v.Type, s.Name) {
			if !enter() {
				return nil
			}
		}
		steps, ok := c.step(in, p.Selectors[:i+1], v.Type, true, s)
		if !ok {
			return nil
		}
		for _, step := range steps {
			v.Steps = append(v.Steps, step)
			v.Type = step.Type
		}
	}
	for elementOf(v.Type) != nil && !c.isSegment(v.Type) {
		if !enter() {
			return nil
		}
	}
	return v
}

// selects reports whether a list type itself has a method of that name.
func (c *checker) selects(t types.Type, name string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, c.pkg.Types, name)
	return obj != nil
}

// isSegment reports whether a list is one segment of a key, as a []byte or a UUID is.
func (c *checker) isSegment(t types.Type) bool {
	k, refusal := c.keyed(t)
	if refusal != nil {
		return false
	}
	encoding := k.encoding
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
	if p, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Slice:
		return u.Elem()
	case *types.Array:
		return u.Elem()
	case *types.Map:
		return u.Elem()
	}
	return nil
}

// inKey reports whether calls that share an entry agree on a value: it, or all of what it is part of, is in the key.
func (c *checker) inKey(r *model.Read, tag *model.Tag, v *model.Value) bool {
	if v.Root.Loop > 0 {
		v = &tag.Loops[0]
	}
	if t, ok := r.Tenant.(model.FromValue); ok && isPart(&t.Value, v) {
		return true
	}
	return slices.ContainsFunc(r.Key, func(s model.Segment) bool { return s.Value != nil && isPart(s.Value, v) || unresolved(s) })
}

// resultTags lists the tags that entries carry, because only the answer says what they are. Their order is of no account.
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

func tagTexts(tags []model.Tag) []string {
	var list []string
	for _, t := range tags {
		list = append(list, t.Text)
	}
	return list
}

// tagging is one tag of a read, seen as a path that has to meet what writes invalidate.
type tagging struct {
	text string
	at   span
	to   *reading // as a read with such keys
}

func (part *Part) taggings(r *reading) []*tagging {
	read, own := r.model.Read, r.method.options.own
	if len(read.Tags) == 0 {
		return nil
	}
	var list []*tagging
	for _, p := range r.method.patterns(annotations.Tags) {
		tag := read.Tags[len(list)]
		s := &site{method: r.method, model: r.model, path: part.checker.path(tag.Prefix, tag.Segments, false)}
		list = append(list, &tagging{tag.Text, own.at(p.Span), &reading{site: s, part: part, index: r.index, tagOf: r}})
	}
	return list
}

// tagMet returns a tag that a path meets, if only by chance.
func (r *reading) tagMet(path []element, chance bool) *tagging {
	for _, t := range r.tags {
		if canEqual(path, t.to.path) && (chance || !byChance(path, t.to.path)) {
			return t
		}
	}
	return nil
}

// hangs reports whether a pattern reaches a read by a tag of it, and not by its keys.
func (a *aim) hangs(r *reading) bool {
	return !a.tagged.none() && !a.reached.has(r) && slices.ContainsFunc(r.tags, func(t *tagging) bool { return a.tagged.has(t.to) })
}

// reach completes one end of an edge.
func (a *aim) reach(r *reading, out model.Reach) model.Reach {
	out.Entries = extent(a.path, r)
	if a.hangs(r) {
		out.Entries = model.Hung
		if t := r.tagMet(a.path, false); t != nil {
			out.Tag = t.text
		}
	}
	return out
}

// hanging lists the reads that a pattern reaches by their tags alone.
func (a *aim) hanging() []*reading {
	var list []*reading
	for _, t := range a.tagged.reads() { // those of one read follow each other
		if r := t.tagOf; !a.reached.has(r) && (len(list) == 0 || list[len(list)-1] != r) {
			list = append(list, r)
		}
	}
	return list
}

// tagged reports tags that nothing invalidates: their values are of other types than those of reads and patterns of that path, or there is no such
// pattern.
func (p *program) tagged(r *reading, scope Scope) {
	for _, t := range r.tags {
		if !t.to.invalidated() {
			p.unmet(r, t, scope)
		}
	}
}

func (p *program) unmet(r *reading, t *tagging, scope Scope) {
	c := r.part.checker
	for _, other := range p.candidates(t.to.path) {
		if v := compare(t.to.path, other.path); v.same == apart && sameTenants(r.model.Read.Tenant, other.model.Read.Tenant) {
			r.missed = true
			c.report(t.at, ruleTagType, t.text, r.method.expression(v.wrong), article(c.typeName(v.wrong.Type)),
				p.name(r.part, other.part, other.site)+" ("+p.site(r.part, other.part, other.site)+")", article(c.typeName(v.right.Type)))
			return
		}
	}
	if scope != Whole || p.mayMeet(false, t.to.path) {
		return
	}
	var patterns []string
	for _, a := range p.aims {
		if tenantsMeet(a.inv.Tenant, r.model.Read.Tenant) && !slices.Contains(patterns, a.inv.Text) {
			patterns = append(patterns, a.inv.Text)
		}
	}
	slices.Sort(patterns)
	if len(patterns) == 0 {
		patterns = []string{"none"}
	}
	c.report(t.at, ruleIdleTag, t.text, firstFew(patterns))
}

// hangs reports whether a write reaches a read by a tag.
func (w *writing) hangs(r *reading) bool {
	return slices.ContainsFunc(w.aims, func(a *aim) bool { return a.hangs(r) })
}

// tagFor is the tag by which a pattern would reach a read of the same entity: contact:{result.ID} for contact:{c.ID}, and for contact:{id}, if the
// entity has a field ID. It is empty if there is none.
func tagFor(a *aim, r *reading) string {
	if r.untagged() || a.inv.All || !sameTenants(a.inv.Tenant, r.model.Read.Tenant) {
		return ""
	}
	parts := literalTexts(a.inv.Prefix)
	for _, s := range a.inv.Segments {
		if s.Value == nil {
			parts = append(parts, s.Before)
			continue
		}
		field := ""
		switch v := s.Value; {
		case len(v.Steps) > 0 && entityOf(v.Root.Type) == r.entity:
			for _, step := range v.Steps {
				field += "." + step.Name
				if step.Call {
					field += "()"
				}
			}
		case len(v.Steps) == 0:
			for f := range r.entity.Type().Underlying().(*types.Struct).Fields() {
				if f.Exported() && !v.Root.Result && strings.EqualFold(f.Name(), a.by.method.sig.Params().At(v.Root.Index).Name()) {
					field = "." + f.Name()
				}
			}
		}
		if field == "" {
			return ""
		}
		parts = append(parts, s.Before+"{result"+field+"}"+s.After)
	}
	return "tags=" + strings.Join(parts, ":")
}

// untagged reports whether no tag is proposed for a read, because a method puts its entries: it may be one that makes the tag stale.
func (r *reading) untagged() bool { return r.stored || r.like.stored }

// advise is the tag that a warning about a write and a read proposes: by what the write is about, or else by the pattern that the warning is about.
func (w *writing) advise(a *aim, r *reading) string {
	if tag := w.tagFor(r); tag != "" {
		return tag
	}
	return tagFor(a, r)
}

// tagFor is the tag by which one of the patterns of a write that names what it is about would reach a read.
func (w *writing) tagFor(r *reading) string {
	for _, a := range w.aims {
		for _, s := range a.inv.Segments {
			if v := s.Value; v != nil && (len(v.Steps) == 0 || isIdentity(lastStep(v))) {
				if tag := tagFor(a, r); tag != "" {
					return tag
				}
			}
		}
	}
	return ""
}

func literalTexts(prefix string) []string {
	if prefix == "" {
		return nil
	}
	return strings.Split(prefix, ":")
}

func or(advice string) string {
	if advice == "" {
		return ""
	}
	return advice + " or "
}

func orThere(advice string) string {
	if advice == "" {
		return ""
	}
	return ", or " + advice + " there"
}
