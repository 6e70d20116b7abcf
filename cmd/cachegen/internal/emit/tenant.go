package emit

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// tenantExpr is the string expression of a tenant, and the statements before it. Behind a nil
// pointer there is no tenant: the empty string.
//
//	var tenant string
//	if org != nil {
//		tenant = org.ID
//	}
func (p *printer) tenantExpr(value *model.Value, v *variables) (before []jen.Code, tenant *jen.Statement) {
	var g guards
	x := p.operand(value, v, &g)
	t := types.Unalias(value.Type)
	if p, ok := t.Underlying().(*types.Pointer); ok {
		x = g.check(x, v).deref()
		t = types.Unalias(p.Elem())
	}
	if len(g) == 0 {
		return nil, p.stringExpr(x, t)
	}
	name := v.taken.free("tenant")
	assign := jen.Id(name).Op("=").Add(p.stringExpr(x, t))
	return append([]jen.Code{jen.Var().Id(name).String()}, g.wrap([]jen.Code{assign})...), jen.Id(name)
}

// stringExpr converts a string or integer to a string.
func (p *printer) stringExpr(x operand, t types.Type) *jen.Statement {
	info, _ := basicKind(t)
	switch {
	case types.Identical(t, types.Typ[types.String]):
		return x.value()
	case info&types.IsString != 0:
		return jen.String().Call(x.value())
	case info&types.IsUnsigned != 0:
		return p.std("strconv", "FormatUint").Call(jen.Uint64().Call(x.value()), jen.Lit(10))
	case info&types.IsInteger != 0:
		return p.std("strconv", "FormatInt").Call(jen.Int64().Call(x.value()), jen.Lit(10))
	}
	panic("emit: no tenant from a " + t.String())
}

// tenants has the string expression of each tenant that is taken from an argument, by the
// argument's text.
type tenants map[string]*jen.Statement

// tenants lists those of the patterns, and the statements before.
func (p *printer) tenants(list []*model.Invalidation, v *variables) (before []jen.Code, found tenants) {
	found = make(tenants)
	for _, i := range list {
		t, ok := i.Tenant.(model.FromValue)
		if !ok || found[v.valueText(&t.Value)] != nil {
			continue
		}
		statements, tenant := p.tenantExpr(&t.Value, v)
		before = append(before, statements...)
		found[v.valueText(&t.Value)] = tenant
	}
	return before, found
}

// scope is runtime.Global, runtime.AllTenants or runtime.TenantOf(orgID); nil for the tenant that
// the context has.
func (p *printer) tenantScope(t model.Tenant, known tenants, v *variables) *jen.Statement {
	switch t := t.(type) {
	case model.Global:
		return p.runtime("Global")
	case model.All:
		return p.runtime("AllTenants")
	case model.FromValue:
		return p.runtime("TenantOf").Call(known[v.valueText(&t.Value)])
	}
	return nil
}
