package emit

import "github.com/dave/jennifer/jen"

// place is a variable, or a part of one, that is written or set.
type place struct {
	expr    *jen.Statement // after which a selector or an index may follow
	plain   *jen.Statement // the same for a pointer, where nothing follows: *p rather than (*p)
	pointer bool           // expr is a pointer to the place
}

func variablePlace(name string) place { return place{expr: jen.Id(name)} }

// pointerPlace is what a variable points to.
func pointerPlace(name string) place {
	return place{expr: jen.Id(name), plain: jen.Id(name), pointer: true}
}

func (x place) value() *jen.Statement {
	if x.pointer {
		return pointerTo(x.plain)
	}
	return jen.Add(x.expr)
}

func (x place) address() *jen.Statement {
	if x.pointer {
		return jen.Add(x.plain)
	}
	return addressOf(x.expr)
}

// operand is the value where something follows that binds tighter.
func (x place) operand() *jen.Statement {
	if x.pointer {
		return jen.Parens(x.value())
	}
	return jen.Add(x.expr)
}

func (x place) field(name string) place { return place{expr: jen.Add(x.expr).Dot(name)} }

// method is a method of the place's type.
func (x place) method(name string) *jen.Statement { return jen.Add(x.expr).Dot(name) }

// elem is an element of a slice or map.
func (x place) elem(index string) place { return place{expr: x.operand().Index(jen.Id(index))} }

// arrayElem is an element of an array. A pointer to one is indexed like it.
func (x place) arrayElem(index string) place {
	return place{expr: jen.Add(x.expr).Index(jen.Id(index))}
}

// whole is an array as a slice.
func (x place) whole() *jen.Statement { return wholeOf(x.expr) }

// target is what a pointer points to.
func (x place) target() place { return place{expr: x.operand(), plain: x.value(), pointer: true} }
