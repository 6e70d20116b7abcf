package emit

import (
	"fmt"
	"go/types"
	"strconv"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/visible"
)

// typeExpr writes a type so that it is identical to t when it is read back in this file. Aliases keep their names, where the package can use
// those: an alias of an internal type must not be resolved.
func (p *printer) typeExpr(t types.Type) string {
	if e, ok := p.types[t]; ok {
		return e
	}
	e := p.newTypeExpr(t)
	p.types[t] = e
	return e
}

func (p *printer) newTypeExpr(t types.Type) string {
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			return p.std("unsafe", "Pointer")
		}
		return t.Name()
	case *types.Alias:
		if !visible.Alias(p.model.Package, t) {
			return p.typeExpr(types.Unalias(t))
		}
		return p.objectExpr(t.Obj(), t.TypeArgs())
	case *types.Named:
		return p.objectExpr(t.Obj(), t.TypeArgs())
	case *types.TypeParam:
		return t.Obj().Name()
	case *types.Pointer:
		return "*" + p.typeExpr(t.Elem())
	case *types.Slice:
		return "[]" + p.typeExpr(t.Elem())
	case *types.Array:
		return "[" + strconv.FormatInt(t.Len(), 10) + "]" + p.typeExpr(t.Elem())
	case *types.Map:
		return "map[" + p.typeExpr(t.Key()) + "]" + p.typeExpr(t.Elem())
	case *types.Chan:
		return p.chanExpr(t)
	case *types.Signature:
		return "func" + p.signatureExpr(t)
	case *types.Interface:
		return p.interfaceExpr(t)
	case *types.Struct:
		return p.structExpr(t)
	case *types.Union:
		return p.unionExpr(t)
	}
	panic(fmt.Sprintf("emit: no expression for type %T: %v", t, t))
}

// objectExpr: Contact, crm.Contact, Box[string].
func (p *printer) objectExpr(o *types.TypeName, args *types.TypeList) string {
	e := o.Name()
	if o.Pkg() != nil {
		e = p.qual(o.Pkg(), e)
	}
	if args.Len() == 0 {
		return e
	}
	exprs := make([]string, 0, args.Len())
	for a := range args.Types() {
		exprs = append(exprs, p.typeExpr(a))
	}
	return e + "[" + list(exprs...) + "]"
}

func (p *printer) chanExpr(t *types.Chan) string {
	elem := p.typeExpr(t.Elem())
	if c, ok := t.Elem().(*types.Chan); ok && c.Dir() == types.RecvOnly {
		elem = "(" + elem + ")" // chan <-chan T would be a chan<- (chan T)
	}
	switch t.Dir() {
	case types.SendOnly:
		return "chan<- " + elem
	case types.RecvOnly:
		return "<-chan " + elem
	}
	return "chan " + elem
}

// signatureExpr is a signature without names: (context.Context, ...string) (int, error).
func (p *printer) signatureExpr(t *types.Signature) string {
	params := make([]string, t.Params().Len())
	for i := range params {
		params[i] = p.paramType(t, i)
	}
	return "(" + list(params...) + ")" + p.resultsExpr(t.Results())
}

// paramType is the type of a parameter, ...T for the variadic one.
func (p *printer) paramType(t *types.Signature, i int) string {
	x := t.Params().At(i).Type()
	if !t.Variadic() || i != t.Params().Len()-1 {
		return p.typeExpr(x)
	}
	return "..." + p.typeExpr(types.Unalias(x).(*types.Slice).Elem())
}

// resultsExpr is what follows the parameters: nothing, a type, or several in parentheses.
func (p *printer) resultsExpr(t *types.Tuple) string {
	switch t.Len() {
	case 0:
		return ""
	case 1:
		return " " + p.typeExpr(t.At(0).Type())
	}
	results := make([]string, t.Len())
	for i := range results {
		results[i] = p.typeExpr(t.At(i).Type())
	}
	return " (" + list(results...) + ")"
}

func (p *printer) interfaceExpr(t *types.Interface) string {
	if t.IsImplicit() && t.NumEmbeddeds() == 1 { // [T int | string]: the interface around the union is not written
		return p.typeExpr(t.EmbeddedType(0))
	}
	var members []string
	for e := range t.EmbeddedTypes() {
		members = append(members, p.typeExpr(e))
	}
	for m := range t.ExplicitMethods() {
		members = append(members, m.Name()+p.signatureExpr(m.Signature()))
	}
	if len(members) == 0 {
		return "interface{}"
	}
	p.loose = true
	return block("interface", members...)
}

func (p *printer) structExpr(t *types.Struct) string {
	if t.NumFields() == 0 {
		return "struct{}"
	}
	fields := make([]string, t.NumFields())
	for i := range fields {
		f := t.Field(i)
		fields[i] = p.typeExpr(f.Type())
		if !f.Embedded() {
			fields[i] = f.Name() + " " + fields[i]
		}
		if tag := t.Tag(i); tag != "" {
			fields[i] += " " + quoteTag(tag)
		}
	}
	p.loose = true
	return block("struct", fields...)
}

func quoteTag(tag string) string {
	if strconv.CanBackquote(tag) && !strings.Contains(tag, "\r") {
		return "`" + tag + "`"
	}
	return strconv.Quote(tag)
}

func (p *printer) unionExpr(t *types.Union) string {
	terms := make([]string, t.Len())
	for i := range terms {
		term := t.Term(i)
		if terms[i] = p.typeExpr(term.Type()); term.Tilde() {
			terms[i] = "~" + terms[i]
		}
	}
	return strings.Join(terms, " | ")
}
