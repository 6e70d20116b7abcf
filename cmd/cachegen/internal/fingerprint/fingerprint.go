// Package fingerprint names the shape of a type in 8 hex digits.
//
// The shape is a canonical text: every struct with its fields in order, their names, types and tags, every named type with its import path and
// what it stands for, through all packages. It depends on the program alone, and not on the machine, the Go release, or the order in which
// packages were loaded. Methods are no part of it, and aliases are resolved. Types of the standard library are opaque: their names are a
// promise, their unexported fields change with each release.
package fingerprint

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/types"
	"strings"

	"golang.org/x/tools/go/types/typeutil"
)

// format counts the incompatible changes of the canonical text, and of how generated code stores results.
const format = "cachegen 2"

// Of returns the version of entries that hold a result: a hash of its whole shape, of the shapes of composite key types (a struct whose fields
// change places must not read the keys of its former self) and of the user's version=N, 0 if there is none. Key types that are one segment each
// do not count, so that a method for one id and a method for many can share entries.
func Of(result types.Type, version int, keys ...types.Type) string {
	sum := sha256.Sum256([]byte(canonical(result, version, keys)))
	return hex.EncodeToString(sum[:4])
}

// Tagged returns the version of entries that carry tags as well. Processes that know of other tags must not read them, nor write what these would
// read.
func Tagged(version string, tags []string) string {
	if len(tags) == 0 {
		return version
	}
	sum := sha256.Sum256([]byte(version + " tags " + strings.Join(tags, ",")))
	return hex.EncodeToString(sum[:4])
}

func canonical(result types.Type, version int, keys []types.Type) string {
	var w writer
	fmt.Fprintf(&w.text, "%s version=%d ", format, version)
	w.write(result)
	for _, k := range keys {
		if composite(k) {
			w.text.WriteString(" key ")
			w.write(k)
		}
	}
	return w.text.String()
}

func composite(t types.Type) bool {
	if _, param := types.Unalias(t).(*types.TypeParam); param {
		return false
	}
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Basic:
		return false
	case *types.Pointer:
		return composite(u.Elem())
	}
	return true
}

type writer struct {
	text  strings.Builder
	named typeutil.Map // *types.Named -> int, in the order of their appearance
}

// write appends the canonical text of t. A named type is spelled out where it first appears, and a number from then on; that ends the text of
// recursive types too.
func (w *writer) write(t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		w.text.WriteString(types.Typ[t.Kind()].Name()) // byte is uint8
	case *types.Named:
		w.name(t)
	case *types.TypeParam:
		fmt.Fprintf(&w.text, "$%d", t.Index())
	case *types.Pointer:
		w.text.WriteByte('*')
		w.write(t.Elem())
	case *types.Slice:
		w.text.WriteString("[]")
		w.write(t.Elem())
	case *types.Array:
		fmt.Fprintf(&w.text, "[%d]", t.Len())
		w.write(t.Elem())
	case *types.Map:
		w.text.WriteString("map[")
		w.write(t.Key())
		w.text.WriteByte(']')
		w.write(t.Elem())
	case *types.Chan:
		fmt.Fprintf(&w.text, "chan%d ", t.Dir())
		w.write(t.Elem())
	case *types.Struct:
		w.structure(t)
	case *types.Interface:
		w.contract(t)
	case *types.Signature:
		w.text.WriteString("func")
		w.tuple(t.Params(), t.Variadic())
		w.tuple(t.Results(), false)
	case *types.Tuple:
		w.tuple(t, false)
	case *types.Union:
		for i := range t.Len() {
			fmt.Fprintf(&w.text, "|%t ", t.Term(i).Tilde())
			w.write(t.Term(i).Type())
		}
	default:
		panic(fmt.Sprintf("fingerprint: no text for %T", t))
	}
}

// name: #0 example.com/crm.Box[string]=struct{...}, and #0 from then on.
func (w *writer) name(t *types.Named) {
	if i, ok := w.named.At(t).(int); ok {
		fmt.Fprintf(&w.text, "#%d", i)
		return
	}
	i := w.named.Len()
	w.named.Set(t, i)
	o := t.Obj()
	fmt.Fprintf(&w.text, "#%d ", i)
	if o.Pkg() != nil {
		w.text.WriteString(o.Pkg().Path() + ".")
	}
	w.text.WriteString(o.Name())
	if t.TypeArgs().Len() > 0 {
		w.text.WriteByte('[')
		for a := range t.TypeArgs().Types() {
			w.write(a)
			w.text.WriteByte(',')
		}
		w.text.WriteByte(']')
	}
	if o.Pkg() != nil && standard[o.Pkg().Path()] {
		return
	}
	w.text.WriteByte('=')
	w.write(t.Underlying())
}

func (w *writer) structure(t *types.Struct) {
	w.text.WriteString("struct{")
	for i := range t.NumFields() {
		f := t.Field(i)
		if f.Embedded() {
			w.text.WriteByte('^')
		}
		w.text.WriteString(f.Name() + " ")
		w.write(f.Type())
		if tag := t.Tag(i); tag != "" {
			fmt.Fprintf(&w.text, " %q", tag)
		}
		w.text.WriteByte(';')
	}
	w.text.WriteByte('}')
}

// contract is an interface: all its methods, sorted by name, wherever they come from, and its type set.
func (w *writer) contract(t *types.Interface) {
	w.text.WriteString("interface{")
	for m := range t.Methods() {
		w.text.WriteString(m.Id())
		w.write(m.Type())
		w.text.WriteByte(';')
	}
	for e := range t.EmbeddedTypes() {
		if i, ok := e.Underlying().(*types.Interface); !ok || !i.IsMethodSet() {
			w.write(e)
			w.text.WriteByte(';')
		}
	}
	w.text.WriteByte('}')
}

func (w *writer) tuple(t *types.Tuple, variadic bool) {
	w.text.WriteByte('(')
	for x := range t.Variables() {
		w.write(x.Type())
		w.text.WriteByte(',')
	}
	fmt.Fprintf(&w.text, "%t)", variadic)
}
