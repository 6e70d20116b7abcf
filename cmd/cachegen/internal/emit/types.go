package emit

import (
	"fmt"
	"go/types"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/visible"
)

// typeExpr writes a type so that it is identical to t when it is read back in this file. Aliases
// keep their names where the package can use those: an alias of an internal type must not be
// resolved.
func (p *printer) typeExpr(t types.Type) *jen.Statement {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			return p.std("unsafe", "Pointer")
		}
		return jen.Id(t.Name())
	case *types.Alias:
		if !visible.Alias(p.model.Package, t) {
			return p.typeExpr(types.Unalias(t))
		}
		return p.objectExpr(t.Obj(), t.TypeArgs())
	case *types.Named:
		return p.objectExpr(t.Obj(), t.TypeArgs())
	case *types.TypeParam:
		return jen.Id(t.Obj().Name())
	case *types.Pointer:
		return pointerTo(p.typeExpr(t.Elem()))
	case *types.Slice:
		return jen.Index().Add(p.typeExpr(t.Elem()))
	case *types.Array:
		return jen.Index(jen.Lit(int(t.Len()))).Add(p.typeExpr(t.Elem()))
	case *types.Map:
		return jen.Map(p.typeExpr(t.Key())).Add(p.typeExpr(t.Elem()))
	case *types.Chan:
		return p.chanExpr(t)
	case *types.Signature:
		return jen.Func().Add(p.signatureExpr(t))
	case *types.Interface:
		return p.interfaceExpr(t)
	case *types.Struct:
		return p.structExpr(t)
	case *types.Union:
		return p.unionExpr(t)
	}
	panic(fmt.Sprintf("emit: no expression for type %T: %v", t, t))
}

// objectExpr is Contact, crm.Contact, Box[string].
func (p *printer) objectExpr(o *types.TypeName, args *types.TypeList) *jen.Statement {
	name := jen.Id(o.Name())
	if o.Pkg() != nil {
		name = p.qual(o.Pkg(), o.Name())
	}
	if args.Len() == 0 {
		return name
	}
	var exprs []jen.Code
	for a := range args.Types() {
		exprs = append(exprs, p.typeExpr(a))
	}
	return name.Types(exprs...)
}

func (p *printer) chanExpr(t *types.Chan) *jen.Statement {
	elem := p.typeExpr(t.Elem())
	if c, ok := t.Elem().(*types.Chan); ok && c.Dir() == types.RecvOnly {
		elem = jen.Parens(elem) // chan <-chan T would be a chan<- (chan T)
	}
	switch t.Dir() {
	case types.SendOnly:
		return jen.Chan().Op("<-").Add(elem)
	case types.RecvOnly:
		return jen.Op("<-").Chan().Add(elem)
	}
	return jen.Chan().Add(elem)
}

// signatureExpr is a signature without names: (context.Context, ...string) (int, error).
func (p *printer) signatureExpr(t *types.Signature) *jen.Statement {
	params := make([]jen.Code, t.Params().Len())
	for i := range params {
		params[i] = p.paramType(t, i)
	}
	return jen.Params(params...).Add(p.resultsExpr(t.Results()))
}

// paramType is the type of a parameter, ...T for the variadic one.
func (p *printer) paramType(t *types.Signature, i int) *jen.Statement {
	x := t.Params().At(i).Type()
	if isVariadic(t, i) {
		return jen.Op("...").Add(p.typeExpr(types.Unalias(x).(*types.Slice).Elem()))
	}
	return p.typeExpr(x)
}

// resultsExpr is what follows the parameters: nothing, a type, or several in parentheses.
func (p *printer) resultsExpr(t *types.Tuple) *jen.Statement {
	switch t.Len() {
	case 0:
		return jen.Null()
	case 1:
		return p.typeExpr(t.At(0).Type())
	}
	var results []jen.Code
	for x := range t.Variables() {
		results = append(results, p.typeExpr(x.Type()))
	}
	return jen.Params(results...)
}

func (p *printer) interfaceExpr(t *types.Interface) *jen.Statement {
	if t.IsImplicit() && t.NumEmbeddeds() == 1 {
		return p.typeExpr(t.EmbeddedType(0)) // [T int | string]: no interface around the union
	}
	var members []jen.Code
	for e := range t.EmbeddedTypes() {
		members = append(members, p.typeExpr(e))
	}
	for m := range t.ExplicitMethods() {
		members = append(members, jen.Id(m.Name()).Add(p.signatureExpr(m.Signature())))
	}
	return jen.Interface(members...)
}

func (p *printer) structExpr(t *types.Struct) *jen.Statement {
	var fields []jen.Code
	for i := range t.NumFields() {
		f := jen.Null()
		if v := t.Field(i); v.Embedded() {
			f.Add(p.typeExpr(v.Type()))
		} else {
			f.Id(v.Name()).Add(p.typeExpr(v.Type()))
		}
		if tag := t.Tag(i); tag != "" {
			f.Op(quoteTag(tag))
		}
		fields = append(fields, f)
	}
	return jen.Struct(fields...)
}

func quoteTag(tag string) string {
	if strconv.CanBackquote(tag) && !strings.Contains(tag, "\r") {
		return "`" + tag + "`"
	}
	return strconv.Quote(tag)
}

func (p *printer) unionExpr(t *types.Union) *jen.Statement {
	var terms []jen.Code
	for term := range t.Terms() {
		e := p.typeExpr(term.Type())
		if term.Tilde() {
			e = jen.Op("~").Add(e)
		}
		terms = append(terms, e)
	}
	return jen.Union(terms...)
}
