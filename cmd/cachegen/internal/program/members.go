package program

import (
	"cmp"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
)

// member is a method of one part.
type member struct {
	*check.Site
	part *check.Part
}

// name is how a message of a part calls the method: Get, or ContactRepository.Get if the package
// has another Get, or crm.ContactRepository.Get.
func (m member) name(in *check.Part) string {
	switch {
	case in == m.part && m.part.Several(m.Name()):
		return m.Decl().Name + "." + m.Name()
	case in == m.part:
		return m.Name()
	}
	return m.part.Package().Types.Name() + "." + m.Decl().Name + "." + m.Name()
}

// where is the place of the method in a message of a part: contacts.go:14:2, or
// crm/contacts.go:14:2.
func (m member) where(in *check.Part) string {
	if in == m.part {
		return m.Where()
	}
	return filepath.Base(m.part.Package().Dir) + "/" + m.Where()
}

// reading is a cached read. A tag is seen as one with such keys.
type reading struct {
	member
	path   paths.Path
	entity *types.TypeName // what it answers with
	index  int             // among all
	like   *group
	tags   []*tagging
	tagOf  *reading  // of a tag
	by     []*target // what reaches it, and not all that are like it
	stored bool      // by a put among those

	missed bool // something is meant to invalidate it, and has been reported
}

// invalidated reports whether anything reaches a read by its keys, and not by chance alone.
func (r *reading) invalidated() bool {
	meant := func(t *target) bool { return !t.chance }
	return slices.ContainsFunc(r.by, meant) || slices.ContainsFunc(r.like.by, meant)
}

// covered reports whether anything reaches a read, by its keys or by a tag.
func (r *reading) covered() bool {
	return r.invalidated() || slices.ContainsFunc(r.tags, func(tag *tagging) bool { return tag.to.invalidated() })
}

// invalidators lists what reaches a read, by its keys or by a tag.
func (r *reading) invalidators() []*target {
	list := slices.Concat(r.by, r.like.by)
	for _, tag := range r.tags {
		list = slices.Concat(list, tag.to.by, tag.to.like.by)
	}
	slices.SortFunc(list, func(t, u *target) int { return cmp.Compare(t.index, u.index) })
	return slices.Compact(list)
}

// writing is a method that invalidates.
type writing struct {
	member
	targets []*target
	changes []change
}

// target is one pattern of a write.
type target struct {
	by      *writing
	index   int // among all
	inv     *model.Invalidation
	pattern *annotations.Pattern
	put     bool // the entry is stored anew
	path    paths.Path
	reached reached // by their keys
	tagged  reached // by their tags
	refused bool    // for its types
	chance  bool    // it reaches only what has a value where it has a literal segment, or the reverse
}

func newWriting(m member) *writing {
	write, patterns := m.Model.Write, m.Patterns()
	targets := make([]target, len(patterns))
	w := &writing{member: m, targets: make([]*target, len(patterns))}
	for i, pattern := range patterns {
		t := &targets[i]
		*t = target{by: w, pattern: pattern, path: m.Paths()[i]}
		if i < len(write.Invalidations) {
			t.inv = &write.Invalidations[i]
		} else {
			t.inv, t.put = &write.Puts[i-len(write.Invalidations)].Invalidation, true
		}
		w.targets[i] = t
	}
	return w
}

// idle reports whether a put of the write has no read, which has been reported. What the write
// reaches is not known then.
func (w *writing) idle() bool {
	return slices.ContainsFunc(w.Model.Write.Puts, func(put model.Put) bool { return put.Read == nil })
}

// text is what the write makes stale, as it is written.
func (w *writing) text() string {
	var list []string
	for _, t := range w.targets {
		list = append(list, t.inv.Text)
	}
	return strings.Join(list, ",")
}

// span is where the pattern stands.
func (t *target) span() check.Span { return t.by.SpanOf(t.pattern.Span) }

// length counts the segments of a pattern, without the * at its end.
func (t *target) length() int {
	if t.inv.All {
		return len(t.path) - 1
	}
	return len(t.path)
}
