package paths

import (
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// Verdict is how the values of a pattern compare to those in the keys of a read.
type Verdict struct {
	Same         Sameness
	Wrong, Right *model.Value // where they differ: in the pattern, in the key
}

// Reaches reports whether the pattern can reach the read.
func (v Verdict) Reaches() bool { return v.Same == SameType || v.Same == SameText }

// Sameness is how far a pattern and a key agree; what is less comes later.
type Sameness uint8

// The degrees of sameness.
const (
	SameType   Sameness = iota // of one type, as far as keys go
	SameText                   // equal where they are spelled alike: "42" and 42
	OtherType                  // never equal but by accident
	OtherShape                 // the literal segments differ, or their number
)

// Compare holds a pattern and a key that it meets against each other, and returns where they are
// furthest apart.
func Compare(pattern, key Path) Verdict {
	written, all := pattern.cutAll()
	if len(written) > len(key) || len(written) < len(key) && !all {
		return compareLengths(pattern, written, key)
	}
	var worst Verdict
	for i := range written {
		s, k := &written[i], &key[i]
		same := sameSegment(s, k)
		if all && i == len(written)-1 && opens(s, k) {
			same = SameType
		}
		if same > worst.Same {
			worst = Verdict{same, s.Value, k.Value}
		}
	}
	return worst
}

// cutAll cuts the * from the end of a pattern.
func (p Path) cutAll() (written Path, all bool) {
	if n := len(p) - 1; n >= 0 && p[n].Kind == Many && p[n].Value == nil {
		return p[:n], true
	}
	return p, false
}

// compareLengths compares a pattern to a key of more or fewer segments. A composite value in one
// may be as many segments as the other has one by one.
func compareLengths(pattern, written, key Path) Verdict {
	if !pattern.Meets(key) || marked(written, key) {
		return Verdict{Same: OtherShape}
	}
	return Verdict{Same: SameType}
}

// sameSegment compares two segments. If the text around their values differs, nothing is said of
// the values.
func sameSegment(s, k *Segment) Sameness {
	switch {
	case s.Value == nil || k.Value == nil:
		if !meets(s, k) {
			return OtherShape
		}
	case s.Before == k.Before && s.After == k.After:
		return sameValue(s, k)
	}
	return SameType
}

// opens reports whether a value can be the first field of a struct in the key: then a pattern that
// ends with it is everything under that field.
func opens(s, k *Segment) bool {
	return s.Value != nil && s.Before == k.Before && s.After == k.After &&
		k.Value != nil && k.Class == Composite && k.Opens != Composite && k.Opens == s.Class
}

// marked reports whether a key has a mark where the pattern has a value without one: of a struct
// whose fields the pattern writes one by one.
func marked(pattern, key Path) bool {
	for i := range min(len(pattern), len(key)) {
		if k := &key[i]; k.Value != nil && k.Class == Composite {
			return k.Marks > 0 && pattern[i].Kind != Many
		}
	}
	return false
}

// sameValue compares two values by what their texts are made of, and by their types where that is
// not enough.
func sameValue(s, k *Segment) Sameness {
	a, b := s.Class, k.Class
	switch {
	case a == Anything || b == Anything:
		return SameType
	case s.Marks != k.Marks: // a slice, and a pointer to one
		return OtherType
	case a == b && a != Composite:
		return SameType
	case samePointee(s.Value.Type, k.Value.Type):
		return SameType
	case a == Composite && b == Composite:
		return SameText // fields of two structs may be written alike
	case a == Composite || b == Composite:
		return OtherType
	case a == Texts || b == Texts, numeric(a) && numeric(b):
		return SameText
	}
	return OtherType
}

// samePointee reports whether two types are one, or pointers to it.
func samePointee(t, u types.Type) bool {
	t, _ = shape.Deref(t)
	u, _ = shape.Deref(u)
	return types.Identical(t, u)
}

// numeric reports whether the texts of a class are numbers. An integer and a float are spelled
// alike where both are whole.
func numeric(c Class) bool { return c == Integers || c == Floats }

// ByChance reports whether a path is spelled out where a key has a value, or has a value where the
// key is spelled out.
func ByChance(path, key Path) bool { return ChanceAt(path, key) >= 0 }

// ChanceAt is the first segment for which ByChance holds; -1 if there is none.
func ChanceAt(path, key Path) int {
	for i := range min(len(path), len(key)) {
		everything := path[i].Kind == Many && path[i].Value == nil
		if !everything && (path[i].Kind == Literal) != (key[i].Value == nil) {
			return i
		}
	}
	return -1
}

// SameLiterals reports whether the literal text of two paths is the same.
func SameLiterals(a, b Path) bool {
	return slices.EqualFunc(a, b, func(a, b Segment) bool {
		return a.Before == b.Before && a.After == b.After && (a.Value == nil) == (b.Value == nil)
	})
}

// Alike reports whether Compare gives the same answer for two keys, whatever the pattern, unless it
// goes beyond their first composite segment.
func Alike(a, b Path) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		s, t := &a[i], &b[i]
		if s.Before != t.Before || s.After != t.After || s.Kind != t.Kind || s.Class != t.Class || (s.Value == nil) != (t.Value == nil) {
			return false
		}
		if s.Value != nil && s.Class != Composite && !types.Identical(s.Value.Type, t.Value.Type) {
			return false
		}
	}
	return true
}

// Plain counts the segments before the first composite.
func (p Path) Plain() int {
	if i := slices.IndexFunc(p, func(s Segment) bool { return s.Value != nil && s.Class == Composite }); i >= 0 {
		return i
	}
	return len(p)
}
