package paths

import (
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// Encodings knows what types are as parts of keys, in code that has one view. It finds that out
// once for each type.
type Encodings struct {
	view  *shape.View
	known map[types.Type]encoded
}

// encoded is what a type is as a part of keys: how its values are encoded, and what a path has to
// know of that.
type encoded struct {
	encoding keytype.Encoding
	segment  Segment
}

// NewEncodings returns the encodings of types in the view.
func NewEncodings(view *shape.View) *Encodings {
	return &Encodings{view, make(map[types.Type]encoded)}
}

// Of returns how values of a type are encoded, or why they have no stable key.
func (e *Encodings) Of(t types.Type) (keytype.Encoding, *keytype.Refusal) {
	known, refusal := e.encoded(t)
	return known.encoding, refusal
}

// encoded does not keep refusals, because they speak of the type as it is written.
func (e *Encodings) encoded(t types.Type) (encoded, *keytype.Refusal) {
	if known, ok := e.known[t]; ok {
		return known, nil
	}
	encoding, refusal := keytype.Of(t, e.view)
	if refusal != nil {
		return encoded{}, refusal
	}
	known := encoded{encoding, Segment{
		Kind: kindOf(encoding), Class: classOf(encoding), Opens: opensWith(encoding), Marks: keytype.Marks(encoding),
	}}
	e.known[t] = known
	return known, nil
}

// Path is that of a key or a pattern: a prefix, the segments that follow it, and everything below
// those if all is set.
func (e *Encodings) Path(prefix string, segments []model.Segment, all bool) Path {
	p := make(Path, 0, 2+strings.Count(prefix, ":")+len(segments))
	p = appendLiterals(p, prefix)
	for i := range segments {
		p = append(p, e.segment(&segments[i]))
	}
	if all {
		p = append(p, Segment{Kind: Many})
	}
	return p
}

func (e *Encodings) segment(from *model.Segment) Segment {
	var s Segment
	if v := from.Value; v != nil {
		s.Kind = Text
		if known, refusal := e.encoded(v.Type); refusal == nil {
			s = known.segment
		}
		s.MayBeNil = behindPointer(v)
	}
	s.Before, s.After, s.Value = from.Before, from.After, from.Value
	return s
}

// behindPointer reports whether a pointer on the way to a value can be nil.
func behindPointer(v *model.Value) bool {
	t := v.Root.Type
	for _, step := range v.Steps {
		if _, pointer := shape.Deref(t); pointer {
			return true
		}
		t = step.Type
	}
	return false
}

// kindOf is what the segments of an encoding can be.
func kindOf(e keytype.Encoding) Kind {
	switch e := e.(type) {
	case keytype.Scalar:
		switch e.Method {
		case "Int", "Uint", "Time":
			return Integer
		case "Bool":
			return Boolean
		case "Complex":
			return Many
		}
		return Text
	case keytype.Bytes, keytype.Text:
		return Text
	case keytype.Param:
		if e.Bare {
			return Text
		}
	case *keytype.Pointer:
		if scalar, ok := e.Elem.(keytype.Scalar); ok && scalar.Method != "Complex" {
			return Text // or the mark of nil
		}
	}
	return several(e)
}

// several is Some, or Many for what may be no segment at all, as a struct without fields is.
func several(e keytype.Encoding) Kind {
	switch e := e.(type) {
	case keytype.Param:
		return Many
	case *keytype.Array:
		if e.Type.Underlying().(*types.Array).Len() == 0 {
			return Many
		}
		return several(e.Elem)
	case *keytype.Struct:
		if !slices.ContainsFunc(e.Fields, func(f keytype.Field) bool { return several(f.Encoding) == Some }) {
			return Many
		}
	}
	return Some // one segment, or nil, or a mark or a length, and what follows it
}

// classOf is the class of what values become in a key. A struct of one field is that field.
func classOf(encoding keytype.Encoding) Class {
	for range 32 { // more is a list: type Path struct{ Rest *Path }
		switch e := encoding.(type) {
		case keytype.Scalar:
			return scalars[e.Method]
		case keytype.Bytes, keytype.Text:
			return Texts
		case keytype.Param:
			return Anything
		case *keytype.Pointer:
			encoding = e.Elem
			continue
		case *keytype.Struct:
			if len(e.Fields) == 1 {
				encoding = e.Fields[0].Encoding
				continue
			}
		}
		break
	}
	return Composite
}

// opensWith is the class of the first segment of what values become: of a struct without a mark,
// that of its first field.
func opensWith(encoding keytype.Encoding) Class {
	for range 32 {
		switch e := encoding.(type) {
		case *keytype.Pointer:
			if e.Ref() {
				return Composite
			}
			encoding = e.Elem
			continue
		case *keytype.Struct:
			if keytype.MayOpenWithNil(e) {
				return Composite
			}
			encoding = e.Fields[0].Encoding
			continue
		}
		return classOf(encoding)
	}
	return Composite
}

var scalars = map[string]Class{
	"Int": Integers, "Uint": Integers, "String": Texts, "Float": Floats, "Float32": Floats, "Complex": Composite, "Bool": Booleans, "Time": Times,
}
