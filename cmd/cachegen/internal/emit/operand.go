package emit

import (
	"go/types"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// operand is an expression for a value: a variable, what is selected from it, and a dereference.
type operand struct {
	root        string
	steps       []selection
	addressable bool
	ofParam     bool // part of a parameter itself, not of what it points to
	calls       bool // a method is called on the way: evaluate it once only
	derefs      int  // the value is behind that many pointers
}

// selection is .Name or .Name(), or Name(...) of a function. That of a context is written with a
// dot in a template.
type selection struct {
	name            string
	call, free, dot bool
}

func variable(name string) operand { return operand{root: name, addressable: true} }

// selected is the expression without the dereference: c.Owner.ID.
func (x operand) selected() *jen.Statement {
	e := jen.Id(x.root)
	for _, s := range x.steps {
		if s.free {
			e = jen.Id(s.name).Call(e)
			continue
		}
		e.Dot(s.name)
		if s.call {
			e.Call()
		}
	}
	return e
}

// text is what a template says between braces: the expression without the dereference.
func (x operand) text() string {
	text := x.root
	for _, s := range x.steps {
		switch {
		case s.free && !s.dot:
			text = s.name + "(" + text + ")"
		case s.call:
			text += "." + s.name + "()"
		default:
			text += "." + s.name
		}
	}
	return text
}

// name is what a variable with the value is called.
func (x operand) name() string {
	if n := len(x.steps); n > 0 {
		return lowerFirst(x.steps[n-1].name)
	}
	return x.root
}

// value is the expression.
func (x operand) value() *jen.Statement {
	e := x.selected()
	for range x.derefs {
		e = jen.Op("*").Add(e)
	}
	return e
}

// pointer is a pointer to the value.
func (x operand) pointer() *jen.Statement {
	if x.derefs > 0 {
		x.derefs--
		return x.value()
	}
	return addressOf(x.selected())
}

// all is the value, an array, as a slice.
func (x operand) all() *jen.Statement {
	if x.derefs > 0 {
		return wholeOf(jen.Parens(x.value()))
	}
	return wholeOf(x.selected())
}

// wholeOf is x[:].
func wholeOf(x jen.Code) *jen.Statement { return jen.Add(x).Index(jen.Empty(), jen.Empty()) }

func (x operand) deref() operand {
	x.derefs++
	return x
}

func (x operand) step(name string, call bool) operand {
	x.steps = append(slices.Clip(x.steps), selection{name: name, call: call})
	if call {
		x.addressable, x.calls = false, true
	}
	return x
}

// same reports whether two operands are one value.
func (x operand) same(y operand) bool {
	return x.root == y.root && x.derefs == y.derefs && slices.Equal(x.steps, y.steps)
}

// operand is the expression of a value, with the guards that it needs added to g.
func (p *printer) operand(v *model.Value, vars *variables, g *guards) operand {
	x := vars.root(v.Root)
	x.ofParam = true
	t := v.Root.Type
	for _, s := range v.Steps {
		if s.Func {
			x.steps = append(slices.Clip(x.steps), selection{s.Name, true, true, s.Dot})
			x.addressable, x.calls, x.ofParam, t = false, true, false, s.Type
			continue
		}
		if nilable(t) {
			x = g.check(x, vars)
		}
		if p, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
			x.addressable, x.ofParam = true, false
			t = p.Elem()
		}
		p.embedded(x, t, s.Name, vars, g)
		x = x.step(s.Name, s.Call)
		t = s.Type
	}
	return x
}

// embedded guards the embedded pointers through which t has the field or method.
func (p *printer) embedded(x operand, t types.Type, name string, vars *variables, g *guards) {
	_, index, _ := types.LookupFieldOrMethod(t, true, p.model.Package, name)
	for ; len(index) > 1; index = index[1:] {
		s, ok := t.Underlying().(*types.Struct)
		if !ok {
			return
		}
		f := s.Field(index[0])
		if !f.Exported() && f.Pkg().Path() != p.model.Package.Path() {
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

// root is the variable that an expression starts from, or the field of one.
func (v *variables) root(r model.Root) operand {
	switch {
	case r.Loop > 0:
		return variable(v.loops[r.Loop-1])
	case r.Result && v.fields != nil:
		return variable(v.results[r.Index]).step(v.fields[r.Index], false)
	case r.Result:
		return variable(v.results[r.Index])
	case r.Item:
		return variable(v.item)
	}
	return variable(v.params[r.Index])
}

// valueText is a placeholder's text, with the names that the generated method has.
func (v *variables) valueText(value *model.Value) string {
	x := v.root(value.Root)
	for _, s := range value.Steps {
		x.steps = append(slices.Clip(x.steps), selection{s.Name, s.Call, s.Func, s.Dot})
	}
	return x.text()
}
