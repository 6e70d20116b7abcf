package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"
)

// guard is what must not be nil before the expressions after it can be evaluated. It may first
// bind a variable to an operand that calls a method.
type guard struct {
	bind   string
	to     operand
	notNil []operand // empty: the guard only binds
}

// guards collects guards in the order of evaluation.
type guards []guard

// check adds "x is not nil", binding x if it calls something, and returns what stands for x from
// there on.
func (g *guards) check(x operand, vars *variables) operand {
	if x.calls {
		x = g.bind(x, vars)
		(*g)[len(*g)-1].notNil = []operand{x}
		return x
	}
	for _, h := range *g {
		if slices.ContainsFunc(h.notNil, x.same) {
			return x
		}
	}
	if n := len(*g); n > 0 && (*g)[n-1].asks() {
		(*g)[n-1].notNil = append((*g)[n-1].notNil, x)
	} else {
		*g = append(*g, guard{notNil: []operand{x}})
	}
	return x
}

// bind gives the operand a variable.
func (g *guards) bind(x operand, vars *variables) operand {
	name := vars.taken.free(x.name())
	*g = append(*g, guard{bind: name, to: x})
	return variable(name)
}

// asks reports whether the guard does more than to bind.
func (g guard) asks() bool { return len(g.notNil) > 0 }

// asks reports whether something could be nil.
func (g guards) asks() bool { return slices.ContainsFunc(g, guard.asks) }

// binding is owner := c.Owner().
func (g guard) binding() *jen.Statement { return jen.Id(g.bind).Op(":=").Add(g.to.value()) }

// ifNil begins if c == nil || c.Owner == nil.
func (g guard) ifNil() *jen.Statement { return g.begin("||", isNil) }

// ifNotNil begins if owner := c.Owner(); owner != nil.
func (g guard) ifNotNil() *jen.Statement { return g.begin("&&", notNil) }

func (g guard) begin(join string, compare func(x jen.Code) *jen.Statement) *jen.Statement {
	condition := jen.Null()
	for i, x := range g.notNil {
		if i > 0 {
			condition.Op(join)
		}
		condition.Add(compare(x.value()))
	}
	if g.bind != "" {
		return jen.If(g.binding(), condition)
	}
	return jen.If(condition)
}

// equal reports whether two lists ask the same, and bind nothing.
func (g guards) equal(other guards) bool {
	return slices.EqualFunc(g, other, func(a, b guard) bool {
		return a.bind == "" && b.bind == "" && slices.EqualFunc(a.notNil, b.notNil, operand.same)
	})
}

// wrap puts statements behind the guards: if c != nil {...}.
func (g guards) wrap(statements []jen.Code) []jen.Code {
	for _, h := range slices.Backward(g) {
		if h.asks() {
			statements = []jen.Code{h.ifNotNil().Block(statements...)}
		} else {
			statements = append([]jen.Code{h.binding()}, statements...)
		}
	}
	return statements
}
