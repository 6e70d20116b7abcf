package check

import (
	"cmp"
	"go/types"
	"slices"
)

// lookalikes are reads whose keys look alike: what a pattern is to one of them, it is to all. Packages of one program tend to have many, and every
// pattern is held against every read that it may meet.
type lookalikes struct {
	reads  []*reading
	exact  int    // so many segments are alike in all; those of later ones may be of different types
	by     []*aim // what reaches them all
	meets  []*lookalikes
	asked  bool // meets is known
	stored bool // by a put
}

// group adds a read to those like it.
func (p *program) group(among *index[*lookalikes], r *reading) {
	at := among.node(r.path)
	for _, e := range at.entries {
		if e.item.include(r) {
			e.item.reads = append(e.item.reads, r)
			r.like = e.item
			return
		}
	}
	r.like = &lookalikes{reads: []*reading{r}, exact: exact(r.path)}
	at.add(r.path, r.like)
}

// exact counts the segments before the first composite. Whether those are alike is for their types to say.
func exact(path []element) int {
	if i := slices.IndexFunc(path, func(e element) bool { return e.value != nil && e.class == composite }); i >= 0 {
		return i
	}
	return len(path)
}

// include reports whether a read, which begins with the same literal segments, is like these.
func (l *lookalikes) include(r *reading) bool {
	first := l.reads[0]
	if len(first.path) != len(r.path) || !sameTenants(first.model.Read.Tenant, r.model.Read.Tenant) {
		return false
	}
	for i := range r.path {
		a, b := &first.path[i], &r.path[i]
		if a.before != b.before || a.after != b.after || a.kind != b.kind || a.class != b.class || (a.value == nil) != (b.value == nil) {
			return false
		}
		if a.value != nil && a.class != composite && !types.Identical(a.value.Type, b.value.Type) {
			return false
		}
	}
	return true
}

// invalidated reports whether anything reaches a read by its keys.
func (r *reading) invalidated() bool { return len(r.by)+len(r.like.by) > 0 }

// covered reports whether anything reaches a read, by its keys or by a tag.
func (r *reading) covered() bool {
	return r.invalidated() || slices.ContainsFunc(r.tags, func(t *tagging) bool { return t.to.invalidated() })
}

// invalidators lists what reaches a read, by its keys or by a tag.
func (r *reading) invalidators() []*aim {
	list := slices.Concat(r.by, r.like.by)
	for _, t := range r.tags {
		list = slices.Concat(list, t.to.by, t.to.like.by)
	}
	slices.SortFunc(list, func(a, b *aim) int { return cmp.Compare(a.index, b.index) })
	return slices.Compact(list)
}

// reached is what a pattern makes stale.
type reached struct {
	all  []*lookalikes // each of them
	some []*reading    // of others
}

func (s *reached) none() bool { return len(s.all)+len(s.some) == 0 }

func (s *reached) has(r *reading) bool {
	return slices.Contains(s.all, r.like) || slices.Contains(s.some, r)
}

// reads lists them, in the order of all reads.
func (s *reached) reads() []*reading {
	list := slices.Clone(s.some)
	for _, like := range s.all {
		list = append(list, like.reads...)
	}
	slices.SortFunc(list, byIndex)
	return list
}

func byIndex(a, b *reading) int { return cmp.Compare(a.index, b.index) }

// meet finds what a pattern meets among reads, or among tags, and notes it there.
func (a *aim) meet(groups []*lookalikes) (found reached) {
	for _, like := range groups {
		r := like.reads[0]
		switch {
		case !tenantsMeet(a.inv.Tenant, r.model.Read.Tenant):
		case a.spelled() > like.exact:
			for _, r := range like.reads {
				if compare(a.path, r.path).fits() {
					found.some = append(found.some, r)
					r.by = append(r.by, a)
					r.stored = r.stored || a.put
				}
			}
		case compare(a.path, r.path).fits():
			found.all = append(found.all, like)
			like.by = append(like.by, a)
			like.stored = like.stored || a.put
		}
	}
	return found
}

// spelled counts the segments of a pattern, without the * at its end.
func (a *aim) spelled() int {
	if a.inv.All {
		return len(a.path) - 1
	}
	return len(a.path)
}

// meant returns the reads whose keys a path meets. It may meet some by chance, as contact:list:* meets the contact whose id is "list", and
// contact:{c.ID} of that contact meets contact:list; if there are others, those are meant.
func (p *program) meant(path []element) []*lookalikes {
	p.found = p.alike.meeting(path, p.found[:0])
	if list := deliberate(path, p.found); len(list) > 0 {
		return list
	}
	return p.found
}

// deliberate leaves those that a path meets by more than chance. They come first in the list, too.
func deliberate(path []element, list []*lookalikes) []*lookalikes {
	n := 0
	for i, like := range list {
		if !byChance(path, like.reads[0].path) {
			list[n], list[i] = like, list[n]
			n++
		}
	}
	return list[:n]
}
