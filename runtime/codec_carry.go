package runtime

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// A way is how the values of a type travel.
type way uint8

const (
	byValue  way = iota + 1 // what Go holds: a number, a text, fields, elements
	byTime                  // instant and location
	byBinary                // the type's own methods, in the order they are tried
	byGob
	byText
)

// A verdict on a type: the way it travels, or why it cannot.
type verdict struct {
	way way
	err *carryError
}

// carryError says which part of a type cannot be carried: "Contact.Owner.cache (func()) is not exported".
type carryError struct {
	path string // from the type down: ".Owner.cache"
	typ  reflect.Type
	why  string
}

func (e *carryError) in(step string) *carryError {
	return &carryError{path: step + e.path, typ: e.typ, why: e.why}
}

// of words the error for the type that was asked about.
func (e *carryError) of(root reflect.Type) error {
	base, path := root, e.path
	for base.Name() == "" && !strings.HasPrefix(path, "[key]") {
		switch base.Kind() {
		case reflect.Slice, reflect.Array, reflect.Map:
			path = strings.TrimPrefix(path, "[]")
		case reflect.Pointer:
		default:
			return fmt.Errorf("%v cannot be cached: %v%s (%v) %s", root, base, path, e.typ, e.why)
		}
		base = base.Elem()
	}
	name := base.Name()
	if name == "" {
		name = base.String()
	}
	return fmt.Errorf("%v cannot be cached: %s%s (%v) %s", root, name, path, e.typ, e.why)
}

// A survey decides how a type and all that it consists of travel.
//
// A type that contains itself is taken to travel by value until the contrary is found; then what rests on the
// assumption is forgotten and surveyed again. Nothing found to be impossible needs that: it was so under the kindest
// assumption.
type survey struct {
	verdicts map[reflect.Type]verdict
	assumed  []reflect.Type // every type with the verdict byValue, in the order of their surveys
}

func newSurvey() *survey { return &survey{verdicts: map[reflect.Type]verdict{}} }

func (s *survey) of(t reflect.Type) verdict {
	if v, ok := s.verdicts[t]; ok {
		return v
	}
	v := verdict{way: byValue}
	if isTime(t) {
		v.way = byTime
		s.verdicts[t] = v
		return v
	}
	mark := len(s.assumed)
	s.assumed = append(s.assumed, t)
	s.verdicts[t] = v
	if err := s.value(t); err != nil {
		for _, u := range s.assumed[mark:] {
			delete(s.verdicts, u)
		}
		s.assumed = s.assumed[:mark]
		if v.way = ownMethods(t); v.way == 0 {
			v.err = err
		}
		s.verdicts[t] = v
	}
	return v
}

// value says what keeps t from being carried as what Go holds.
func (s *survey) value(t reflect.Type) *carryError {
	switch t.Kind() {
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return nil
	case reflect.Pointer:
		return s.part(t.Elem(), "")
	case reflect.Slice, reflect.Array:
		return s.part(t.Elem(), "[]")
	case reflect.Map:
		if p := pointerIn(t.Key()); p != nil {
			return &carryError{path: "[key]", typ: t.Key(), why: "is a map key by address, which no copy has"}
		}
		if err := s.part(t.Key(), "[key]"); err != nil {
			return err
		}
		return s.part(t.Elem(), "[]")
	case reflect.Struct:
		return s.fields(t)
	case reflect.Interface:
		return &carryError{typ: t, why: "is an interface: its bytes do not say which type to make again"}
	default:
		return &carryError{typ: t, why: "is not data"}
	}
}

func (s *survey) part(t reflect.Type, step string) *carryError {
	if err := s.of(t).err; err != nil {
		return err.in(step)
	}
	return nil
}

func (s *survey) fields(t reflect.Type) *carryError {
	if _, ok := reflect.PointerTo(t).MethodByName("ProtoReflect"); ok {
		return &carryError{typ: t, why: "is a protobuf message, which has state of its own"}
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Name == "_" {
			continue
		}
		v := s.of(f.Type)
		if !f.IsExported() {
			// The exported fields of an embedded struct are in reach, whatever its name; nothing else of it is.
			if f.Anonymous && f.Type.Kind() == reflect.Struct && v.err != nil {
				return v.err.in("." + f.Name)
			}
			if !f.Anonymous || f.Type.Kind() != reflect.Struct || v.way != byValue {
				return &carryError{path: "." + f.Name, typ: f.Type, why: "is not exported"}
			}
		}
		if v.err != nil {
			return v.err.in("." + f.Name)
		}
	}
	return nil
}

var (
	timeType    = reflect.TypeFor[time.Time]()
	timePointer = reflect.TypeFor[*time.Time]()
)

// isTime reports whether t is time.Time or declared as it: type Stamp time.Time.
func isTime(t reflect.Type) bool {
	return t == timeType || t.Kind() == reflect.Struct && t.ConvertibleTo(timeType) && ownMethods(t) == 0
}

// pointerIn returns a pointer type by which two equal keys can differ, or nil.
func pointerIn(t reflect.Type) reflect.Type {
	switch {
	case t.Kind() == reflect.Pointer:
		return t
	case t.Kind() == reflect.Array:
		return pointerIn(t.Elem())
	case t.Kind() == reflect.Struct && !isTime(t) && ownMethods(t) == 0:
		for i := range t.NumField() {
			if p := pointerIn(t.Field(i).Type); p != nil {
				return p
			}
		}
	}
	return nil
}

type (
	gobEncoder interface{ GobEncode() ([]byte, error) }
	gobDecoder interface{ GobDecode([]byte) error }
)

// ownPairs are the methods by which a type may carry what its fields do not show. Gob stands before text because text is
// made for people: that of a big.Float forgets the precision.
var ownPairs = []struct {
	way            way
	encode, decode reflect.Type
}{
	{byBinary, reflect.TypeFor[encoding.BinaryMarshaler](), reflect.TypeFor[encoding.BinaryUnmarshaler]()},
	{byGob, reflect.TypeFor[gobEncoder](), reflect.TypeFor[gobDecoder]()},
	{byText, reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[encoding.TextUnmarshaler]()},
}

// ownMethods returns the first pair of methods that t declares, or 0. A pair that an embedded field has, too, does not
// count: it is that field's and forgets all the others, as in struct{ time.Time; note string }.
func ownMethods(t reflect.Type) way {
	p := reflect.PointerTo(t)
pairs:
	for _, pair := range ownPairs {
		if !p.Implements(pair.encode) || !p.Implements(pair.decode) {
			continue
		}
		if t.Kind() == reflect.Struct {
			for i := range t.NumField() {
				f := t.Field(i)
				if f.Anonymous && (has(f.Type, pair.encode) || has(f.Type, pair.decode)) {
					continue pairs
				}
			}
		}
		return pair.way
	}
	return 0
}

func has(t, iface reflect.Type) bool {
	return t.Implements(iface) || reflect.PointerTo(t).Implements(iface)
}
