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

// Compare holds a pattern and a key against each other, segment by segment.
func Compare(pattern, key Path) Verdict {
	whole, all := pattern, false
	if n := len(pattern) - 1; n >= 0 && pattern[n].Kind == Many && pattern[n].Value == nil {
		pattern, all = pattern[:n], true
	}
	if len(pattern) > len(key) || len(pattern) < len(key) && !all {
		if !whole.Meets(key) || marked(pattern, key) {
			return Verdict{Same: OtherShape}
		}
		return Verdict{} // a composite may be as many segments as are written one by one
	}
	var worst Verdict
	for i := range pattern {
		s, k := &pattern[i], &key[i]
		switch {
		case s.Value == nil || k.Value == nil:
			if s.Kind < Some && k.Kind < Some && !meets(s, k) {
				return Verdict{Same: OtherShape}
			}
		case s.Before == k.Before && s.After == k.After:
			same := sameClass(s, k)
			if all && i == len(pattern)-1 && k.Class == Composite && k.Opens != Composite && k.Opens == s.Class {
				same = SameType // everything under the first field of a struct
			}
			if same > worst.Same {
				worst = Verdict{same, s.Value, k.Value}
			}
		}
	}
	return worst
}

// marked reports whether a key has a mark where the pattern has a value without one: of a struct whose fields the pattern writes one by one.
func marked(pattern, key Path) bool {
	for i := range min(len(pattern), len(key)) {
		if k := &key[i]; k.Value != nil && k.Class == Composite {
			return k.Marks > 0 && pattern[i].Kind != Many
		}
	}
	return false
}

func sameClass(s, k *Segment) Sameness {
	a, b := s.Class, k.Class
	switch {
	case a == Anything || b == Anything:
		return SameType
	case s.Marks != k.Marks: // a slice, and a pointer to one
		return OtherType
	case a == b && a != Composite:
		return SameType
	}
	base, _ := shape.Deref(s.Value.Type)
	other, _ := shape.Deref(k.Value.Type)
	switch {
	case types.Identical(base, other):
		return SameType
	case a == Composite && b == Composite:
		return SameText // fields of two structs may be written alike
	case a == Composite || b == Composite:
		return OtherType
	case a == Texts || b == Texts, a != Booleans && b != Booleans && a != Times && b != Times:
		return SameText
	}
	return OtherType
}

// ByChance reports whether a path is spelled out where a key has a value, or has a value where the key is spelled out.
func ByChance(path, key Path) bool {
	for i := range min(len(path), len(key)) {
		everything := path[i].Kind == Many && path[i].Value == nil
		if !everything && (path[i].Kind == Literal) != (key[i].Value == nil) {
			return true
		}
	}
	return false
}

// SameLiterals reports whether the literal text of two paths is the same.
func SameLiterals(a, b Path) bool {
	return slices.EqualFunc(a, b, func(a, b Segment) bool {
		return a.Before == b.Before && a.After == b.After && (a.Value == nil) == (b.Value == nil)
	})
}

// Alike reports whether Compare gives the same answer for two keys, whatever the pattern, unless it goes beyond their first composite segment.
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
