package paths

import (
	"go/token"
	"go/types"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// null stands for the mark of nil, which is no literal text.
const null = "\x00"

// alphabet has the segments of the keys that paths are tried with: for each placeholder that a law
// draws, one that it can be.
var alphabet = []string{"a", "b", "42", "true", "va", "v42", "vtrue", null, "v" + null}

// everyKey calls yield with each key over the alphabet that is not longer than most, until it
// returns false.
func everyKey(most int, key []string, yield func(key []string) bool) bool {
	if !yield(key) {
		return false
	}
	if len(key) == most {
		return true
	}
	for _, s := range alphabet {
		if !everyKey(most, append(key, s), yield) {
			return false
		}
	}
	return true
}

// holds reports whether a key is in a path, by trying every way to cut it.
func holds(p Path, key []string) bool {
	if len(p) == 0 {
		return len(key) == 0
	}
	least, most := 1, 1
	switch p[0].Kind {
	case Some:
		most = len(key)
	case Many:
		least, most = 0, len(key)
	}
	for n := least; n <= min(most, len(key)); n++ {
		if (p[0].Kind >= Some || canBe(p[0], key[0])) && holds(p[1:], key[n:]) {
			return true
		}
	}
	return false
}

var integers = regexp.MustCompile(`^-?[0-9]+$`)

// canBe reports whether a segment can be a text.
func canBe(s Segment, text string) bool {
	if s.Kind == Literal {
		return text == s.Before
	}
	middle, ok := strings.CutPrefix(text, s.Before)
	if !ok {
		return false
	}
	if middle, ok = strings.CutSuffix(middle, s.After); !ok {
		return false
	}
	switch {
	case middle == null:
		return s.MayBeNil
	case strings.Contains(middle, null):
		return false
	case s.Kind == Integer:
		return integers.MatchString(middle)
	case s.Kind == Boolean:
		return middle == "true" || middle == "false"
	}
	return true
}

// anyPath draws paths of up to three segments. With affixes, placeholders of the given kinds may
// have literal text around them.
func anyPath(affixes ...Kind) *rapid.Generator[Path] {
	segment := rapid.Custom(func(t *rapid.T) Segment {
		s := Segment{Kind: rapid.SampledFrom([]Kind{Literal, Literal, Integer, Boolean, Text, Some, Many}).Draw(t, "kind")}
		switch {
		case s.Kind == Literal:
			s.Before = rapid.SampledFrom([]string{"a", "b", "42", "true", "va"}).Draw(t, "text")
		case s.Kind >= Some:
		default:
			s.MayBeNil = rapid.Bool().Draw(t, "pointer")
			for _, k := range affixes {
				if s.Kind == k {
					s.Before = rapid.SampledFrom([]string{"", "v"}).Draw(t, "before")
					s.After = rapid.SampledFrom([]string{"", "a"}).Draw(t, "after")
				}
			}
		}
		return s
	})
	return rapid.Custom(func(t *rapid.T) Path {
		return rapid.SliceOfN(segment, 0, 3).Draw(t, "segments")
	})
}

// meetsByTrying reports whether some key over the alphabet is in both paths. One of four segments
// is long enough for two paths of three.
func meetsByTrying(p, q Path) bool {
	return !everyKey(4, nil, func(key []string) bool { return !holds(p, key) || !holds(q, key) })
}

// TestMeetsFindsEveryKey: two paths that have a key in common meet.
func TestMeetsFindsEveryKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		paths := anyPath(Integer, Boolean, Text)
		p, q := paths.Draw(t, "p"), paths.Draw(t, "q")
		if meetsByTrying(p, q) && !p.Meets(q) {
			t.Fatalf("%+v and %+v have a key in common and do not meet", p, q)
		}
	})
}

// TestMeetsIsExact: two paths that meet have a key in common, unless there is text around a number,
// of which Meets knows too little.
func TestMeetsIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := anyPath().Draw(t, "p"), anyPath().Draw(t, "q")
		if got, want := p.Meets(q), meetsByTrying(p, q); got != want {
			t.Fatalf("%+v meets %+v: %v, want %v", p, q, got, want)
		}
	})
}

// TestMeetsIsReflexiveAndSymmetric: a path is never empty, so it meets itself; and what it meets,
// meets it.
func TestMeetsIsReflexiveAndSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		paths := anyPath(Integer, Boolean, Text)
		p, q := paths.Draw(t, "p"), paths.Draw(t, "q")
		if !p.Meets(p) {
			t.Fatalf("%+v does not meet itself", p)
		}
		if p.Meets(q) != q.Meets(p) {
			t.Fatalf("%+v meets %+v: %v, and the other way round %v", p, q, p.Meets(q), q.Meets(p))
		}
	})
}

// TestMeetsIsMonotone: whatever a path meets, everything under the beginning of that path meets.
func TestMeetsIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		paths := anyPath(Integer, Boolean, Text)
		p, q := paths.Draw(t, "p"), paths.Draw(t, "q")
		wider := everythingUnder(t, p)
		if p.Meets(q) && !wider.Meets(q) {
			t.Fatalf("%+v meets %+v, and %+v does not", p, q, wider)
		}
	})
}

// TestPlaceholderMeetsMore: a placeholder meets whatever a text that it can be meets.
func TestPlaceholderMeetsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		paths := anyPath(Integer, Boolean, Text)
		p, q := paths.Draw(t, "p"), paths.Draw(t, "q")
		narrow := append(Path(nil), p...)
		for i, s := range p {
			if text := rapid.SampledFrom(alphabet).Draw(t, "text"); s.Kind < Some && canBe(s, text) && !strings.Contains(text, null) {
				narrow[i] = Segment{Before: text}
			}
		}
		if narrow.Meets(q) && !p.Meets(q) {
			t.Fatalf("%+v meets %+v, and %+v does not", narrow, q, p)
		}
	})
}

// everythingUnder draws a beginning of a path and everything under that.
func everythingUnder(t *rapid.T, p Path) Path {
	n := rapid.IntRange(0, len(p)).Draw(t, "segments")
	return append(append(Path(nil), p[:n]...), Segment{Kind: Many})
}

// crm is the package whose keys typedPath draws.
var crm = types.NewPackage("example.com/crm", "crm")

// keyTypes are types of many encodings.
var keyTypes = func() []types.Type {
	named := func(name string, t types.Type) types.Type {
		return types.NewNamed(types.NewTypeName(token.NoPos, crm, name, nil), t, nil)
	}
	structOf := func(fields ...types.Type) types.Type {
		var list []*types.Var
		for i, t := range fields {
			list = append(list, types.NewField(token.NoPos, crm, string(rune('A'+i)), t, false))
		}
		return types.NewStruct(list, nil)
	}
	text, number := types.Typ[types.String], types.Typ[types.Int]
	return []types.Type{
		text, number, types.Typ[types.Int64], types.Typ[types.Bool], types.Typ[types.Float64], types.Typ[types.Complex128],
		types.NewPointer(text), types.NewPointer(number), types.NewSlice(text), types.NewSlice(types.Typ[types.Byte]),
		types.NewArray(number, 2), types.NewMap(text, number), named("ID", text), named("Empty", structOf()),
		named("Filter", structOf(text, number)), named("Page", structOf(number, text)), named("Box", structOf(text)), named("Mark", structOf(types.NewPointer(text))),
	}
}()

// typedPath draws keys of values of many types, after a prefix.
func typedPath() *rapid.Generator[Path] {
	encodings := NewEncodings(shape.NewView(crm))
	segment := rapid.Custom(func(t *rapid.T) model.Segment {
		if rapid.IntRange(0, 4).Draw(t, "literal") == 0 {
			return model.Segment{Before: rapid.SampledFrom([]string{"list", "42"}).Draw(t, "text")}
		}
		typ := rapid.SampledFrom(keyTypes).Draw(t, "type")
		return model.Segment{Value: &model.Value{Root: model.Root{Type: typ}, Type: typ}}
	})
	return rapid.Custom(func(t *rapid.T) Path {
		return encodings.Path("contact", rapid.SliceOfN(segment, 0, 3).Draw(t, "segments"), false)
	})
}

// TestCompareIsReflexiveAndSymmetric: a key is of its own types, and two are as far apart from
// either side.
func TestCompareIsReflexiveAndSymmetric(t *testing.T) {
	paths := typedPath()
	rapid.Check(t, func(t *rapid.T) {
		p, q := paths.Draw(t, "p"), paths.Draw(t, "q")
		if v := Compare(p, p); v.Same != SameType {
			t.Fatalf("%+v and itself: %+v", p, v)
		}
		if v, w := Compare(p, q), Compare(q, p); len(p) == len(q) && v.Same != w.Same {
			t.Fatalf("%+v and %+v: %+v, and the other way round %+v", p, q, v, w)
		}
	})
}

// TestReachIsMonotone: whatever a pattern reaches segment by segment, everything under the
// beginning of that pattern reaches.
func TestReachIsMonotone(t *testing.T) {
	paths := typedPath()
	rapid.Check(t, func(t *rapid.T) {
		p, key := paths.Draw(t, "pattern"), paths.Draw(t, "key")
		wider := everythingUnder(t, p)
		if len(p) == len(key) && Compare(p, key).Reaches() && !Compare(wider, key).Reaches() {
			t.Fatalf("%+v reaches %+v, and %+v does not", p, key, wider)
		}
	})
}

// TestReachedKeysMeet: a pattern shares a key with whatever it reaches.
func TestReachedKeysMeet(t *testing.T) {
	paths := typedPath()
	rapid.Check(t, func(t *rapid.T) {
		p, key := paths.Draw(t, "pattern"), paths.Draw(t, "key")
		if Compare(p, key).Reaches() && !p.Meets(key) {
			t.Fatalf("%+v reaches %+v, and they do not meet", p, key)
		}
	})
}

// TestAlikeKeysAreReachedTogether: a pattern that ends before their first composite segment reaches
// both of two keys that are alike, or neither.
func TestAlikeKeysAreReachedTogether(t *testing.T) {
	paths := typedPath()
	rapid.Check(t, func(t *rapid.T) {
		p, key := paths.Draw(t, "pattern"), paths.Draw(t, "key")
		like, other := append(Path(nil), key...), paths.Draw(t, "other")
		for i := range min(len(like), len(other)) {
			changed := append(Path(nil), like...)
			if changed[i] = other[i]; Alike(key, changed) {
				like = changed
			}
		}
		if !Alike(key, like) {
			t.Fatalf("%+v and %+v are not alike", key, like)
		}
		p = p[:min(len(p), key.Plain())]
		if v, w := Compare(p, key), Compare(p, like); v.Reaches() != w.Reaches() {
			t.Fatalf("%+v is to %+v %+v, and to %+v %+v", p, key, v, like, w)
		}
	})
}
