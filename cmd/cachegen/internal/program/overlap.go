package program

import "github.com/cachegen/cachegen/cmd/cachegen/internal/paths"

// overlaps reports reads of different packages that share entries: their keys can be equal, and
// their results are of one shape.
func (p *program) overlaps() {
	type place struct {
		like    *group
		version string
	}
	firsts := make(map[place]*reading) // in the order of packages
	for _, later := range p.reads {
		version := later.Model.Read.Version
		var earlier *reading
		for _, like := range p.overlapping(later.like) {
			r := firsts[place{like, version}]
			if r != nil && r.part != later.part && (earlier == nil || r.index < earlier.index) {
				earlier = r
			}
		}
		if earlier != nil {
			later.part.ReportOverlap(later.Site, earlier.name(later.part), earlier.where(later.part))
		}
		if own := (place{later.like, version}); firsts[own] == nil {
			firsts[own] = later
		}
	}
}

// overlapping returns the groups whose keys can equal those of one, which is among them.
func (p *program) overlapping(like *group) []*group {
	if !like.asked {
		like.asked = true
		r := like.reads[0]
		for _, other := range p.keys.Meeting(r.path, nil) {
			if paths.SameTenants(other.reads[0].Model.Read.Tenant, r.Model.Read.Tenant) {
				like.meets = append(like.meets, other)
			}
		}
	}
	return like.meets
}
