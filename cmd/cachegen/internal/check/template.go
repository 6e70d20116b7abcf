package check

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

var (
	ruleNoParam  = rule.New("unknown-parameter", "{%s} is not a parameter of %s; %s")
	ruleNoResult = rule.New("no-result",
		"%s returns nothing that {result} could stand for; use a parameter")
	ruleResultEarly = rule.New("result-in-key",
		"{result} is not known before %s runs, when the key is built; %s")
	ruleNamedResult = rule.New("named-result", "{%s} is a result of %s; write {%s}")
	ruleNoField     = rule.New("unknown-field", "%s has no field or method %s%s")
	ruleUnexported  = rule.New("unexported-selector",
		"%s.%s is not exported; use an exported field or method")
	ruleNeedsCall  = rule.New("method-without-call", "%s is a method of %s; write %[1]s()")
	ruleNoCall     = rule.New("field-with-call", "%s is a field of %s; write it without ()")
	ruleNotNiladic = rule.New("method-signature",
		"{%s} needs a method without parameters and with one result; %s is %s")
	rulePointerRecv = rule.New("pointer-method",
		"the method %s needs a pointer to %s, and {%s} is not one")
	ruleNoContextFunc = rule.New("context-function",
		"{%s} needs a function %s(context.Context) with one result in package %s; declare it, or pass the value as a parameter")
	ruleNoFunc = rule.New("unknown-function",
		"{%s} needs a function %s in package %s that takes %s and has one result; %s")
	ruleKeyless    = rule.New("placeholder-type", "{%s} %s%s")
	ruleTenantType = rule.New("tenant-type", "{%s} is %s; a tenant is a string or an integer")
)

// when is the moment at which a template is evaluated.
type when uint8

const (
	beforeTheCall when = iota // the key of a read
	afterTheCall              // what a write makes stale
)

// segments resolves the placeholders of a template.
func (c *checker) segments(m *method, in *block, list []annotations.Segment, at when) []model.Segment {
	return c.segmentsOf(in, list, func(p annotations.Placeholder) *model.Value { return c.value(m, in, p, at) })
}

// segmentsOf is segments with a function that resolves a placeholder.
func (c *checker) segmentsOf(in *block, list []annotations.Segment, value func(annotations.Placeholder) *model.Value) []model.Segment {
	out := make([]model.Segment, 0, len(list))
	for _, s := range list {
		before, p, after := s.Split()
		segment := model.Segment{Before: before, After: after}
		if p != nil {
			segment.Value = value(*p)
			if segment.Value == nil || !c.hasKey(in, *p, segment.Value) {
				segment.Value = &model.Value{Type: types.Typ[types.Invalid]}
			}
		}
		out = append(out, segment)
	}
	return out
}

// unresolved reports whether a segment has a placeholder that was refused.
func unresolved(s model.Segment) bool {
	return s.Value != nil && s.Value.Type == types.Typ[types.Invalid]
}

// hasKey reports a placeholder whose type cannot be part of a key.
func (c *checker) hasKey(in *block, p annotations.Placeholder, v *model.Value) bool {
	_, refusal := c.encodings.Of(v.Type)
	if refusal == nil {
		return true
	}
	advice, fix := "", ""
	addressable := !v.Root.Result && !slices.ContainsFunc(v.Steps, func(s model.Step) bool { return s.Call })
	if c.printed(v.Type, addressable) {
		fix = "{" + inner(p) + ".String()}"
		advice = "; write " + fix
	}
	c.fix(in.at(p.Span), fix, ruleKeyless, inner(p), c.refusalText(inner(p), v.Type, refusal), advice)
	return false
}

// refusalText says why a value of type t, called root, cannot be part of a key.
func (c *checker) refusalText(root string, t types.Type, r *keytype.Refusal) string {
	if r.Path == "" {
		return fmt.Sprintf("is %s: %s", article(c.typeName(t)), r.Reason)
	}
	what := article(c.typeName(r.Type))
	switch {
	case root != "":
		return fmt.Sprintf("holds %s%s, %s: %s", root, r.Path, what, r.Reason)
	case strings.HasPrefix(r.Path, "."):
		what = r.Path + ", " + what
	}
	return fmt.Sprintf("is %s, which holds %s: %s", article(c.typeName(t)), what, r.Reason)
}

// value resolves one placeholder. If it cannot, it reports why and returns nil.
func (c *checker) value(m *method, in *block, p annotations.Placeholder, at when) *model.Value {
	root, ok := c.root(m, in, p, at)
	if !ok {
		return nil
	}
	return c.selected(in, m.fromRoot(p, root), root, !root.Result)
}

// selected resolves what a placeholder selects from its root.
func (c *checker) selected(in *block, p annotations.Placeholder, root model.Root, addressable bool) *model.Value {
	v := &model.Value{Root: root, Type: root.Type}
	for i, s := range p.Selectors[1:] {
		steps, ok := c.step(in, p.Selectors[:i+1], v.Type, addressable, s)
		if !ok {
			return nil
		}
		for _, step := range steps {
			_, pointer := shape.Deref(v.Type)
			addressable = !step.Call && (addressable || pointer)
			v.Steps = append(v.Steps, step)
			v.Type = step.Type
		}
		if c.endlessType(v.Type, in.at(s.Span).Pos) {
			return nil
		}
	}
	return v
}

// root finds the parameter or result that a placeholder begins with.
func (c *checker) root(m *method, in *block, p annotations.Placeholder, at when) (model.Root, bool) {
	first := p.Selectors[0]
	here := in.at(first.Span)
	params, results := m.sig.Params(), m.sig.Results()
	for i := range params.Len() {
		if v := params.At(i); v.Name() == first.Name && v.Name() != "_" {
			if b := m.batch; b != nil && i == b.Param && (b.Field == "" || len(p.Selectors) > 1 && p.Selectors[1].Name == b.Field) {
				return itemRoot(m.batch), true
			}
			return model.Root{Index: i, Type: v.Type()}, true
		}
	}
	if first.Name == "result" {
		if at == beforeTheCall {
			c.report(here, ruleResultEarly, m.name(), possible(params))
			return model.Root{}, false
		}
		for i := range results.Len() {
			if v := results.At(i); !isError(v.Type()) {
				t := v.Type()
				if m.batch != nil {
					t = m.values[0].Type() // what is there for one item
				}
				return model.Root{Result: true, Index: i, Type: t}, true
			}
		}
		c.report(here, ruleNoResult, m.name())
		return model.Root{}, false
	}
	for i := range results.Len() {
		if v := results.At(i); v.Name() == first.Name && at == afterTheCall && !isError(v.Type()) {
			c.fix(here, "result", ruleNamedResult, first.Name, m.name(), strings.Replace(inner(p), first.Name, "result", 1))
			return model.Root{}, false
		}
	}
	c.report(here, ruleNoParam, inner(p), m.name(), possible(params))
	return model.Root{}, false
}

// possible lists what a placeholder may begin with.
func possible(params *types.Tuple) string {
	var names []string
	for v := range params.Variables() {
		if v.Name() != "" && v.Name() != "_" {
			names = append(names, v.Name())
		}
	}
	switch {
	case params.Len() == 0:
		return "it has none"
	case len(names) == 0:
		return "its parameters have no names"
	case len(names) == 1:
		return "its only parameter is " + names[0]
	}
	return "parameters are " + strings.Join(names, ", ")
}

// step selects one name of a value of type t. Embedded fields on the way become steps of their own,
// so that the printer sees every pointer that may be nil.
func (c *checker) step(in *block, path []annotations.Selector, t types.Type, addressable bool, s annotations.Selector) ([]model.Step, bool) {
	here := in.at(s.Span)
	if s.Func {
		return c.function(in, path, t, s)
	}
	obj, index, indirect := types.LookupFieldOrMethod(t, addressable, c.pkg.Types, s.Name)
	base, _ := shape.Deref(t)
	switch obj := obj.(type) {
	case nil:
		switch {
		case isContext(t):
			return c.contextFunc(in, path, t, s)
		case indirect:
			c.report(here, rulePointerRecv, s.Name, c.typeName(base), join(path))
		case hidden(t, s.Name):
			c.report(here, ruleUnexported, c.typeName(base), s.Name)
		default:
			c.report(here, ruleNoField, c.typeName(base), s.Name, c.members(base, s.Name))
		}
		return nil, false
	case *types.Var:
		if s.Call {
			c.fix(here, s.Name, ruleNoCall, s.Name, c.typeName(base))
			return nil, false
		}
		return append(embedded(t, index), model.Step{Name: s.Name, Type: obj.Type()}), true
	case *types.Func:
		if !s.Call {
			c.fix(here, s.Name+"()", ruleNeedsCall, s.Name, c.typeName(base))
			return nil, false
		}
		sig := obj.Signature()
		if sig.Params().Len() > 0 || sig.Results().Len() != 1 {
			c.report(here, ruleNotNiladic, join(append(slices.Clone(path), s)), s.Name, c.typeName(sig))
			return nil, false
		}
		return append(embedded(t, index), model.Step{Name: s.Name, Call: true, Type: sig.Results().At(0).Type()}), true
	}
	return nil, false
}

// contextFunc selects a function of the package that takes a context, by which a part of it can be
// in a key.
func (c *checker) contextFunc(in *block, path []annotations.Selector, t types.Type, s annotations.Selector) ([]model.Step, bool) {
	if f, ok := c.pkg.Types.Scope().Lookup(s.Name).(*types.Func); ok && s.Call {
		if sig := f.Signature(); makes(f, t) && isContext(sig.Params().At(0).Type()) {
			return []model.Step{{Name: s.Name, Call: true, Func: true, Dot: true, Type: sig.Results().At(0).Type()}}, true
		}
	}
	c.report(in.at(s.Span), ruleNoContextFunc, join(append(slices.Clone(path), s)), s.Name, c.pkg.Types.Name())
	return nil, false
}

// function selects what a function of the package makes of a value of type t: {Fold(q)}.
func (c *checker) function(in *block, path []annotations.Selector, t types.Type, s annotations.Selector) ([]model.Step, bool) {
	why := "declare it, or pass the value as a parameter"
	switch f := c.pkg.Types.Scope().Lookup(s.Name).(type) {
	case *types.Func:
		if makes(f, t) {
			return []model.Step{{Name: s.Name, Call: true, Func: true, Dot: isContext(t), Type: f.Signature().Results().At(0).Type()}}, true
		}
		why = "it is " + c.typeName(f.Signature())
	case nil:
	default:
		why = s.Name + " is no function"
	}
	c.report(in.at(s.Span), ruleNoFunc, join(append(slices.Clone(path), s)), s.Name, c.pkg.Types.Name(), article(c.typeName(t)), why)
	return nil, false
}

// makes reports whether a function makes something of a value of type t.
func makes(f *types.Func, t types.Type) bool {
	sig := f.Signature()
	return sig.TypeParams() == nil && sig.Params().Len() == 1 && !sig.Variadic() && sig.Results().Len() == 1 &&
		types.AssignableTo(t, sig.Params().At(0).Type())
}

// embedded spells out the embedded fields that a selection passes through: all of its index but the
// last.
func embedded(t types.Type, index []int) []model.Step {
	var steps []model.Step
	for _, i := range index[:len(index)-1] {
		base, _ := shape.Deref(t)
		f := base.Underlying().(*types.Struct).Field(i)
		steps = append(steps, model.Step{Name: f.Name(), Type: f.Type()})
		t = f.Type()
	}
	return steps
}

// hidden reports whether a name exists that only the package of t can use.
func hidden(t types.Type, name string) bool {
	base, _ := shape.Deref(t)
	named, ok := types.Unalias(base).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return false
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, named.Obj().Pkg(), name)
	return obj != nil
}

// members lists what could be selected instead, and what was probably meant.
func (c *checker) members(t types.Type, wrong string) string {
	var names []string
	add := func(obj types.Object) {
		if obj.Exported() || obj.Pkg() == c.pkg.Types {
			name := obj.Name()
			if f, ok := obj.(*types.Func); ok {
				if f.Signature().Params().Len() > 0 || f.Signature().Results().Len() != 1 {
					return
				}
				name += "()"
			}
			names = append(names, name)
		}
	}
	if s, ok := t.Underlying().(*types.Struct); ok {
		for f := range s.Fields() {
			add(f)
		}
	}
	for sel := range types.NewMethodSet(types.NewPointer(t)).Methods() {
		add(sel.Obj())
	}
	if len(names) == 0 {
		return ""
	}
	for _, name := range names {
		if strings.EqualFold(strings.TrimSuffix(name, "()"), wrong) {
			return "; did you mean " + name + "?"
		}
	}
	if len(names) > 8 {
		names = append(names[:8], "...")
	}
	return "; it has " + strings.Join(names, ", ")
}

// tenant resolves tenant=.
func (c *checker) tenant(m *method, o option) model.Tenant {
	switch v := o.Value.(type) {
	case annotations.TenantGlobal:
		return model.Global{}
	case annotations.TenantAll:
		return model.All{}
	case annotations.TenantParam:
		at := beforeTheCall
		if _, write := m.options.own.sides(); write != nil {
			at = afterTheCall
		}
		value := c.value(m, o.in, v.Placeholder, at)
		if value == nil {
			return model.FromContext{}
		}
		if b, ok := value.Type.Underlying().(*types.Basic); !ok || b.Info()&(types.IsString|types.IsInteger) == 0 {
			c.report(o.in.at(v.Placeholder.Span), ruleTenantType, inner(v.Placeholder), article(c.typeName(value.Type)))
		} else if value.Root.Item {
			c.report(o.in.at(v.Placeholder.Span), ruleBatchTenant, m.name(), inner(v.Placeholder))
		}
		return model.FromValue{Value: *value}
	}
	return model.FromContext{}
}

// inner is a placeholder without its braces: f.Stage().
func inner(p annotations.Placeholder) string { return join(p.Selectors) }

func join(selectors []annotations.Selector) string { return annotations.Expression("", selectors) }

// typeName is how a type is called in messages: Contact, *sql.DB, func(int) error.
func (c *checker) typeName(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p == c.pkg.Types {
			return ""
		}
		return p.Name()
	})
}

func article(noun string) string {
	if strings.HasPrefix(noun, "untyped") || noun != "" && strings.ContainsRune("aeioAEIO", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}
