package fingerprint

import (
	"fmt"
	"go/types"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/stdlib"
)

// writer makes the canonical text of one type.
type writer struct {
	view  *shape.View
	text  strings.Builder
	named map[mention]int
}

// mention is a named type and the sense in which it has been spelled out.
type mention struct {
	node *shape.Node
	as   sense
}

func spelled(v *shape.View, write func(*writer)) string {
	w := &writer{view: v, named: make(map[mention]int)}
	write(w)
	return w.text.String()
}

// sense is what the text says of a named type. A type can be named in several senses, and is
// spelled out once in each.
type sense uint8

const (
	value     sense = iota // how its values travel
	key                    // how its values are encoded in keys
	whole                  // all that it has
	mentioned              // nothing but its name
)

// name appends #0 example.com/crm.Box[string]= where a named type first appears, which the caller
// completes, and #0 from then on. So the text of a recursive type ends.
func (w *writer) name(n *shape.Node, as sense) (done bool) {
	if n.Named == nil {
		return false
	}
	args := mentioned
	if as == whole {
		args = whole
	}
	if as != mentioned {
		at := mention{n.First(), as}
		i, known := w.named[at]
		if known {
			fmt.Fprintf(&w.text, "#%d", i)
			return true
		}
		i = len(w.named)
		w.named[at] = i
		fmt.Fprintf(&w.text, "#%d ", i)
	}
	o := n.Named.Obj()
	if o.Pkg() != nil {
		w.text.WriteString(o.Pkg().Path() + ".")
	}
	w.text.WriteString(o.Name())
	if n.Named.TypeArgs().Len() > 0 {
		w.text.WriteByte('[')
		for a := range n.Named.TypeArgs().Types() {
			w.spell(w.view.Node(a), args)
			w.text.WriteByte(',')
		}
		w.text.WriteByte(']')
	}
	if as == mentioned || as == whole && o.Pkg() != nil && stdlib.Contains(o.Pkg().Path()) || n.Is("time", "Time") {
		return true
	}
	w.text.WriteByte('=')
	return false
}

// value appends how the values of a type travel.
func (w *writer) value(n *shape.Node, p codec.Plan) {
	switch p := p.(type) {
	case codec.Own: // by whichever name a method writes what this one reads
		fmt.Fprintf(&w.text, "%s,%d ", p.Decode, p.Zero)
		w.spell(n, whole)
		return
	case codec.Proto:
		w.text.WriteString("proto ")
		w.spell(n, whole)
		return
	}
	if w.name(n, value) {
		return
	}
	switch p := p.(type) {
	case codec.Time:
		w.text.WriteString("time.Time")
	case *codec.Pointer:
		w.text.WriteByte('*')
		w.value(n.Elem(), p.Elem)
	case *codec.Slice:
		w.text.WriteString("[]")
		w.value(n.Elem(), p.Elem)
	case *codec.Array:
		fmt.Fprintf(&w.text, "[%d]", p.Len)
		w.value(n.Elem(), p.Elem)
	case *codec.Map:
		w.text.WriteString("map[")
		w.value(n.Key(), p.Key)
		w.text.WriteByte(']')
		w.value(n.Elem(), p.Elem)
	case *codec.Struct:
		w.text.WriteString("struct{")
		for _, f := range p.Fields {
			w.field(f.Var)
			w.value(w.view.Node(f.Var.Type()), f.Plan)
			w.tag(f.Tag)
		}
		w.text.WriteByte('}')
	default: // its kind says it all
		w.spellLiteral(n, value)
	}
}

// encoded appends how the values of a type are encoded in keys.
func (w *writer) encoded(n *shape.Node, e keytype.Encoding) {
	if _, ok := e.(keytype.Text); ok {
		w.text.WriteString("MarshalText ")
		w.spell(n, whole)
		return
	}
	if w.name(n, key) {
		return
	}
	switch e := e.(type) {
	case *keytype.Pointer:
		w.text.WriteByte('*')
		w.encoded(n.Elem(), e.Elem)
	case *keytype.Slice:
		w.text.WriteString("[]")
		w.encoded(n.Elem(), e.Elem)
	case *keytype.Array:
		fmt.Fprintf(&w.text, "[%d]", n.Len)
		w.encoded(n.Elem(), e.Elem)
	case *keytype.Map:
		w.text.WriteString("map[")
		w.encoded(n.Key(), e.Key)
		w.text.WriteByte(']')
		w.encoded(n.Elem(), e.Elem)
	case *keytype.Struct:
		w.text.WriteString("struct{")
		i := 0
		for _, f := range n.Fields() {
			if f.Name() != "_" {
				w.field(f.Var)
				w.encoded(f.Node(), e.Fields[i].Encoding)
				w.tag(f.Tag)
				i++
			}
		}
		w.text.WriteByte('}')
	default:
		w.spellLiteral(n, key)
	}
}

// spell appends a type as it is declared, whatever travels of it.
func (w *writer) spell(n *shape.Node, as sense) {
	if !w.name(n, as) {
		w.spellLiteral(n, as)
	}
}

func (w *writer) spellLiteral(n *shape.Node, as sense) {
	switch n.Kind {
	case shape.Basic:
		w.text.WriteString(types.Typ[n.Basic].Name()) // byte is uint8
	case shape.Param:
		fmt.Fprintf(&w.text, "$%d", types.Unalias(n.Type).(*types.TypeParam).Index())
	case shape.Pointer:
		w.text.WriteByte('*')
		w.spell(n.Elem(), as)
	case shape.Slice, shape.Bytes:
		w.text.WriteString("[]")
		w.spell(n.Elem(), as)
	case shape.Array, shape.Raw:
		fmt.Fprintf(&w.text, "[%d]", n.Len)
		w.spell(n.Elem(), as)
	case shape.Map:
		w.text.WriteString("map[")
		w.spell(n.Key(), as)
		w.text.WriteByte(']')
		w.spell(n.Elem(), as)
	case shape.Struct, shape.Time:
		w.text.WriteString("struct{")
		for _, f := range n.Fields() {
			w.field(f.Var)
			w.spell(f.Node(), as)
			w.tag(f.Tag)
		}
		w.text.WriteByte('}')
	case shape.Interface:
		w.text.WriteString("interface{}")
	case shape.Func:
		w.text.WriteString("func")
	case shape.Chan:
		w.text.WriteString("chan")
	}
}

func (w *writer) field(f *types.Var) {
	if f.Embedded() {
		w.text.WriteByte('^')
	}
	w.text.WriteString(f.Name() + " ")
}

func (w *writer) tag(tag string) {
	if tag != "" {
		fmt.Fprintf(&w.text, " %q", tag)
	}
	w.text.WriteByte(';')
}
