package check

import (
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
