package check

import (
	"go/types"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var ruleErrorValue = rule.NewWarning("error-value",
	"%s ends with %s, not with error: %s; return error, or give that result a name if it is data")

// failure reports a method that seems to fail by a type of its own, such as *AppError. To the
// wrapper that is a value like any other.
func (c *checker) failure(m *method, consequence string) {
	n := m.sig.Results().Len()
	if n == 0 {
		return
	}
	last := m.sig.Results().At(n - 1)
	if name := strings.ToLower(last.Name()); isError(last.Type()) || name != "" && name != "_" && !strings.HasPrefix(name, "err") {
		return
	}
	if types.Implements(last.Type(), types.Universe.Lookup("error").Type().Underlying().(*types.Interface)) {
		c.report(m.options.own.first(), ruleErrorValue, m.name(), c.typeName(last.Type()), consequence)
	}
}
