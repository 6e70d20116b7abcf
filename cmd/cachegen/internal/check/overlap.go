package check

import (
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

var (
	ruleOverlap     = newRule("overlap", "key %s of %s can equal that of %s (%s); add a literal segment, for example key=%s")
	ruleOtherTenant = newRule("reaches-no-read", "%s reaches no read: %s (%s) is %s, this is %s; %s")
)

// overlaps reports what single methods cannot know: keys that two reads share, and invalidations that miss.
func (c *checker) overlaps() {
	for i, later := range c.reads {
		for _, earlier := range c.reads[:i] {
			if c.collide(earlier, later) {
				break
			}
		}
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
	for i, p := range w.method.patterns() {
		c.miss(w.method.options.own.at(p.Span), w.model.Write.Invalidations[i])
	}
}

func (c *checker) miss(at span, inv model.Invalidation) {
	if _, all := inv.Tenant.(model.All); all || inv.Prefix == "" {
		return
	}
	path := c.pathOfPattern(inv)
	if slices.ContainsFunc(c.failed, func(m *method) bool { return canEqual(path, roughPath(m)) }) {
		return // it may well be meant for a read that has to be mended first
	}
	var aimed *site
	for _, r := range c.reads {
		if !canEqual(path, c.pathOf(r)) {
			continue
		}
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
	c.report(at, ruleOtherTenant, inv.Text, aimed.method.name(), short(aimed.method.at.Pos), scopeName(aimed.model.Read.Tenant), scopeName(inv.Tenant), tenantAdvice(inv.Tenant))
}

func tenantAdvice(t model.Tenant) string {
	if _, global := t.(model.Global); global {
		return "use tenant=context, or tenant=* for all of them"
	}
	return "add tenant=global"
}

// roughPath is what is known of the keys of a read that has been refused.
func roughPath(m *method) []element {
	var path []element
	if o, ok := m.options.find(annotations.Prefix); ok {
		path = literals(o.Value.String())
	}
	return append(path, element{kind: many})
}

func scopeName(t model.Tenant) string {
	if _, global := t.(model.Global); global {
		return "tenant=global"
	}
	return "for one tenant"
}

// element is one segment of a path, as the set of texts it can be; or any number of segments at all.
type element struct {
	before, after string
	kind          kind
}

type kind uint8

const (
	literal kind = iota // before, and nothing else
	integer
	boolean
	text // any string
	many // any number of segments, none included
)

// pathOf is the path of the keys of a read.
func (c *checker) pathOf(s *site) []element {
	if s.keys == nil { // every pattern of the package is held against it
		s.keys = append(literals(s.model.Read.Prefix), c.elements(s.model.Read.Key)...)
	}
	return s.keys
}

func (c *checker) pathOfPattern(inv model.Invalidation) []element {
	path := append(literals(inv.Prefix), c.elements(inv.Segments)...)
	if inv.All {
		path = append(path, element{kind: many})
	}
	return path
}

func literals(prefix string) []element {
	if prefix == "" {
		return nil
	}
	var path []element
	for s := range strings.SplitSeq(prefix, ":") {
		path = append(path, element{before: s})
	}
	return path
}

func (c *checker) elements(key []model.Segment) []element {
	path := make([]element, 0, len(key))
	for _, s := range key {
		e := element{before: s.Before, after: s.After}
		if s.Value == nil {
			path = append(path, e)
			continue
		}
		kinds := []kind{text}
		if encoding, refusal := keytype.Of(s.Value.Type, c.view); refusal == nil {
			kinds = kindsOf(encoding)
		}
		if len(kinds) == 1 && kinds[0] != many {
			e.kind = kinds[0]
			path = append(path, e)
			continue
		}
		for _, k := range kinds { // with text around it, the first and the last segment would be longer; text is every text
			if k != many && (e.before != "" || e.after != "") {
				k = text
			}
			path = append(path, element{kind: k})
		}
	}
	return path
}

// kindsOf are the segments that an encoding takes.
func kindsOf(e keytype.Encoding) []kind {
	switch e := e.(type) {
	case keytype.Scalar:
		switch e.Method {
		case "Int", "Uint", "Time":
			return []kind{integer}
		case "Bool":
			return []kind{boolean}
		}
		return []kind{text}
	case keytype.Bytes, keytype.Text:
		return []kind{text}
	case keytype.Param:
		if e.Bare {
			return []kind{text}
		}
	case *keytype.Pointer:
		if scalar, ok := e.Elem.(keytype.Scalar); ok && scalar.Method != "" {
			return []kind{text} // or the mark of nil
		}
	}
	return []kind{many}
}

// canEqual reports whether some path is in both sets.
func canEqual(a, b []element) bool {
	switch {
	case len(a) > 0 && a[0].kind == many:
		return canEqual(a[1:], b) || len(b) > 0 && canEqual(a, b[1:])
	case len(b) > 0 && b[0].kind == many:
		return canEqual(b, a)
	case len(a) == 0 || len(b) == 0:
		return len(a) == len(b)
	}
	return meets(a[0], b[0]) && canEqual(a[1:], b[1:])
}

// meets reports whether some text is in both segments.
func meets(a, b element) bool {
	if a.kind == literal && b.kind == literal {
		return a.before == b.before
	}
	if b.kind == literal {
		a, b = b, a
	}
	if a.kind == literal {
		middle, ok := strings.CutPrefix(a.before, b.before)
		if !ok {
			return false
		}
		middle, ok = strings.CutSuffix(middle, b.after)
		return ok && b.kind.holds(middle)
	}
	if a.kind != b.kind && a.kind != text && b.kind != text && a.before == "" && b.before == "" {
		return false // true is no number
	}
	return (strings.HasPrefix(a.before, b.before) || strings.HasPrefix(b.before, a.before)) &&
		(strings.HasSuffix(a.after, b.after) || strings.HasSuffix(b.after, a.after))
}

func (k kind) holds(s string) bool {
	switch k {
	case integer:
		_, err := strconv.ParseInt(s, 10, 64)
		_, uerr := strconv.ParseUint(s, 10, 64)
		return err == nil || uerr == nil
	case boolean:
		return s == "true" || s == "false"
	}
	return true
}
