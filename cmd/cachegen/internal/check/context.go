package check

import (
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var (
	ruleNoContext = rule.NewWarning("read-context",
		"%s takes no context.Context, so its tenant is what Options.Tenant returns for an empty "+
			"one; add a context, tenant={param} or tenant=global, or tenant=context if that is meant")
	ruleNoContexts = rule.NewWarning("read-contexts",
		"%d reads of %s take no context.Context (%s), so their tenant is what Options.Tenant "+
			"returns for an empty one; add contexts, tenant={param} or tenant=global, or "+
			"tenant=context above %[2]s if that is meant")
	ruleOwnContext = rule.New("own-context",
		"%s takes %s, a context of its own, and a load runs under a plain context.Context; take "+
			"that one, and pass the rest in it or as parameters")
)

// contextless notes a read that has no context and names no tenant.
func (c *checker) contextless(m *method) {
	at := m.options.own.first()
	if c.adopting {
		c.report(at, ruleNoContext, m.name())
		return
	}
	c.reportedAt[finding{at.Pos, ruleNoContext.ID}] = true
	c.tenantless = append(c.tenantless, m)
}

// contexts reports the reads of a type that contextless has noted. If there are several, the
// repository is written that way and gets one warning.
func (c *checker) contexts(decl *model.TypeDecl) {
	list := c.tenantless
	c.tenantless = nil
	switch len(list) {
	case 0:
	case 1:
		c.report(list[0].options.own.first(), ruleNoContext, list[0].name())
	default:
		var names []string
		for _, m := range list {
			names = append(names, m.name())
		}
		c.report(NameSpan(decl), ruleNoContexts, len(list), decl.Name, rule.FirstFew(names))
	}
}

// ownContext reports a parameter that is a context, and is declared as something else. The method
// would be taken for one without a context, and its entries for those of no tenant.
func (c *checker) ownContext(m *method) bool {
	for v := range m.sig.Params().Variables() {
		if likeContext(v.Type()) {
			c.report(m.options.own.first(), ruleOwnContext, m.name(), article(c.typeName(v.Type())))
			return true
		}
	}
	return false
}

// likeContext reports whether a type has the methods of a context and is not context.Context.
func likeContext(t types.Type) bool {
	if isContext(t) {
		return false
	}
	methods := types.NewMethodSet(t)
	for name, results := range map[string]int{"Deadline": 2, "Done": 1, "Err": 1, "Value": 1} {
		sel := methods.Lookup(nil, name)
		if sel == nil {
			return false
		}
		f, ok := sel.Obj().(*types.Func)
		if !ok || f.Signature().Results().Len() != results {
			return false
		}
	}
	return true
}
