package fingerprint

import (
	"go/types"
	"reflect"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
)

// comparison compares plans, each with the type that it is for, part by part. Types that it has
// begun to compare it takes to be the same.
type comparison map[[2]types.Type]bool

// begin reports whether the names differ, or the comparison has begun elsewhere, in which case
// there is nothing more to compare.
func (c comparison) begin(a, b types.Type) (same, done bool) {
	if nameOf(a) != nameOf(b) {
		return false, true
	}
	if c[[2]types.Type{a, b}] {
		return true, true
	}
	c[[2]types.Type{a, b}] = true
	return true, false
}

func nameOf(t types.Type) string {
	if n, ok := types.Unalias(t).(*types.Named); ok {
		return n.String()
	}
	return ""
}

func (c comparison) plans(a, b types.Type, p, q codec.Plan) bool {
	if same, done := c.begin(a, b); done {
		return same
	}
	if reflect.TypeOf(p) != reflect.TypeOf(q) {
		return false
	}
	switch p := p.(type) {
	case codec.Own:
		q := q.(codec.Own)
		return p.Decode == q.Decode && p.Zero == q.Zero && comparison{}.types(a, b)
	case codec.Basic:
		return p.Kind == q.(codec.Basic).Kind
	case codec.Raw:
		return p == q
	case *codec.Array:
		if p.Len != q.(*codec.Array).Len {
			return false
		}
	case *codec.Struct:
		return slices.EqualFunc(p.Fields, q.(*codec.Struct).Fields, func(f, g codec.Field) bool {
			return sameField(f.Var, g.Var, f.Tag, g.Tag) && c.plans(f.Var.Type(), g.Var.Type(), f.Plan, g.Plan)
		})
	}
	x, y := codec.Parts(p), codec.Parts(q)
	for i := range x {
		if !c.plans(partsOf(a)[i], partsOf(b)[i], x[i], y[i]) {
			return false
		}
	}
	return true
}

// types compares all that two types have.
func (c comparison) types(a, b types.Type) bool {
	if same, done := c.begin(a, b); done {
		return same
	}
	x, y := a.Underlying(), b.Underlying()
	if reflect.TypeOf(x) != reflect.TypeOf(y) {
		return false
	}
	switch x := x.(type) {
	case *types.Basic:
		return x.Kind() == y.(*types.Basic).Kind()
	case *types.Array:
		if x.Len() != y.(*types.Array).Len() {
			return false
		}
	case *types.Struct:
		y := y.(*types.Struct)
		if x.NumFields() != y.NumFields() {
			return false
		}
		for i := range x.NumFields() {
			if f, g := x.Field(i), y.Field(i); !sameField(f, g, x.Tag(i), y.Tag(i)) || !c.types(f.Type(), g.Type()) {
				return false
			}
		}
	}
	return slices.EqualFunc(partsOf(a), partsOf(b), c.types)
}

func sameField(f, g *types.Var, tag, other string) bool {
	return f.Name() == g.Name() && f.Embedded() == g.Embedded() && tag == other
}

func partsOf(t types.Type) []types.Type {
	switch u := t.Underlying().(type) {
	case *types.Map:
		return []types.Type{u.Key(), u.Elem()}
	case interface{ Elem() types.Type }:
		return []types.Type{u.Elem()}
	}
	return nil
}
