package check

import (
	"go/token"
	"slices"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var (
	ruleOverlap = rule.New("overlap",
		"key %s of %s can equal that of %s (%s), and both keep %s; %s")
	ruleOtherTenant = rule.New("reaches-no-read",
		"%s reaches no read: %s (%s) is %s, and this pattern is %s; %s")
)

// overlaps reports reads that share entries by accident, and invalidations that miss every read.
func (c *checker) overlaps() {
	isBatch := func(s *Site) bool { return s.Model.Read.Batch != nil }
	batches := slices.ContainsFunc(c.reads, isBatch)
	byPrefix := make(map[string][]int)
	c.index.Grow(2 * len(c.reads))
	var found []int
	var collisions []collision
	shared := &sharing{with: make(map[*Site]*Site)}
	for i, later := range c.reads {
		path := c.pathOf(later)
		found = c.index.Meeting(path, found[:0])
		if batches { // a batch and a read of one prefix should meet
			prefix := later.Model.Read.Prefix
			for _, j := range byPrefix[prefix] {
				if isBatch(later) || isBatch(c.reads[j]) {
					found = append(found, j)
				}
			}
			byPrefix[prefix] = append(byPrefix[prefix], i)
		}
		slices.Sort(found)
		for _, j := range slices.Compact(found) {
			earlier := c.reads[j]
			if excused(earlier, later) || c.sharesEntries(earlier, later, shared) {
				continue
			}
			if c.equalEntries(earlier, later) {
				collisions = append(collisions, collision{earlier, later})
				break
			}
		}
		c.index.Add(path, i)
		c.scopes[paths.TenantsOf(later.Model.Read.Tenant)] = true
	}
	shared.report(c)
	c.reportCollisions(collisions, shared)
	for _, w := range c.writes {
		if w.method.declaredAt == nil {
			c.missesRead(w)
		}
	}
}

// collision is two reads that can have an entry in common and should not.
type collision struct{ earlier, later *Site }

// equalEntries reports whether two reads can have an entry in common: their keys can be equal, and
// their versions are. The version keeps entries of other result types apart.
func (c *checker) equalEntries(a, b *Site) bool {
	return a.Model.Read.Version == b.Model.Read.Version && paths.SameTenants(a.Model.Read.Tenant, b.Model.Read.Tenant) &&
		c.pathOf(a).Meets(c.pathOf(b))
}

// excused reports whether nothing is said about two reads: they are one declaration, or one
// interface embeds the other, or it is reported where they are declared.
func excused(earlier, later *Site) bool {
	if earlier.method.declaredPos() == later.method.declaredPos() || related(earlier.method.decl, later.method.decl) || related(later.method.decl, earlier.method.decl) {
		return true // their versions keep them apart
	}
	return later.method.declaredAt != nil && (earlier.method.decl.Name != later.method.decl.Name || earlier.method.declaredAt != nil)
}

// reportCollisions reports each with a proposal, after the reads whose parameters have no key. All
// proposals applied at once leave no collision.
func (c *checker) reportCollisions(list []collision, shared *sharing) {
	if len(list)+len(c.keylessReads) == 0 {
		return
	}
	moving := make(map[*Site]bool, len(list))
	for _, x := range list {
		moving[x.later] = true
	}
	p := &proposer{checker: c, words: make(map[*Site]string)}
	for _, r := range c.reads {
		if !moving[r] {
			p.take(r, c.pathOf(r))
		}
	}
	c.reportKeyless(p)
	for _, x := range list {
		advice, fix := p.propose(x.later, shared.with[x.later])
		at := x.later.KeySpan()
		if x.later.method.declaredAt != nil {
			at, fix = x.later.method.embeddedAt, ""
		}
		c.fix(at, fix, ruleOverlap, c.shape(x.later.Model.Read), x.later.fullName(), x.earlier.fullName(), x.earlier.Where(),
			c.typeName(x.later.Model.Read.Value), advice)
	}
}

// related reports whether one interface is embedded in another.
func related(inner, outer *model.TypeDecl) bool {
	return inner.Object != nil && outer.Object != nil && embeds(outer.Object.Type(), inner.Object)
}

// declaredPos is where a method has its directives.
func (m *method) declaredPos() token.Position {
	if m.declaredAt != nil {
		return m.declaredAt.at.Pos
	}
	return m.at.Pos
}

// missesRead reports an invalidation that would reach reads if it spoke of their tenants, and as it
// is reaches none.
func (c *checker) missesRead(w *Site) {
	for i, p := range w.method.invalidations {
		inv := &w.Model.Write.Invalidations[i]
		if scope := paths.TenantsOf(inv.Tenant); scope != paths.AllTenants && c.scopes[paths.OneTenant+paths.NoTenant-scope] && inv.Prefix != "" {
			c.miss(w, p, inv, c.pathsOf(w)[i])
		}
	}
}

func (c *checker) miss(w *Site, p pattern, inv *model.Invalidation, path paths.Path) {
	if c.mayMeetRefused(path) {
		return
	}
	var aimed *Site
	found := c.index.Meeting(path, nil)
	slices.Sort(found)
	for _, i := range found {
		r := c.reads[i]
		if paths.SameTenants(inv.Tenant, r.Model.Read.Tenant) {
			return
		}
		if aimed == nil {
			aimed = r
		}
	}
	if aimed == nil {
		return
	}
	at := w.method.options.own.at(p.Span)
	c.otherTenant(at, inv, aimed, aimed.method.name(), aimed.Where())
}

// otherTenant reports an invalidation that is about other tenants than the read it was meant for.
func (c *checker) otherTenant(at Span, inv *model.Invalidation, meant *Site, name, where string) {
	c.report(at, ruleOtherTenant, inv.Text, name, where, scopeName(meant.Model.Read.Tenant), scopeName(inv.Tenant), tenantAdvice(inv.Tenant))
}

func tenantAdvice(t model.Tenant) string {
	if _, global := t.(model.Global); global {
		return "use tenant=context, or tenant=* for all of them"
	}
	return "add tenant=global"
}

// mayMeetRefused reports whether a path may be meant for a read that has been refused.
func (c *checker) mayMeetRefused(path paths.Path) bool {
	for _, m := range c.refusedReads {
		if m.guess == nil {
			m.guess = guessPath(m)
		}
		if path.Meets(m.guess) {
			return true
		}
	}
	return false
}

// guessPath is everything under the prefix of a read that has been refused.
func guessPath(m *method) paths.Path {
	prefix := ""
	if o, ok := m.options.find(annotations.Prefix); ok {
		prefix = o.Value.String()
	}
	return paths.Under(prefix)
}

func scopeName(t model.Tenant) string {
	if _, global := t.(model.Global); global {
		return "tenant=global"
	}
	return "for one tenant"
}
