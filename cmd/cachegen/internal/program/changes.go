package program

import (
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
)

// change is an entity that a write changes, and the pattern that tells.
type change struct {
	entity *types.TypeName
	by     *target
}

// changed finds the entities that a write changes: those of the reads that it reaches. A write that
// reaches reads of its own repository changes the entities of those; what else it reaches may hold
// a part of them only. What creates an entity changes nothing that is kept.
func (p *program) changed(w *writing) {
	if check.Creates(w.Name()) {
		return
	}
	own := p.byType[w.Decl()]
	ownReached := slices.ContainsFunc(w.targets, func(t *target) bool { return !t.chance && slices.ContainsFunc(own, t.reached.has) })
	for _, t := range w.targets {
		if t.chance {
			continue
		}
		reads := own
		if !ownReached {
			reads = t.reached.reads()
		}
		for _, r := range reads {
			if r.entity == nil || ownReached && !t.reached.has(r) {
				continue
			}
			if !slices.ContainsFunc(w.changes, func(c change) bool { return c.entity == r.entity }) {
				w.changes = append(w.changes, change{r.entity, t})
				p.changers[r.entity] = append(p.changers[r.entity], w)
			}
		}
	}
}

// leavesOut returns the pattern which tells that w changes the entity of r, if w does not reach r
// though it could: it is about the same tenants.
func (w *writing) leavesOut(r *reading) (by *target, ok bool) {
	i := slices.IndexFunc(w.changes, func(c change) bool {
		return c.entity == r.entity && paths.TenantsMeet(c.by.inv.Tenant, r.Model.Read.Tenant)
	})
	if i < 0 || slices.ContainsFunc(w.targets, func(t *target) bool { return t.reached.has(r) || t.reachesByTag(r) }) {
		return nil, false
	}
	return w.changes[i].by, true
}
