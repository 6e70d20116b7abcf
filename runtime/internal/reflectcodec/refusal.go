package reflectcodec

import (
	"fmt"
	"reflect"
	"strings"
)

// A refusal says which part of a type cannot be carried, and why.
type refusal struct {
	path string // from the type down: ".Owner.cache"
	typ  reflect.Type
	why  string
}

// in is the refusal as seen from one step above.
func (r *refusal) in(step string) *refusal {
	return &refusal{step + r.path, r.typ, r.why}
}

// of is the error for the type that Of was called with. Its path begins at the first type that has
// a name: "[]*Contact cannot be cached: Contact.Owner.cache (func()) is not exported".
func (r *refusal) of(root reflect.Type) error {
	base, path := root, r.path
	for base.Name() == "" && !strings.HasPrefix(path, "[key]") {
		var rest string
		switch base.Kind() {
		case reflect.Pointer:
			rest = path
		case reflect.Slice, reflect.Array, reflect.Map:
			rest = strings.TrimPrefix(path, "[]")
		default:
			return r.at(root, base.String(), path)
		}
		base, path = base.Elem(), rest
	}
	name := base.Name()
	if name == "" {
		name = base.String()
	}
	return r.at(root, name, path)
}

func (r *refusal) at(root reflect.Type, from, path string) error {
	return fmt.Errorf("%v cannot be cached: %s%s (%v) %s", root, from, path, r.typ, r.why)
}
