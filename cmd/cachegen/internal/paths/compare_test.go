package paths

import (
	"strings"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/gentest"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

const keySource = `package crm

import "time"

type ID string
type Filter struct { Stage string; Page int }
type Page struct { Stage string; Number int }
type Box struct { Stage string }
type Maybe struct { Stage *string; Page int }

var (
	Text      string
	Number    int
	Float     float64
	Flag      bool
	When      time.Time
	Name      ID
	TextPtr   *string
	List      []string
	ListPtr   *[]string
	AFilter   Filter
	FilterPtr *Filter
	APage     Page
	ABox      Box
	AMaybe    Maybe
)
`

// typed makes the path of a pattern such as contact:{Text}:list:*, whose placeholders are variables
// of keySource. With ? after it, a placeholder stands behind a pointer.
func typed(t *testing.T) func(pattern string) Path {
	pkg := gentest.Check(t, "example.com/crm", keySource)
	encodings := NewEncodings(shape.NewView(pkg))
	return func(pattern string) Path {
		text, all := strings.CutSuffix(pattern, ":*")
		var segments []model.Segment
		for s := range strings.SplitSeq(text, ":") {
			name, placeholder := strings.CutPrefix(s, "{")
			if !placeholder {
				segments = append(segments, model.Segment{Before: s})
				continue
			}
			typ := gentest.TypeOf(pkg, strings.TrimRight(name, "?}"))
			v := &model.Value{Root: model.Root{Type: typ}, Type: typ}
			if strings.HasSuffix(name, "?}") {
				v.Root.Type = gentest.TypeOf(pkg, "FilterPtr")
				v.Steps = []model.Step{{Name: "Field", Type: typ}}
			}
			segments = append(segments, model.Segment{Value: v})
		}
		return encodings.Path("", segments, all)
	}
}

func TestCompare(t *testing.T) {
	path := typed(t)
	for _, test := range []struct {
		pattern, key string
		want         Sameness
	}{
		{"contact:{Text}", "contact:{Text}", SameType},
		{"contact:{Name}", "contact:{Text}", SameType},
		{"contact:{TextPtr}", "contact:{Text}", SameType},
		{"contact:{ABox}", "contact:{Text}", SameType},
		{"contact:{Number}", "contact:{Text}", SameText},
		{"contact:{Float}", "contact:{Number}", SameText},
		{"contact:{Flag}", "contact:{Text}", SameText},
		{"contact:{Flag}", "contact:{Number}", OtherType},
		{"contact:{When}", "contact:{Number}", OtherType},
		{"contact:{AFilter}", "contact:{APage}", SameText},
		{"contact:{FilterPtr}", "contact:{AFilter}", SameType},
		{"contact:{AFilter}", "contact:{Text}", OtherType},
		{"contact:{ListPtr}", "contact:{List}", OtherType},
		{"contact:{Text}:{Flag}", "contact:{Text}:{Number}", OtherType},
		{"contact:42", "contact:{Number}", SameType},
		{"contact:list", "contact:{Number}", OtherShape},
		{"contact:{Text}:*", "contact:{Text}:{Flag}", SameType},
		{"contact:{Number}:*", "contact:{Text}:{Flag}", SameText},
		{"contact:{Text}:*", "contact:{AFilter}", SameType},
		{"contact:{Number}:*", "contact:{AFilter}", OtherType},
		{"contact:{Text}", "contact:{AFilter}", OtherType},
		{"contact:{Text}:{Number}", "contact:{AFilter}", SameType},
		{"contact:{TextPtr}:{Number}", "contact:{AMaybe}", OtherShape},
		{"contact:{Text}:{Text}", "contact:{Text}", OtherShape},
		{"contact:{Text}", "contact:{Text}:{Text}", OtherShape},
	} {
		if got := Compare(path(test.pattern), path(test.key)); got.Same != test.want {
			t.Errorf("%s is to %s %d, want %d", test.pattern, test.key, got.Same, test.want)
		}
	}
}

func TestMeets(t *testing.T) {
	path := typed(t)
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"contact:{Number}", "contact:{Flag}", false},
		{"contact:{Number?}", "contact:{Flag?}", true},
		{"contact:{Number?}", "contact:{Flag}", false},
		{"contact:{Number}", "contact:42", true},
		{"contact:{Number}", "contact:list", false},
		{"contact:{Flag}", "contact:true", true},
		{"contact:{AFilter}", "contact:a:b:c", true},
		{"contact:{AFilter}", "contact", false},
		{"contact:*", "contact", true},
	} {
		if got := path(test.a).Meets(path(test.b)); got != test.want {
			t.Errorf("%s meets %s: %v, want %v", test.a, test.b, got, test.want)
		}
	}
}

// TestVerdict: what is reported is the value that is furthest from the key's.
func TestVerdict(t *testing.T) {
	path := typed(t)
	pattern, key := path("contact:{Number}:{Flag}:{Text}"), path("contact:{Text}:{Number}:{Text}")
	v := Compare(pattern, key)
	if v.Same != OtherType || v.Wrong != pattern[2].Value || v.Right != key[2].Value {
		t.Errorf("the verdict is %+v", v)
	}
}
