package check

import (
	"go/token"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

var (
	ruleOverlap     = newRule("overlap", "key %s of %s can equal that of %s (%s); add a literal segment, for example key=%s")
	ruleOtherTenant = newRule("reaches-no-read", "%s reaches no read: %s (%s) is %s, this is %s; %s")
)

// overlaps reports what single methods cannot know: keys that two reads share, and invalidations that miss.
func (c *checker) overlaps() {
	isBatch := func(s *site) bool { return s.model.Read.Batch != nil }
	batches := slices.ContainsFunc(c.reads, isBatch)
	byPrefix := make(map[string][]int)
	c.near.grow(2 * len(c.reads))
	var found []int
	for i, later := range c.reads {
		path := c.pathOf(later)
		found = c.near.meeting(path, found[:0])
		if batches { // a batch and a read of one prefix are meant to meet, and it is told if they do not
			prefix := later.model.Read.Prefix
			for _, j := range byPrefix[prefix] {
				if isBatch(later) || isBatch(c.reads[j]) {
					found = append(found, j)
				}
			}
			byPrefix[prefix] = append(byPrefix[prefix], i)
		}
		slices.Sort(found)
		for _, j := range slices.Compact(found) {
			if c.collide(c.reads[j], later) {
				break
			}
		}
		c.near.add(path, i)
		c.scopes[scopeOf(later.model.Read.Tenant)] = true
	}
	for _, w := range c.writes {
		if w.method.home == nil {
			c.misses(w)
		}
	}
}

// collide reports a read whose key can equal that of an earlier one. Under one prefix that is always a mistake. Across prefixes it takes the
// same result type too, because the version in the key keeps different results apart.
func (c *checker) collide(earlier, later *site) bool {
	if earlier.method.declared() == later.method.declared() || related(earlier.method.decl, later.method.decl) || related(later.method.decl, earlier.method.decl) {
		return false // one embeds the other, and their versions keep them apart
	}
	if later.method.home != nil && (earlier.method.decl.Name != later.method.decl.Name || earlier.method.home != nil) {
		return false // reported where they are declared
	}
	a, b := earlier.model.Read, later.model.Read
	if meant, wrong := c.share(earlier, later); meant {
		return wrong
	}
	if a.Prefix != b.Prefix && a.Version != b.Version || !sameTenants(a.Tenant, b.Tenant) || !canEqual(c.pathOf(earlier), c.pathOf(later)) {
		return false
	}
	at := c.keyAt(later)
	if later.method.home != nil {
		at = later.method.where
	}
	c.report(at, ruleOverlap, c.shape(b), later.method.name(), earlier.method.name(), short(earlier.method.at.Pos), suggestKey(later))
	return true
}

// related reports whether one interface is embedded in another.
func related(inner, outer *model.TypeDecl) bool {
	return inner.Object != nil && outer.Object != nil && embeds(outer.Object.Type(), inner.Object)
}

// declared is where a method has its directives.
func (m *method) declared() token.Position {
	if m.home != nil {
		return m.home.at.Pos
	}
	return m.at.Pos
}

// foreignOverlaps reports reads of different packages that share entries: their keys can be equal, and their results are of one shape.
func (p *program) foreignOverlaps() {
	type place struct {
		like    *lookalikes
		version string
	}
	firsts := make(map[place]*reading) // in the order of packages, so that if the first is of the same package, all are
	for _, later := range p.reads {
		version := later.model.Read.Version
		var earlier *reading
		for _, like := range p.overlapping(later.like) {
			r := firsts[place{like, version}]
			if r != nil && r.part != later.part && (earlier == nil || r.index < earlier.index) {
				earlier = r
			}
		}
		if earlier != nil {
			c := later.part.checker
			c.report(c.keyAt(later.site), ruleOverlap, c.shape(later.model.Read), later.method.name(),
				p.name(later.part, earlier.part, earlier.site), p.site(later.part, earlier.part, earlier.site), suggestKey(later.site))
		}
		if own := (place{later.like, version}); firsts[own] == nil {
			firsts[own] = later
		}
	}
}

// overlapping returns the reads whose keys can equal those of some, which are among them.
func (p *program) overlapping(like *lookalikes) []*lookalikes {
	if !like.asked {
		like.asked = true
		r := like.reads[0]
		for _, other := range p.alike.meeting(r.path, nil) {
			if sameTenants(other.reads[0].model.Read.Tenant, r.model.Read.Tenant) {
				like.meets = append(like.meets, other)
			}
		}
	}
	return like.meets
}

// sameTenants reports whether two scopes can be one: that of all tenants is nobody's.
func sameTenants(a, b model.Tenant) bool {
	_, globalA := a.(model.Global)
	_, globalB := b.(model.Global)
	return globalA == globalB
}

// suggestKey is a key with a literal segment in front: the parameter's name, as in email:{email}, or the method's.
func suggestKey(s *site) string {
	word := strings.ToLower(s.method.name())
	var rest []string
	for _, segment := range s.model.Read.Key {
		text := segment.Before
		if v := segment.Value; v != nil {
			name := s.method.sig.Params().At(v.Root.Index).Name()
			if len(s.model.Read.Key) == 1 && len(v.Steps) == 0 && name != "" {
				word = name
			}
			for _, step := range v.Steps {
				name += "." + step.Name
				if step.Call {
					name += "()"
				}
			}
			text += "{" + name + "}"
		}
		rest = append(rest, text+segment.After)
	}
	return strings.Join(append([]string{word}, rest...), ":")
}

// misses reports an invalidation that would reach reads if it spoke of their tenants, and as it is reaches none.
func (c *checker) misses(w *site) {
	for i, p := range w.method.invalidations {
		inv := &w.model.Write.Invalidations[i]
		if scope := scopeOf(inv.Tenant); scope != every && c.scopes[perTenant+global-scope] && inv.Prefix != "" {
			c.miss(w, p, inv, c.pathsOf(w)[i])
		}
	}
}

func (c *checker) miss(w *site, p pattern, inv *model.Invalidation, path []element) {
	if c.failing(path) {
		return
	}
	var aimed *site
	found := c.near.meeting(path, nil)
	slices.Sort(found)
	for _, i := range found {
		r := c.reads[i]
		if sameTenants(inv.Tenant, r.model.Read.Tenant) {
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
	c.report(at, ruleOtherTenant, inv.Text, aimed.method.name(), short(aimed.method.at.Pos), scopeName(aimed.model.Read.Tenant), scopeName(inv.Tenant), tenantAdvice(inv.Tenant))
}

func tenantAdvice(t model.Tenant) string {
	if _, global := t.(model.Global); global {
		return "use tenant=context, or tenant=* for all of them"
	}
	return "add tenant=global"
}

// failing reports whether a path may well be meant for a read that has to be mended first.
func (c *checker) failing(path []element) bool {
	for _, m := range c.failed {
		if m.rough == nil {
			m.rough = roughPath(m)
		}
		if canEqual(path, m.rough) {
			return true
		}
	}
	return false
}

// roughPath is what is known of the keys of a read that has been refused.
func roughPath(m *method) []element {
	prefix := ""
	if o, ok := m.options.find(annotations.Prefix); ok {
		prefix = o.Value.String()
	}
	return below(prefix)
}

// tenantScope is what a pattern or a read says of tenants, as far as it matters to whether they meet.
type tenantScope uint8

const (
	perTenant tenantScope = iota
	global
	every
	tenantScopes
)

func scopeOf(t model.Tenant) tenantScope {
	switch t.(type) {
	case model.Global:
		return global
	case model.All:
		return every
	}
	return perTenant
}

func scopeName(t model.Tenant) string {
	if _, global := t.(model.Global); global {
		return "tenant=global"
	}
	return "for one tenant"
}
