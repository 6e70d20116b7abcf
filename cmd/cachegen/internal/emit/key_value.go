package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// value appends an expression over parameters and results, as testdata/gen/nils.txtar has it. In a
// read, a nil pointer on the way to the value is a nil segment:
//
//	if c == nil || c.Owner == nil {
//		key = key.Nil()
//	} else {
//		key = key.String(c.Owner.ID)
//	}
//
// In an invalidation there is nothing to make stale then: the builder's guards keep the whole
// statement from being evaluated.
func (k *keyBuilder) value(v *model.Value) {
	e, refusal := keytype.Of(v.Type, k.at.model.View)
	if refusal != nil {
		panic(fmt.Sprintf("emit: %s%s (%s): %s", k.vars.valueText(v), refusal.Path, refusal.Type, refusal.Reason))
	}
	if k.skip || k.skipRow && v.Root.Result {
		k.required(e, k.at.operand(v, k.vars, &k.guards))
		return
	}
	var way guards
	x := k.at.operand(v, k.vars, &way)
	pointer, isPointer := e.(*keytype.Pointer)
	switch {
	case way.asks() && keytype.MayBeNil(e):
		k.behindNil(way, e, x)
	case isPointer:
		x = way.check(x, k.vars)
		k.behind(way, pointer.Ref(), pointer.Elem, x.deref())
	case needsAddress(e) && (x.ofParam || !x.addressable):
		// A load captures a parameter whose address is taken by reference, which would put it on
		// the heap even for a hit. A variable of the key's own stays on the stack.
		x = way.bind(x, k.vars)
		k.behind(way, false, e, x)
	default:
		k.behind(way, false, e, x)
	}
}

// required appends a value that there is no key without.
func (k *keyBuilder) required(e keytype.Encoding, x operand) {
	_, isPointer := e.(*keytype.Pointer)
	if isPointer && x.calls || needsAddress(e) && !x.addressable {
		x = k.guards.bind(x, k.vars)
	}
	k.encodeRef(false, e, x)
}

// behind appends a value that a nil on the way to it replaces by a nil segment. Neighbours with the
// same way share one if: {f.Stage}:{f.Page} asks once whether f is nil.
func (k *keyBuilder) behind(way guards, ref bool, e keytype.Encoding, x operand) {
	if !way.asks() {
		k.out = append(k.out, way.wrap(nil)...)
		k.encodeRef(ref, e, x)
		return
	}
	if k.open == nil || k.chain.expr != nil || !k.open.way.equal(way) {
		k.flush()
		k.open = &optional{way: way, found: k.inner()}
	}
	k.open.nils++
	k.open.found.encodeRef(ref, e, x)
}

// optional is an if that the next segment may join.
type optional struct {
	way   guards
	nils  int // segments in it
	found *keyBuilder
}

// close prints the if that no further segment joins.
func (k *keyBuilder) close() {
	if o := k.open; o != nil {
		k.open = nil
		k.out = append(k.out, k.orMissing(o.found.finish(), missing{o.way, nils(o.nils)}))
	}
}

// behindNil appends a value that can be nil itself. A nil on the way to it must not have the same
// key:
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
	list := []missing{{way, []string{"Nil", "Join", "Nil"}}}
	if pointer, ok := e.(*keytype.Pointer); ok {
		var end guards
		x = end.check(x, k.vars)
		found.encodeRef(pointer.Ref(), pointer.Elem, x.deref())
		list = append(list, missing{end, nils(1)})
	} else {
		found.encode(e, x)
	}
	k.out = append(k.out, k.orMissing(found.finish(), list...))
}

// missing is what stands in the key if something is nil: methods of the key.
type missing struct {
	guards guards
	marks  []string
}

// nils are n nil segments.
func nils(n int) []string {
	marks := make([]string, n)
	for i := range marks {
		marks[i] = "Nil"
	}
	return marks
}

// orMissing prints
//
//	if ... {
//		key = key.Nil()
//	} else if ... {
//		key = key.Nil()
//	} else {
//		found
//	}
func (k *keyBuilder) orMissing(found []jen.Code, list ...missing) *jen.Statement {
	var s *jen.Statement
	for _, m := range list {
		for _, h := range m.guards {
			switch {
			case !h.asks():
				found = append([]jen.Code{h.binding()}, found...)
			case s == nil:
				s = h.ifNil().Block(k.mark(m.marks))
			default:
				s.Else().Add(h.ifNil().Block(k.mark(m.marks)))
			}
		}
	}
	return s.Else().Block(found...)
}

// mark is key = key.Nil().
func (k *keyBuilder) mark(marks []string) *jen.Statement {
	s := jen.Id(k.name).Op("=").Id(k.name)
	for _, m := range marks {
		s.Dot(m).Call()
	}
	return s
}

// encodeRef appends one value, after the mark of what is not nil if it needs that.
func (k *keyBuilder) encodeRef(ref bool, e keytype.Encoding, x operand) {
	if ref || keytype.MayOpenWithNil(e) {
		if k.chain.nested {
			k.flush()
		}
		k.append("Ref")
	}
	k.encode(e, x)
}

// encode appends one value.
func (k *keyBuilder) encode(e keytype.Encoding, x operand) {
	switch e := e.(type) {
	case keytype.Scalar:
		value := x.value()
		if e.Convert != nil {
			value = k.at.typeExpr(e.Convert).Call(value)
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
	case keytype.Any:
		k.append("Any", x.value())
	case *keytype.Pointer:
		k.flush()
		found := k.inner()
		found.encodeRef(e.Ref(), e.Elem, x.deref())
		isNil := guards{{notNil: []operand{x}}}
		k.out = append(k.out, k.orMissing(found.finish(), missing{isNil, nils(1)}))
	case keytype.Param:
		k.nest(k.at.runtime("KeyOf"), x)
	default:
		k.nest(k.at.keyHelper(e), x)
	}
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
