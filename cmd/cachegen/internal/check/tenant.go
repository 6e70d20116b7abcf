package check

import (
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var (
	ruleSharedArgument = rule.New("shared-argument",
		"all tenants share the entries of %s, but %s says whose they are and is not in the key; "+
			"use tenant={%[2]s}, or crosstenant if the answer is the same for all")
	ruleSharedResult = rule.New("shared-result",
		"all tenants share the entries of %s, but its result carries %s; leave out "+
			"tenant=global, or add crosstenant if each of its keys can be one tenant's only")
)

// tenants reports reads whose entries all tenants share although their arguments or results carry a
// tenant. They may do so if the tenant is in the key.
func (c *checker) tenants() {
	for _, r := range c.reads {
		if _, global := r.Model.Read.Tenant.(model.Global); !global || r.method.options.flag(annotations.CrossTenant) {
			continue
		}
		if r.method.declaredAt != nil && r.method.declaredAt.decl.Object.Pkg() == c.pkg.Types {
			continue // reported there
		}
		at := r.method.options.own.first()
		if o, ok := r.method.options.own.Find(annotations.Tenant); ok {
			at = r.method.options.own.at(o.Span)
		}
		if r.method.declaredAt != nil {
			at = r.method.embeddedAt
		}
		argument, separate := c.tenantArgument(r)
		result := ""
		for _, v := range Answers(r.method.sig) {
			if result == "" {
				result = c.tenantField(v.Type(), 0)
			}
		}
		switch {
		case separate:
		case argument != "":
			c.report(at, ruleSharedArgument, r.method.name(), argument)
		case result != "":
			c.report(at, ruleSharedResult, r.method.name(), result)
		}
	}
}

// tenantArgument returns a parameter, or a field of one, that carries a tenant: orgID, f.TenantID.
// Separate says that such a one is in the key.
func (c *checker) tenantArgument(r *Site) (argument string, separate bool) {
	params := r.method.sig.Params()
	for i := range params.Len() {
		v := params.At(i)
		if i == r.method.ctx {
			continue
		}
		name := ""
		switch field := c.tenantField(v.Type(), 0); {
		case NamesTenant(v.Name()):
			name = v.Name()
		case field != "":
			_, field, _ = strings.Cut(field, ".")
			name = v.Name() + "." + field
		default:
			continue
		}
		argument = name
		if slices.ContainsFunc(r.Model.Read.Key, func(s model.Segment) bool { return carriesTenant(s.Value, i, v.Name()) }) {
			return argument, true
		}
	}
	return argument, false
}

// carriesTenant reports whether a part of a key is the tenant in the parameter at index i: all of
// it, or its field of such a name.
func carriesTenant(v *model.Value, i int, param string) bool {
	if v == nil || v.Root.Result || v.Root.Index != i {
		return false
	}
	return len(v.Steps) == 0 || NamesTenant(param) || slices.ContainsFunc(v.Steps, func(s model.Step) bool { return NamesTenant(s.Name) })
}

// tenantField returns a field that names the tenant of a value of type t: Contact.OrgID. It looks
// into collections and into fields of fields.
func (c *checker) tenantField(t types.Type, depth int) string {
	const deepest = 3
	t, _ = innermost(t)
	t = types.Unalias(t)
	body, ok := t.Underlying().(*types.Struct)
	if !ok {
		return ""
	}
	name := c.typeName(t)
	if _, named := t.(*types.Named); !named {
		name = "a struct"
	}
	for f := range body.Fields() {
		if NamesTenant(f.Name()) {
			return name + "." + f.Name()
		}
	}
	if depth == deepest {
		return ""
	}
	for f := range body.Fields() {
		if found := c.tenantField(f.Type(), depth+1); found != "" {
			_, path, _ := strings.Cut(found, ".")
			return name + "." + f.Name() + "." + path
		}
	}
	return ""
}

// NamesTenant reports whether a parameter or field is called as tenants are: Tenant, tenantID,
// org_id, AccountUUID. A plain account is more likely a customer.
func NamesTenant(name string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, "_", ""))
	for _, suffix := range []string{"uuid", "guid", "id", "key", "slug"} {
		if base, ok := strings.CutSuffix(name, suffix); ok {
			return slices.Contains([]string{"tenant", "org", "organization", "organisation", "account", "workspace"}, base)
		}
	}
	return slices.Contains([]string{"tenant", "org", "organization", "organisation"}, name)
}
