package emit

import (
	"fmt"
	"go/types"
	"strconv"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// keyBuilder prints the statements that build a key. What can be chained is: r.list.Key(ctx, &buf).String(stage).Int(int64(page)). What needs
// a decision ends the chain in a variable:
//
//	key := r.list.Key(ctx, &buf)
//	if owner == nil {
//		key = key.Nil()
//	} else {
//		key = key.String(*owner)
//	}
type keyBuilder struct {
	w        *wrapperPrinter
	vars     *variables
	name     string
	start    string // what the variable begins as; empty if it is declared already
	skip     bool   // nil on the way to a value: not a nil segment, but no key at all; see guards
	guards   guards
	pending  string // the chain, not yet in the variable
	length   int    // of the chain
	helper   bool   // the chain has a helper in it
	open     *optional
	declared bool
	out      []string
}

// optional is an if that the next segment may join: {f.Stage}:{f.Page} asks once whether f is nil.
type optional struct {
	guards guards
	nils   int // segments in it
	found  *keyBuilder
}

// maxChain keeps lines readable.
const maxChain = 6

// chain is the expression to append to.
func (k *keyBuilder) chain() string {
	k.close()
	switch {
	case k.pending != "":
		return k.pending
	case k.start != "" && !k.declared:
		return k.start
	}
	return k.name
}

// append appends a call, with an argument or none.
func (k *keyBuilder) append(method, arg string) {
	if k.length >= maxChain {
		k.flush()
	}
	k.pending = k.chain() + "." + method + "(" + arg + ")"
	k.length++
}

// appendHelper is r.keyFilter(key, f), one to a statement.
func (k *keyBuilder) appendHelper(name string, x operand) {
	if k.helper {
		k.flush()
	}
	k.pending = call(k.w.receiver+"."+name, k.chain(), x.value())
	k.w.helpers.receiverUsed = true
	k.helper = true
	k.length++
}

// flush ends the chain.
func (k *keyBuilder) flush() {
	k.close()
	declare := k.start != "" && !k.declared
	if !declare && k.pending == "" {
		return
	}
	op := " = "
	if declare {
		op = " := "
	}
	k.out = append(k.out, k.name+op+k.chain())
	k.declared, k.pending, k.length, k.helper = true, "", 0, false
}

// close prints the if that no further segment joins.
func (k *keyBuilder) close() {
	if o := k.open; o != nil {
		k.open = nil
		k.out = append(k.out, k.orMissing(o.found.finish(), nilSegments(o.guards, o.nils)))
	}
}

// finish returns the statements after which the variable holds the key.
func (k *keyBuilder) finish() []string {
	k.flush()
	return k.out
}

// expr returns the key as an expression, and the statements before it.
func (k *keyBuilder) expr() ([]string, string) {
	key := k.chain()
	return k.out, key
}

// guard puts statements behind what keeps an invalidation from being evaluated.
func (k *keyBuilder) guard(statements []string) []string { return k.guards.wrap(statements) }

// inner builds on the same variable, in a block of its own.
func (k *keyBuilder) inner() *keyBuilder {
	return &keyBuilder{w: k.w, vars: k.vars, name: k.name}
}

// segment appends one segment of a template: v{id} is Literal("v").Join().String(id).
func (k *keyBuilder) segment(s *model.Segment) {
	if s.Value == nil {
		k.append("Literal", strconv.Quote(s.Before))
		return
	}
	if s.Before != "" {
		k.append("Literal", strconv.Quote(s.Before))
		k.append("Join", "")
	}
	k.value(s.Value)
	if s.After != "" {
		k.append("Join", "")
		k.append("Literal", strconv.Quote(s.After))
	}
}

// value appends an expression over parameters and results. In a read, a nil pointer on the way to it is a nil segment:
//
//	if c == nil || c.Owner == nil {
//		key = key.Nil()
//	} else {
//		key = key.String(c.Owner.ID)
//	}
func (k *keyBuilder) value(v *model.Value) {
	e, refusal := keytype.Of(v.Type, k.w.model.View)
	if refusal != nil {
		panic(fmt.Sprintf("emit: %s%s (%s): %s", k.vars.valueText(v), refusal.Path, refusal.Type, refusal.Reason))
	}
	g := &guards{}
	if k.skip {
		g = &k.guards
	}
	x := k.w.operand(v, k.vars, g)

	pointer, isPointer := e.(*keytype.Pointer)
	if !k.skip && g.ask() && keytype.MayBeNil(e) {
		k.behindNil(*g, e, x)
		return
	}
	switch {
	case isPointer && !k.skip:
		x = g.check(x, k.vars).deref()
		e = pointer.Elem
	case x.calls && isPointer, !x.addressable && needsAddress(e):
		x = g.bind(x, k.vars)
	case !k.skip && x.ofParam && needsAddress(e):
		x = g.bind(x, k.vars) // a parameter with its address taken is captured by reference, and so on the heap even for a hit
	}
	ref := isPointer && pointer.Ref() && !k.skip || keytype.MayOpenWithNil(e)
	if k.skip || len(*g) == 0 {
		k.encodeRef(ref, e, x)
		return
	}
	if len(*g) == 1 && (*g)[0].nothing {
		k.out = append(k.out, (*g)[0].binding())
		k.encodeRef(ref, e, x)
		return
	}

	if k.open == nil || k.pending != "" || !k.open.guards.equal(*g) {
		k.flush()
		k.open = &optional{guards: *g, found: k.inner()}
	}
	k.open.nils++
	k.open.found.encodeRef(ref, e, x)
}

// behindNil appends a value that can be nil by itself, and tells that from a nil pointer on the way to it:
//
//	if f == nil {
//		key = key.Nil().Join().Nil()
//	} else if f.Owner == nil {
//		key = key.Nil()
//	} else {
//		key = key.String(*f.Owner)
//	}
func (k *keyBuilder) behindNil(way guards, e keytype.Encoding, x operand) {
	k.flush()
	found := k.inner()
	list := []missing{{way, ".Nil().Join().Nil()"}}
	if pointer, ok := e.(*keytype.Pointer); ok {
		var end guards
		x = end.check(x, k.vars).deref()
		found.encodeRef(pointer.Ref(), pointer.Elem, x)
		list = append(list, nilSegments(end, 1))
	} else {
		found.encode(e, x)
	}
	k.out = append(k.out, k.orMissing(found.finish(), list...))
}

// encodeRef appends one value, perhaps with the mark of what is not nil before it.
func (k *keyBuilder) encodeRef(ref bool, e keytype.Encoding, x operand) {
	if ref {
		if k.helper {
			k.flush()
		}
		k.append("Ref", "")
	}
	k.encode(e, x)
}

// missing is what stands in the key if something is nil.
type missing struct {
	guards guards
	marks  string
}

func nilSegments(g guards, n int) missing { return missing{g, strings.Repeat(".Nil()", n)} }

// orMissing prints if ... {key = key.Nil()} else if ... {key = key.Nil()} else {found}.
func (k *keyBuilder) orMissing(found []string, list ...missing) string {
	var s string
	for _, m := range list {
		for _, h := range m.guards {
			if h.nothing {
				found = append([]string{h.binding()}, found...)
				continue
			}
			if s != "" {
				s += " else "
			}
			condition := h.condition("==", "||")
			if h.bind != "" {
				condition = h.binding() + "; " + condition
			}
			s += block("if "+condition, k.name+" = "+k.name+m.marks)
		}
	}
	return s + block(" else", found...)
}

func needsAddress(e keytype.Encoding) bool {
	switch e := e.(type) {
	case keytype.Text:
		return e.Address
	case keytype.Bytes:
		return e.Array
	}
	return false
}

// encode appends one value.
func (k *keyBuilder) encode(e keytype.Encoding, x operand) {
	switch e := e.(type) {
	case keytype.Scalar:
		value := x.value()
		if e.Convert != nil {
			value = call(k.w.typeExpr(e.Convert), value)
		}
		k.append(e.Method, value)
	case keytype.Bytes:
		if e.Array {
			k.append("Bytes", x.all())
		} else {
			k.append("Bytes", x.value())
		}
	case keytype.Text:
		if e.Address || x.derefs > 0 {
			k.append("Text", x.pointer())
		} else {
			k.append("Text", x.value())
		}
	case *keytype.Pointer:
		k.flush()
		found := k.inner()
		found.encodeRef(e.Ref(), e.Elem, x.deref())
		k.out = append(k.out, k.orMissing(found.finish(), nilSegments(guards{{notNil: []operand{x}}}, 1)))
	case keytype.Param:
		if k.helper {
			k.flush()
		}
		k.pending = call(k.w.runtime("KeyOf"), k.chain(), x.value())
		k.helper = true
		k.length++
	default:
		k.appendHelper(k.w.helpers.name(k.w, e), x)
	}
}

// helpers are the methods of a wrapper that append composite values. They are methods, so that they have a name space which no other file of
// the package can disturb, and the wrapper's type parameters.
type helpers struct {
	queue        []helper
	receiverUsed bool
}

type helper struct {
	name     string
	typ      types.Type
	encoding keytype.Encoding
}

func (h *helpers) name(w *wrapperPrinter, e keytype.Encoding) string {
	t := compositeType(e)
	for i := range h.queue { // short, as a rule
		if types.Identical(h.queue[i].typ, t) {
			return h.queue[i].name
		}
	}
	n := w.members.free("key" + typeName(t))
	h.queue = append(h.queue, helper{n, t, e})
	return n
}

func compositeType(e keytype.Encoding) types.Type {
	switch e := e.(type) {
	case *keytype.Slice:
		return e.Type
	case *keytype.Array:
		return e.Type
	case *keytype.Map:
		return e.Type
	case *keytype.Struct:
		return e.Type
	}
	panic(fmt.Sprintf("emit: no helper for %T", e))
}

// typeName is a type in one word: Filter, StringSlice, FilterPtrSlice, StringIntMap.
func typeName(t types.Type) string {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		n := upperFirst(t.Obj().Name())
		for a := range t.TypeArgs().Types() {
			n += typeName(a)
		}
		return n
	case *types.Basic:
		return upperFirst(t.Name())
	case *types.Pointer:
		return typeName(t.Elem()) + "Ptr"
	case *types.Slice:
		return typeName(t.Elem()) + "Slice"
	case *types.Array:
		return typeName(t.Elem()) + "Array"
	case *types.Map:
		return typeName(t.Key()) + typeName(t.Elem()) + "Map"
	}
	return "Struct"
}

func (w *wrapperPrinter) printHelpers() {
	for i := 0; i < len(w.helpers.queue); i++ { // printing one may need another
		w.printHelper(w.helpers.queue[i])
	}
}

// printHelper prints
//
//	// keyFilter appends a Filter, field by field.
//	func (r *CachedContactRepository) keyFilter(k runtime.Key, x Filter) runtime.Key {
//		return k.String(x.Stage).Int(int64(x.Limit))
//	}
func (w *wrapperPrinter) printHelper(h helper) {
	param := w.typeExpr(h.typ) // first, so that its imports have their names
	vars := &variables{receiver: w.receiver, taken: w.imports.helper(w.receiver)}
	key, x := vars.taken.free("k", "key"), vars.taken.free("x", "v")

	w.helpers.receiverUsed = false
	b := &keyBuilder{w: w, vars: vars, name: key}
	body, how := w.helperBody(h.encoding, b, key, x)
	w.function(h.name+" appends "+article(w.describe(h.typ))+", "+how+".", body,
		w.of(w.helpers.receiverUsed), h.name, "(", key, " ", w.runtime("Key"), ", ", x, " ", param, ") ", w.runtime("Key"))
}

// describe is a type as comments have it, on one line.
func (w *wrapperPrinter) describe(t types.Type) string {
	if _, ok := types.Unalias(t).(*types.Struct); ok {
		return "struct"
	}
	if e := w.typeExpr(t); !strings.Contains(e, "\n") {
		return e
	}
	return types.TypeString(t, func(p *types.Package) string {
		if p.Path() == w.model.Package.Path() {
			return ""
		}
		return p.Name()
	})
}

func (w *wrapperPrinter) helperBody(e keytype.Encoding, k *keyBuilder, key, x string) (body []string, how string) {
	nilCheck := block("if "+x+" == nil", "return "+key+".Nil()")
	switch e := e.(type) {
	case *keytype.Struct:
		for _, f := range e.Fields {
			k.encode(f.Encoding, variable(x).step(f.Name, false))
			if len(e.Fields) > 3 {
				k.flush()
			}
		}
		body, result := k.expr()
		return append(body, "return "+result), "field by field"

	case *keytype.Slice:
		k.append("Len", call("len", x))
		return append([]string{nilCheck}, w.elements(e.Elem, k, key, x)...), "its length first"

	case *keytype.Array:
		return w.elements(e.Elem, k, key, x), "element by element"

	case *keytype.Map:
		m := e.Type.Underlying().(*types.Map)
		mapKey, mapValue := k.vars.taken.free("key", "mk"), k.vars.taken.free("v", "mv")
		pair := k.inner()
		pair.encode(e.Key, variable(mapKey))
		pair.encode(e.Elem, variable(mapValue))
		statements, result := pair.expr()
		keyType := w.runtime("Key")
		each := block("func("+key+" "+keyType+", "+mapKey+" "+w.typeExpr(m.Key())+", "+mapValue+" "+w.typeExpr(m.Elem())+") "+keyType,
			append(statements, "return "+result)...)
		return []string{"return " + call(w.runtime("KeyMap"), key, x, each)}, "its pairs in the order of their encodings"
	}
	panic(fmt.Sprintf("emit: no helper for %T", e))
}

// elements prints the loop over a slice or an array.
func (w *wrapperPrinter) elements(elem keytype.Encoding, k *keyBuilder, key, x string) []string {
	e := k.vars.taken.free("e", "elem")
	k.flush()
	each := k.inner()
	each.encode(elem, variable(e))
	return append(k.out, block("for _, "+e+" := range "+x, each.finish()...), "return "+key)
}

// plural joins words the way a sentence does: a, b and c.
func plural(words []string) string {
	n := len(words)
	if n < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
}
