package fingerprint

import (
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/gentest"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// program is packages that have been checked, by path.
type program gentest.Program

// check adds a package, whose clause and imports it writes itself.
func (p program) check(t *testing.T, path, src string) {
	t.Helper()
	imports := ""
	for _, known := range append([]string{"time", "database/sql"}, slices.Sorted(maps.Keys(p))...) {
		if strings.Contains(src, known[strings.LastIndex(known, "/")+1:]+".") {
			imports += "import \"" + known + "\"\n"
		}
	}
	gentest.Program(p).Check(t, path, "package "+path[strings.LastIndex(path, "/")+1:]+"\n"+imports+src)
}

// result is a type, and who sees it.
type result struct {
	view *shape.View
	typ  types.Type
}

// load returns the type of the variable V of a package.
func load(t *testing.T, src string) result {
	t.Helper()
	return program{}.load(t, src)
}

func (p program) load(t *testing.T, src string) result {
	t.Helper()
	p.check(t, "example.com/p", src)
	pkg := p["example.com/p"]
	return result{shape.NewView(pkg), pkg.Scope().Lookup("V").Type()}
}

func (r result) version(number int, keys ...types.Type) string {
	return Of(r.view, r.typ, strconv.Itoa(number), keys...)
}

func (r result) text() string { return canonical(r.view, r.typ, "0", nil) }

// TestDiffers: each pair of shapes could read each other's entries wrongly.
func TestDiffers(t *testing.T) {
	for name, pair := range map[string][2]string{
		"field name":  {"var V struct{ A int }", "var V struct{ B int }"},
		"field type":  {"var V struct{ A int }", "var V struct{ A int64 }"},
		"field order": {"var V struct{ A, B int }", "var V struct{ B, A int }"},
		"tag":         {"var V struct{ A int `json:\"a\"` }", "var V struct{ A int `json:\"b\"` }"},
		"embedded":    {"type A struct{}; var V struct{ A }", "type A struct{}; var V struct{ A A }"},
		"type name":   {"type A int; var V A", "type B int; var V B"},
		"underlying":  {"type A int; var V A", "type A string; var V A"},
		"deep":        {"type N struct{ Next *N; S []struct{ A int } }; var V []N", "type N struct{ Next *N; S []struct{ A uint } }; var V []N"},
		"pointer":     {"var V int", "var V *int"},
		"array":       {"var V [2]int", "var V [3]int"},
		"array slice": {"var V [2]int", "var V []int"},
		"map key":     {"var V map[int]int", "var V map[int8]int"},
		"argument":    {"type B[T any] struct{ V T }; var V B[int]", "type B[T any] struct{ V T }; var V B[string]"},
		"phantom":     {"type B[T any] struct{}; var V B[int]", "type B[T any] struct{}; var V B[string]"},
		"null":        {"var V sql.Null[int]", "var V sql.Null[string]"},
		"unexported":  {"type A struct{ a int }; var V A", "type A struct{ a string }; var V A"},
		"grouping":    {"var V struct{ A struct{ B int }; C int }", "var V struct{ A struct{ B int; C int } }"},
		"recursion":   {"type N struct{ A, B *N }; var V N", "type N struct{ A *N; B **N }; var V N"},
		"which":       {"type A struct{ B *B }; type B struct{ X *A }; var V A", "type A struct{ B *B }; type B struct{ X *B }; var V A"},
	} {
		a, b := load(t, pair[0]), load(t, pair[1])
		if a.version(0) == b.version(0) {
			t.Errorf("%s: one version for\n%s\n%s", name, pair[0], pair[1])
		}
	}
}

// TestSame: what changes nothing about a value changes no version.
func TestSame(t *testing.T) {
	for name, pair := range map[string][2]string{
		"alias":       {"type A struct{ X int }; var V A", "type A struct{ X int }; type B = A; var V B"},
		"byte":        {"var V []byte", "var V []uint8"},
		"any":         {"var V any", "var V interface{}"},
		"methods":     {"type A struct{ X int }; var V A", "type A struct{ X int }; func (A) String() string { return \"\" }; var V A"},
		"other types": {"type A struct{ X int }; var V A", "type Z struct{ A *A }; type A struct{ X int }; var W Z; var V A"},
		"order":       {"type A struct{ B B }; type B struct{ X int }; var V A", "type B struct{ X int }; type A struct{ B B }; var V A"},
		"constraint":  {"type A[T any] struct{ X T }; var V A[int]", "type A[T ~string | int] struct{ X T }; var V A[int]"},
		"blank":       {"type A struct{ X int }; var V A", "type A struct{ X int; _ int }; var V A"},
		"not used":    {"type A struct{ X int }; var V A", "type A struct{ X int }; " + methods("A", "Binary") + "; var V A"},
		"generic":     {"type A[T any] struct{ X T }; var V A[int]", "type A[U any] struct{ X U }; type B[T any] = A[T]; var V B[int]"},
	} {
		a, b := load(t, pair[0]), load(t, pair[1])
		if got, want := a.text(), b.text(); got != want {
			t.Errorf("%s: two versions\n%s\n%s", name, got, want)
		}
	}
}

// TestStable pins versions: a change here makes every entry of every user unreadable, and needs a
// new format number and a line in the changelog.
func TestStable(t *testing.T) {
	contact := load(t, "type Contact struct { ID string `json:\"id\"`; At time.Time; Owner *Contact; Tags map[string][]byte }; var V *Contact")
	const text = `cachegen 2 version=0 *#0 example.com/p.Contact=struct{ID string "json:\"id\"";At #1 time.Time;Owner *#0;Tags map[string][]uint8;}`
	if got := contact.text(); got != text {
		t.Errorf("the shape is\n%s\nwant\n%s", got, text)
	}
	if got := contact.version(0); got != "3e1cddc7" {
		t.Errorf("the version is %s, want 3e1cddc7", got)
	}
}

func TestVersionAndKeys(t *testing.T) {
	v := load(t, "var V int")
	filter := load(t, "type F struct{ A, B string }; var V F").typ
	swapped := load(t, "type F struct{ B, A string }; var V F").typ
	id := load(t, "type ID string; var V *ID").typ
	if v.version(0) == v.version(1) {
		t.Error("version=1 does not count")
	}
	if v.version(0, filter) == v.version(0) || v.version(0, filter) == v.version(0, swapped) {
		t.Error("the shape of a composite key does not count")
	}
	if v.version(0, id) != v.version(0) {
		t.Error("a key of one segment counts")
	}
}

// methods declares a pair of methods of a type.
func methods(typ, pair string) string {
	encode, decode, _ := strings.Cut(map[string]string{
		"AppendBinary": "AppendBinary(b []byte) ([]byte, error) { return b, nil }|UnmarshalBinary([]byte) error { return nil }",
		"Append":       "AppendBinary(b []byte) ([]byte, error) { return b, nil }",
		"Binary":       "MarshalBinary() ([]byte, error) { return nil, nil }|UnmarshalBinary([]byte) error { return nil }",
		"Msg":          "MarshalMsg(b []byte) ([]byte, error) { return b, nil }|UnmarshalMsg(b []byte) ([]byte, error) { return b, nil }",
		"Gob":          "GobEncode() ([]byte, error) { return nil, nil }|GobDecode([]byte) error { return nil }",
		"Text":         "MarshalText() ([]byte, error) { return nil, nil }|UnmarshalText([]byte) error { return nil }",
		"half":         "MarshalBinary() ([]byte, error) { return nil, nil }",
		"String":       "String() string { return \"\" }",
	}[pair], "|")
	text := "func (" + typ + ") " + encode
	if decode != "" {
		text += "; func (*" + typ + ") " + decode
	}
	return text
}

// TestForeign: how a type of another package travels can change without a change of its own to the
// package that caches it, and without one to what it consists of.
func TestForeign(t *testing.T) {
	const hidden = "type U struct{ a int }; "
	version := func(foreign string) string {
		p := program{}
		p.check(t, "example.com/q", foreign)
		return p.load(t, "var V struct{ U []q.U }").version(0)
	}
	for name, pair := range map[string][2]string{
		"preferred":    {hidden + methods("U", "Text"), hidden + methods("U", "Text") + "; " + methods("U", "Gob")},
		"other":        {hidden + methods("U", "Binary"), hidden + methods("U", "Msg")},
		"lost":         {hidden + methods("U", "Binary") + "; " + methods("U", "Text"), hidden + methods("U", "half") + "; " + methods("U", "Text")},
		"out of sight": {"type U struct{ A int }; " + methods("U", "Binary"), "type U struct{ A int; b string }; " + methods("U", "Binary")},
		"what it has":  {hidden + methods("U", "Binary"), "type U struct{ a string }; " + methods("U", "Binary")},
		"its tags":     {hidden + methods("U", "Msg"), "type U struct{ a int `msg:\"b\"` }; " + methods("U", "Msg")},
		"promoted":     {"type u struct{ A int }; type U struct{ u }", "type u struct{ A, B int }; type U struct{ u }"},
		"zero":         {"type U struct{ a int }; " + methods("U", "Binary"), "type U struct{ a float64 }; " + methods("U", "Binary")},
	} {
		if version(pair[0]) == version(pair[1]) {
			t.Errorf("%s: one version for\n%s\n%s", name, pair[0], pair[1])
		}
	}
	for name, pair := range map[string][2]string{
		"promoted":  {"type u struct{ A int }; type U struct{ u }", "type v struct{ A int }; type U struct{ v }"},
		"in vain":   {"type U struct{ A int }", "type U struct{ A int }; " + methods("U", "Binary")},
		"outdone":   {hidden + methods("U", "Binary"), hidden + methods("U", "Binary") + "; " + methods("U", "Text")},
		"appending": {hidden + methods("U", "Binary"), hidden + methods("U", "Binary") + "; " + methods("U", "Append")},
		"others":    {hidden + methods("U", "Binary"), hidden + methods("U", "Binary") + "; " + methods("U", "String")},
	} {
		if version(pair[0]) != version(pair[1]) {
			t.Errorf("%s: two versions for\n%s\n%s", name, pair[0], pair[1])
		}
	}
}

// TestParametric: what depends on type parameters travels as reflection sees it, and so do the
// types of other packages in it.
func TestParametric(t *testing.T) {
	versions := func(foreign string) (result, key string) {
		p := program{}
		p.check(t, "example.com/q", foreign)
		p.check(t, "example.com/p", "type Box[T any] struct { V T; U q.U }; func F[T any](Box[T]) {}")
		pkg := p["example.com/p"]
		box := pkg.Scope().Lookup("F").Type().(*types.Signature).Params().At(0).Type()
		return Of(shape.NewView(pkg), box, "0"), Of(shape.NewView(pkg), types.Typ[types.Int], "0", box)
	}
	const hidden = "type U struct{ A int; b int }; "
	text, textKey := versions(hidden + methods("U", "Text"))
	gob, gobKey := versions(hidden + methods("U", "Text") + "; " + methods("U", "Gob"))
	msg, _ := versions(hidden + methods("U", "Text") + "; " + methods("U", "Msg"))
	if text == gob {
		t.Error("one version for U by its text and by its gob")
	}
	if textKey != gobKey {
		t.Error("two versions for keys by text")
	}
	if text == msg {
		t.Error("one version for U by its text and by its MarshalMsg")
	}
	_, plainKey := versions("type U struct{ A int }")
	if _, key := versions("type U struct{ A int }; " + methods("U", "Text")); key == plainKey {
		t.Error("one version for keys by field and by text")
	}
}

// TestStandardLibrary: of its types counts what travels, and nothing that only a release of Go
// sees.
func TestStandardLibrary(t *testing.T) {
	version := func(path, src string) string {
		p := program{}
		p.check(t, path, src)
		return p.load(t, "var V []"+path[strings.LastIndex(path, "/")+1:]+".T").version(0)
	}
	binary := "; " + methods("T", "Binary")
	for name, test := range map[string]struct {
		a, b string
		same bool
	}{
		"unexported fields": {"type T struct{ a int }" + binary, "type T struct{ b, c *int }" + binary, true},
		"method":            {"type T struct{ a int }" + binary, "type T struct{ a int }; " + methods("T", "Text"), false},
		"zero":              {"type T struct{ a int }" + binary, "type T struct{ a float64 }" + binary, false},
	} {
		if same := version("net/netip", test.a) == version("net/netip", test.b); same != test.same {
			t.Errorf("%s: one version: %t, want %t", name, same, test.same)
		}
		if version("example.com/netip", test.a) == version("example.com/netip", test.b) {
			t.Errorf("%s: one version for a type that is not of the standard library", name)
		}
	}
	stamp := "type Stamp time.Time; var V Stamp"
	if text := load(t, stamp).text(); strings.Contains(text, "wall") {
		t.Errorf("the fields of time.Time count: %s", text)
	}
}

// TestKeysByText: a composite key that begins to encode itself is another key.
func TestKeysByText(t *testing.T) {
	version := func(methods string) string {
		p := program{}
		p.check(t, "example.com/q", "type F struct{ A, B string }; "+methods)
		r := p.load(t, "var V q.F")
		return Of(r.view, types.Typ[types.Int], "0", r.typ)
	}
	if version("") == version(methods("F", "Text")) {
		t.Error("one version for keys by field and by MarshalText")
	}
	if version("") != version(methods("F", "Binary")) {
		t.Error("two versions for keys by field")
	}
}
