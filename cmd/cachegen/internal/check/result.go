package check

import (
	"go/types"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
)

var ruleResult = newRule("result", "%s returns %s, which cannot be cached%s")

// result reports a result that would not come out of the cache as it went in, with generated code for its bytes or by reflection.
func (c *checker) result(m *method, t types.Type, generated bool) {
	view := c.view
	if !generated {
		view = view.Reflection()
	}
	_, refusal := codec.Of(t, view)
	if refusal == nil {
		return
	}
	detail := ": it " + refusal.Reason
	if refusal.Path != "" || !types.Identical(refusal.Type, t) {
		detail = ": " + lost{refusal.Path, refusal.Type, refusal.Reason}.root(t) + " (" + c.typeName(refusal.Type) + ") " + refusal.Reason
	}
	c.report(m.options.own.whole(), ruleResult, m.name(), c.typeName(t), detail+"; "+refusal.Remedy)
}

// lost is a part of a result that would not come back, or has no copy.
type lost struct {
	path string // .Owner.cache; "" for the result itself
	typ  types.Type
	why  string
}

// root is the path from the first type on it that has a name: Contact.Owner.cache, of a slice of contacts too.
func (l lost) root(t types.Type) string {
	path := l.path
	for {
		if n, ok := types.Unalias(t).(*types.Named); ok {
			return n.Obj().Name() + path
		}
		var rest string
		var ok bool
		switch u := t.Underlying().(type) {
		case *types.Pointer:
			t, rest, ok = u.Elem(), path, true
		case *types.Slice:
			t = u.Elem()
			rest, ok = strings.CutPrefix(path, "[]")
		case *types.Array:
			t = u.Elem()
			rest, ok = strings.CutPrefix(path, "[]")
		case *types.Map:
			t = u.Elem()
			rest, ok = strings.CutPrefix(path, "[]")
		}
		if !ok || rest == "" {
			return "result" + l.path
		}
		path = rest
	}
}
