package check

import (
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// putTags translates the tags of the read for the method that puts. An argument of the read is in
// the key of the put; the result of the read is what the put stores. Of a put that goes through a
// list, the loops of a tag are within its own.
func (c *checker) putTags(w *Site, at Span, put *model.Put) {
	for _, t := range put.Read.Tags {
		over, ok := translateTag(t, put)
		if !ok {
			return // the read has an error of its own
		}
		put.Tags = append(put.Tags, over)
		tag := model.Invalidation{Text: w.method.tagText(over, slices.Concat(put.Loops, over.Loops)), Tenant: put.Tenant}
		undone := func(inv model.Invalidation) bool {
			return covers(inv, tag) || inv.Text == tag.Text && sameTenant(inv.Tenant, tag.Tenant)
		}
		if slices.ContainsFunc(w.Model.Write.Invalidations, undone) ||
			slices.ContainsFunc(w.Model.Write.Puts, func(p model.Put) bool { return p.Text != put.Text && undone(p.Invalidation) }) {
			c.report(at, rulePutHangs, put.Text, t.Text, put.Text)
			return
		}
	}
}

// translateTag translates one tag of a read for a put to it.
func translateTag(t model.Tag, put *model.Put) (_ model.Tag, ok bool) {
	t.Segments, t.Loops = slices.Clone(t.Segments), slices.Clone(t.Loops)
	for i := range t.Loops {
		if t.Loops[i], ok = translate(t.Loops[i], put); !ok {
			return t, false
		}
	}
	for i := range t.Segments {
		if s := &t.Segments[i]; s.Value != nil {
			v, ok := translate(*s.Value, put)
			if !ok {
				return t, false
			}
			s.Value = &v
		}
	}
	return t, true
}

func translate(v model.Value, put *model.Put) (_ model.Value, ok bool) {
	if v.Root.Loop > 0 { // an element of a list, which is translated itself
		v.Root.Loop += len(put.Loops)
		return v, true
	}
	if v.Root.Result {
		v.Root = put.Value
		return v, true
	}
	replace := func(whole, by *model.Value) (model.Value, bool) {
		v.Root, v.Steps = by.Root, slices.Concat(by.Steps, v.Steps[len(whole.Steps):])
		return v, true
	}
	if read, ok := put.Read.Tenant.(model.FromValue); ok && isPart(&read.Value, &v) {
		write := put.Tenant.(model.FromValue)
		return replace(&read.Value, &write.Value)
	}
	for i, k := range put.Read.Key {
		if k.Value != nil && isPart(k.Value, &v) {
			return replace(k.Value, put.Segments[i].Value)
		}
	}
	return v, false
}

// isPart reports whether v is a part of whole, or all of it.
func isPart(whole, v *model.Value) bool {
	n := len(whole.Steps)
	return whole.Root.Index == v.Root.Index && n <= len(v.Steps) && slices.Equal(whole.Steps, v.Steps[:n])
}

// tagText is a tag as a pattern of the method would say it. Its values are elements of loops.
func (m *method) tagText(t model.Tag, loops []model.Value) string {
	text := t.Prefix
	for _, s := range t.Segments {
		text += ":" + s.Before
		if s.Value != nil {
			text += "{" + m.elementText(s.Value, loops) + "}" + s.After
		}
	}
	return text
}

func (m *method) elementText(v *model.Value, loops []model.Value) string {
	if v.Root.Loop == 0 {
		return m.expression(v)
	}
	return Expression(m.elementText(&loops[v.Root.Loop-1], loops), v.Steps)
}
