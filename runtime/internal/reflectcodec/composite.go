package reflectcodec

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/cachegen/cachegen/runtime/internal/stdlib"
	"github.com/cachegen/cachegen/runtime/internal/wire"
)

func (m *planner) pointer(p *plan, t reflect.Type) *refusal {
	elem, refused := m.part(p, t.Elem(), "")
	if refused != nil {
		return refused
	}
	p.encode = func(e *wire.Encoder, v reflect.Value) {
		if e.Present(!v.IsNil()) {
			elem.encode(e, v.Elem())
		}
	}
	p.decode = func(d *wire.Decoder, v reflect.Value) {
		if d.Present() {
			v.Set(reflect.New(t.Elem()))
			elem.decode(d, v.Elem())
		}
	}
	return nil
}

func (m *planner) slice(p *plan, t reflect.Type) *refusal {
	elem, refused := m.part(p, t.Elem(), "[]")
	if refused != nil {
		return refused
	}
	p.encode = func(e *wire.Encoder, v reflect.Value) {
		n := v.Len()
		e.Len(n, v.IsNil())
		if elem.least == 0 {
			e.Blanks(n)
			return
		}
		for i := range n {
			elem.encode(e, v.Index(i))
		}
	}
	p.decode = func(d *wire.Decoder, v reflect.Value) {
		n := d.Len(max(elem.least, 1))
		switch {
		case n < 0:
			return
		case elem.least == 0:
			d.Blanks(n)
			fallthrough
		case n == 0:
			v.Set(reflect.MakeSlice(t, n, n))
			return
		}
		v.Grow(n) // unlike MakeSlice, it allocates no slice header
		v.SetLen(n)
		for i := range n {
			elem.decode(d, v.Index(i))
		}
	}
	return nil
}

func (m *planner) array(p *plan, t reflect.Type) *refusal {
	elem, refused := m.part(p, t.Elem(), "[]")
	if refused != nil {
		return refused
	}
	n := t.Len()
	p.least = n * elem.least
	if p.least == 0 {
		p.blank()
		return nil
	}
	p.encode = func(e *wire.Encoder, v reflect.Value) {
		for i := range n {
			elem.encode(e, v.Index(i))
		}
	}
	p.decode = func(d *wire.Decoder, v reflect.Value) {
		for i := range n {
			elem.decode(d, v.Index(i))
		}
	}
	return nil
}

// blank plans a type without content.
func (p *plan) blank() {
	p.encode = func(*wire.Encoder, reflect.Value) {}
	p.decode = func(*wire.Decoder, reflect.Value) {}
}

func (m *planner) structure(p *plan, t reflect.Type) *refusal {
	if isMessage(t) {
		return &refusal{typ: t, why: "is a protobuf message, which has state of its own"}
	}
	if changing(t) {
		return &refusal{typ: t, why: "is a struct of the standard library, whose fields another release of Go may change"}
	}
	type field struct {
		index int
		plan  *plan
	}
	var fields []field
	p.parts, p.least = []*plan{}, 0
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "_" {
			continue
		}
		embedded := f.Anonymous && f.Type.Kind() == reflect.Struct
		if !f.IsExported() && !embedded {
			return &refusal{"." + f.Name, f.Type, "is not exported"}
		}
		part, refused := m.part(p, f.Type, "."+f.Name)
		if refused != nil {
			return refused
		}
		if !f.IsExported() && part.parts == nil {
			// Its exported fields are in reach, its methods are not.
			return &refusal{"." + f.Name, f.Type, "is not exported"}
		}
		p.least += part.least
		fields = append(fields, field{i, part})
	}
	if p.least == 0 {
		p.blank()
		return nil
	}
	p.encode = func(e *wire.Encoder, v reflect.Value) {
		for _, f := range fields {
			f.plan.encode(e, v.Field(f.index))
		}
	}
	p.decode = func(d *wire.Decoder, v reflect.Value) {
		for _, f := range fields {
			f.plan.decode(d, v.Field(f.index))
		}
	}
	return nil
}

// changing reports whether t is a struct of the standard library that does not keep its fields.
func changing(t reflect.Type) bool {
	name, _, _ := strings.Cut(t.Name(), "[")
	return stdlib.Contains(t.PkgPath()) && !stdlib.Keeps(t.PkgPath(), name)
}

// isMessage reports whether pointers to t are protobuf messages.
func isMessage(t reflect.Type) bool {
	f, ok := reflect.PointerTo(t).MethodByName("ProtoReflect")
	return ok && f.Type.NumIn() == 1 && f.Type.NumOut() == 1
}

var errSameKey = fmt.Errorf("%w: a map key comes twice", wire.ErrCorrupt)

func (m *planner) mapping(p *plan, t reflect.Type) *refusal {
	key, refused := m.part(p, t.Key(), "[key]")
	if refused != nil {
		return refused
	}
	if why := m.noKey(t.Key()); why != "" {
		return &refusal{"[key]", t.Key(), why}
	}
	elem, refused := m.part(p, t.Elem(), "[]")
	if refused != nil {
		return refused
	}
	p.encode = func(e *wire.Encoder, v reflect.Value) {
		n := v.Len()
		e.Len(n, v.IsNil())
		if key.least+elem.least == 0 {
			e.Blanks(n)
			return
		}
		if n == 0 {
			return
		}
		k, x := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		for it := v.MapRange(); it.Next(); {
			k.SetIterKey(it)
			key.encode(e, k)
			x.SetIterValue(it)
			elem.encode(e, x)
		}
	}
	p.decode = func(d *wire.Decoder, v reflect.Value) {
		least := key.least + elem.least
		n := d.Len(max(least, 1))
		if n < 0 {
			return
		}
		if least == 0 {
			d.Blanks(n)
		}
		v.Set(reflect.MakeMapWithSize(t, n))
		k, x := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		for range n {
			key.decode(d, k)
			elem.decode(d, x)
			v.SetMapIndex(k, x)
			k.SetZero()
			x.SetZero()
		}
		if v.Len() < n {
			d.Fail(errSameKey)
		}
	}
	return nil
}

// noKey says why a type that has a plan cannot be the key of a map: two keys that look the same
// could differ. It is empty for all other types.
func (m *planner) noKey(t reflect.Type) (why string) {
	switch t.Kind() {
	case reflect.Pointer:
		return "is a map key by address, which no copy has"
	case reflect.Interface:
		return "is a map key that can be anything"
	case reflect.Array:
		return m.noKey(t.Elem())
	case reflect.Struct:
		if p := m.plans[t]; p == nil || p.parts == nil {
			return ""
		}
		for i := range t.NumField() {
			if f := t.Field(i); f.Name != "_" {
				if why = m.noKey(f.Type); why != "" {
					return why
				}
			}
		}
	}
	return ""
}
