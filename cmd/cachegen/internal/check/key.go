package check

import (
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

var (
	ruleParamType = rule.New("parameter-type",
		"parameter %s of %s %s; say what identifies it with key=%s%s")
	ruleMissingParam = rule.New("parameter-not-in-key",
		"parameter %s of %s is not part of its key; add %s")
	ruleUnnamedParam = rule.New("unnamed-parameter",
		"%s has a parameter without a name, so key= cannot mention it; name it")
	ruleIgnored    = rule.New("ignore-unknown", "{%s} is not a parameter of %s; %s")
	ruleIgnoredKey = rule.New("ignore-in-key",
		"{%s} is both ignored and part of the key of %s; remove it from one of them")
	ruleIgnoreNothing = rule.New("ignore-unused",
		"no annotated method of %s has a parameter %s; remove it from ignore=")
)

// key returns what the key of a read consists of: its template, or else every parameter that is
// neither a context, nor the tenant, nor ignored.
func (c *checker) key(m *method) []model.Segment {
	m.ignored = c.ignored(m)
	ignored := m.ignored
	template, explicit := m.options.find(annotations.Key)
	if !explicit {
		return c.defaultKey(m, ignored)
	}
	t, _ := template.Value.(annotations.Template)
	c.braces(m, template.in, t.Segments)
	segments := c.segments(m, template.in, t.Segments, beforeTheCall)

	if slices.ContainsFunc(segments, unresolved) {
		return segments // the refused placeholder may be what is missing
	}
	named := c.tenantParam(m)
	for _, s := range t.Segments {
		if _, p, _ := s.Split(); p != nil {
			name := p.Selectors[0].Name
			if i := slices.IndexFunc(ignored, func(ig ignoredParam) bool { return ig.name == name && ig.own }); i >= 0 {
				c.report(template.in.at(p.Span), ruleIgnoredKey, name, m.name())
			}
			named = append(named, name)
		}
	}
	params := m.sig.Params()
	for i := range params.Len() {
		name := params.At(i).Name()
		switch {
		case i == m.ctx:
		case name == "" || name == "_":
			c.report(template.valueAt(), ruleUnnamedParam, m.name())
			return segments
		case m.batch != nil && i == m.batch.Param && !slices.ContainsFunc(segments, ofItem):
			c.report(template.valueAt(), ruleBatchKey, m.name(), m.items())
		case !slices.Contains(named, name) && !isIgnored(ignored, name):
			add := leaveOut(params.At(i), "", "{"+name+"}")
			if add == "" {
				add = "{" + name + "}, or what identifies it, to key="
			}
			c.report(template.valueAt(), ruleMissingParam, name, m.name(), add)
		}
	}
	return segments
}

func (c *checker) defaultKey(m *method, ignored []ignoredParam) []model.Segment {
	key := make([]model.Segment, 0, m.sig.Params().Len())
	var refused []keylessParam
	tenant := c.bareTenantParam(m)
	params := m.sig.Params()
	for i := range params.Len() {
		v := params.At(i)
		if i == m.ctx || v.Name() != "" && (v.Name() == tenant || isIgnored(ignored, v.Name())) {
			continue
		}
		if _, refusal := c.encodings.Of(v.Type()); refusal != nil {
			name, root := v.Name(), v.Name()
			if name == "" || name == "_" {
				name, root = strconv.Itoa(i+1), ""
			}
			ignore := "{" + root + "}"
			if root == "" {
				ignore = " once it has a name"
			}
			refused = append(refused, keylessParam{name, c.refusalText(root, v.Type(), refusal), leaveOut(v, ", or leave it out with ", ignore)})
			continue
		}
		root := model.Root{Index: i, Type: v.Type()}
		if parts, ok := c.fieldParts(m, root, v.Name()); ok {
			key = append(key, parts...)
			continue
		}
		if m.batch != nil && i == m.batch.Param {
			if root = itemRoot(m.batch); m.batch.Field != "" { // a struct that is keyed as a whole
				c.report(m.options.own.first(), ruleBatchKey, m.name(), m.items())
			}
		}
		key = append(key, model.Segment{Value: &model.Value{Root: root, Type: root.Type}})
	}
	if len(refused) > 0 {
		c.keyless(m, refused)
	}
	return key
}

// tenantParam returns the parameter that tenant= mentions: it need not be in the key a second time.
func (c *checker) tenantParam(m *method) []string {
	if o, ok := m.options.find(annotations.Tenant); ok {
		if t, ok := o.Value.(annotations.TenantParam); ok {
			return []string{t.Placeholder.Selectors[0].Name}
		}
	}
	return nil
}

// bareTenantParam is the parameter that is itself the tenant.
func (c *checker) bareTenantParam(m *method) string {
	if o, ok := m.options.find(annotations.Tenant); ok {
		if t, ok := o.Value.(annotations.TenantParam); ok && len(t.Placeholder.Selectors) == 1 {
			return t.Placeholder.Selectors[0].Name
		}
	}
	return ""
}

// ofItem reports whether a part of a key is about one item of a batch.
func ofItem(s model.Segment) bool { return s.Value != nil && s.Value.Root.Item }

// fieldParts returns the parts of a default key that the fields of a parameter are, if one of them
// is the tenant or the slice that a batch splits: of tenant={arg.TenantID} batch={arg.IDs}, an item
// and all other fields of arg. It returns false for other parameters, and for one that is not keyed
// field by field.
func (c *checker) fieldParts(m *method, root model.Root, param string) ([]model.Segment, bool) {
	o, _ := m.options.find(annotations.Tenant)
	t, _ := o.Value.(annotations.TenantParam)
	tenant, items := "", ""
	if path := t.Placeholder.Selectors; len(path) == 2 && path[0].Name == param && !path[1].Call {
		tenant = path[1].Name
	}
	if m.batch != nil && root.Index == m.batch.Param {
		items = m.batch.Field
	}
	base, _ := shape.Deref(root.Type)
	body, ok := base.Underlying().(*types.Struct)
	encoding, _ := c.encodings.Of(base)
	if _, fields := encoding.(*keytype.Struct); !ok || !fields {
		return nil, false
	}
	var parts []model.Segment
	found := false
	for f := range body.Fields() {
		v := &model.Value{Root: root, Steps: []model.Step{{Name: f.Name(), Type: f.Type()}}, Type: f.Type()}
		switch {
		case f.Name() == "_":
			continue
		case !f.Exported() && f.Pkg() != c.pkg.Types:
			return nil, false
		case f.Name() == tenant:
			found = true
			continue
		case f.Name() == items:
			found = true
			v = &model.Value{Root: itemRoot(m.batch), Type: m.batch.Item}
		}
		parts = append(parts, model.Segment{Value: v})
	}
	return parts, found
}

type ignoredParam struct {
	name string
	own  bool // the method says so itself, rather than its type
	at   Span
}

func isIgnored(list []ignoredParam, name string) bool {
	return slices.ContainsFunc(list, func(ig ignoredParam) bool { return ig.name == name })
}

// ignored returns the parameters that the method, or its type, leaves out of keys.
func (c *checker) ignored(m *method) []ignoredParam {
	var list []ignoredParam
	for _, b := range []*block{m.options.own, m.options.defaults, m.options.outer} {
		for p := range b.ignored() {
			name, own := p.Selectors[0].Name, b == m.options.own
			if own && !hasParam(m.sig, name) {
				c.report(b.at(p.Span), ruleIgnored, name, m.name(), possible(m.sig.Params()))
			}
			list = append(list, ignoredParam{name, own, b.at(p.Span)})
		}
	}
	return list
}

// idleIgnores reports a default ignore= of a parameter that no annotated method of the type has.
func (c *checker) idleIgnores(decl *model.TypeDecl, defaults *block) {
	for p := range defaults.ignored() {
		name := p.Selectors[0].Name
		used := slices.ContainsFunc(decl.Methods, func(m model.MethodDecl) bool {
			f := explicitMethod(decl, m.Name)
			return f != nil && len(m.Directives) > 0 && hasParam(f.Signature(), name)
		})
		if !used && !c.inherits(decl) {
			c.report(defaults.at(p.Span), ruleIgnoreNothing, decl.Name, name)
		}
	}
}

func hasParam(sig *types.Signature, name string) bool {
	for v := range sig.Params().Variables() {
		if v.Name() == name {
			return true
		}
	}
	return false
}

// shape prints a key as messages do, with types in place of values: contact:{string}.
func (c *checker) shape(r *model.Read) string {
	parts := []string{r.Prefix}
	for _, s := range r.Key {
		text := s.Before
		if s.Value != nil {
			text += "{" + c.typeName(s.Value.Type) + "}"
		}
		parts = append(parts, text+s.After)
	}
	return strings.Join(parts, ":")
}
