package program

import (
	"cmp"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
)

// group is reads whose keys look alike: what a pattern is to one of them, it is to all. Packages of
// one program tend to have many, and every pattern is held against every read that it may meet.
type group struct {
	reads  []*reading
	plain  int       // this many segments are alike in all; later ones may differ in type
	by     []*target // what reaches them all
	stored bool      // by a put
}

// addToGroup adds a read to those like it.
func addToGroup(among *paths.Index[*group], r *reading) {
	at := among.Node(r.path)
	for _, e := range at.Entries {
		first := e.Item.reads[0]
		if paths.Alike(first.path, r.path) && paths.SameTenants(first.Model.Read.Tenant, r.Model.Read.Tenant) {
			e.Item.reads = append(e.Item.reads, r)
			r.like = e.Item
			return
		}
	}
	r.like = &group{reads: []*reading{r}, plain: r.path.Plain()}
	at.Add(r.path, r.like)
}

// reached is what a pattern makes stale.
type reached struct {
	all  []*group        // each of their reads
	some []*reading      // of others
	set  map[*group]bool // of all, once they are many
}

func (s *reached) none() bool { return len(s.all)+len(s.some) == 0 }

func (s *reached) has(r *reading) bool {
	if len(s.all) > 16 && s.set == nil {
		s.set = make(map[*group]bool, len(s.all))
		for _, like := range s.all {
			s.set[like] = true
		}
	}
	if s.set != nil {
		return s.set[r.like] || slices.Contains(s.some, r)
	}
	return slices.Contains(s.all, r.like) || slices.Contains(s.some, r)
}

// reads lists them, in the order of all reads.
func (s *reached) reads() []*reading {
	list := slices.Clone(s.some)
	for _, like := range s.all {
		list = append(list, like.reads...)
	}
	slices.SortFunc(list, func(a, b *reading) int { return cmp.Compare(a.index, b.index) })
	return list
}

// meet finds what a pattern reaches of groups of reads, or of tags, and notes it there.
func (t *target) meet(groups []*group) (found reached) {
	for _, like := range groups {
		r := like.reads[0]
		switch {
		case !paths.TenantsMeet(t.inv.Tenant, r.Model.Read.Tenant):
		case t.length() > like.plain:
			for _, r := range like.reads {
				if paths.Compare(t.path, r.path).Reaches() {
					found.some = append(found.some, r)
					r.by = append(r.by, t)
					r.stored = r.stored || t.put
				}
			}
		case paths.Compare(t.path, r.path).Reaches():
			found.all = append(found.all, like)
			like.by = append(like.by, t)
			like.stored = like.stored || t.put
		}
	}
	return found
}

// meant returns the reads whose keys a path meets. It may meet some by chance: contact:list:* meets
// the contact whose id is "list", and contact:{c.ID} of that contact meets contact:list. If it
// meets others as well, only those are meant.
func (p *program) meant(path paths.Path) []*group {
	p.found = p.keys.Meeting(path, p.found[:0])
	if list := deliberate(path, p.found); len(list) > 0 {
		return list
	}
	return p.found
}

// deliberate returns those that a path meets by more than chance. It moves them to the front of the
// list.
func deliberate(path paths.Path, list []*group) []*group {
	n := 0
	for i, like := range list {
		if !paths.ByChance(path, like.reads[0].path) {
			list[n], list[i] = like, list[n]
			n++
		}
	}
	return list[:n]
}
