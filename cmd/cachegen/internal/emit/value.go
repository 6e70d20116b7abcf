package emit

import (
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// operand is an expression for a value: a variable and what is selected from it.
type operand struct {
	code        string // what a template says between braces, without derefs
	name        string // of the last step, or of the variable
	addressable bool
	ofParam     bool // part of a parameter itself, not of what it points to
	calls       bool // a method is called on the way: evaluate it once only
	derefs      int  // the value is behind that many pointers
}

func variable(name string) operand { return operand{code: name, name: name, addressable: true} }

// value is the expression.
func (x operand) value() string { return strings.Repeat("*", x.derefs) + x.code }

// pointer is a pointer to the value.
func (x operand) pointer() string {
	if x.derefs > 0 {
		x.derefs--
		return x.value()
	}
	return "&" + x.code
}

// all is the value, an array, as a slice.
func (x operand) all() string {
	if x.derefs > 0 {
		return "(" + x.value() + ")[:]"
	}
	return x.code + "[:]"
}

func (x operand) deref() operand {
	x.derefs++
	return x
}

func (x operand) step(name string, call bool) operand {
	x.code += "." + name
	x.name = lowerFirst(name)
	if call {
		x.code += "()"
		x.addressable, x.calls = false, true
	}
	return x
}

// same reports whether two operands are one value.
func (x operand) same(y operand) bool { return x.code == y.code && x.derefs == y.derefs }

// guard is what must not be nil before the expressions that follow it can be evaluated. It may first bind a variable to an operand that calls
// a method.
type guard struct {
	bind    string
	to      operand
	notNil  []operand
	nothing bool // only binds
}

// guards collects guards in the order of evaluation.
type guards []guard

// check adds "x is not nil", binding x if it calls something, and returns what to go on with.
func (g *guards) check(x operand, vars *variables) operand {
	if x.calls {
		x = g.bind(x, vars)
		last := &(*g)[len(*g)-1]
		last.notNil, last.nothing = []operand{x}, false
		return x
	}
	for _, h := range *g {
		for _, y := range h.notNil {
			if y.same(x) {
				return x
			}
		}
	}
	if n := len(*g); n > 0 && !(*g)[n-1].nothing {
		(*g)[n-1].notNil = append((*g)[n-1].notNil, x)
	} else {
		*g = append(*g, guard{notNil: []operand{x}})
	}
	return x
}

// ask reports whether something could be nil.
func (g guards) ask() bool { return slices.ContainsFunc(g, func(h guard) bool { return !h.nothing }) }

// bind gives the operand a variable.
func (g *guards) bind(x operand, vars *variables) operand {
	name := vars.taken.free(x.name)
	*g = append(*g, guard{bind: name, to: x, nothing: true})
	return variable(name)
}

func (g guard) binding() string { return g.bind + " := " + g.to.value() }

// condition is c != nil && c.Owner != nil, or c == nil || c.Owner == nil.
func (g guard) condition(compare, join string) string {
	terms := make([]string, len(g.notNil))
	for i, x := range g.notNil {
		terms[i] = x.value() + " " + compare + " nil"
	}
	return strings.Join(terms, " "+join+" ")
}

// operand is the expression of a value, with the guards that it needs added to g.
func (w *wrapperPrinter) operand(v *model.Value, vars *variables, g *guards) operand {
	x := variable(vars.root(v.Root))
	x.ofParam = true
	t := v.Root.Type
	for _, s := range v.Steps {
		if nilable(t) {
			x = g.check(x, vars)
		}
		if p, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
			x.addressable, x.ofParam = true, false
			t = p.Elem()
		}
		w.embedded(x, t, s.Name, vars, g)
		x = x.step(s.Name, s.Call)
		t = s.Type
	}
	return x
}

// embedded guards the embedded pointers through which t has the field or method.
func (w *wrapperPrinter) embedded(x operand, t types.Type, name string, vars *variables, g *guards) {
	_, index, _ := types.LookupFieldOrMethod(t, true, w.model.Package, name)
	for ; len(index) > 1; index = index[1:] {
		s, ok := t.Underlying().(*types.Struct)
		if !ok {
			return
		}
		f := s.Field(index[0])
		if !f.Exported() && f.Pkg().Path() != w.model.Package.Path() {
			return // it cannot be named here
		}
		x = x.step(f.Name(), false)
		t = f.Type()
		if nilable(t) {
			x = g.check(x, vars)
		}
		if p, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
	}
}

// nilable reports whether selecting from a value of type t panics if it is nil.
func nilable(t types.Type) bool {
	t = types.Unalias(t)
	if _, ok := t.(*types.TypeParam); ok {
		return false
	}
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface:
		return true
	}
	return false
}

// root is the variable that an expression starts from.
func (v *variables) root(r model.Root) string {
	switch {
	case r.Loop > 0:
		return v.loops[r.Loop-1]
	case r.Result:
		return v.results[r.Index]
	case r.Item:
		return v.item
	}
	return v.params[r.Index]
}

// valueText is a placeholder's text, with the names that the generated method has.
func (v *variables) valueText(value *model.Value) string {
	x := variable(v.root(value.Root))
	for _, s := range value.Steps {
		x = x.step(s.Name, s.Call)
	}
	return x.code
}

// tenantExpr is the string expression of a tenant. Behind a nil pointer there is no tenant: the empty string.
func (w *wrapperPrinter) tenantExpr(value *model.Value, v *variables) (before []string, tenant string) {
	var g guards
	x := w.operand(value, v, &g)
	t := types.Unalias(value.Type)
	if p, ok := t.Underlying().(*types.Pointer); ok {
		x = g.check(x, v).deref()
		t = types.Unalias(p.Elem())
	}
	if len(g) == 0 {
		return nil, w.stringExpr(x, t)
	}
	name := v.taken.free("tenant")
	assign := g.wrap([]string{name + " = " + w.stringExpr(x, t)})
	return append([]string{"var " + name + " string"}, assign...), name
}

// stringExpr converts a string or integer to a string.
func (w *wrapperPrinter) stringExpr(x operand, t types.Type) string {
	info, _ := basicKind(t)
	switch {
	case types.Identical(t, types.Typ[types.String]):
		return x.value()
	case info&types.IsString != 0:
		return call("string", x.value())
	case info&types.IsUnsigned != 0:
		return call(w.std("strconv", "FormatUint"), call("uint64", x.value()), "10")
	case info&types.IsInteger != 0:
		return call(w.std("strconv", "FormatInt"), call("int64", x.value()), "10")
	}
	panic("emit: no tenant from a " + t.String())
}

// equal reports whether two lists ask the same, and bind nothing.
func (g guards) equal(other guards) bool {
	return slices.EqualFunc(g, other, func(a, b guard) bool {
		return a.bind == "" && b.bind == "" && slices.EqualFunc(a.notNil, b.notNil, operand.same)
	})
}

// wrap puts statements behind the guards: if c != nil {...}.
func (g guards) wrap(statements []string) []string {
	for _, h := range slices.Backward(g) {
		switch {
		case h.nothing:
			statements = append([]string{h.binding()}, statements...)
		case h.bind != "":
			statements = []string{block("if "+h.binding()+"; "+h.condition("!=", "&&"), statements...)}
		default:
			statements = []string{block("if "+h.condition("!=", "&&"), statements...)}
		}
	}
	return statements
}
