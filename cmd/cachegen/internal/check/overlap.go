package check

import (
	"go/token"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var (
	ruleOverlap = rule.New("overlap",
		"key %s of %s can equal that of %s (%s); add a literal segment, for example key=%s")
	ruleOtherTenant = rule.New("reaches-no-read",
		"%s reaches no read: %s (%s) is %s, and this pattern is %s; %s")
)

// overlaps reports keys that two reads share, and invalidations that miss every read.
func (c *checker) overlaps() {
	isBatch := func(s *Site) bool { return s.Model.Read.Batch != nil }
	batches := slices.ContainsFunc(c.reads, isBatch)
	byPrefix := make(map[string][]int)
	c.index.Grow(2 * len(c.reads))
	var found []int
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
			if c.collide(c.reads[j], later) {
				break
			}
		}
		c.index.Add(path, i)
		c.scopes[paths.TenantsOf(later.Model.Read.Tenant)] = true
	}
	for _, w := range c.writes {
		if w.method.declaredAt == nil {
			c.missesRead(w)
		}
	}
}

// collide reports a read whose key can equal that of an earlier one. Under one prefix that is
// always a mistake. Across prefixes it takes the same result type too, because the version in the
// key keeps different results apart.
func (c *checker) collide(earlier, later *Site) bool {
	if earlier.method.declaredPos() == later.method.declaredPos() || related(earlier.method.decl, later.method.decl) || related(later.method.decl, earlier.method.decl) {
		return false // one embeds the other, and their versions keep them apart
	}
	if later.method.declaredAt != nil && (earlier.method.decl.Name != later.method.decl.Name || earlier.method.declaredAt != nil) {
		return false // reported where they are declared
	}
	a, b := earlier.Model.Read, later.Model.Read
	if meant, wrong := c.sharesEntries(earlier, later); meant {
		return wrong
	}
	if a.Prefix != b.Prefix && a.Version != b.Version || !paths.SameTenants(a.Tenant, b.Tenant) || !c.pathOf(earlier).Meets(c.pathOf(later)) {
		return false
	}
	at := later.KeySpan()
	if later.method.declaredAt != nil {
		at = later.method.embeddedAt
	}
	c.report(at, ruleOverlap, c.shape(later.Model.Read), later.method.name(), earlier.method.name(), earlier.Where(), suggestKey(later))
	return true
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

// suggestKey is a key with a literal segment in front: the parameter's name, as in email:{email},
// or the method's.
func suggestKey(s *Site) string {
	word := strings.ToLower(s.method.name())
	var rest []string
	for _, segment := range s.Model.Read.Key {
		text := segment.Before
		if v := segment.Value; v != nil {
			name := s.method.sig.Params().At(v.Root.Index).Name()
			if len(s.Model.Read.Key) == 1 && len(v.Steps) == 0 && name != "" {
				word = name
			}
			text += "{" + Expression(name, v.Steps) + "}"
		}
		rest = append(rest, text+segment.After)
	}
	return strings.Join(append([]string{word}, rest...), ":")
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
