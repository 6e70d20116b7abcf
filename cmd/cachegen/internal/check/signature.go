package check

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

var (
	ruleReadNothing = rule.New("read-nothing", "%s returns nothing%s, so there is nothing to cache")
	ruleTwoContexts = rule.New("read-two-contexts",
		"%s takes two contexts, and a load runs under one; remove one of them, or cache a method "+
			"that has one")
)

// readSignature fills in which results a read caches: all but a last error. One value is cached as
// it is, several as the fields of a struct.
func (c *checker) readSignature(m *method, r *model.Read) bool {
	values := Answers(m.sig)
	ok := c.readContext(m, len(values))
	if len(values) == 0 {
		return false
	}
	c.failure(m, "a failed load is cached like an answer")
	if o, batch := m.options.find(annotations.Batch); batch && (len(values) > 1 || len(values) == m.sig.Results().Len()) {
		c.report(o.at(), ruleBatchShape, m.name())
		return false
	}
	item, whole := c.batch(m, values[0].Type())
	if !whole {
		return false
	}
	if r.Batch = m.batch; r.Batch != nil {
		values = []*types.Var{types.NewVar(token.NoPos, c.pkg.Types, "", item)}
	}
	m.values = values
	r.Codec = !slices.ContainsFunc(values, func(v *types.Var) bool { return shape.Parametric(v.Type()) })
	for _, v := range values {
		if !r.InProcess {
			c.result(m, v.Type(), r.Codec)
		}
	}
	if len(values) == 1 {
		r.Value = values[0].Type()
		return ok
	}
	c.resultStruct(m, r, values)
	return ok
}

// readContext reports a read that has no values to cache, more than one context, or none without
// saying whose entries it reads.
func (c *checker) readContext(m *method, values int) (ok bool) {
	at := m.options.own.first()
	contexts := 0
	for v := range m.sig.Params().Variables() {
		if isContext(v.Type()) {
			contexts++
		}
	}
	if contexts > 1 {
		c.report(at, ruleTwoContexts, m.name())
	}
	if contexts == 0 && c.ownContext(m) {
		return false
	}
	switch {
	case values > 0:
		if contexts == 0 && !m.options.has(annotations.Tenant) {
			c.contextless(m)
		}
	case m.sig.Results().Len() > 0:
		c.report(at, ruleReadNothing, m.name(), " but an error")
	default:
		c.report(at, ruleReadNothing, m.name(), "")
	}
	return contexts <= 1
}

// Answers are the results of a method that can be cached: all but a last error.
func Answers(sig *types.Signature) []*types.Var {
	n := sig.Results().Len()
	if n > 0 && isError(sig.Results().At(n-1).Type()) {
		n--
	}
	list := make([]*types.Var, n)
	for i := range list {
		list[i] = sig.Results().At(i)
	}
	return list
}

// resultStruct makes the struct that holds the values of a method which returns more than one. Its
// fields are exported, so that every codec sees them.
func (c *checker) resultStruct(m *method, r *model.Read, values []*types.Var) {
	fields := make([]*types.Var, len(values))
	for i, v := range values {
		name := exportedName(v.Name())
		for n := i; name == "" || slices.Contains(r.Fields, name); n += len(values) {
			name = fmt.Sprint("R", n)
		}
		fields[i] = types.NewField(token.NoPos, c.pkg.Types, name, v.Type(), false)
		r.Fields = append(r.Fields, name)
	}
	body := types.NewStruct(fields, nil)
	r.Value = body
	if r.Codec {
		name := c.free(model.ResultsName(m.decl.Name, m.name()))
		r.Value = types.NewNamed(types.NewTypeName(token.NoPos, c.pkg.Types, name, nil), body, nil)
	}
	last := len(values) - 1
	_, pointer := types.Unalias(values[0].Type()).Underlying().(*types.Pointer)
	switch {
	case saysFound(values[last]):
		r.Missing = r.Fields[last]
	case pointer:
		r.Missing = r.Fields[0]
	}
}

// saysFound reports whether a last result says that something was found: it is a bool without a
// name, or with one such as ok. Others, as in (items []Item, more bool, err error), are values like
// any other.
func saysFound(v *types.Var) bool {
	return types.Identical(v.Type(), types.Typ[types.Bool]) &&
		slices.Contains([]string{"", "_", "ok", "found", "exists", "exist", "present", "has", "hit"}, strings.ToLower(v.Name()))
}

// exportedName makes a result's name that of an exported field; "" if there is none.
func exportedName(name string) string {
	if name == "" || name == "_" {
		return ""
	}
	if name = model.Exported(name); token.IsExported(name) {
		return name
	}
	return ""
}

// free returns a name that nothing at package level has, and takes it.
func (c *checker) free(name string) string {
	taken := func(name string) bool {
		_, declared := c.pkg.Declared[name]
		return declared || c.chosen[name] || c.pkg.Types.Scope().Lookup(name) != nil || types.Universe.Lookup(name) != nil
	}
	free := name
	for i := 2; taken(free); i++ {
		free = fmt.Sprint(name, i)
	}
	c.chosen[free] = true
	return free
}

// contextIndex is the place of the context among the parameters, or -1.
func contextIndex(sig *types.Signature) int {
	for i := range sig.Params().Len() {
		if isContext(sig.Params().At(i).Type()) {
			return i
		}
	}
	return -1
}

func isContext(t types.Type) bool { return shape.IsNamed(t, "context", "Context") }

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }
